"""Fits that are taken out of others, in the worker: see `sktune.paths`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sklearn.base import clone

from ..paths import Fit
from .account import Account
from .groups import Lead, Leads, Member
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
class Derived:
    """A model that was taken out of a fit.

    Attributes
    ----------
    model : fitted estimator
    fit : Fit
    member : Member
    memories : Memories
    """

    model: Any
    fit: Fit
    member: Member
    memories: Memories

    @property
    def is_the_fit(self) -> bool:
        """Whether the model responds as that of the fit does."""
        return self.model is self.fit.model

    @property
    def X(self) -> Any:  # noqa: N802 - as the attribute of a fit
        """The samples that the fit was fitted on."""
        return self.fit.X

    @property
    def scores(self) -> dict[str, tuple[Any, float]]:
        """Scores of the fit, by set of samples."""
        return self.memories.scores

    @property
    def output(self) -> Any:
        """The output for the training samples."""
        if self.is_the_fit:
            return self.fit.output
        return self.member.family.output(self.fit, self.model)

    def responding(self, which: str) -> Any:
        """Return the model, made to respond to "test" or "train" samples in the fastest way."""
        memory = self.memories.of_samples.setdefault(which, {})
        answers = self.member.family.answers(self.fit, self.model, memory)
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


@dataclass(slots=True)
class Alone:
    """A model that was fitted itself.

    Attributes
    ----------
    model : fitted estimator
    X : array-like
        What it was fitted on.
    """

    model: Any
    X: Any

    is_the_fit = False

    @property
    def scores(self) -> dict[str, tuple[Any, float]]:
        """None are known."""
        return {}

    def responding(self, which: str) -> Any:
        """Return the model."""
        return self.model


Call = Callable[[Any], tuple[Any, Any]]
"""Fits an estimator, and returns (what comes out, fitted estimator)."""


class Deriver:
    """Takes fits out of others for one task.

    Parameters
    ----------
    leads : mapping of int to tuple of Lead
        From whose fits others are derived, by group.
    account : Account
    task_store : TaskStore
        Where fits are kept.
    """

    def __init__(self, leads: Leads, account: Account, task_store: TaskStore) -> None:
        self._leads = leads
        self._account = account
        self._task_store = task_store

    def derive(
        self,
        name: str,
        member: Member,
        call: Call,
        estimator: Any,
        data: tuple[Any, Any, Mapping[str, Any]],
    ) -> Derived | None:
        """Take a fit out of another, which is fitted if it has not been.

        Parameters
        ----------
        name : str
            Of the piece.
        member : Member
        call : callable
            Fits an estimator, and returns (what comes out, fitted estimator).
        estimator : estimator
            Unfitted; not changed.
        data : (X, y, parameters of the fit)

        Returns
        -------
        Derived or None
            None if it has to be fitted.
        """
        X, y, params = data
        for lead in self._tries(member):
            what = f"fit {lead.fit}"
            if lead.estimator is None and not self._task_store.has(member.group, what):
                continue
            work = partial(self._fit, member, lead, call, data[0])
            kept, there = self._task_store.once(member.group, what, work)
            if kept.state == "raised":
                continue
            if kept.state != "ok":
                return None
            if lead.estimator is not None:
                self._task_store.pin(member.group, what, kept)
            memories = self._memories(member.group, lead)
            output, model = kept.value
            fit = Fit(model, X, y, params, output, memories.of_fit)
            derived = member.family.derive(fit, copy.copy(estimator))
            if not there:
                self._account.fits.append((name, kept.seconds))
            if derived is not None:
                if there:
                    # its own candidate finds it counted, if another's fit it in vain
                    own = member.fit == lead.fit and self._task_store.has(
                        member.group, _ahead(lead)
                    )
                    self._account.reuse([] if own else [name], kept.seconds)
                return Derived(derived, fit, member, memories)
            if not there:
                self._task_store.once(member.group, _ahead(lead), lambda: Kept(True, 0.0))
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

    def _fit(self, member: Member, lead: Lead, call: Call, X: Any) -> Kept:
        before, start = State(), self._account.now
        try:
            estimator = member.family.lead(clone(lead.estimator), X)
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

    def _memories(self, group: int, lead: Lead) -> Memories:
        kept, _ = self._task_store.once(
            group, f"memories {lead.fit}", lambda: Kept(Memories(), 0.0), here=True
        )
        return kept.value  # type: ignore[no-any-return] # it holds anything


def _ahead(lead: Lead) -> str:
    """Return the name of the note that a fit was done for a candidate which could not use it."""
    return f"ahead {lead.fit}"
