"""The estimator as it was given, before the candidates of a strategy that does not learn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from math import prod
from typing import Any

from ..space.dimensions import is_distribution
from ..space.identity import identity
from ..types import Params
from .base import Strategy


class DefaultsFirst(Strategy):
    """Propose the estimator's own values first, then other candidates, none of them again.

    Parameters
    ----------
    own : dict
        The candidate that the estimator is, as `own_candidate` gives it.
    others : iterable of dict
        Candidates; those equal to `own` are passed over.
    total : int
        How many there are in all, `own` among them.

    Examples
    --------
    >>> from sktune.strategies.defaults import DefaultsFirst
    >>> DefaultsFirst({"C": 1.0}, [{"C": 0.1}, {"C": 1.0}, {"C": 10.0}], 3).ask(5)
    [{'C': 1.0}, {'C': 0.1}, {'C': 10.0}]
    """

    def __init__(self, own: Params, others: Iterable[Params], total: int) -> None:
        self._candidates = islice(chain([own], others_than(own, others)), total)
        self._total = total

    @property
    def total(self) -> int:
        """Number of candidates, the estimator's own among them."""
        return self._total

    def propose(self, n: int) -> list[Params]:
        return list(islice(self._candidates, n))


def own_candidate(own: Mapping[str, Any], subspaces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the estimator's own values as a candidate of one of the dicts of a space.

    Whichever dict is taken, the candidate is the estimator as it was given, for what a dict does
    not name stays as it is. It is the first that has all these values, or else most of them.
    Names that the estimator has not, such as those of a step that a candidate would put in, are
    left out.
    """

    def share_known(sub: Mapping[str, Any]) -> float:
        known = sum(name in own and _count(values, own[name]) > 0 for name, values in sub.items())
        return known / max(len(sub), 1)

    best = max(subspaces, key=share_known)
    return {name: own[name] for name in best if name in own}


def others_than(own: Params, candidates: Iterable[Params]) -> Iterator[Params]:
    """Give the candidates that are not equal to one."""
    alike = _described(own)
    return (params for params in candidates if _described(params) != alike)


def n_times_in(own: Params, subspaces: Sequence[Mapping[str, Any]]) -> int:
    """Return how many candidates of a finite space are equal to one; none is made for it."""
    return sum(
        prod(_count(values, own[name]) for name, values in sub.items())
        for sub in subspaces
        if sub.keys() == own.keys()
    )


def _count(values: Any, value: Any) -> int:
    """Return how often a value is among choices; 0 for a distribution."""
    if is_distribution(values):
        return 0
    return sum(identity(one) == identity(value) for one in values)


def _described(params: Params) -> Any:
    return {name: identity(value) for name, value in params.items()}
