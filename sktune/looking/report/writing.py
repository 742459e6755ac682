"""Reports as files: written whole, and while a search runs not more often than pays."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from time import monotonic as clock

from ...events import Observer, SearchInfo
from ...results import Results
from ...trials import Outcome, Trial
from ..record import Source
from .data import page_data
from .page import page
from .reading import Reading

_SHARE = 0.01
"""Share of the time that is spent on writing while a search runs."""


def report(source: Source, path: str | os.PathLike[str], *, metric: str | None = None) -> None:
    """Write a report of a search: one file, to be opened in a browser, without a network.

    Parameters
    ----------
    source : fitted search, mapping, str or path-like
        A search of sktune's or of scikit-learn's, its ``cv_results_``, or the path of a
        checkpoint, also while the search runs.
    path : str or path-like
        The file to be written, such as ``"report.html"``; what is there is replaced.
    metric : str, optional
        Which is shown, where there are several; by default the one that decides.

    Raises
    ------
    ValueError
        If there is no such metric.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.looking import report
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report(search, f"{folder}/report.html")
    ...     "GridSearchCV" in Path(f"{folder}/report.html").read_text(encoding="utf-8")
    True
    """
    write(page(page_data(Reading.of(source), metric)), path)


def report_of(info: SearchInfo, results: Results) -> str:
    """Return the report of a search that has ended."""
    return page(page_data(Reading.at_the_end(info, results)))


def write(text: str, path: str | os.PathLike[str]) -> None:
    """Put a file in its place, whole: whoever opens it meanwhile sees the one before."""
    place = os.path.realpath(os.fspath(path))
    handle, beside = tempfile.mkstemp(suffix=".new", dir=os.path.dirname(place))
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(beside, 0o666 & ~mask)  # as a file that is simply opened has
        os.replace(beside, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


class Report(Observer):
    """An observer that keeps a report of the search in a file, which is written anew as it runs.

    It is written whole each time, and takes a hundredth of the time at most, but for the last.

    Parameters
    ----------
    path : str or path-like
        Such as ``"report.html"``; what is there is replaced.
    metric : str, optional
        Which is shown, where there are several; by default the one that decides.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, Report
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = Report(f"{folder}/report.html")
    ...     search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, observers=[report])
    ...     search = search.fit(*load_iris(return_X_y=True))
    ...     "complete" in Path(f"{folder}/report.html").read_text(encoding="utf-8")
    True
    """

    def __init__(self, path: str | os.PathLike[str], *, metric: str | None = None) -> None:
        self.path = path
        self.metric = metric

    def search_started(self, info: SearchInfo) -> None:
        self._info = info
        self._next = 0.0
        self._write(Reading.while_running(info))

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        if clock() >= self._next:
            self._write(Reading.while_running(self._info))

    def search_finished(self, results: Results) -> None:
        self._write(Reading.at_the_end(self._info, results))

    def _write(self, reading: Reading) -> None:
        began = clock()
        write(page(page_data(reading, self.metric)), self.path)
        now = clock()
        self._next = now + max(1.0, (now - began) / _SHARE)
