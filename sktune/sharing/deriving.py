"""Fits that are taken out of others, in the worker: see `sktune.paths`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from sklearn.base import clone

from ..paths import Fit, PathFamily, takes
from ..types import Estimator, Model, Samples, Target
from .account import Account
from .fit_request import Failed
from .generators import State
from .groups import Lead, Leads, Member
from .pieces import Piece
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
        fast = copy.copy(self.model)
        try:
            for method, answer in self.family.answers(self.fit, self.model, memory).items():
                setattr(fast, method, _Method(self.model, method, answer))
        except Exception:  # noqa: BLE001 - a user's family: the model answers itself
            return self.model
        return fast


class _Method:
    """Answers in the place of a method, or else asks it.

    Scorers go by the name of what they call.
    """

    def __init__(self, model: Model, name: str, answer: Callable[[Any], Any]) -> None:
        self.__name__ = name
        self._model = model
        self._answer = answer

    def __call__(self, *args: Any, **options: Any) -> Any:
        with suppress(Exception):  # if it is the samples' fault, the method says so
            return self._answer(*args, **options)
        return getattr(self._model, self.__name__)(*args, **options)


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

        Raises
        ------
        Failed
            If its own fit has been tried for others, and has failed.
        """
        member, store = piece.member, self._task_store
        if member is None or not takes(member.family, params):
            return None
        group = member.group
        for lead in self._tries(member):
            what = f"fit {lead.fit}"
            if lead.estimator is None and not store.has(group, what):
                continue
            work = partial(self._fit, piece.name, member.family, lead, call, X)
            kept, there = store.once(group, what, work)
            if kept.state == "failed" and lead.fit == member.fit:
                self._account.reuse([piece.name] if there else [], kept.seconds)
                raise Failed(piece, kept.value)
            if kept.state in ("failed", "raised"):
                continue
            if kept.state != "ok":
                return None
            if lead.estimator is not None:
                store.pin(group, what, kept)
            memories = store.memory(group, f"memories {lead.fit}", Memories)
            output, model, as_asked = kept.value
            fit = Fit(model, X, y, params, output, memories.of_fit)
            family: PathFamily | None = member.family
            derived, share = _taken(member.family, fit, estimator)
            if derived is None and as_asked and lead.fit == member.fit:
                derived, share, family = model, 1.0, None  # it is this very fit
            if derived is not None:
                self._account.reuse([piece.name] if there else [], share * kept.seconds)
                return Fitted(cast(Model, derived), fit, family, memories)
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

    def _fit(self, name: str, family: PathFamily, lead: Lead, call: Call, X: Samples) -> Kept:
        before, asked = State(), clone(lead.estimator)
        try:
            estimator = family.lead(asked, X)
        except Exception:  # noqa: BLE001 - a user's family, or odd data: each is fitted alone
            estimator = None
        if estimator is None:
            return Kept(None, 0.0, "draws")
        start, result, told = self._account.now, None, None
        try:
            result = call(estimator)
        except Failed as failed:  # others may do better; it is not to be tried again
            before.restore()
            told = failed.told if estimator is asked else None
        seconds = self._account.now - start
        # whatever it is good for: those that are taken out of it are credited with their share
        self._account.fits.append((name, seconds))
        self._account.saved -= seconds
        if result is None:
            return Kept(told, seconds, "raised" if told is None else "failed")
        if not lead.draws_idly and State() != before:
            before.restore()
            return Kept(None, seconds, "draws")
        return Kept((*result, estimator is asked), seconds)


def _taken(family: PathFamily, fit: Fit, estimator: Model) -> tuple[Estimator | None, float]:
    """Take an estimator out of a fit, if it can be; also its share of the seconds of the fit."""
    try:
        derived = family.derive(fit, copy.copy(estimator))
        if derived is None or derived is fit.model:  # responds alike, so it is as much work
            return derived, 1.0
        return derived, min(max(family.share(fit, estimator), 0.0), 1.0)
    except Exception:  # noqa: BLE001 - a user's family: it is fitted
        return None, 0.0
