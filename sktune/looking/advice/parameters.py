"""Findings about parameters: the best value at the edge of its range, and those without effect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..beliefs import beliefs_of
from ..param_axis import ParamAxis
from ..record import Record
from .finding import Finding, compared, complete_rows, listed, number

_EDGE, _INSIDE = 0.05, 0.15
"""Shares of an axis: what is at the edge, and what is far enough from it to be compared with."""

_SURE = 0.9
"""How probable it is that the value at the edge is better than those inside."""

_NO_EFFECT = 0.01
"""A share of the variance of the scores that is not worth a parameter."""

_PER_PARAM = 5
"""Candidates for each parameter without which nothing is said of its effect."""


def at_the_edge(record: Record) -> Iterator[Finding]:
    """Find numeric parameters whose best value is at an end of what was tried.

    It counts where the best candidate is, as the splits tell it, better than the best of those
    whose value is farther inside. Ends that are natural, such as 0 and 1, cannot be widened.
    """
    if record.best is None:
        return
    rows = complete_rows(record)
    for name in record.names:
        axis = ParamAxis.of(name, record.params)
        if axis.labels is not None or axis.n_values < 3 or not axis.known[record.best]:
            continue
        share = float(axis.shares[record.best])
        if _EDGE < share < 1 - _EDGE:
            continue
        is_high = share >= 1 - _EDGE
        low, high = float(np.nanmin(axis.places)), float(np.nanmax(axis.places))
        end = high if is_high else low
        if _is_natural(axis, end, is_high):
            continue
        distance = np.abs(axis.shares - float(is_high))
        inside = [row for row in rows if axis.known[row] and distance[row] >= _INSIDE]
        if not inside:
            continue
        told = compared(record, record.best, inside[0])
        if not told.p_better >= _SURE or not _matters(record, name):
            continue
        value = record.params[record.best][name]
        yield Finding(
            "edge",
            f"{name}: the best value, {number(value)}, is at the {'upper' if is_high else 'lower'} "
            f"end of what was tried ({number(low)} to {number(high)}). "
            f"Widen it, to {number(_wider(axis, low, high, is_high))} say.",
            {"parameter": name, "value": value, "low": low, "high": high, "p": told.p_better},
        )


def _matters(record: Record, name: str) -> bool:
    """Whether a parameter has an effect: of many, some are at an end of theirs by chance."""
    beliefs = beliefs_of(record)
    found = [] if beliefs is None else beliefs.importances()
    return all(one.importance - one.std >= _NO_EFFECT for one in found if one.name == name)


def _is_natural(axis: ParamAxis, end: float, is_high: bool) -> bool:
    """Whether a range cannot go on beyond an end: shares and counts are what they are."""
    if is_high:
        return end == 1.0 and not axis.log
    return end == 0.0 or (end == 1.0 and axis.is_whole)


def _wider(axis: ParamAxis, low: float, high: float, is_high: bool) -> float:
    """Return an end farther out: ten times where the axis is logarithmic, else half a range."""
    if axis.log:
        return high * 10 if is_high else low / 10
    end = high + (high - low) / 2 if is_high else low - (high - low) / 2
    if low >= 0 > end:
        end = low / 2
    return float(round(end)) if axis.is_whole else end


def without_effect(record: Record) -> Iterator[Finding]:
    """Find parameters that made no difference, by the importances of all."""
    n_scores = int((~np.isnan(record.estimates) & record.alike).sum())
    if n_scores < _PER_PARAM * max(len(record.names), 2):
        return
    beliefs = beliefs_of(record)
    if beliefs is None:
        return
    found = beliefs.importances()
    # where nothing matters, it is noise that was explained
    if not found or found[0].importance - 2 * found[0].std < 10 * _NO_EFFECT:
        return
    none = [one for one in found if one.importance + one.std < _NO_EFFECT]
    if not none:
        return
    names, several = [one.name for one in none], len(none) > 1
    yield Finding(
        "no effect",
        f"{listed(names)} made no difference over what was tried: {'each' if several else 'it'} "
        f"explains less than {_NO_EFFECT:.0%} of how scores differ. Leave "
        f"{'them' if several else 'it'} out, and the others get more of the candidates.",
        {"importances": {one.name: one.importance for one in none}, "n_candidates": n_scores},
    )
