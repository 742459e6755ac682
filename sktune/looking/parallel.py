"""Parallel coordinates: they show what good candidates have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..optional import package
from ..types import Bools, Floats, Ints
from .beliefs import beliefs_of
from .display import GREY, PURPOSE, Display, Style, colours_of_lines, escaped, score_label, styled
from .labels import cut, room, set_labels, text_size
from .param_axis import ParamAxis, short_names, written
from .param_effects import chosen_names
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_AXES = 10


@dataclass(frozen=True, eq=False)
class ParallelCoordinates:
    """Candidates as lines over an axis for each parameter, and one for the score.

    Attributes
    ----------
    metric : str
    axes : sequence of ParamAxis
    scores : float array of shape (n_candidates,)
        nan where a candidate has not all its scores: it is drawn grey.
    best : int or None
        The best candidate.
    ended : bool array of shape (n_candidates,)
        All, or those of the last rung.
    """

    metric: str
    axes: Sequence[ParamAxis]
    scores: Floats
    best: int | None
    ended: Bools

    @property
    def by_score(self) -> Ints:
        """The rows of candidates with a score, the best last, after those of earlier rungs."""
        is_best = np.arange(len(self.scores)) == (-1 if self.best is None else self.best)
        order = np.lexsort((is_best, self.scores, self.ended))
        return np.asarray(order[~np.isnan(self.scores[order])])

    @classmethod
    def of(cls, record: Record, params: Sequence[str] | None = None) -> ParallelCoordinates:
        """Read a record; `params` are those to be shown, by default the ten that matter most.

        Raises
        ------
        ValueError
            If there is no such parameter, or none varies.
        """
        chosen = chosen_names(record, beliefs_of(record), MOST_AXES) if params is None else params
        for name in chosen:
            if name not in record.names:
                raise ValueError(f"{name!r} is none of the parameters {record.names}.")
        axes = [ParamAxis.of(name, record.params) for name in chosen]
        return cls(record.metric, axes, record.means, record.best, record.ended)


class ParallelCoordinatesDisplay(Display):
    """A line for each candidate, through its parameters to its score.

    A parameter that a candidate does not have is passed below its axis, as the score is by those
    that lack some; these are grey.

    Parameters
    ----------
    coordinates : ParallelCoordinates
        What is drawn. ``from_search(..., params=[...])`` chooses the parameters.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    lines_ : matplotlib LineCollection
        Of the candidates with all their scores.
    lacking_ : matplotlib LineCollection
        Of the others.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import ParallelCoordinatesDisplay
    >>> grid = {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"]}
    >>> search = GridSearch(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> len(ParallelCoordinatesDisplay.from_search(search).lines_.get_segments())
    6
    """

    lines_: Any
    lacking_: Any
    _choices = ("params",)

    def __init__(self, *, coordinates: ParallelCoordinates) -> None:
        self.coordinates = coordinates

    @classmethod
    def of(cls, record: Record, params: Sequence[str] | None = None) -> Self:
        return cls(coordinates=ParallelCoordinates.of(record, params))

    def plot(self, ax: Axes | None = None, *, lines_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        lines_kwargs : dict, optional
            For ``matplotlib.collections.LineCollection``, of candidates with all their scores.
        """
        data = self.coordinates
        n = len(data.axes) + 1
        ax = self._begin(ax, (max(6.4, 1.15 * n), 4.4))
        score = ParamAxis(data.metric, data.scores)
        columns = [np.nan_to_num(axis.shares, nan=-0.12) for axis in (*data.axes, score)]
        across = np.broadcast_to(np.arange(n), (len(data.scores), n))
        lines = np.stack([across, np.stack(columns, axis=1)], axis=2)
        lacks = np.isnan(data.scores)
        line_collection = package("matplotlib.collections", PURPOSE).LineCollection
        alpha = float(np.clip(10 / max(lacks.sum(), 1), 0.06, 0.4))
        grey = {"colors": GREY, "linewidths": 0.8, "alpha": alpha, "zorder": 1}
        self.lacking_ = line_collection(list(lines[lacks]), **grey)
        shown = data.by_score  # the best on top
        alpha = float(np.clip(20 / max(len(shown), 1), 0.12, 0.8))
        look = {"cmap": colours_of_lines(ax), "linewidths": 1.2, "alpha": alpha}
        look = styled(look, lines_kwargs)
        self.lines_ = line_collection(list(lines[shown]), array=data.scores[shown], **look)
        for drawn in (self.lacking_, self.lines_):
            ax.add_collection(drawn)
        for k, axis in enumerate((*data.axes, score)):
            ax.axvline(k, color=GREY, linewidth=0.8)
            self._label(ax, k, axis)
        short = short_names([axis.name for axis in data.axes])
        names = [escaped(short[axis.name]) for axis in data.axes] + [score_label(data.metric)]
        set_labels(ax, range(n), names, all_of_them=True)
        ax.set(xlim=(-0.2, n - 0.4), ylim=(-0.18, 1.08), yticks=[])
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        return self

    def _label(self, ax: Axes, at: int, axis: ParamAxis) -> None:
        """Write values beside an axis, on a ground that keeps lines from crossing them."""
        width, height = room(ax)
        each = width / (len(self.coordinates.axes) + 1)
        character = 0.7 * text_size()[0]
        ground = {"facecolor": ax.get_facecolor(), "alpha": 0.75, "linewidth": 0, "pad": 0.6}
        ticks = _ticks(axis)
        for place, text in ticks:
            fits = character * len(text) < each
            text = text if fits else cut(text, height / len(ticks))
            ax.annotate(
                escaped(text), (at, place), (3, 0), textcoords="offset points",
                fontsize="x-small", va="center", rotation=0 if fits else 90, bbox=ground, zorder=3,
            )  # fmt: skip


def _ticks(axis: ParamAxis) -> list[tuple[float, str]]:
    """Return heights along an axis, and what is written there."""
    if not axis.known.any():
        return []
    places, shares = axis.places[axis.known], axis.shares[axis.known]
    if axis.labels is not None:
        there = dict(zip(places.tolist(), shares.tolist(), strict=True))
        every = -(-len(there) // 10)
        return [(there[p], axis.labels[int(p)]) for p in sorted(there)[::every]]
    low, high = float(places.min()), float(places.max())
    if low == high:
        return [(0.5, written(low))]
    middle = float(np.sqrt(low * high)) if axis.log else (low + high) / 2
    height = 0.5
    if (places % 1 == 0).all() and not axis.log:
        middle = float(round(middle))
        height = (middle - low) / (high - low)
    return [(0.0, written(low)), (height, written(middle)), (1.0, written(high))]
