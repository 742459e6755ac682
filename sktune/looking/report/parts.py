"""Parts of figures: axes, points and names, as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..param_axis import ParamAxis, written
from .values import Json, numbers


def axis_json(axis: ParamAxis, name: str | None = None) -> Json:
    """Describe an axis; of numbers with its ends."""
    known = axis.places[axis.known]
    ends = numbers([known.min(), known.max()]) if len(known) else [0, 1]
    labels = None if axis.labels is None else list(axis.labels)
    about = {"log": axis.log, "whole": axis.is_whole, "labels": labels, "ends": ends}
    return {"name": name or axis.name, **about}


def number_axis(name: str, *, log: bool = False, whole: bool = False) -> Json:
    """Describe an axis of numbers whose ends follow from what is drawn."""
    return {"name": name, "log": log, "labels": None, "whole": whole}


def points_json(name: str, which: Any, x: Any, y: Any) -> Json:
    """Return the points of some candidates, with their rows."""
    rows = np.flatnonzero(np.broadcast_to(which, x.shape) & np.isfinite(x) & np.isfinite(y))
    return {"name": name, "rows": rows.tolist(), "x": numbers(x[rows]), "y": numbers(y[rows])}


def named(number: int) -> str:
    """Name a candidate by its row in ``cv_results_``."""
    return f"candidate {number}"


def counted(n: int, what: str) -> str:
    """Write how many there are."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def written_at(axis: ParamAxis, place: float) -> str:
    """Write the value at a place along an axis; of whole numbers the nearest one."""
    if axis.labels is not None:
        return axis.labels[int(place)]
    return written(float(np.round(place)) if axis.is_whole else place)


def edges(places: Any, axis: ParamAxis) -> Any:
    """Return where cells end: between the places, as the axis is drawn."""
    along = np.log(places) if axis.log else np.asarray(places, dtype=float)
    if len(along) == 1:
        ends = along[0] + np.array([-0.5, 0.5])
    else:
        middle = (along[1:] + along[:-1]) / 2
        ends = np.r_[2 * along[0] - middle[0], middle, 2 * along[-1] - middle[-1]]
    return np.exp(ends) if axis.log else ends


def score_name(metric: str) -> str:
    """Write what a score is of."""
    return "mean score" if metric == "score" else f"mean {metric}"


def of_rung(text: str, rung: str) -> str:
    """Say which candidates tell it, where not all do."""
    return f"{text} This is told by the {rung}." if rung else text
