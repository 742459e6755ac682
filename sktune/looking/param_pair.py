"""The score over two parameters: a heat map of a grid, or what is expected between the points."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Floats
from .beliefs import Beliefs, beliefs_of
from .display import (
    MAPPED,
    Display,
    Style,
    draw_axis,
    draw_best,
    draw_colorbar,
    escaped,
    ink,
    score_label,
    strips,
    styled,
)
from .labels import cut, room, set_labels
from .param_axis import ParamAxis, short_names, written
from .param_effects import chosen_names
from .record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

MOST_CELLS = 30
"""Values along a side of a heat map, which more would make too small."""

_STEPS = 20


@dataclass(frozen=True, eq=False)
class ParamPair:
    """Scores over two parameters.

    Attributes
    ----------
    metric : str
        Which is shown.
    x, y : ParamAxis
        The two parameters, and their values.
    scores : float array of shape (n_candidates,)
        Of candidates that were stopped what can be told; nan where there is no score.
    best : int or None
        The row of the best candidate.
    cells : (x, y, score) or None
        Of a grid, its places of shapes (n_x,) and (n_y,), and the best score at each pair of them,
        over the other parameters, shape (n_y, n_x); nan where there is none. None where the
        candidates are no grid in the two.
    surface : (x, y, mean) or None
        Otherwise what is expected, on average over the others: places of shape (n,), and means of
        shape (n, n). None where it cannot be told, or one of the two is a choice.
    top : (x, y, score) or None
        Of what was tried where the highest score is, or is expected, and how high; of equals the
        best candidate.
    rung : str
        Which candidates these are, where only those of a rung are shown.
    """

    metric: str
    x: ParamAxis
    y: ParamAxis
    scores: Floats
    best: int | None
    cells: tuple[Floats, Floats, Floats] | None
    surface: tuple[Floats, Floats, Floats] | None
    top: tuple[float, float, float] | None
    rung: str

    @classmethod
    def of(cls, record: Record, params: tuple[str, str] | None = None) -> ParamPair:
        """Read a record; `params` are the two, by default those that matter most.

        Raises
        ------
        ValueError
            If there are no two of them.
        """
        beliefs = beliefs_of(record)
        chosen: Sequence[str] = params or _that_coexist(record, beliefs)
        if params is None and len(chosen) < 2:
            raise ValueError(
                "fewer than two parameters vary in the same candidates, so there is no pair."
            )
        if len(chosen) != 2 or not set(chosen) <= set(record.names):
            raise ValueError(f"pass two of the parameters {record.names}; got {list(chosen)}.")
        x, y = (ParamAxis.of(name, record.params) for name in chosen)
        scores = np.where(record.alike, record.estimates, np.nan)
        cells = _cells(x, y, scores)
        surface = None if cells is not None or beliefs is None else _surface(beliefs, x, y)
        if surface is not None and beliefs is not None:
            of_x, of_y = (ParamAxis.of(name, beliefs.params) for name in chosen)
            top = _highest(of_x, of_y, beliefs.at_tried)
        else:
            top = _highest(x, y, scores, record.best)
        return cls(record.metric, x, y, scores, record.best, cells, surface, top, record.rung)


def _highest(
    x: ParamAxis, y: ParamAxis, scores: Floats, best: int | None = None
) -> tuple[float, float, float] | None:
    """Return where the highest score is; of equals the best candidate's."""
    there = np.where(x.known & y.known, scores, np.nan)
    if np.isnan(there).all():
        return None
    row = int(np.nanargmax(there))
    if best is not None and there[best] == there[row]:
        row = best
    return float(x.places[row]), float(y.places[row]), float(there[row])


def _that_coexist(record: Record, beliefs: Beliefs | None) -> Sequence[str]:
    """Return the two parameters that matter most, of those of the best candidate if it has two."""
    names = chosen_names(record, beliefs, len(record.names))
    of_best = {} if record.best is None else record.params[record.best]
    names = sorted(names, key=lambda name: name not in of_best)
    for pair in sorted(combinations(range(len(names)), 2), key=sum):
        both = [names[k] for k in pair]
        there = [params for params in record.params if set(both) <= params.keys()]
        if all(ParamAxis.of(name, there).n_values > 1 for name in both):
            return both
    return names[:1]


def _cells(x: ParamAxis, y: ParamAxis, scores: Floats) -> tuple[Floats, Floats, Floats] | None:
    both = x.known & y.known
    if not both.any():
        return None
    columns, i = np.unique(x.places[both], return_inverse=True)
    rows, j = np.unique(y.places[both], return_inverse=True)
    n_cells = len(columns) * len(rows)
    tried = len(set(zip(i.tolist(), j.tolist(), strict=True)))
    few, many = sorted((len(columns), len(rows)))
    if few < 2 or many > MOST_CELLS or tried < 0.7 * n_cells:
        return None
    cells = np.full((len(rows), len(columns)), np.nan)
    for row, column, score in zip(j, i, scores[both], strict=True):
        cells[row, column] = np.fmax(cells[row, column], score)
    return columns, rows, cells


