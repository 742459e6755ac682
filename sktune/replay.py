"""Replay: telling an observer of a search that has been, or that runs elsewhere."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from .events import Observer, SearchInfo, check_observers
from .journal.reading import contents_at, enter
from .objective import Objective
from .results import Results, Table
from .trials import SINGLE, Failure, Outcome, Rung, Trials

_STAGES = {"timeout": "timeout", "crashed": "crash"}


def replay(source: Any, observer: Observer) -> None:
    """Tell an observer of a search, as if it ran now.

    Candidates come one after the other, in the order of their rows.

    Parameters
    ----------
    source : str, path-like, fitted search or mapping
        The file of a checkpoint, also while the search runs; or a search, which may be
        scikit-learn's own, or its ``cv_results_``. ``cv_results_`` has no times of single splits,
        so each split is told to have taken the mean; parameters in a checkpoint that are no
        numbers, text, None or bools come as text.
    observer : Observer

    Raises
    ------
    TypeError
        If the source is none of these, or the observer is none.
    CheckpointError
        If there is no such file, or it cannot be relied on.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune import Observer, replay
    >>> class Counts(Observer):
    ...     n = 0
    ...
    ...     def split_finished(self, trial, outcome):
    ...         self.n += 1
    >>> counts = Counts()
    >>> replay(GridSearchCV(SVC(), {"C": [1, 10]}).fit(*load_iris(return_X_y=True)), counts)
    >>> counts.n
    10
    """
    check_observers([observer])
    if isinstance(source, str | os.PathLike):
        contents = contents_at(source)
        header = contents.header
        trials = Trials(header.n_splits, observer)
        n_candidates, name = len(contents.candidates), header.search
    else:
        results = getattr(source, "cv_results_", source)
        if not (isinstance(results, Mapping) and "params" in results):
            raise TypeError(
                f"{source!r} has no cv_results_; pass a fitted search, or the path of a checkpoint."
            )
        trials = Trials(_n_splits(results), observer)
        n_candidates = len(results["params"])
        name = type(source).__name__ if source is not results else ""
    metric = getattr(source, "refit", SINGLE)
    metric = metric if isinstance(metric, str) else SINGLE
    observer.search_started(SearchInfo(name, n_candidates, trials.n_splits, metric, trials))
    if isinstance(source, str | os.PathLike):
        enter(contents, trials)
    else:
        _enter_rows(results, trials)
    table = Table.of(trials, error_score=math.nan)
    observer.search_finished(Results(table, Objective(metric)))


def _n_splits(results: Mapping[str, Any]) -> int:
    return len({name.partition("_")[0] for name in results if name.startswith("split")})


def _enter_rows(results: Mapping[str, Any], trials: Trials) -> None:
    """Enter the rows of ``cv_results_`` into an empty store."""
    metrics = [n.removeprefix("mean_test_") for n in results if n.startswith("mean_test_")]
    statuses = results.get("status", ["ok"] * len(results["params"]))
    for row, params in enumerate(results["params"]):
        trial = trials.begin(params, _rung(results, row))
        if trial.duplicate_of is not None:
            continue
        for split in range(trials.n_splits):
            outcome = _outcome(results, row, split, metrics)
            if statuses[row] not in ("stopped", "partial") or outcome.test_scores:
                trials.record(outcome)
        if statuses[row] == "stopped":
            trials.stop(row)


def _outcome(results: Mapping[str, Any], row: int, split: int, metrics: list[str]) -> Outcome:
    scores: dict[str, dict[str, float | None]] = {"test": {}, "train": {}}
    for which, found in scores.items():
        for metric in metrics:
            column = results.get(f"split{split}_{which}_{metric}")
            if column is not None and not np.isnan(column[row]):
                found[metric] = float(column[row])
    failures: tuple[Failure, ...] = ()
    error = results["error"][row] if "error" in results else None
    if error is not None and len(scores["test"]) < len(metrics):
        failures = (Failure(_STAGES.get(results["status"][row], "fit"), error, error),)
    return Outcome(
        row,
        split,
        scores["test"],
        scores["train"],
        multimetric=metrics != [SINGLE],
        fit_time=float(results["mean_fit_time"][row]),
        score_time=float(results["mean_score_time"][row]),
        failures=failures,
        recalled=True,
    )


def _rung(results: Mapping[str, Any], row: int) -> Rung | None:
    """Return the rung of a row, as far as columns tell."""
    if "iter" not in results:
        return None
    number = int(results["iter"][row])
    n_candidates = int(np.count_nonzero(results["iter"] == number))
    return Rung(number, int(results["n_resources"][row]), "", n_candidates, splits=number)
