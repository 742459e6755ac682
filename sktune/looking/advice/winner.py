"""Findings about the winner: defaults, rivals that are as good, and scores that are too noisy."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np

from ...results.bias import LEAST_BIAS, selection_bias
from ...results.comparing import correlated_t
from ...space.identity import identity
from ..param_axis import short_names
from ..record import Record
from .finding import Finding, compared, complete_rows, number

_ROPE = 0.01
"""The share of the best score that does not matter."""

_SURE = 0.95

_LEAST = 8
"""Candidates of which it can be told how they differ."""

_PAYS = 0.8
"""How probable it must be that the winner beats the defaults for tuning to have paid."""

_FASTER = 0.5
"""Of the winner's fit time: what is worth a change."""

_LEAST_SECONDS = 0.01
"""A fit that takes less needs not be faster."""

_SIZES = frozenset({
    "C", "degree", "depth", "iterations", "k", "leaves", "max_depth", "max_features", "max_iter",
    "max_leaf_nodes", "n_components", "n_estimators", "n_knots", "n_layers", "num_leaves",
})  # fmt: skip
"""Parameters of which less makes a simpler estimator."""


def defaults_as_good(record: Record) -> Iterator[Finding]:
    """Find that the estimator as it was given is as good as the winner.

    The winner's lead is taken less what it owes to being the best of many.
    """
    defaults = record.own
    if record.best is None or defaults is None or np.isnan(record.means[defaults]):
        return
    scores = record.scores[record.metric]
    if defaults == record.best:
        if len(complete_rows(record)) > 1:
            yield Finding(
                "defaults",
                "Nothing that was tried is better than the estimator as it was given: tuning did "
                "not pay. Search other parameters, or other ranges.",
                {"row": defaults, "p_better": 0.0},
            )
        return
    bias = selection_bias(scores[record.ended])
    lead = scores[record.best] - scores[defaults] - (0.0 if np.isnan(bias) else max(bias, 0.0))
    share = record.test_share or 1 / max(scores.shape[1], 2)
    told = correlated_t(lead, rho=share, rope=0.0)
    p_better = told.p_better
    if not p_better < _PAYS:
        return
    luck = f"; the best of many is too good by about {bias:.2g}" if bias > LEAST_BIAS else ""
    yield Finding(
        "defaults",
        f"Tuning may not have paid: the winner is better than the estimator as it was given with a "
        f"probability of {p_better:.0%} only ({record.means[record.best]:.4g} against "
        f"{record.means[defaults]:.4g}{luck}).",
        {"row": defaults, "p_better": p_better, "difference": told.difference, "bias": bias},
    )


def as_good_and_cheaper(record: Record) -> Iterator[Finding]:
    """Find the candidate that is practically equal to the winner, and simpler or faster."""
    if record.best is None:
        return
    rope = _ROPE * abs(float(record.means[record.best]))
    best_time = float(np.nanmean(record.fit_time[record.best]))
    cheaper: list[tuple[float, int, str]] = []
    for row in complete_rows(record):
        if row == record.best or not compared(record, row, record.best, rope).p_worse <= 1 - _SURE:
            continue
        seconds = float(np.nanmean(record.fit_time[row]))
        simpler = _is_simpler(record.params[row], record.params[record.best])
        if simpler and seconds <= 1.2 * best_time:
            cheaper.append((seconds, row, "simpler"))
        elif best_time >= _LEAST_SECONDS and seconds <= _FASTER * best_time:
            cheaper.append((seconds, row, "faster"))
    if not cheaper:
        return
    seconds, row, how = min(cheaper)
    labels = short_names(list(record.params[row]))
    text = ", ".join(f"{labels[k]}={number(v)}" for k, v in _other(record, row).items())
    quick = f", {number(seconds)} s a fit against {number(best_time)} s" if how == "faster" else ""
    yield Finding(
        "equal",
        f"Candidate {row} ({text}) is practically as good as the best and {how}{quick}: "
        f"{record.means[row]:.4g} against {record.means[record.best]:.4g}. "
        "refit=practically_equal(...) or one_standard_error(...) takes such a one.",
        {"row": row, "fit_time": seconds, "rope": rope, "how": how},
    )


def _other(record: Record, row: int) -> dict[str, Any]:
    """Return what a candidate has other than the best one."""
    best = record.params[record.best or 0]
    params = record.params[row]
    return {k: v for k, v in params.items() if k not in best or identity(v) != identity(best[k])}


def _is_simpler(params: dict[str, Any], than: dict[str, Any]) -> bool:
    """Whether two candidates differ in sizes alone, and one has the smaller."""
    if params.keys() != than.keys():
        return False
    others = [name for name in params if identity(params[name]) != identity(than[name])]
    return bool(others) and all(
        name.rpartition("__")[2] in _SIZES and _is_less(params[name], than[name]) for name in others
    )


def _is_less(value: object, other: object) -> bool:
    numbers = isinstance(value, Real) and isinstance(other, Real)
    return numbers and bool not in (type(value), type(other)) and bool(value < other)  # type: ignore[operator] # looked at


def too_noisy(record: Record) -> Iterator[Finding]:
    """Find that noise makes most of how the candidates' means differ.

    The noise of a mean is half of that of a difference of two, as the splits tell it; see
    `sktune.results.comparing`.
    """
    rows = complete_rows(record)
    scores = record.scores[record.metric][rows]
    n_splits = scores.shape[1]
    if record.best is None or len(rows) < _LEAST or n_splits < 2:
        return
    share = record.test_share or 1 / n_splits
    differences = scores[1:] - scores[0]
    spread = np.var(differences, axis=1, ddof=1) * (1 / n_splits + share / (1 - share))
    noise, found = float(np.sqrt(np.median(spread) / 2)), float(scores.mean(axis=1).std(ddof=1))
    if not noise > np.sqrt(0.5) * found or not found > 0:
        return
    yield Finding(
        "noise",
        f"The scores are too noisy to tell the candidates apart: their means differ by "
        f"{found:.2g} (standard deviation), of which noise alone makes about {noise:.2g}. More "
        "folds, or repeated ones (RepeatedKFold, RepeatedStratifiedKFold), would tell more.",
        {"noise": noise, "std": found, "n_splits": n_splits, "n_candidates": len(rows)},
    )
