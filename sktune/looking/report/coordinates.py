"""Parallel coordinates for the page."""

from __future__ import annotations

import numpy as np

from ..parallel import ParallelCoordinates
from ..param_axis import ParamAxis, short_names
from .parts import axis_json, counted, score_name, written_at
from .values import Json, numbers


def parallel(data: ParallelCoordinates) -> Json:
    """Return candidates as lines through their parameters to their score.

    Those without all their scores come first, so that they are below all others.
    """
    names = short_names([axis.name for axis in data.axes])
    without = np.flatnonzero(np.isnan(data.scores))
    rows = data.by_score  # the best on top
    lines = np.r_[without, rows]
    axes = [{**axis_json(axis, names[axis.name]), "param": axis.name} for axis in data.axes]
    score = ParamAxis(data.metric, data.scores)
    return {
        "axes": [*axes, {**axis_json(score), "name": score_name(data.metric)}],
        "rows": lines.tolist(),
        "values": [numbers(axis.places[lines]) for axis in (*data.axes, score)],
        "text": _text(data, rows, len(without)),
    }


def _text(data: ParallelCoordinates, rows: np.ndarray, n_without: int) -> str:
    if not len(rows):
        return "No candidate has a score."
    last = rows[data.ended[rows]]
    top = last[-max(1, len(last) // 10) :]
    told = []
    for axis in data.axes:
        places = axis.places[top][~np.isnan(axis.places[top])]
        if len(places):
            choices = axis.labels is not None
            shown = np.unique(places) if choices else (places.min(), places.max())
            texts = dict.fromkeys(written_at(axis, place) for place in shown)
            told.append(f"{axis.name} {(' or ' if choices else ' to ').join(texts)}")
    best = "the best has" if len(top) == 1 else f"the best {len(top)} have"
    whom = "with a score" if len(last) == len(rows) else "in the last rung"
    text = f"Of {counted(len(last), 'candidate')} {whom}, {best} {'; '.join(told)}."
    lack = "lacks some scores, and is" if n_without == 1 else "lack some scores, and are"
    return f"{text} {counted(n_without, 'candidate')} {lack} grey." if n_without else text
