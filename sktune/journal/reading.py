"""A journal as a table."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..exceptions import CheckpointError
from ..optional import package
from ..results import Table, cv_results
from ..trials import SAMPLES, Rung, Trials
from .contents import Contents, read_file
from .disk import Disk
from .fingerprint import rounds_found_on

if TYPE_CHECKING:
    from pandas import DataFrame


def read_journal(path: str | os.PathLike[str]) -> DataFrame:
    """Read a checkpoint: a row for each candidate of which anything is recorded.

    Needs neither the data nor the estimator, and may be called while the search runs. Nothing
    is executed or built from what is in the file.

    Parameters
    ----------
    path : str or path-like
        The file that was passed as ``checkpoint``, or one of those in the directory.

    Returns
    -------
    results : pandas.DataFrame
        The columns of ``cv_results_``, as far as things are: what has not been evaluated, and
        what failed, is nan; ``status`` is as there. Parameters that are no numbers, text, None
        or bools are told as text.

    Raises
    ------
    CheckpointError
        If there is no such file, or it is damaged, or no journal.
    ImportError
        If pandas is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, read_journal
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/search.jsonl"
    ...     search = GridSearch(SVC(), {"C": [1, 10]}, checkpoint=path).fit(X, y)
    ...     table = read_journal(path)
    >>> table[["param_C", "mean_test_score", "status"]].round(3)
       param_C  mean_test_score status
    0        1            0.967     ok
    1       10            0.980     ok
    """
    pandas = package("pandas", "read_journal makes a pandas.DataFrame")
    contents = contents_at(path)
    trials = Trials(contents.header.n_splits, merge_equal=False)
    enter(contents, trials)
    with_train = any(outcome.train_scores for trial in trials for outcome in trial.finished)
    table = Table.of(trials, error_score=float("nan"), return_train_score=with_train)
    columns = cv_results(table, rounds_found_on=rounds_found_on(contents.header.fields))
    results = {_tellable(name): column for name, column in columns.items()}
    numbers = [contents.candidates[trial.number].n_samples for trial in table.rows]
    if any(n is not None for n in numbers):
        results = {"n_resources": np.array(numbers, dtype=object), **results}
    for column in results.values():
        values = np.ma.getdata(column)
        for row, value in enumerate(values):
            if isinstance(value, str):
                values[row] = _tellable(value)
    return pandas.DataFrame(results)


def contents_at(path: str | os.PathLike[str]) -> Contents:
    """Read the journal at a path; raise `CheckpointError` if there is none."""
    place = os.path.realpath(os.fspath(path))
    if os.path.isdir(place):
        there = sorted(name for name in os.listdir(place) if name.endswith(".jsonl"))
        raise CheckpointError(f"{place!r} is a directory; pass one of the files in it: {there}.")
    contents = read_file(place, Disk())
    if contents is None:
        raise CheckpointError(
            f"There is no journal at {place!r}. Pass the file that a search has as its checkpoint."
        )
    return contents


def enter(contents: Contents, trials: Trials) -> None:
    """Enter what is recorded into an empty store, candidate by candidate."""
    in_rung = Counter(candidate.n_samples for candidate in contents.candidates)
    rungs: dict[int, Rung] = {}
    for candidate in contents.candidates:
        rung, n = None, candidate.n_samples
        if n is not None:
            new = Rung(len(rungs), n, SAMPLES, in_rung[n], splits=len(rungs))
            rung = rungs.setdefault(n, new)
        trials.begin(candidate.shown, rung)
        for outcome in contents.outcomes.get(candidate.number, {}).values():
            trials.record(replace(outcome, recalled=True))
        if candidate.number in contents.stopped:
            trials.stop(candidate.number)


def _tellable(text: str) -> str:
    """Escape what is no character, which pandas may not take."""
    return text.encode(errors="backslashreplace").decode()
