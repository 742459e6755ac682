"""Learning curves of boosting on validation samples, with the rounds that fits go back to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Floats, Ints
from .display import GREY, ORANGE, Display, Style, blue, escaped, ink, styled
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40
"""Candidates whose curves are shown: the best, and others from all ranks."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of early stopping, one for each fit.

    Attributes
    ----------
    metric : str
        The booster's, by which it was stopped.
    rows, splits : int array of shape (n_curves,)
        Of each its candidate's row in ``cv_results_``, and its split.
    curves : sequence of (rounds, values)
        Of each its points: rounds from 1, and the metric after them.
    found : int array of shape (n_curves,)
        With how many rounds it was scored.
    given_up : bool array of shape (n_curves,)
        Fits that were ended in the middle, of candidates that were stopped.
    best : int or None
        The row of the best candidate.
    n_left_out : int
        Candidates that are not shown, of more than 40.
    """

    metric: str
    rows: Ints
    splits: Ints
    curves: Sequence[tuple[Ints, Floats]]
    found: Ints
    given_up: Any
    best: int | None
    n_left_out: int

    @classmethod
    def of(cls, record: Record) -> Curves:
        """Read a record.

        Raises
        ------
        ValueError
            If it has no curves.
        """
        found = [
            (row, split, rounds)
            for row, of_row in enumerate(record.rounds)
            for split, rounds in enumerate(of_row)
            if rounds is not None and len(rounds.curve) > 1 and not record.duplicate[row]
        ]
        if not found:
            raise ValueError(
                "there are no learning curves: they are of searches with early_stopping, from the "
                "search itself or its checkpoint."
            )
        [(metric, _)] = Counter(rounds.metric for *_, rounds in found).most_common(1)
        found = [one for one in found if one[2].metric == metric]
        shown = _shown(record, sorted({row for row, *_ in found}))
        n_left_out = len({row for row, *_ in found} - shown)
        found = [one for one in found if one[0] in shown]
        points = [np.array(rounds.curve, dtype=float).T for *_, rounds in found]
        return cls(
            metric,
            np.array([row for row, *_ in found]),
            np.array([split for _, split, _ in found]),
            [(at.astype(int), values) for at, values in points],
            np.array([rounds.n for *_, rounds in found]),
            np.array([rounds.missed is not None for *_, rounds in found]),
            record.best if record.best in shown else None,
            n_left_out,
        )

    def chosen(self, k: int) -> float:
        """Return the metric of a curve after the rounds that it was scored with."""
        at, values = self.curves[k]
        return float(np.interp(self.found[k], at, values))

    @property
    def span(self) -> tuple[float, float]:
        """The values that are worth room: those of first rounds are far from all others."""
        ends = np.concatenate([values[len(values) // 8 :] for _, values in self.curves])
        firsts = [values[0] for _, values in self.curves]
        low, high = float(np.min(ends)), float(np.max(ends))
        room = 0.3 * (high - low)
        return max(low - room, min(low, *firsts)), min(high + room, max(high, *firsts))


def _shown(record: Record, rows: Sequence[int]) -> set[int]:
    """Choose candidates of all ranks, and the best."""
    if len(rows) <= MOST:
        return set(rows)
    by_rank = sorted(rows, key=lambda row: -np.nan_to_num(record.estimates[row], nan=-np.inf))
    places = np.linspace(0, len(rows) - 1, MOST).round().astype(int)
    return {by_rank[place] for place in places} | {row for row in rows if row == record.best}


class CurvesDisplay(Display):
    """A line for each fit of boosting that was stopped early: its metric round by round.

    The best candidate's are orange, with a dot where they go back to; those of fits that were ended
    in the middle are grey.

    Parameters
    ----------
    curves : Curves
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    lines_ : list of matplotlib Line2D
        One line for each curve.
    dots_ : matplotlib PathCollection
        With how many rounds fits were scored.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sktune import EarlyStopping, GridSearch
    >>> from sktune.looking import CurvesDisplay
    >>> model = HistGradientBoostingClassifier(max_iter=200, random_state=0)
    >>> grid = {"learning_rate": [0.1, 0.3]}
    >>> search = GridSearch(model, grid, cv=2, early_stopping=EarlyStopping(10))
    >>> search = search.fit(*load_breast_cancer(return_X_y=True))
    >>> CurvesDisplay.from_search(search).curves.rows
    array([0, 0, 1, 1])
    """

    lines_: list[Any]
    dots_: Any

    def __init__(self, *, curves: Curves) -> None:
        self.curves = curves

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(curves=Curves.of(record))

    def plot(self, ax: Axes | None = None, *, lines_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        lines_kwargs : dict, optional
            For ``Axes.plot``.
        """
        ax, data = self._begin(ax), self.curves
        thin = 0.35 if len(data.rows) > 60 else 0.65
        self.lines_, dots, kinds = [], [], set()
        hue = blue(ax)
        for k, (row, (at, values)) in enumerate(zip(data.rows, data.curves, strict=True)):
            is_best = row == data.best
            color = ORANGE if is_best else GREY if data.given_up[k] else hue
            faint = {ORANGE: 1.0, GREY: 0.8, hue: thin}[color]
            look: dict[str, Any] = {"color": color, "alpha": faint}
            look |= {"linewidth": 1.8 if is_best else 1.0, "zorder": 3 if is_best else 2}
            name = {ORANGE: "the best", GREY: "given up", hue: "others"}[color]
            look |= {} if name in kinds else {"label": name}
            kinds.add(name)
            self.lines_ += ax.plot(at, values, **styled(look, lines_kwargs))
            if not data.given_up[k]:
                dots.append((data.found[k], data.chosen(k), color))
        size = 22 if len(dots) <= 30 else 9
        dots.sort(key=lambda dot: dot[2] == ORANGE)  # which is not to be hidden
        x, y, colours = zip(*dots, strict=True) if dots else ((), (), ())
        self.dots_ = ax.scatter(x, y, s=size, c=colours, edgecolors=ink(), linewidths=0.5, zorder=4)
        low, high = data.span
        if high > low:
            ax.set_ylim(low - 0.04 * (high - low), high + 0.04 * (high - low))
        ax.locator_params(axis="x", integer=True)
        if len(kinds) > 1:
            ax.legend(fontsize="small", loc="best")
        name = f"{data.metric} on validation samples" if data.metric else "on validation samples"
        ax.set(xlabel="round", ylabel=escaped(name))
        return self
