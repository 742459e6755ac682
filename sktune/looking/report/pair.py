"""The score over two parameters, for the page: as cells, and the candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..display import strips
from ..param_axis import ParamAxis, short_names
from ..param_pair import ParamPair
from .parts import axis_json, edges, of_rung, points_json, score_name, written_at
from .values import Json, number, numbers


def param_pair(data: ParamPair) -> Json:
    """Return the score over two parameters, as cells, and the candidates."""
    names = short_names([data.x.name, data.y.name])
    grid = data.cells or data.surface
    across, up = axis_json(data.x, names[data.x.name]), axis_json(data.y, names[data.y.name])
    cells: list[Json] = []
    places = strips(data.x), strips(data.y)
    if data.cells is not None:  # side by side, as those of choices
        places = _in_a_grid(across, data.cells[0], data.x), _in_a_grid(up, data.cells[1], data.y)
    if grid is not None:
        x, y, values = grid
        if data.cells is not None:
            xs, ys = (np.arange(len(side) + 1) - 0.5 for side in (x, y))
        else:
            xs, ys = edges(x, data.x), edges(y, data.y)
            across["ends"], up["ends"] = numbers(xs[[0, -1]]), numbers(ys[[0, -1]])
        cells = [
            [*numbers(xs[j : j + 2]), *numbers(ys[i : i + 2]), number(values[i, j])]
            for i in range(len(y)) for j in range(len(x)) if not np.isnan(values[i, j])
        ]  # fmt: skip
    text = f"The score over {data.x.name} and {data.y.name}."
    if data.top is not None:
        what = "highest" if data.surface is None else "highest that is expected of what was tried"
        text += (
            f" The {what}, {data.top[2]:.4g}, is at {data.x.name} = "
            f"{written_at(data.x, data.top[0])}, {data.y.name} = {written_at(data.y, data.top[1])}."
        )
    known = ~np.isnan(data.scores)
    points = points_json("candidates", known, *places)
    points["scores"] = numbers(data.scores[points["rows"]])
    best = data.best
    star = None if best is None else numbers([side[best] for side in places])
    if best in points["rows"] or star is None or None in star:
        star = None  # a candidate that is not drawn, of another rung
    return {
        "star": star, "x": across, "y": up, "cells": cells, "points": points, "best": data.best,
        "value": score_name(data.metric), "text": of_rung(text, data.rung),
    }  # fmt: skip


def _in_a_grid(described: Json, side: Any, axis: ParamAxis) -> Any:
    """Describe an axis of cells, and return where candidates are along it."""
    if axis.labels is None:
        described |= {"labels": [written_at(axis, place) for place in side], "log": False}
    number = np.searchsorted(side, np.where(axis.known, axis.places, side[0])).astype(float)
    beside = ParamAxis(axis.name, np.where(axis.known, number, np.nan), ("",))
    return strips(beside) if axis.labels is not None else beside.places
