"""Fits that are taken out of others, in the worker: see `sktune.paths`."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, cast

from sklearn.base import clone

from ..paths import Fit, PathFamily, takes
from ..types import Estimator, Model, Samples, Target
from .account import Account
from .fit_request import Failed
from .generators import State
from .groups import Lead, Leads, Member
from .pieces import Piece
from .store import Kept, TaskStore, drawn


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

    def without_scores(self) -> Memories:
        """Return what a larger fit has in common with this one."""
        return replace(self, scores={})


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


@dataclass(frozen=True, slots=True)
class _Samples:
    """The samples of a fit, and its parameters."""

    X: Samples
    y: Target
    params: Mapping[str, Any]


Call = Callable[[Any], tuple[Any, Any]]
"""Fits an estimator, and returns (what comes out, fitted estimator)."""


class Deriver:
    """Takes fits out of those of leads, for one task."""

    def __init__(self, leads: Leads, account: Account, task_store: TaskStore) -> None:
        self._leads = leads
        self._account = account
        self._task_store = task_store
        self._has_grown = False

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
            work = partial(self._fit, piece, member, lead, call, _Samples(X, y, params))
            self._has_grown = False
            kept, there = store.once(group, what, work)
            there |= self._has_grown
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
            if lead.order[:-1] == member.order[:-1] and lead.order >= member.order:
                return None  # smaller ones contain no more
        return None

    def _tries(self, member: Member) -> Iterator[Lead]:
        """Give the largest of all, those that are fitted, and those that have to contain it.

        Where the smaller need not wait for the larger, those that are fitted come first. What
        grows may have ended by itself, before it was as large as it was to be.
        """
        leads = self._leads.get(member.group, ())
        rest, first, tried = member.order[:-1], leads[:1], 0
        if member.family.grows:
            below = (ld for ld in leads if ld.order[:-1] == rest and ld.order < member.order)
            yield from islice((lead for lead in below if self._is_here(member, lead)), 1)
        if member.family.either_way:
            near = (lead for lead in leads if lead.order[0] == member.order[0])
            first = tuple(islice(near, 1))
            if first and self._is_here(member, first[0]):
                tried = 1  # it costs nothing, and most are taken out of it
                yield first[0]
            for lead in leads:
                if lead not in first and lead.order[:-1] != rest and self._is_here(member, lead):
                    yield lead
        yield from first[tried:]
        if not member.family.either_way:
            for lead in leads[1:]:
                if lead.order[:-1] != rest and self._is_here(member, lead):
                    yield lead
        for lead in leads:
            contains = lead.order[:-1] == rest and lead.order >= member.order
            if contains and not lead.is_stage and lead not in first:
                yield lead

    def _is_here(self, member: Member, lead: Lead) -> bool:
        return self._task_store.is_here(member.group, f"fit {lead.fit}")

    def _go_on(self, member: Member, lead: Lead, estimator: Any, of: _Samples) -> float | None:
        """Have a fit go on from the largest that is there; return the seconds of that one."""
        store, group = self._task_store, member.group
        own = lead.order[:-1]
        smaller = [other for other in self._leads[group] if other.order[-1] < lead.order[-1]]
        for other in sorted(smaller, key=lambda o: (o.order[:-1] != own, -o.order[-1])):
            if other.order[:-1] != own and not self._is_here(member, other):
                continue  # it may not do, and is not worth loading
            kept = store.find(group, f"fit {other.fit}")
            if kept is None or kept.state != "ok":
                continue
            memories = store.memory(group, f"memories {other.fit}", Memories)
            output, model, _ = kept.value
            fit = Fit(model, of.X, of.y, of.params, output, memories.of_fit)
            attributes = member.family.beginning(fit, estimator)
            if attributes is None:
                continue
            if other.order[:-1] == own:  # what is summed up goes on, too
                store.memory(group, f"memories {lead.fit}", memories.without_scores)
            vars(estimator).update(attributes, warm_start=True)
            return kept.seconds
        return None

    def _fit(self, piece: Piece, member: Member, lead: Lead, call: Call, of: _Samples) -> Kept:
        sure = piece.sure and not of.params
        before, asked = State(sure=sure), clone(lead.estimator)
        begun: float | None = None
        try:
            estimator = member.family.lead(asked, of.X)
            if estimator is not None and member.family.grows:
                begun = self._go_on(member, lead, estimator, of)
        except Exception:  # noqa: BLE001 - a user's family, or odd data: each is fitted alone
            estimator = None
        if estimator is None:
            return Kept(None, 0.0, "draws")
        start, result, told = self._account.now, None, None
        try:
            with nullcontext() if begun is None else warnings.catch_warnings():
                if begun is not None:  # of balanced classes: samples might be others than before
                    warnings.filterwarnings("ignore", "class_weight presets")
                result = call(estimator)
        except Failed as failed:  # others may do better; it is not to be tried again
            before.restore()
            told = failed.told if estimator is asked else None
        seconds = self._account.now - start
        # whatever it is good for: those that are taken out of it are credited with their share
        if begun is None:
            self._account.fits.append((piece.name, seconds))
        self._account.saved -= seconds
        if begun is not None and result is not None:
            result[1].warm_start = False
            seconds, self._has_grown = seconds + begun, True
        if result is None:
            return Kept(told, seconds, "raised" if told is None else "failed")
        if not lead.draws_idly and State(sure=sure) != before:
            before.restore()
            return Kept(None, seconds, drawn(sure))
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