def _surface(beliefs: Beliefs, x: ParamAxis, y: ParamAxis) -> tuple[Floats, Floats, Floats] | None:
    if x.labels is not None or y.labels is not None:
        return None
    sides = []
    for axis in (x, y):
        low, high = np.nanmin(axis.places), np.nanmax(axis.places)
        side = np.geomspace(low, high, _STEPS) if axis.log else np.linspace(low, high, _STEPS)
        sides.append(np.clip(side, low, high))
    across, up = np.meshgrid(*sides)
    try:
        mean, _ = beliefs.along({x.name: across.ravel().tolist(), y.name: up.ravel().tolist()})
    except ValueError:  # no candidate has both
        return None
    return sides[0], sides[1], mean.reshape(up.shape)


class ParamPairDisplay(Display):
    """The score over two parameters.

    Parameters
    ----------
    pair : ParamPair
        What is drawn. ``from_search(..., params=("C", "gamma"))`` chooses the two.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    im_ : matplotlib artist
        Heat map or contours; the points alone, where there is neither.
    colorbar_ : matplotlib Colorbar
        Of the scores.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import ParamPairDisplay
    >>> grid = {"C": [0.1, 1, 10], "gamma": [0.01, 0.1]}
    >>> search = GridSearch(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> ParamPairDisplay.from_search(search, params=("C", "gamma")).pair.cells[2].round(2)
    array([[0.91, 0.93, 0.98],
           [0.92, 0.98, 0.98]])
    """

    im_: Any
    colorbar_: Any
    _choices = ("params",)

    def __init__(self, *, pair: ParamPair) -> None:
        self.pair = pair

    @classmethod
    def of(cls, record: Record, params: tuple[str, str] | None = None) -> Self:
        return cls(pair=ParamPair.of(record, params))

    def plot(
        self, ax: Axes | None = None, *, im_kwargs: Style = None, points_kwargs: Style = None
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        im_kwargs : dict, optional
            For ``Axes.imshow`` or ``Axes.contourf``.
        points_kwargs : dict, optional
            For ``Axes.scatter``.
        """
        ax, data = self._begin(ax, (5.6, 4.4)), self.pair
        labels = short_names([data.x.name, data.y.name])
        if data.cells is not None:
            self._draw_cells(ax, data.cells, labels, im_kwargs)
        else:
            self._draw_points(ax, labels, im_kwargs, points_kwargs)
        self.colorbar_ = draw_colorbar(self.figure_, self.im_, ax, score_label(data.metric))
        return self

    def _draw_cells(
        self, ax: Axes, cells: tuple[Floats, Floats, Floats], labels: dict[str, str], style: Style
    ) -> None:
        data, (columns, rows, scores) = self.pair, cells
        look = styled({"origin": "lower", "aspect": "auto", "cmap": MAPPED}, style)
        self.im_ = ax.imshow(np.ma.masked_invalid(scores), **look)
        for vertical, axis, places in ((False, data.x, columns), (True, data.y, rows)):
            named = axis.labels
            texts = [written(p) if named is None else escaped(named[int(p)]) for p in places]
            set_labels(ax, range(len(texts)), texts, vertical=vertical)
            label = escaped(cut(labels[axis.name], room(ax)[vertical]))
            (ax.set_ylabel if vertical else ax.set_xlabel)(label)
        if data.best is not None and data.x.known[data.best] and data.y.known[data.best]:
            x = np.searchsorted(columns, data.x.places[data.best])
            y = np.searchsorted(rows, data.y.places[data.best])
            draw_best(ax, float(x), float(y))

    def _draw_points(
        self, ax: Axes, labels: dict[str, str], style: Style, points_style: Style
    ) -> None:
        data = self.pair
        shown = data.x.known & data.y.known & ~np.isnan(data.scores)
        scores = data.scores[shown]
        span = {"vmin": scores.min(), "vmax": scores.max()} if len(scores) else {}
        if data.surface is not None:
            across, up, mean = data.surface
            levels = np.linspace(mean.min(), mean.max(), 13) if np.ptp(mean) > 0 else 12
            look = styled({"levels": levels, "cmap": MAPPED, "alpha": 0.75}, style)
            self.im_ = ax.contourf(across, up, mean, **look)
            span = {"norm": self.im_.norm}
        size = 36 if shown.sum() <= 100 else 12
        look = {"s": size, "edgecolors": ink(), "linewidths": 0.5, "cmap": MAPPED, **span}
        x, y = strips(data.x), strips(data.y)
        points = ax.scatter(x[shown], y[shown], c=scores, **styled(look, points_style))
        if data.best is not None and shown[data.best]:
            draw_best(ax, x[data.best], y[data.best])
        if data.surface is None:
            self.im_ = points
        draw_axis(ax, data.x, labels[data.x.name])
        draw_axis(ax, data.y, labels[data.y.name], vertical=True)
        ax.use_sticky_edges = False  # those of the contours, on which points would be cut
        ax.margins(0.03)
