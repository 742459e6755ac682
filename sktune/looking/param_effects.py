"""The score against each parameter: it shows where the good region is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Bools, Floats
from .beliefs import Beliefs, beliefs_of
from .display import (
    GREY,
    RED,
    Display,
    Style,
    blue,
    draw_axis,
    draw_best,
    score_label,
    strips,
    styled,
)
from .history import below
from .labels import room, text_size
from .param_axis import ParamAxis, short_names
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 6

LEAST_SHARE = 0.01
"""Of the variance of scores, for a parameter to be told of."""


@dataclass(frozen=True, eq=False)
class ParamEffects:
    """Scores against parameters.

    Attributes
    ----------
    metric : str
    axes : sequence of ParamAxis
        The parameters that vary, those that matter most first.
    scores : float array of shape (n_candidates,)
        Of candidates that were stopped what can be told; nan where there is no score.
    best : int or None
        The best candidate.
    complete : bool array of shape (n_candidates,)
        Candidates with all scores; of successive halving those of the last rung.
    earlier : bool array of shape (n_candidates,)
        Candidates of earlier rungs.
    bands : sequence of (places, mean, std) or None
        For each number, what is expected along it, on average over the other parameters: float
        arrays of shape (n_places,). None for choices, and where it cannot be told.
    limits : (float, float)
        Scores there are none beyond.
    rung : str
        Which candidates the bands are of, where these are those of a rung.
    """

    metric: str
    axes: Sequence[ParamAxis]
    scores: Floats
    best: int | None
    complete: Bools
    earlier: Bools
    bands: Sequence[tuple[Floats, Floats, Floats] | None]
    limits: tuple[float, float]
    rung: str

    @classmethod
    def of(cls, record: Record, params: Sequence[str] | None = None) -> ParamEffects:
        """Read a record; `params` are those to be shown, by default the most important.

        Raises
        ------
        ValueError
            If there is no such parameter, or none varies.
        """
        beliefs = beliefs_of(record)
        chosen = chosen_names(record, beliefs, MOST_PANELS) if params is None else params
        for name in chosen:
            if name not in record.names:
                raise ValueError(f"{name!r} is none of the parameters {record.names}.")
        axes = [ParamAxis.of(name, record.params) for name in chosen]
        bands = [None if beliefs is None else _band(beliefs, axis) for axis in axes]
        complete = ~np.isnan(record.means) & record.ended
        return cls(
            record.metric, axes, record.estimates, record.best, complete, ~record.ended, bands,
            record.limits, record.rung,
        )  # fmt: skip

    def reach(self, band: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
        """Return the ends of a band: a standard deviation to each side, within the limits."""
        _, mean, std = band
        low, high = np.clip([mean - std, mean + std], *self.limits)
        return low, high

    def makes_a_difference(self, band: tuple[Floats, Floats, Floats]) -> bool:
        """Whether scores differ along a band by more than is uncertain, and by what counts."""
        _, mean, std = band
        share = np.var(mean) / np.nanvar(self.scores)
        return bool(np.ptp(mean) > std.mean() and share >= LEAST_SHARE)


def varying_names(record: Record) -> list[str]:
    """Return the parameters of which more than one value was tried, or that not all have.

    Raises
    ------
    ValueError
        If there is none.
    """
    axes = [ParamAxis.of(name, record.params) for name in record.names]
    names = [axis.name for axis in axes if axis.n_values > 1]
    if not names:
        raise ValueError("every parameter has a single value, so there is nothing to compare.")
    return names


def chosen_names(record: Record, beliefs: Beliefs | None, most: int) -> list[str]:
    """Return the parameters that matter most, of those that vary."""
    names = varying_names(record)
    if beliefs is not None and len(names) > 1:
        order = [importance.name for importance in beliefs.importances()]
        names.sort(key=lambda name: order.index(name) if name in order else len(order))
    return names[:most]


def _band(beliefs: Beliefs, axis: ParamAxis) -> tuple[Floats, Floats, Floats] | None:
    if axis.labels is not None or axis.n_values < 2:
        return None
    low, high = np.nanmin(axis.places), np.nanmax(axis.places)
    places = np.geomspace(low, high, 40) if axis.log else np.linspace(low, high, 40)
    try:
        mean, std = beliefs.along({axis.name: np.clip(places, low, high).tolist()})
    except ValueError:  # none of the candidates that are looked at has it
        return None
    return places, mean, std


class ParamEffectsDisplay(Display):
    """The score of every candidate against its parameters, a panel for each.

    Candidates without a score are triangles below all others; those that were stopped are grey.

    Parameters
    ----------
    effects : ParamEffects
        What is drawn. ``from_search(..., params=[...])`` chooses the parameters.

    Attributes
    ----------
    ax_ : array of matplotlib Axes
        Where it is drawn, one for each panel.
    figure_ : matplotlib Figure
        Of the axes.
    points_ : list of matplotlib PathCollection
        The candidates, one of each panel.
    bands_ : list of matplotlib PolyCollection or None
        What the surrogate expects, give or take a standard deviation.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import ParamEffectsDisplay
    >>> grid = {"C": [0.1, 1, 10], "kernel": ["linear", "rbf"]}
    >>> search = GridSearch(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> display = ParamEffectsDisplay.from_search(search, params=["kernel"])
    >>> display.effects.axes[0].labels
    ('linear', 'rbf')
    """

    points_: list[Any]
    bands_: list[Any]
    _choices = ("params",)

    def __init__(self, *, effects: ParamEffects) -> None:
        self.effects = effects

    @classmethod
    def of(cls, record: Record, params: Sequence[str] | None = None) -> Self:
        return cls(effects=ParamEffects.of(record, params))

    def plot(
        self, ax: Axes | None = None, *, points_kwargs: Style = None, band_kwargs: Style = None
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Its place is divided among the parameters.
        points_kwargs, band_kwargs : dict, optional
            For ``Axes.scatter`` and ``Axes.fill_between``.
        """
        data = self.effects
        panels = self._begin_panels(ax, len(data.axes))
        labels = short_names([axis.name for axis in data.axes])
        self.points_, self.bands_ = [], []
        for panel, axis, band in zip(panels, data.axes, data.bands, strict=True):
            self.bands_.append(None if band is None else self._draw_band(panel, band, band_kwargs))
            self.points_.append(self._draw_points(panel, axis, points_kwargs))
            draw_axis(panel, axis, labels[axis.name])
            panel.sharey(panels[0])
            self._label_scores(panel)
        return self

    def _label_scores(self, panel: Axes) -> None:
        """Label scores in the first column; where panels are low, once."""
        place: Any = panel.get_subplotspec()
        text = score_label(self.effects.metric)
        fits = text_size()[0] * len(text) < 0.6 * room(panel)[1]
        if not place.is_first_col():
            panel.tick_params(labelleft=False)
        elif fits or place.rowspan.start == place.get_gridspec().nrows // 2:
            panel.set_ylabel(text)

    def _draw_points(self, panel: Axes, axis: ParamAxis, style: Style) -> Any:
        data = self.effects
        shown = axis.known & ~np.isnan(data.scores)
        places = strips(axis)
        size = 22 if shown.sum() <= 100 else 8
        colors = np.where(data.complete[shown], blue(panel), GREY).tolist()
        look = styled({"s": size, "color": colors, "alpha": 0.7, "linewidths": 0}, style)
        points = panel.scatter(places[shown], data.scores[shown], **look)
        if data.best is not None and shown[data.best]:
            draw_best(panel, places[data.best], data.scores[data.best])
        failed = places[axis.known & np.isnan(data.scores)]
        look = {"s": size, "marker": "v", "color": RED, "linewidths": 0}
        panel.scatter(failed, np.full(len(failed), below(data.scores)), **look)
        return points

    def _draw_band(self, panel: Axes, band: tuple[Floats, Floats, Floats], style: Style) -> Any:
        places, mean, _ = band
        panel.plot(places, mean, color=GREY, linewidth=1.0)
        look = styled({"color": GREY, "alpha": 0.25, "linewidth": 0}, style)
        return panel.fill_between(places, *self.effects.reach(band), **look)
