"""What users' code changes of what lasts is seen, and what is loaded once is not taken for it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch
from tests.helpers.laws import in_turn
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Leaves, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 4)), np.arange(40) % 2
GRID = {"gaussiannb__var_smoothing": [1e-9, 0.1, 1.0]}
LISTED: list[int] = []
LINES = io.StringIO("\n".join(map(str, range(99))))
_loaded: Any = None


class Counts(Leaves):
    """Is another one each time it is fitted, by how often its class was."""

    fits = 0

    def fit(self, X: Any, y: Any = None) -> Any:
        type(self).fits += 1
        super().fit(X, y)
        self.mean_ = self.mean_ + np.arange(4) * self.fits
        return self


class Lists(Leaves):
    """Likewise, by a list."""

    def fit(self, X: Any, y: Any = None) -> Any:
        LISTED.append(len(X))
        super().fit(X, y)
        self.mean_ = self.mean_ + np.arange(4) * len(LISTED)
        return self


class Transforms(Leaves):
    """Likewise, by how often it has transformed."""

    calls = np.zeros(1)

    def transform(self, X: Any) -> Any:
        self.calls[0] += 1
        return super().transform(X) + np.arange(4) * self.calls[0]


class Loads(Leaves):
    """Needs something that is there once the first has loaded it."""

    def fit(self, X: Any, y: Any = None) -> Any:
        global _loaded
        if _loaded is None:
            _loaded = [2.0]
        super().fit(X, y)
        self.mean_ = self.mean_ * _loaded[0]
        return self


class Sums(Leaves):
    """Likewise, by a frame of totals."""

    totals = pd.Series([0.0])

    def fit(self, X: Any, y: Any = None) -> Any:
        self.totals.iloc[0] += 1
        super().fit(X, y)
        self.mean_ = self.mean_ + np.arange(4) * self.totals.iloc[0]
        return self


class Tallies(Leaves):
    """Likewise, by bytes."""

    tally = bytearray(1)

    def fit(self, X: Any, y: Any = None) -> Any:
        self.tally[0] += 1
        super().fit(X, y)
        self.mean_ = self.mean_ + np.arange(4) * self.tally[0]
        return self


class Reads(Leaves):
    """Needs the next line of a text that is open."""

    def fit(self, X: Any, y: Any = None) -> Any:
        super().fit(X, y)
        self.mean_ = self.mean_ + np.arange(4) * float(LINES.readline())
        return self


def begin_anew() -> None:
    LINES.seek(0)
    Sums.totals.iloc[0] = Tallies.tally[0] = 0
    global _loaded
    Counts.fits, _loaded = 0, None
    Transforms.calls[0] = 0
    LISTED.clear()


@pytest.mark.parametrize(
    "scoring",
    [pytest.param("neg_log_loss", marks=pytest.mark.slow), ["accuracy", "neg_log_loss"]],
)
@pytest.mark.parametrize(
    ("kind", "train"),
    in_turn([Counts, Lists, Transforms, Loads, Sums, Tallies, Reads], [False, True]),
)
def test_scores_are_scikit_learns(kind: Any, scoring: Any, train: bool) -> None:
    pipeline = make_pipeline(StandardScaler(), kind(), GaussianNB())
    results = []
    for search in (GridSearchCV, GridSearch):
        begin_anew()
        found = search(pipeline, GRID, cv=3, refit=False, scoring=scoring, return_train_score=train)
        results.append(found.fit(X, y).cv_results_)
    assert_same_results(results[1], results[0])


@pytest.mark.parametrize(("kind", "fits"), [(Counts, 9), (Loads, 3 + 1), (Leaves, 3)])
def test_what_is_loaded_once_costs_one_fit(kind: Any, fits: int, tmp_path: Any) -> None:
    begin_anew()
    pipeline = make_pipeline(kind(str(tmp_path)), GaussianNB())
    GridSearch(pipeline, GRID, cv=3, refit=False).fit(X, y)
    assert left(tmp_path, "t") == fits
