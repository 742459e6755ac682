"""Findings about the effort: more candidates would help, workers were idle, nothing was shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

import numpy as np

from ..record import Record
from .finding import Finding, compared, complete_rows, listed

_LEAST = 16
"""Candidates in a row of which it can be told whether the last of them still brought something."""

_SURE = 0.9
_BUSY = 0.6
"""Share of the time that workers should have something to do."""

_LONG = 2.0
"""Seconds that a search takes for it to matter."""


def still_improving(record: Record) -> Iterator[Finding]:
    """Find that the last quarter of the candidates has brought a better one.

    Of a grid, whose candidates are neither drawn nor proposed, the last are those of a corner.
    """
    rows = np.sort(complete_rows(record))
    if record.background.in_order or record.rungs or record.best is None or len(rows) < _LEAST:
        return
    early = rows[: -len(rows) // 4]
    if record.best in early:
        return
    means = record.means
    before = int(early[np.argmax(means[early])])
    told = compared(record, record.best, before)
    if not told.p_better >= _SURE:
        return
    n_late = len(rows) - len(early)
    # of draws that are alike, the n-th is a new best with probability 1 / n; gains are as the last
    expected = told.difference * float(np.log1p(n_late / len(rows)))
    expected = min(expected, record.limits[1] - float(means[record.best]))
    evidence = {"gain": told.difference, "p_better": told.p_better, "n_more": n_late}
    yield Finding(
        "improving",
        f"The search was still improving at its end: its last {n_late} candidates raised the best "
        f"score from {means[before]:.4g} to {means[record.best]:.4g}. {n_late} more may bring "
        f"about {expected:.2g}.",
        {**evidence, "expected": expected},
    )


def idle_workers(record: Record) -> Iterator[Finding]:
    """Find that workers had nothing to do for much of the time."""
    known = ~np.isnan(record.started)
    if not known.any():
        return
    start, worker = record.started[known], record.worker[known]
    end = start + record.own_time[known]
    fresh = start >= record.resumed_at
    n_workers = len(np.unique(worker[fresh]))
    if n_workers < 2:
        return
    took = float(end[fresh].max() - start[fresh].min())
    busy = float((end - start)[fresh].sum()) / (n_workers * took) if took > 0 else 1.0
    if took < _LONG or busy >= _BUSY:
        return
    yield Finding(
        "idle",
        f"{n_workers} workers had work for {busy:.0%} of the time only. Fewer workers would do, or "
        "more candidates at a time (n_points of BayesSearch, a larger grid).",
        {"n_workers": n_workers, "busy": busy, "seconds": took},
    )


def nothing_shared(record: Record) -> Iterator[Finding]:
    """Find that a pipeline's steps were fitted for each candidate though many have them alike."""
    if record.shares is not False or len(record.params) < 2:
        return
    searched = {name.partition("__")[0] for name in record.names}
    first = takewhile(lambda step: step[0] not in searched, record.background.steps.items())
    alike = {name: hindrance for name, hindrance in first if hindrance is not None}
    if not alike:
        return
    are, were = ("is", "was") if len(alike) == 1 else ("are", "were")
    yield Finding(
        "sharing",
        f"{listed(list(alike))} {are} alike in all candidates, and {were} fitted for each: "
        f"{_why(alike)}",
        {"steps": tuple(alike)},
    )


def _why(alike: Mapping[str, str]) -> str:
    if "off" in alike.values():
        return "share_work=False. Leave it on, and it is done once a split."
    for name, hindrance in alike.items():
        if hindrance == "draws":
            return f"{name} draws with random_state=None. Give it a number."
    own = [name for name, module in alike.items() if not module.startswith("sklearn.")]
    if own:
        return f"{own[0]} is of a class that is not shared; the guide on shared work says why."
    return "its output could not be kept; the guide on shared work says why."
