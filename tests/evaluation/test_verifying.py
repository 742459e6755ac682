"""`verify_sharing=True` finds what is at fault, names it, and is in nobody's way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch, RandomSearch, register_path
from sktune.paths import adopt
from tests.helpers.laws import in_turn
from tests.helpers.path_toys import (
    First,
    FirstPath,
    Helped,
    HelpedFamily,
    Rounds,
    RoundsPath,
)
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Entropy, Leaves, Noise, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
SIZES = [1, 2, 3, 4, 5]


class WrongOnce(RoundsPath):
    """Is wrong of a single size."""

    def __init__(self, size: int) -> None:
        self.size = size

    def derive(self, fit: Any, estimator: Any) -> Any:
        model = super().derive(fit, estimator)
        if estimator.size == self.size and model is not None:
            return adopt(estimator, model, means_=model.means_ + 3)
        return model


class WrongFirst(FirstPath):
    def derive(self, fit: Any, estimator: Any) -> Any:
        model = super().derive(fit, estimator)
        return model if estimator.n != 3 else adopt(estimator, fit.model, n_=1)


class WrongHelp(HelpedFamily):
    def assist(self, estimator: Any, memory: dict[Any, Any]) -> None:
        estimator.prepare = lambda X: np.mean(X, axis=0) + estimator.other


@pytest.mark.parametrize(("size", "n_jobs"), in_turn([1, 3, 4, 5], [1, 2]))
def test_each_member_of_a_users_family_is_checked(size: int, n_jobs: int) -> None:
    register_path(Rounds, WrongOnce(size))
    grid = {"size": SIZES}
    search = GridSearch(Rounds(), grid, cv=2, verify_sharing=True, refit=False, n_jobs=n_jobs)
    with pytest.raises(RuntimeError, match=r"The family WrongOnce of Rounds gives another fit"):
        search.fit(X, y)
    register_path(Rounds, RoundsPath())
    search.fit(X, y)


def test_so_it_is_where_candidates_are_not_known_together() -> None:
    register_path(Rounds, WrongOnce(3))
    for search in (
        RandomSearch(Rounds(), {"size": SIZES}, n_iter=5, cv=2, verify_sharing=True),
        BayesSearch(Rounds(), {"size": SIZES}, n_iter=5, cv=2, verify_sharing=True),
    ):
        with pytest.raises(RuntimeError, match=r"The family WrongOnce of Rounds"):
            search.fit(X, y)


@pytest.mark.parametrize(
    ("kind", "family", "steps", "grid", "told"),
    [
        (First, WrongFirst(), [First(), GaussianNB()], {"first__n": [1, 2, 3, 4]},
         r"family WrongFirst of step 'first' \(First\)"),
        (Helped, WrongHelp(), [SelectKBest(k=2), Helped()], {"helped__other": [0, 2, 4]},
         r"family WrongHelp of step 'helped' \(Helped\)"),
    ],
    ids=["transformer", "help"],
)  # fmt: skip
def test_the_step_of_a_family_is_told(
    kind: Any, family: Any, steps: Any, grid: Any, told: str
) -> None:
    register_path(kind, family)
    search = GridSearch(
        make_pipeline(StandardScaler(), *steps), grid, cv=2, verify_sharing=True, refit=False
    )
    with pytest.raises(RuntimeError, match=told):
        search.fit(X, y)


class Drifts(Leaves):
    """Is another one each time it is fitted, and says that it is not."""

    __sktune_deterministic__ = True
    fits = 0

    def fit(self, X: Any, y: Any = None) -> Any:
        super().fit(X, y)
        Drifts.fits += 1
        self.mean_ = np.zeros(X.shape[1])
        self.factor = np.cos(np.arange(X.shape[1]) + Drifts.fits)
        return self


def test_a_step_that_is_at_fault_is_told() -> None:
    grid = {"gaussiannb__var_smoothing": [1e-9, 0.1, 1.0]}
    pipeline = make_pipeline(StandardScaler(), Drifts(), GaussianNB())
    search = GridSearch(pipeline, grid, cv=2, verify_sharing=True, scoring="neg_log_loss")
    with pytest.raises(RuntimeError, match=r"Not the same .* is step 'drifts' \(Drifts\): give"):
        search.fit(X, y)


def test_what_draws_is_no_fault_and_draws_the_same(tmp_path: Any) -> None:
    grid = {"gaussiannb__var_smoothing": [1e-9, 0.1, 1.0]}
    options: dict[str, Any] = {"cv": 2, "refit": False, "scoring": "neg_log_loss"}
    for step in (Noise(), Noise(random_state=0), Entropy()):
        first = Leaves(str(tmp_path), name="first")
        pipeline = make_pipeline(first, step, GaussianNB())
        results = []
        for kind, more in ((GridSearchCV, {}), (GridSearch, {"verify_sharing": True})):
            np.random.seed(0)  # noqa: NPY002 - it is the global source that matters
            results.append(kind(pipeline, grid, **options, **more).fit(X, y).cv_results_)
        if not isinstance(step, Entropy):
            assert_same_results(results[1], results[0])
    # beside what draws from where nobody sees, other code is not shared either
    assert left(tmp_path, "first") == 3 * 6 + 2 * (2 + 2) + 6
