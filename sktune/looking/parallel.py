"""Parallel coordinates: they show what good candidates have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..optional import package
from ..types import Floats
from .beliefs import beliefs_of
from .display import GREY, MAPPED, PURPOSE, Display, Style, escaped, score_label, styled
from .param_axis import ParamAxis, short_names
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
        nan where a candidate has no mean: it is not drawn.
    """

    metric: str
    axes: Sequence[ParamAxis]
    scores: Floats

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
        return cls(record.metric, axes, record.means)


class ParallelCoordinatesDisplay(Display):
    """A line for each candidate, through its parameters to its score.

    A parameter that a candidate does not have is passed below its axis.

    Parameters
    ----------
    coordinates : ParallelCoordinates
        What is drawn. ``from_search(..., params=[...])`` chooses the parameters.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
    lines_ : matplotlib LineCollection

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
        lines_kwargs : dict, optional
            For ``matplotlib.collections.LineCollection``.
        """
        data = self.coordinates
        n = len(data.axes) + 1
        ax = self._begin(ax, (max(6.4, 1.15 * n), 4.4))
        shown = np.flatnonzero(~np.isnan(data.scores))
        shown = shown[np.argsort(data.scores[shown], kind="stable")]  # the best on top
        score = ParamAxis(data.metric, data.scores)
        columns = [np.nan_to_num(axis.shares, nan=-0.12) for axis in (*data.axes, score)]
        heights = np.stack(columns, axis=1)[shown]
        collections = package("matplotlib.collections", PURPOSE)
        lines = np.stack([np.broadcast_to(np.arange(n), heights.shape), heights], axis=2)
        alpha = float(np.clip(20 / max(len(shown), 1), 0.12, 0.8))
        look = styled({"cmap": MAPPED, "linewidths": 1.2, "alpha": alpha}, lines_kwargs)
        self.lines_ = collections.LineCollection(list(lines), array=data.scores[shown], **look)
        ax.add_collection(self.lines_)
        labels = short_names([axis.name for axis in data.axes])
        names = [escaped(labels[axis.name]) for axis in data.axes] + [score_label(data.metric)]
        for k, axis in enumerate((*data.axes, score)):
            ax.axvline(k, color=GREY, linewidth=0.8)
            for height, text in _ticks(axis):
                ax.text(k, height, f" {escaped(text)}", fontsize="x-small", va="center")
        ax.set_xticks(
            range(n), names, rotation=30 if n > 6 else 0, ha="right" if n > 6 else "center"
        )
        ax.set(xlim=(-0.2, n - 0.4), ylim=(-0.18, 1.08), yticks=[])
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        return self


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
        return [(0.5, f"{low:.3g}")]
    middle = float(np.sqrt(low * high)) if axis.log else (low + high) / 2
    return [(0.0, f"{low:.3g}"), (0.5, f"{middle:.3g}"), (1.0, f"{high:.3g}")]
