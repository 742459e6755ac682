"""Successive halving: it shows which candidates went on, and whether early rungs ranked well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..space.identity import identity
from ..types import Floats
from .display import GREY, ORANGE, Display, Style, blue, escaped, score_label, styled
from .labels import set_labels
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Rungs:
    """Candidates as lines over the rungs.

    Attributes
    ----------
    metric : str
        Which is shown.
    resource : str
        "n_samples", or the parameter that is the resource.
    n_resources : sequence of int
        Of each rung.
    lines : sequence of float array of shape (n_rungs,)
        Of each candidate its mean scores; nan in rungs that it did not get to.
    rows : sequence of int array of shape (n_rungs,)
        Of each candidate its rows in ``cv_results_``; -1 in rungs that it did not get to.
    """

    metric: str
    resource: str
    n_resources: Sequence[int]
    lines: Sequence[Floats]
    rows: Sequence[Any]

    @classmethod
    def of(cls, record: Record) -> Rungs:
        """Read a record.

        Raises
        ------
        ValueError
            Without rungs.
        """
        if not record.rungs:
            raise ValueError("the search has no rungs: it was not by successive halving.")
        resource = record.rungs[0].resource
        sizes = {rung.number: rung.n_resources for rung in record.rungs}
        place = {number: k for k, number in enumerate(sorted(sizes))}
        lines: dict[Any, Floats] = {}
        rows: dict[Any, Any] = {}
        told = zip(record.params, record.rungs, record.means, strict=True)
        for row, (params, rung, mean) in enumerate(told):
            key = identity({name: v for name, v in params.items() if name != resource})
            line = lines.setdefault(key, np.full(len(place), np.nan))
            line[place[rung.number]] = mean
            rows.setdefault(key, np.full(len(place), -1))[place[rung.number]] = row
        n_resources = [sizes[number] for number in place]
        return cls(record.metric, resource, n_resources, list(lines.values()), list(rows.values()))


class RungsDisplay(Display):
    """A line for each candidate of successive halving, from its first rung to its last.

    Parameters
    ----------
    rungs : Rungs
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    lines_ : list of matplotlib Line2D
        One line for each candidate that has gone on.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune import GridSearch, SuccessiveHalving
    >>> from sktune.looking import RungsDisplay
    >>> halving = SuccessiveHalving(min_resources=200)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_depth": [1, 2, 3, 5, 8]}
    >>> search = GridSearch(tree, grid, strategy=halving).fit(*load_digits(return_X_y=True))
    >>> RungsDisplay.from_search(search).rungs.n_resources
    [200, 600]
    """

    lines_: list[Any]

    def __init__(self, *, rungs: Rungs) -> None:
        self.rungs = rungs

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(rungs=Rungs.of(record))

    def plot(self, ax: Axes | None = None, *, lines_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        lines_kwargs : dict, optional
            For ``Axes.plot``.
        """
        ax, data = self._begin(ax), self.rungs
        n = len(data.n_resources)
        reached = [int(np.flatnonzero(~np.isnan(line)).max(initial=-1)) for line in data.lines]
        finals = [line[-1] for line in data.lines]
        best = int(np.nanargmax(finals)) if not np.isnan(finals).all() else -1
        self.lines_ = []
        many = len(data.lines) > 60
        for k, (line, last) in enumerate(zip(data.lines, reached, strict=True)):
            above = 2 if k == best else int(last == n - 1)
            color = (GREY, blue(ax), ORANGE)[above]
            look: dict[str, Any] = {"color": color, "marker": "o", "markersize": 2 if many else 4}
            look |= {"alpha": 1.0 if k == best else 0.3 if many else 0.7}
            look |= {"linewidth": 2.0 if k == best else 1.0, "zorder": 2 + above}
            self.lines_ += ax.plot(range(n), line, **styled(look, lines_kwargs))
        set_labels(ax, range(n), [str(size) for size in data.n_resources])
        ax.set(xlabel=escaped(data.resource), ylabel=score_label(data.metric))
        return self
