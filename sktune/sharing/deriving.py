"""Fits that are taken out of others, in the worker: see `sktune.paths`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from sklearn.base import clone

from ..paths import Fit, PathFamily
from ..types import Model, Samples, Target
from .account import Account
from .groups import Lead, Leads, Member
from .pieces import Piece
from .randomness import State
from .store import Kept, TaskStore


@dataclass(slots=True)
class Memories:
    """Results that are worked out from one fit, once for all that are derived from it.

    Attributes
    ----------
    of_fit : dict
        The family's own, for derivations.
    of_samples : dict of str to dict
        Likewise, for what models respond to "test" or "train" samples.
    scores : dict of str to (object, float)
        Scores of the fit itself, with the seconds that they took.
    """

    of_fit: dict[Any, Any] = field(default_factory=dict)
    of_samples: dict[str, dict[Any, Any]] = field(default_factory=dict)
    scores: dict[str, tuple[Any, float]] = field(default_factory=dict)


@dataclass(slots=True)
class Fitted:
    """A model that was fitted itself, or taken out of a larger fit.

    Attributes
    ----------
    model : fitted estimator
    fit : Fit
        The model's own, or that which it was taken out of.
    family : PathFamily or None
        None if it was fitted itself.
    memories : Memories
    """

    model: Model
    fit: Fit
    family: PathFamily | None = None
    memories: Memories = field(default_factory=Memories)

    @property
    def scores(self) -> dict[str, tuple[Any, float]]:
        """Scores of models that respond as this one does, by set of samples; to be added to."""
        return self.memories.scores if self.model is self.fit.model else {}

    @property
    def output(self) -> Samples:
        """The output for the training samples."""
        if self.family is None or self.model is self.fit.model:
            return self.fit.output  # type: ignore[no-any-return] # without types
        return self.family.output(self.fit, self.model)

    def responding(self, which: str) -> Model:
        """Return the model, made to respond to "test" or "train" samples in the fastest way."""
        if self.family is None:
            return self.model
        memory = self.memories.of_samples.setdefault(which, {})
        answers = self.family.answers(self.fit, self.model, memory)
        if not answers:
            return self.model
        fast = copy.copy(self.model)
        for method, answer in answers.items():
            setattr(fast, method, _Method(method, answer))
        return fast


class _Method:
    """Answers in the place of a method; scorers go by the name of what they call."""

    def __init__(self, name: str, answer: Callable[[Any], Any]) -> None:
        self.__name__ = name
        self._answer = answer

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._answer(*args, **options)


Call = Callable[[Any], tuple[Any, Any]]
"""Fits an estimator, and returns (what comes out, fitted estimator)."""


class Deriver:
    """Takes fits out of those of leads, for one task."""

    def __init__(self, leads: Leads, account: Account, task_store: TaskStore) -> None:
        self._leads = leads
        self._account = account
        self._task_store = task_store

    def derive(
        self,
        piece: Piece,
        call: Call,
        estimator: Model,
        X: Samples,
        y: Target,
        params: Mapping[str, Any],
    ) -> Fitted | None:
        """Take a piece's fit out of another, which is fitted if needed; None if that cannot be.

        `estimator` is unfitted, and not changed.
        """
        member, store = piece.member, self._task_store
        if member is None:
            return None
        group = member.group
        for lead in self._tries(member):
            what, ahead = f"fit {lead.fit}", f"ahead {lead.fit}"
            if lead.estimator is None and not store.has(group, what):
                continue
            work = partial(self._fit, member.family, lead, call, X)
            kept, there = store.once(group, what, work)
            if kept.state == "raised":
                continue
            if kept.state != "ok":
                return None
            if lead.estimator is not None:
                store.pin(group, what, kept)
            memories = store.memory(group, f"memories {lead.fit}", Memories)
            output, model = kept.value
            fit = Fit(model, X, y, params, output, memories.of_fit)
            derived = member.family.derive(fit, copy.copy(estimator))
            if not there:
                self._account.fits.append((piece.name, kept.seconds))
            if derived is not None:
                if there:
                    # its own candidate finds it counted, if another's fit it in vain
                    counted = member.fit == lead.fit and store.has(group, ahead)
                    self._account.reuse([] if counted else [piece.name], kept.seconds)
                return Fitted(cast(Model, derived), fit, member.family, memories)
            if not there:
                store.once(group, ahead, lambda: Kept(True, 0.0))
            if lead.order[:-1] == member.order[:-1]:
                return None  # smaller ones contain no more
        return None

    def _tries(self, member: Member) -> Iterator[Lead]:
        """Give the largest of all, those that are fitted, and those that have to contain it."""
        leads = self._leads.get(member.group, ())
        rest = member.order[:-1]
        yield from leads[:1]
        for lead in leads[1:]:
            if lead.order[:-1] != rest and self._task_store.is_here(
                member.group, f"fit {lead.fit}"
            ):
                yield lead
        for lead in leads[1:]:
            if lead.order[:-1] == rest and lead.order >= member.order:
                yield lead

    def _fit(self, family: PathFamily, lead: Lead, call: Call, X: Samples) -> Kept:
        before, start = State(), self._account.now
        try:
            estimator = family.lead(clone(lead.estimator), X)
            if estimator is None:
                return Kept(None, 0.0, "draws")
            result = call(estimator)
        except Exception:  # noqa: BLE001 - whose fault it is shows when members run alone
            before.restore()
            return Kept(None, 0.0, "raised")
        seconds = self._account.now - start
        if not lead.draws_idly and State() != before:
            before.restore()
            return Kept(None, seconds, "draws")
        return Kept(result, seconds)
