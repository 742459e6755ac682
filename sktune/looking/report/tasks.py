"""The timeline for the page: a bar for each task of a worker."""

from __future__ import annotations

import numpy as np

from ..timeline import KINDS, Timeline
from .parts import number_axis
from .values import Json, number

MOST_BARS = 6_000
"""Bars at most: of more tasks, those that begin within a pixel are one."""


def timeline(data: Timeline) -> Json:
    """Return what each worker ran when."""
    kinds = list(KINDS)
    took, busy = float(data.end.max()), data.busy
    counts = [f"{n} {kind}" for kind in kinds if (n := int((data.kind == kind).sum()))]
    told = ", ".join(f"{share:.0%}" for share in busy)
    who = "One worker was" if len(busy) == 1 else f"{len(busy)} workers were"
    text = f"{who} busy for {told} of the time, {took:.3g} s. Tasks, each a candidate on a split: "
    text += f"{', '.join(counts)}."
    if not (data.kind != "recalled").any():
        text = f"This run had nothing to do: all {len(data.kind)} tasks are recalled."
    if data.n_unknown:
        text += f" Of {data.n_unknown} more it is not known when they ran."
    return {
        "x": number_axis("seconds"), "begin": data.begin,
        "y": {"name": "worker", "labels": [str(k) for k in range(len(busy))], "log": False},
        "bars": [
            [number(data.start[first]), number(data.end[group].max()), int(data.worker[first]),
             kinds.index(data.kind[first]), int(data.candidate[first]) if len(group) == 1 else -1]
            for group in groups_of(data, took) for first in group[:1]
        ],
        "kinds": kinds, "resumed": number(data.resumed_at), "text": text,
    }  # fmt: skip


def groups_of(data: Timeline, took: float) -> list[list[int]]:
    """Return the tasks of each bar: one, or several that cannot be told apart."""
    n = len(data.start)
    if n <= MOST_BARS:
        return [[k] for k in range(n)]
    place = np.floor(data.start / took * (MOST_BARS // data.n_workers))
    order = np.lexsort((data.start, place, data.worker))
    ends = np.flatnonzero(np.diff(data.worker[order]) | (np.diff(place[order]) != 0)) + 1
    return [group.tolist() for group in np.split(order, ends)]
