"""The rivals of the best candidate: they show whether the winner is really better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..results.comparing import Comparison, correlated_t
from .display import GREY, ORANGE, Display, Style, blue, escaped, styled
from .labels import room, set_xlabel, text_size
from .param_axis import short_names, written
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_RIVALS = 15

_LONGEST = 36
"""Characters of a candidate."""


@dataclass(frozen=True, eq=False)
class Rivals:
    """The candidates next to the best, compared with it on the same splits.

    Attributes
    ----------
    metric : str
        Which is shown.
    rows : sequence of int
        In ``cv_results_``, the best mean first, without the best candidate.
    params : sequence of dict
        Of each, the candidate.
    comparisons : sequence of Comparison
        The true difference to the best, as the splits tell it; see `GridSearch.compare`.
    rope : float
        Differences up to it do not matter.
    """

    metric: str
    rows: Sequence[int]
    params: Sequence[dict[str, Any]]
    comparisons: Sequence[Comparison]
    rope: float

    @classmethod
    def of(cls, record: Record, rope: float | None = None) -> Rivals:
        """Read a record; differences up to `rope` do not matter.

        By default that is 0.01, or a hundredth of the best mean score where this is larger than 1.

        Raises
        ------
        ValueError
            If there is no best candidate, or no other to compare it with.
        """
        means = np.where(record.ended, record.means, np.nan)
        rows = [int(row) for row in np.argsort(-means, kind="stable") if not np.isnan(means[row])]
        rows = [row for row in rows if row != record.best][:MOST_RIVALS]
        if record.best is None or not rows:
            or_without = ", or without early_termination" if "stopped" in record.status else ""
            raise ValueError(
                "fewer than two candidates have all their scores, so there is nothing to compare. "
                f"Search over more{or_without}."
            )
        if rope is None:
            rope = 0.01 * max(1.0, abs(float(record.means[record.best])))
        scores = record.scores[record.metric]
        share = record.test_share or 1 / max(scores.shape[1], 2)
        how = {"rho": share, "rope": rope, "widest": record.limits[1] - record.limits[0]}
        found = [correlated_t(scores[row] - scores[record.best], **how) for row in rows]
        return cls(record.metric, rows, [record.params[row] for row in rows], found, rope)


class RivalsDisplay(Display):
    """The difference of the next best candidates to the best, with intervals of 95 %.

    The shaded region holds the differences that do not matter. Where an interval reaches beyond it
    to the right, the candidate may be better.

    Parameters
    ----------
    rivals : Rivals
        What is drawn. ``from_search(..., rope=0.005)`` says which differences do not matter; by
        default 0.01, or a hundredth of the best mean score where this is larger than 1.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    errorbar_ : matplotlib ErrorbarContainer
        The differences from the best, with their intervals.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import RivalsDisplay
    >>> search = GridSearch(SVC(), {"C": [0.001, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> RivalsDisplay.from_search(search).rivals.rows
    [1, 0]
    """

    errorbar_: Any
    _choices = ("rope",)

    def __init__(self, *, rivals: Rivals) -> None:
        self.rivals = rivals

    @classmethod
    def of(cls, record: Record, rope: float | None = None) -> Self:
        return cls(rivals=Rivals.of(record, rope))

    def plot(self, ax: Axes | None = None, *, errorbar_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        errorbar_kwargs : dict, optional
            For ``Axes.errorbar``.
        """
        data = self.rivals
        n = len(data.rows)
        ax = self._begin(ax, (6.8, 1.3 + 0.3 * n))
        centres = np.array([one.difference for one in data.comparisons])
        lows = np.array([one.low for one in data.comparisons])
        highs = np.array([one.high for one in data.comparisons])
        reach = np.nan_to_num(np.stack([centres - lows, highs - centres]))
        look = {"fmt": "o", "color": blue(ax), "ecolor": GREY, "capsize": 3}
        self.errorbar_ = ax.errorbar(
            centres, range(n), xerr=reach.tolist(), **styled(look, errorbar_kwargs)
        )
        ax.axvspan(-data.rope, data.rope, color=GREY, alpha=0.2, linewidth=0)
        ax.axvline(0.0, color=ORANGE, linewidth=1.5)
        rivals = zip(data.rows, data.params, strict=True)
        width, _ = room(ax)
        most = min(int(0.6 * width / text_size()[0]), _LONGEST)
        ax.set_yticks(range(n), [_in_words(*rival, most) for rival in rivals], fontsize="small")
        ax.locator_params(axis="x", nbins=int(np.clip(width, 2, 5)))
        ax.set_ylim(n - 0.4, -0.6)
        set_xlabel(ax, f"difference to the best {escaped(data.metric)}")
        return self


def _in_words(row: int, params: dict[str, Any], most: int) -> str:
    """Write a candidate in a line, with its row in case that it is cut."""
    labels = short_names(list(params))
    text = ", ".join(f"{labels[name]}={_value(value)}" for name, value in params.items())
    return escaped(f"{row}:  {text if len(text) <= most else text[: most - 1] + '…'}")


def _value(value: object) -> str:
    if isinstance(value, float | np.floating):
        return written(float(value))
    if hasattr(value, "get_params") and not isinstance(value, type):
        return type(value).__name__
    return " ".join(str(value).split())
