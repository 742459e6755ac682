"""The six figures that answer most questions, on one page."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from ..optional import package
from .display import PURPOSE, Display
from .folds import FoldsDisplay, question_of_folds
from .history import HistoryDisplay
from .importances import ImportancesDisplay
from .param_effects import ParamEffectsDisplay
from .param_pair import ParamPairDisplay
from .record import Record, Source
from .rivals import RivalsDisplay
from .rungs import RungsDisplay
from .score_time import ScoreTimeDisplay

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def overview(source: Source, *, metric: str | None = None) -> Figure:
    """Draw the six figures that answer what people ask of a search.

    Did it converge? What mattered? Where is the good region? Is the winner really better? What did
    time buy? What was stopped, or how do splits differ? A figure that a search has nothing for
    says so in its place.

    Parameters
    ----------
    source : fitted search, mapping, str or path-like
        A search of sktune's or of scikit-learn's, its ``cv_results_``, or the path of a
        checkpoint, also while the search runs.
    metric : str, optional
        Which is shown, where there are several; by default the one that decides.

    Returns
    -------
    figure : matplotlib Figure
        To be saved by its ``savefig``; a notebook shows it.

    Raises
    ------
    ValueError
        If there is no such metric, or nothing was tried yet.
    ImportError
        Without matplotlib.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.looking import overview
    >>> grid = {"C": [0.1, 1, 10], "gamma": [0.01, 0.1]}
    >>> search = GridSearchCV(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> figure = overview(search)
    >>> [ax.get_title() for ax in figure.axes if ax.get_title()][:2]
    ['Did it converge?', 'What mattered?']
    """
    record = Record.of(source, metric)
    pyplot = package("matplotlib.pyplot", PURPOSE)
    figure, places = pyplot.subplots(3, 2, figsize=(12.5, 13.0), layout="constrained")
    region = ParamPairDisplay if len(record.names) > 1 else ParamEffectsDisplay
    questions: dict[str, type[Display]] = {
        "Did it converge?": HistoryDisplay,
        "What mattered?": ImportancesDisplay,
        "Where is the good region?": region,
        "Is the winner really better?": RivalsDisplay,
        "What did time buy?": ScoreTimeDisplay,
    }
    if record.rungs:
        questions["Who went on to the next rung?"] = RungsDisplay
    else:
        questions[question_of_folds(record)] = FoldsDisplay
    for ax, (question, display) in zip(places.flat, questions.items(), strict=True):
        ax.set_title(question)
        try:
            drawn = display.of(record).plot(ax)
            if drawn.ax_ is not ax:  # panels, which lie over its title
                ax.set_title("")
                drawn.ax_[0].set_title(question)
        except ValueError as exc:  # there is nothing to draw, and it says why
            ax.set_axis_off()
            told = str(exc)
            told = fill(told[0].upper() + told[1:], 40)
            ax.text(0.5, 0.5, told, ha="center", va="center", transform=ax.transAxes)
    return figure  # type: ignore[no-any-return] # pyplot comes without types, as it is optional
