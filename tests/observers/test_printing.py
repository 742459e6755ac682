"""What is printed while a search runs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.events import Observer
from sktune.exceptions import FailedCandidatesWarning
from sktune.observers import FitLines, HeaderLine, RefitMetricCheck
from sktune.results import REFIT_BY_HAND
from sktune.testing import ObserverContract
from tests.helpers.estimators import Counting, Faulty, Slow
from tests.helpers.searches import every_search, grid, more


class TestHeaderLine(ObserverContract):
    def make(self) -> Observer:
        return HeaderLine()


class TestFitLines(ObserverContract):
    def make(self) -> Observer:
        return FitLines(10)


class TestRefitMetricCheck(ObserverContract):
    def make(self) -> Observer:
        return RefitMetricCheck("a", lambda names: None)


@pytest.mark.parametrize(
    ("verbose", "return_train_score", "scoring"),
    [
        # any two of them together; all three in the slow run
        pytest.param(verbose, train, scoring, marks=[] if (k + train + n) % 2 else pytest.mark.slow)
        for k, verbose in enumerate([2, 3, 10])
        for train in (True, False)
        for n, scoring in enumerate(["accuracy", ["accuracy", "f1_macro"]])
    ],
)
def test_lines_are_scikit_learns(
    verbose: int, return_train_score: bool, scoring: Any, capsys: Any, iris: Any
) -> None:
    printed = []
    for search in (GridSearchCV, GridSearch):
        search(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [1, 2], "min_samples_leaf": [1, 5]},
            cv=2,
            verbose=verbose,
            scoring=scoring,
            refit=False,
            return_train_score=return_train_score,
        ).fit(*iris)
        lines = re.sub(r"total time= +[\d.]+m?s", "total time", capsys.readouterr().out)
        printed.append(re.sub(r"\.{3,}", "...", lines))
    assert printed[0] == printed[1]


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_lines_are_printed_by_the_parent(make: Any, n_jobs: int, capsys: Any, iris: Any) -> None:
    make(Counting(), {"value": [1, 2, 3, 4]}, cv=2, n_jobs=n_jobs, verbose=2).fit(*iris)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Fitting 2 folds for each of 4 candidates, totalling 8 fits"
    assert sum(line.startswith("[CV] END") for line in lines) == 8


@every_search
def test_silence_is_the_default(make: Any, capsys: Any, iris: Any) -> None:
    make(Counting(), {"value": [1, 2, 3, 4]}).fit(*iris)
    assert capsys.readouterr().out == ""


def test_a_line_tells_error_score(capsys: Any, iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": ["raise", 1]}, cv=2, verbose=3, error_score=0.125)
    with pytest.warns(FailedCandidatesWarning):
        search.fit(*iris)
    assert "score=0.125" in capsys.readouterr().out


def test_lines_tell_metrics_by_name(capsys: Any, iris: Any) -> None:
    printed = []
    for search in (GridSearchCV, GridSearch):
        tree = DecisionTreeClassifier(random_state=0)
        options = {"scoring": ["f1_macro", "accuracy"], "refit": False, "verbose": 3, "cv": 2}
        search(tree, {"max_depth": [1, 2]}, **options).fit(*iris)
        printed.append(re.sub(r"\.{3,}|total time=.*", "", capsys.readouterr().out))
    assert printed[0] == printed[1]


def told_of_an_end(make: Any, capsys: Any, *, verbose: int, values: Any, **options: Any) -> str:
    """Return what is said of a search that ends early, in its lines or in its error."""
    n = more(make, n_iter=len(values))
    search = make(Faulty(), {"value": values}, **n, cv=2, verbose=verbose, **options)
    notes: list[str] = []
    try:
        search.fit(np.arange(40.0).reshape(20, 2), np.arange(20) % 2)
    except KeyboardInterrupt as exc:
        notes = getattr(exc, "__notes__", notes)
    printed = capsys.readouterr().out.splitlines()[-1:]
    (told,) = notes or printed
    if notes and verbose:  # the seconds may differ
        assert re.sub(r"[\d.]+ s", "", told) == re.sub(r"[\d.]+ s", "", printed[0])
    return str(told)


def stops(trials: Any) -> bool:
    return len(trials) == 2


@every_search
@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_an_interrupt_says_what_is_kept_and_what_is_missing(
    make: Any, verbose: int, capsys: Any
) -> None:
    told = told_of_an_end(make, capsys, verbose=verbose, values=["interrupt"])
    assert re.match(
        r"Interrupted after [\d.]+ s, before any fit had ended: there are no results\.$", told
    )
    told = told_of_an_end(
        grid, capsys, verbose=verbose, values=[1, 2, 3, "interrupt", 5], share_work=False
    )
    assert re.match(
        r"Interrupted after [\d.]+ s: 3 of 5 candidates complete, 2 not begun\. Kept: "
        r"cv_results_ and best_params_, of what was done\. Missing: best_estimator_\.",
        told,
    )
    assert REFIT_BY_HAND in told
    assert told.endswith('A search with checkpoint="search.jsonl" can be gone on with.')


@every_search
@pytest.mark.parametrize("verbose", [1, 2])
def test_a_search_that_is_ended_says_so(make: Any, verbose: int, capsys: Any) -> None:
    values = list(range(20, 70))
    told = told_of_an_end(make, capsys, verbose=verbose, values=values, stop=stops)
    kept = "Kept: cv_results_ and best_params_."
    assert re.match(
        r"Stopped by its stop rule after [\d.]+ s: 2 of 50 candidates complete, 48 not begun\. "
        + kept,
        told,
    )
    told = told_of_an_end(make, capsys, verbose=verbose, values=values, observers=[Ends()])
    assert re.match(
        r"Stopped by a callback or an observer after .* s: \d+ of 50 candidates complete", told
    )
    assert told.endswith(kept)
    told = told_of_an_end(make, capsys, verbose=verbose, values=[1, 2])
    assert "Stopped" not in told


class Ends(Observer):
    def trial_finished(self, trial: Any) -> bool:
        return True


def test_an_end_by_the_clock_says_so(capsys: Any, iris: Any) -> None:
    GridSearch(Slow(), {"value": range(1000)}, timeout=0.6, verbose=1, refit=False).fit(*iris)
    told = capsys.readouterr().out.splitlines()[-1]
    match = re.match(r"Stopped by timeout after .* s: (\d+) of 1000 candidates complete", told)
    assert match
    assert 0 < int(match[1]) < 1000


def test_an_interrupt_says_how_the_checkpoint_goes_on(capsys: Any, tmp_path: Any) -> None:
    path = tmp_path / "search.jsonl"
    for values in (["interrupt"], [1, "interrupt"]):
        told = told_of_an_end(grid, capsys, verbose=0, values=values, checkpoint=path)
        assert told.endswith(f"To go on, run the same lines again: {path} has every fit.")
        path.unlink()
