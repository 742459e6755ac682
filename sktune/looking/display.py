"""The base of the displays: where figures are read from, and how they look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..optional import package
from ..types import Floats
from .labels import cut, room, set_labels, set_log
from .param_axis import ParamAxis
from .record import Record

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PURPOSE = "figures need matplotlib"
"""Told where it is not there."""

BLUE, ORANGE, SKY, RED, GREY = "#0072B2", "#E69F00", "#56B4E9", "#D55E00", "#8c8c8c"
"""Okabe and Ito's colours, which people of all kinds of colour vision tell apart: their green and
this grey would be one for some."""

MAPPED = "viridis"
"""The colours of scores: in order also in grey."""

CROWDED = 60
"""Points that leave no room for a legend among them."""

_LONG_NUMBER = 0.62
"""Inches of a number with many digits below an axis."""

_SMALL = 12.0
"""Square inches of axes in which a legend finds no room among points."""

LEAST_PANEL, NARROW = 1.25, 1.6
"""Inches of a panel's width, without its labels: the least, and where texts are small."""

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
        Of the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import HistoryDisplay
    >>> search = GridSearch(SVC(), {"C": [1, 10]}).fit(*load_iris(return_X_y=True))
    >>> display = HistoryDisplay.from_cv_results(search.cv_results_)
    >>> display.figure_.axes == [display.ax_]
    True
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
            One of this class, drawn.

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
        """Return as many axes in a grid, in the place of one; in a small one of fewer columns."""
        if ax is not None:
            width = min(width, max(1, int(room(ax)[0] / LEAST_PANEL)))
        rows = -(-n // width)
        columns = -(-n // rows)
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
        for panel in self.ax_:
            if room(panel)[0] < NARROW:
                panel.tick_params(labelsize="small")
        return self.ax_


def styled(own: Mapping[str, Any], style: Style) -> dict[str, Any]:
    """Return a display's own options, replaced by those that were given."""
    return {**own, **(style or {})}


def draw_axis(ax: Axes, axis: ParamAxis, label: str, *, vertical: bool = False) -> None:
    """Set up one of the axes for a parameter."""
    (ax.set_ylabel if vertical else ax.set_xlabel)(escaped(cut(label, room(ax)[vertical])))
    if axis.labels is not None:
        texts = [escaped(text) for text in axis.labels]
        set_labels(ax, range(len(texts)), texts, vertical=vertical)
        margins = (-0.5, len(axis.labels) - 0.5)
        (ax.set_ylim if vertical else ax.set_xlim)(*margins)
    elif axis.log:
        set_log(ax, axis.places[axis.known], vertical=vertical)
    elif axis.is_whole:
        whole_ticks(ax, axis.places[axis.known], vertical=vertical)
    elif not vertical:  # as many ticks as there is room for, also where numbers are long
        ax.locator_params(axis="x", nbins=int(np.clip(room(ax)[0] / _LONG_NUMBER, 2, 6)))


def whole_ticks(ax: Axes, places: Any, *, vertical: bool = False) -> None:
    """Tick an axis at whole numbers alone, also where all places are the same."""
    ax.locator_params(axis="y" if vertical else "x", integer=True)
    if np.ptp(places) == 0:
        (ax.set_ylim if vertical else ax.set_xlim)(places[0] - 1, places[0] + 1)
        (ax.set_yticks if vertical else ax.set_xticks)(places[:1])


def draw_best(ax: Axes, x: float, y: float) -> None:
    """Mark the best candidate."""
    ax.scatter(
        x, y, s=90, marker="*", color=ORANGE, edgecolors="black", linewidths=0.6, zorder=3,
        clip_on=False,
    )  # fmt: skip


def draw_legend(ax: Axes, n_points: int, size: float) -> None:
    """Explain points of a size: where they leave room, or of many above them."""
    width, height = room(ax)
    crowded = n_points > CROWDED or width * height < _SMALL
    if crowded:
        bottom, top = ax.get_ylim()
        # none beside the legend: what is above all points may be more than a score can be
        highest = top + 0.04 * (top - bottom)
        ax.set_yticks([tick for tick in ax.get_yticks() if bottom <= tick <= highest])
        ax.set_ylim(top=top + max(0.24, 0.55 / height) * (top - bottom))
    many = {"loc": "upper right", "ncols": 2} if crowded else {"loc": "best"}
    ax.legend(fontsize="small", markerscale=max(1.0, (20 / size) ** 0.5), **many)


def draw_colorbar(figure: Figure, artist: Any, ax: Axes, label: str) -> Any:
    """Draw the scale of colours; of a single score no more than that."""
    drawn = figure.colorbar(artist, ax=ax, label=label)
    drawn.locator = package("matplotlib.ticker").MaxNLocator(6)
    drawn.update_ticks()
    values = np.ma.compressed(np.ma.masked_invalid(artist.get_array()))
    if len(values) and np.ptp(values) == 0:
        drawn.set_ticks([values[0]], labels=[f"{values[0]:.4g}"])
    return drawn


def colours_of_lines(ax: Axes) -> Any:
    """Return the colours of scores without those that do not stand out from the ground."""
    low, high = (0.28, 1.0) if _is_dark(ax) else (0.0, 0.9)
    every = package("matplotlib").colormaps[MAPPED](np.linspace(low, high, 256))
    return package("matplotlib.colors").ListedColormap(every, name=f"{MAPPED}_in_part")


def blue(ax: Axes) -> str:
    """Return the blue of points and thin lines, which stands out from the ground."""
    return SKY if _is_dark(ax) else BLUE


def _is_dark(ax: Axes) -> bool:
    ground = package("matplotlib.colors", PURPOSE).to_rgb(ax.get_facecolor())
    return float(np.mean(ground)) < 0.5


def strips(axis: ParamAxis) -> Floats:
    """Return places along an axis; of choices beside each other, the same way each time."""
    if axis.labels is None:
        return axis.places
    aside = np.random.default_rng(0).uniform(-0.18, 0.18, len(axis.places))
    return np.asarray(axis.places + aside)


def ink() -> Any:
    """Return the colour of texts, which is seen on the ground of any style."""
    return package("matplotlib").rcParams["text.color"]


def escaped(text: str) -> str:
    """Keep matplotlib from taking text for mathematics."""
    return text.replace("$", r"\$")


def score_label(metric: str) -> str:
    """Write what a score is of."""
    return "mean score" if metric == "score" else f"mean {metric}"
