"""The finding about candidates that failed alike: a rule that describes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import hypergeom

from ...types import Bools, Floats
from ..param_axis import ParamAxis
from ..record import Record
from .finding import Finding, number

_FAILED = ("failed", "timeout", "crashed")
_LEAST = 2
"""Failures of which something can be told."""

_PRECISION, _RECALL = 0.9, 0.8
"""Shares that a rule must reach: of what it names what failed, and the other way round."""

_BY_CHANCE = 0.05
"""How probable it may be that failures without a rule have one."""


@dataclass(frozen=True, eq=False)
class _Condition:
    text: str
    holds: Bools


def failed_alike(record: Record) -> Iterator[Finding]:
    """Find what candidates that failed have in common."""
    if record.duplicate.any():
        record = record.only(np.flatnonzero(~record.duplicate))
    failed = np.isin(np.asarray(record.status, dtype=object), _FAILED)
    n_failed, n = int(failed.sum()), len(failed)
    if n_failed < _LEAST:
        return
    reasons = Counter(error for error, did in zip(record.errors, failed, strict=True) if did)
    [(reason, n_alike)] = reasons.most_common(1)
    alike = "" if n_alike == n_failed else f" ({n_alike} of them)"
    if n_failed == n:
        text = f"All {n} candidates failed: {_in_short(reason)}{alike}. Try one by itself first."
        yield Finding("failures", text, {"n_failed": n, "rule": None, "reason": reason})
        return
    rule, rest = _rule(record, failed), ""
    if rule is None and 1 < n_alike < n_failed:  # it may be one of what failed alike
        same = failed & np.array([error == reason for error in record.errors])
        rule = _rule(record, same)
        if rule is not None:
            others = n_failed - n_alike
            n_failed, alike, rest = n_alike, "", f" {others} more failed otherwise."
    where = f"where {rule.text}" if rule is not None else "without a rule that would tell which"
    remedy = " Leave these out of the space." if rule is not None else ""
    yield Finding(
        "failures",
        f"{n_failed} of {n} candidates failed, {where}: {_in_short(reason)}{alike}.{remedy}{rest}",
        {"n_failed": n_failed, "rule": None if rule is None else rule.text, "reason": reason},
    )


def _rule(record: Record, failed: Bools) -> _Condition | None:
    """Return the shortest condition, or two together, that names the failures and little else.

    And that would not do so by chance: of many conditions one fits whatever has failed.
    """
    conditions = [one for name in record.names for one in _conditions(name, record)]
    if not conditions:
        return None
    first = max(conditions, key=lambda one: _f1(one.holds, failed))
    hold = np.array([one.holds for one in conditions], dtype=float)
    if _is_good(first.holds, failed) and _by_chance(hold.sum(axis=1), failed) < _BY_CHANCE:
        return first
    recalled = [one for one in conditions if (one.holds & failed).sum() >= _RECALL * failed.sum()]
    pairs = [
        _Condition(f"{one.text} and {other.text}", one.holds & other.holds)
        for k, one in enumerate(recalled)
        for other in recalled[:k]
    ]
    best = max(pairs, key=lambda one: _f1(one.holds, failed), default=first)
    if not _is_good(best.holds, failed):
        return None
    both = (hold @ hold.T)[np.tril_indices(len(hold), -1)]
    return best if _by_chance(both, failed) < _BY_CHANCE else None


def _conditions(name: str, record: Record) -> Iterator[_Condition]:
    """Give every condition on a parameter that a line can say."""
    axis = ParamAxis.of(name, record.params)
    values = np.unique(axis.places[axis.known])
    if len(values) < 2 and axis.known.all():
        return
    if axis.labels is not None:
        for place in values:
            holds = axis.places == place
            value = record.params[int(np.flatnonzero(holds)[0])][name]
            yield _Condition(f"{name} == {number(value)}", holds)
        return
    for low, high in pairwise(values):
        cut = _cut(float(low), float(high), log=axis.log)
        yield _Condition(f"{name} > {number(cut)}", axis.places > cut)
        yield _Condition(f"{name} < {number(cut)}", axis.places < cut)
    for value in values[[0, -1]] if len(values) == 2 else values:
        yield _Condition(f"{name} == {number(float(value))}", axis.places == value)


def _cut(low: float, high: float, *, log: bool) -> float:
    """Return a number between two, with as few digits as there is room for."""
    middle = float(np.sqrt(low * high)) if log else (low + high) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low < short < high:
            return short
    return middle


def _f1(holds: Bools, failed: Bools) -> float:
    both = float((holds & failed).sum())
    return 2 * both / max(float(holds.sum() + failed.sum()), 1.0)


def _is_good(holds: Bools, failed: Bools) -> bool:
    """Whether a condition names the failures, and little else."""
    both = int((holds & failed).sum())
    return bool(both >= _PRECISION * holds.sum() and both >= _RECALL * failed.sum())


def _by_chance(sizes: Floats, failed: Bools) -> float:
    """Return how probable it is that one of the conditions is good, whatever has failed.

    That is at most the sum over them, of how many candidates each holds for: had the failures been
    drawn from all candidates.
    """
    n_failed = int(failed.sum())
    sizes, counts = np.unique(sizes, return_counts=True)
    least = np.ceil(np.maximum(_PRECISION * sizes, _RECALL * n_failed))
    return float(counts @ hypergeom.sf(least - 1, len(failed), n_failed, sizes.astype(int)))


def _in_short(reason: str | None) -> str:
    text = " ".join((reason or "no reason is known").split())
    text = text.rstrip(".:")
    return text if len(text) <= 120 else text[:119] + "…"
