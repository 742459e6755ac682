"""The base of the displays: where figures are read from, and how they look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..optional import package
from .param_axis import ParamAxis
from .record import Record

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PURPOSE = "figures need matplotlib"
"""Told where it is not there."""

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8c8c8c"
"""Okabe and Ito's colours, which people of all kinds of colour vision tell apart."""

MAPPED = "viridis"
"""The colours of scores: in order also in grey."""

Style = Mapping[str, Any] | None
"""Options for matplotlib, which replace the display's own."""


class Display(ABC):
    """A figure of a search: data in its attributes, drawn by `plot`.

    Made by `from_search`, `from_cv_results` or `from_journal`, which draw it at once, as
    scikit-learn's displays.

    Attributes
    ----------
    ax_ : matplotlib Axes, or array of them
        Where it is drawn.
    figure_ : matplotlib Figure
    """

    ax_: Any
    figure_: Figure

    @classmethod
    def from_search(
        cls, search: Any, *, metric: str | None = None, ax: Axes | None = None, **options: Any
    ) -> Self:
        """Draw a fitted search.

        Parameters
        ----------
        search : fitted estimator
            One of sktune's searches, or of scikit-learn's.
        metric : str, optional
            Which is shown, where there are several; by default the one that decides.
        ax : matplotlib Axes, optional
            By default a figure is made.
        **options : dict
            What `plot` takes, and how the data are chosen, if there is a choice.

        Returns
        -------
        display : Display

        Raises
        ------
        ValueError
            If there is no such metric, or nothing to be drawn.
        ImportError
            Without matplotlib.
        """
        return cls._drawn(Record.of(search, metric), ax, options)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        *,
        metric: str | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw what is in ``cv_results_``, sktune's or scikit-learn's; see `from_search`."""
        return cls._drawn(Record.of(cv_results, metric), ax, options)

    @classmethod
    def from_journal(
        cls,
        path: str | PathLike[str],
        *,
        metric: str | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw what is in the file of a checkpoint, also while the search runs."""
        return cls._drawn(Record.of(path, metric), ax, options)

    @classmethod
    def _drawn(cls, record: Record, ax: Axes | None, options: dict[str, Any]) -> Self:
        chosen = {name: options.pop(name) for name in cls._choices if name in options}
        display = cls.of(record, **chosen)
        display.plot(ax, **options)
        return display

    _choices: tuple[str, ...] = ()
    """Options of `of`; all others are those of `plot`."""

    @classmethod
    @abstractmethod
    def of(cls, record: Record) -> Self:
        """Make the display from a record, without drawing it."""

    @abstractmethod
    def plot(self, ax: Axes | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        """

    def _begin(self, ax: Axes | None, size: tuple[float, float] = (6.4, 4.0)) -> Axes:
        """Return where to draw, and keep it."""
        if ax is None:
            pyplot = package("matplotlib.pyplot", PURPOSE)
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        self.ax_ = ax
        figure: Any = ax.figure  # of a figure in a figure, that one
        self.figure_ = figure
        return ax

    def _begin_panels(self, ax: Axes | None, n: int, width: int = 3, height: float = 2.6) -> Any:
        """Return as many axes in a grid, in the place of one."""
        columns = min(width, n)
        rows = -(-n // columns)
        if ax is None:
            pyplot = package("matplotlib.pyplot", PURPOSE)
            figure = pyplot.figure(figsize=(3.2 * columns, height * rows), layout="constrained")
            grid = figure.add_gridspec(rows, columns)
        else:
            figure = ax.figure
            place: Any = ax.get_subplotspec()  # which axes of `subplots` have
            grid = place.subgridspec(rows, columns)
            ax.set_axis_off()
        places = [grid[k // columns, k % columns] for k in range(n)]
        self.figure_, self.ax_ = figure, np.array([figure.add_subplot(p) for p in places])
        return self.ax_


def styled(own: Mapping[str, Any], style: Style) -> dict[str, Any]:
    """Return a display's own options, replaced by those that were given."""
    return {**own, **(style or {})}


def draw_axis(ax: Axes, axis: ParamAxis, label: str, *, vertical: bool = False) -> None:
    """Set up one of the axes for a parameter."""
    own = ax.yaxis if vertical else ax.xaxis
    set_label = ax.set_ylabel if vertical else ax.set_xlabel
    set_label(label)
    if axis.labels is not None:
        shown = range(0, len(axis.labels), -(-len(axis.labels) // 12))
        own.set_ticks(list(shown), [axis.labels[k] for k in shown])
        margins = (-0.5, len(axis.labels) - 0.5)
        (ax.set_ylim if vertical else ax.set_xlim)(*margins)
        if not vertical and sum(len(axis.labels[k]) for k in shown) > 24:
            ax.tick_params(axis="x", rotation=30)
            for text in ax.get_xticklabels():
                text.set(ha="right")
    elif axis.log:
        (ax.set_yscale if vertical else ax.set_xscale)("log")
    elif (axis.places[axis.known] % 1 == 0).all():
        ax.locator_params(axis="y" if vertical else "x", integer=True)


def escaped(text: str) -> str:
    """Keep matplotlib from taking text for mathematics."""
    return text.replace("$", r"\$")


def score_label(metric: str) -> str:
    """Write what a score is of."""
    return "mean score" if metric == "score" else f"mean {metric}"
