"""A file tells of the background of a search what the search itself does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.background import background_of
from sktune.journal.backgrounds import background_in
from sktune.journal.reading import contents_at
from sktune.trials import Trials

X, y = np.arange(24.0).reshape(12, 2), np.array([0, 1] * 6)
OWN: dict[str, Any] = {
    "none": None,
    "flag": True,
    "count": 3,
    "share": 0.5,
    "word": "rbf",
    "single": np.float32(0.5),
    "long": np.int64(3),
    "layers": (3, 4),
    "inner": SVC(C=2.0),
}
OTHER: dict[str, Any] = {
    "none": 0,
    "flag": 1,
    "count": 3.0,
    "share": 0.25,
    "word": "poly",
    "single": np.float64(0.5),
    "long": 3,
    "layers": (3, 5),
    "inner": SVC(C=3.0),
}


class Given(ClassifierMixin, BaseEstimator):
    """Has a parameter of any kind."""

    def __init__(self, value: Any = None) -> None:
        self.value = value

    def fit(self, X: Any, y: Any) -> Given:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), int)


@pytest.mark.parametrize("kind", OWN)
def test_which_candidate_is_the_estimator_as_it_was_given(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    values = [OTHER[kind], OWN[kind]]
    search = GridSearch(Given(OWN[kind]), {"value": values}, cv=2, refit=False, checkpoint=path)
    search.fit(X, y)
    trials = Trials(2, merge_equal=False)
    for value in values:
        trials.begin({"value": value})
    for background in (background_of(search), background_in(contents_at(path))):
        assert background.is_own is not None
        assert [background.is_own(trial) for trial in trials] == [False, True]


def test_so_it_is_by_parameters_that_change_no_score(tmp_path: Path) -> None:
    """They are not among the fields that a search must have in common with its file."""
    path, values = tmp_path / "search.jsonl", [2, 1]
    estimator = KNeighborsClassifier(2, n_jobs=1)
    search = GridSearch(estimator, {"n_jobs": values}, cv=2, refit=False, checkpoint=path)
    search.fit(X, y)
    assert "estimator's n_jobs" not in contents_at(path).header.fields
    trials = Trials(2)
    for value in values:
        trials.begin({"n_jobs": value})
    for background in (background_of(search), background_in(contents_at(path))):
        assert background.is_own is not None
        assert [background.is_own(trial) for trial in trials] == [False, True]


@pytest.mark.parametrize(
    ("scoring", "limits"), [("r2", (-np.inf, 1.0)), ("accuracy", (0.0, 1.0)), (None, (0.0, 1.0))]
)
def test_between_what_scores_lie(
    scoring: str | None, limits: tuple[float, float], tmp_path: Path
) -> None:
    path = tmp_path / "search.jsonl"
    GridSearch(SVC(), {"C": [1]}, scoring=scoring, cv=2, checkpoint=path).fit(X, y)
    assert background_in(contents_at(path)).limits == {"score": limits}
