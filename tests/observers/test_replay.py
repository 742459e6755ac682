"""A search that has been is told again: from its file, from itself, from scikit-learn's."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, SuccessiveHalving, read_journal, replay
from sktune.exceptions import CheckpointError
from sktune.testing.observers import SEARCHES, Scripted, X, y
from tests.helpers.observers import Adding

KINDS = [kind for kind in SEARCHES if kind != "interrupt"]


def fitted(kind: str, **more: Any) -> tuple[Any, Adding]:
    live = Adding()
    search = SEARCHES[kind](refit=False, observers=[live], **more)
    with warnings.catch_warnings(), suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        search.fit(X, y)
    return search, live


def known(scores: dict[tuple[int, int], float | None]) -> dict[tuple[int, int], float]:
    return {key: score for key, score in scores.items() if score is not None}


@pytest.mark.parametrize("kind", SEARCHES)
def test_a_search_is_told_again_as_it_was(kind: str) -> None:
    search, live = fitted(kind)
    again = Adding()
    replay(search, again)
    kept = {n: trial for n, trial in live.trials.items() if trial.finished}
    assert [dict(t.params) for t in again.trials.values()] == [
        dict(t.params) for t in kept.values()
    ]
    assert known(again.scores) == known({k: s for k, s in live.scores.items() if k[0] in kept})
    assert again.finished == {n: c for n, c in live.finished.items() if n in kept}
    assert [rung.n_resources for rung in again.rungs] == [rung.n_resources for rung in live.rungs]
    assert again.info.name == type(search).__name__
    for name, column in search.cv_results_.items():
        if "test" in name:
            np.testing.assert_array_equal(again.results.cv_results[name], column)


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_is_told_as_it_was(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search, live = fitted(kind, checkpoint=path)
    again = Adding()
    replay(path, again)
    table = read_journal(path)
    assert len(again.trials) == len(table)
    heard = sorted(score for score in known(again.scores).values())
    distinct = {n for n, trial in live.trials.items() if trial.duplicate_of is None}
    if kind != "rule":  # what was dropped is recorded too
        assert heard == sorted(s for (n, _), s in known(live.scores).items() if n in distinct)
    assert all(o.recalled for trial in again.trials.values() for o in trial.finished)
    assert again.results.ended_by == search.ended_by_


def test_a_search_of_scikit_learns_is_told() -> None:
    theirs = GridSearchCV(Scripted(), {"value": [1, 2, 1]}, cv=3, refit=False).fit(X, y)
    again = Adding()
    replay(theirs, again)
    assert len(again.scores) == 9
    assert again.trials[2].duplicate_of == 0
    same = Adding()
    replay(theirs.cv_results_, same)
    assert same.scores == again.scores


def test_several_metrics_and_reasons_of_failures_are_told() -> None:
    scoring = {"a": "accuracy", "b": lambda e, X, y: float(e.value)}
    search = GridSearch(Scripted(), {"value": [1, "raise"]}, cv=2, scoring=scoring, refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    again = Adding()
    replay(search, again)
    failed = again.trials[1].finished
    assert [o.failures[0].reason for o in failed] == ["RuntimeError: this candidate fails"] * 2
    assert all(o.failed and o.multimetric for o in failed)


@pytest.mark.parametrize("source", [3, Scripted(), {"a": 1}, GridSearch(Scripted(), {})])
def test_what_cannot_be_told_is_refused(source: Any) -> None:
    with pytest.raises(TypeError, match="pass a fitted search, or the path"):
        replay(source, Adding())


def test_what_is_no_observer_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"is no sktune\.Observer"):
        replay(tmp_path, print)  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match="There is no journal"):
        replay(tmp_path / "none.jsonl", Adding())


def by_rung(heard: Adding) -> dict[Any, float | None]:
    """Return scores by candidate; a file has those of a rung in any order."""
    trials = heard.trials
    return {
        (trials[n].rung.n_resources, *trials[n].params.values(), split): score  # type: ignore[union-attr]
        for (n, split), score in heard.scores.items()
    }


@pytest.mark.parametrize("from_file", [True, False])
def test_rungs_have_scores_of_their_own(from_file: bool, tmp_path: Path) -> None:
    grid, halving = {"max_depth": [1, 2, 3, 4]}, SuccessiveHalving(factor=2)
    live, again = Adding(), Adding()
    search = GridSearch(
        DecisionTreeClassifier(random_state=0), grid, cv=2, strategy=halving,
        checkpoint=tmp_path / "search.jsonl", observers=[live],
    ).fit(*load_breast_cancer(return_X_y=True))  # fmt: skip
    replay(tmp_path / "search.jsonl" if from_file else search, again)
    assert len({score for (n, _), score in live.scores.items() if n > 3}) > 1
    assert by_rung(again) == by_rung(live)
    for name in ("number", "n_resources", "resource", "n_candidates"):
        assert [getattr(r, name) for r in again.rungs] == [getattr(r, name) for r in live.rungs]


def test_the_metric_of_a_file_with_several_is_the_one_that_decides(tmp_path: Path) -> None:
    scoring, path = ["accuracy", "f1"], tmp_path / "search.jsonl"
    search = GridSearch(SVC(), {"C": [1]}, scoring=scoring, refit="f1", checkpoint=path)
    search.fit(X, np.arange(len(X)) % 2)
    of_file, of_search = Adding(), Adding()
    replay(path, of_file)
    replay(search, of_search)
    assert of_file.info.metric == of_search.info.metric == "f1"


@pytest.mark.parametrize("kind", [GridSearch, GridSearchCV])
@pytest.mark.parametrize("error_score", [0, np.nan])
def test_what_failed_has_failed(kind: Any, error_score: float) -> None:
    grid, again = {"value": [1, "raise"]}, Adding()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = kind(Scripted(), grid, cv=2, error_score=error_score, refit=False).fit(X, y)
    replay(search, again)
    failed = [outcome.failed for outcome in again.trials[1].finished]
    # scikit-learn's own has no column that tells a score from what stands for one
    assert failed == [kind is GridSearch or error_score != 0] * 2
    assert not any(outcome.failed for outcome in again.trials[0].finished)
