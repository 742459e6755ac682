"""The figure of learning curves, as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..curves import Curves
from .parts import counted, named, number_axis
from .values import Json, numbers


def curves(data: Curves, at: Any) -> Json:
    """Return the learning curves of all fits, and where they go back to."""
    given_up = np.asarray(data.given_up)
    low, high = data.span
    lines: list[Json] = []
    ends = np.empty((2, len(data.rows)))
    for k, (row, (x, y)) in enumerate(zip(data.rows, data.curves, strict=True)):
        inside = (low <= y) & (y <= high)
        name, hue = ("given up", "grey") if given_up[k] else ("others", "blue")
        name, hue = ("curves of the best", "orange") if row == data.best else (name, hue)
        lines.append(
            {"name": name, "colour": hue, "x": numbers(x[inside]), "y": numbers(y[inside])}
        )
        ends[:, k] = (x[-1], y[-1]) if given_up[k] else (data.found[k], data.chosen(k))
    lines.sort(key=lambda line: ["grey", "blue", "orange"].index(line["colour"]))
    points: list[Json] = []
    for kind, which in {"stopped": given_up, "complete": ~given_up}.items():
        if which.any():
            x, y = ends[:, which]
            rows = data.rows[which].tolist()
            points.append({"name": kind, "rows": rows, "x": numbers(x), "y": numbers(y)})
    candidates = counted(len(set(data.rows.tolist())), "candidate")
    text = f"{counted(len(lines), 'fit')} of {candidates}: {data.metric} on validation samples."
    if data.best is not None:
        rounds = data.found[data.rows == data.best]
        told = f"{rounds.min()}" if np.ptp(rounds) == 0 else f"{rounds.min()} to {rounds.max()}"
        text += f" The best, {named(at[data.best])}, was scored with {told} rounds."
    if given_up.any():
        text += f" {counted(int(given_up.sum()), 'fit')} could not catch up, and ended early."
    axes = {"x": number_axis("round", whole=True), "y": number_axis(data.metric or "metric")}
    return {"panels": [{**axes, "points": points, "lines": lines}], "text": text}
