"""No search fits more often than scikit-learn's, whatever refuses to be shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch, register_path
from sktune.paths import registry
from tests.helpers.laws import in_turn
from tests.helpers.path_toys import Rounds, RoundsPath
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Leaves, LeavesLast, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
both = pytest.mark.parametrize("n_jobs", [1, 2])


@pytest.fixture(autouse=True)
def families(monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))


# --- parameters of fit that a family does not know ------------------------------------


class Counted:
    """Stands for a function, and counts its calls."""

    def __init__(self, owner: Any, name: str, monkeypatch: Any) -> None:
        self.function = getattr(owner, name)
        self.n = 0
        # a function, so that it may stand for a method
        monkeypatch.setattr(owner, name, lambda *args, **options: self(*args, **options))

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.n += 1
        return self.function(*args, **options)


def trainings(counted: Counted, estimator: Any, grid: Any, params: Any) -> tuple[int, int]:
    """Search with scikit-learn's and with ours, which says how often it has trained."""
    results, n = [], []
    for kind in (GridSearchCV, GridSearch):
        counted.n = 0
        search = kind(estimator, grid, cv=3, refit=False).fit(X, y, **params)
        results.append(search.cv_results_)
        n.append(counted.n)
    assert_same_results(results[1], results[0])
    assert (n[0], n[1]) == max(search.sharing_.steps.values())  # of the steps, all share more
    return n[0], n[1]


GRID = {"n_estimators": [4, 8], "learning_rate": [0.1, 0.3]}
WEIGHTS = np.linspace(1, 2, len(y))
OFFSETS = np.linspace(-1, 1, len(y))
UNSEEN = [(X[:20], y[:20])]


@pytest.mark.filterwarnings("ignore")  # its own, of names and of validation sets
@pytest.mark.parametrize("step", [False, True])
@pytest.mark.parametrize(
    ("names", "n"),
    [
        (["eval_set"], 12),
        (["eval_set", "callbacks"], 12),
        (["callbacks"], 12),
        (["categorical_feature"], 12),
        (["feature_name", "init_score", "sample_weight"], 6),
    ],
    ids=repr,
)
def test_lightgbm(names: list[str], n: int, step: bool, monkeypatch: Any) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    given = {
        "eval_set": UNSEEN,
        "callbacks": [lightgbm.log_evaluation(0)],
        "categorical_feature": [0],
        "feature_name": list("abcd"),
        "init_score": OFFSETS,
        "sample_weight": WEIGHTS,
    }
    counted = Counted(lightgbm.sklearn, "train", monkeypatch)
    model = lightgbm.LGBMClassifier(verbose=-1, random_state=0, n_jobs=1, min_child_samples=3)
    grid, params = GRID, {name: given[name] for name in names}
    if step:
        model = make_pipeline(StandardScaler(), model)
        grid = {f"lgbmclassifier__{name}": values for name, values in grid.items()}
        params = {f"lgbmclassifier__{name}": value for name, value in params.items()}
    assert trainings(counted, model, grid, params) == (12, n)


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({"eval_set": UNSEEN, "verbose": False}, 12),
        ({"base_margin": OFFSETS, "sample_weight": WEIGHTS, "xgb_model": None}, 6),
    ],
)
def test_xgboost(params: Any, n: int, monkeypatch: Any) -> None:
    xgboost = pytest.importorskip("xgboost")
    counted = Counted(xgboost.sklearn, "train", monkeypatch)
    model = xgboost.XGBClassifier(random_state=0, n_jobs=1, max_depth=2)
    assert trainings(counted, model, GRID, params) == (12, n)


@pytest.mark.parametrize(
    ("params", "n"),
    [({"monitor": lambda i, model, local: i == 2}, 12), ({"sample_weight": WEIGHTS}, 6)],
)
def test_gradient_boosting(params: Any, n: int, monkeypatch: Any) -> None:
    counted = Counted(GradientBoostingClassifier, "fit", monkeypatch)
    model = GradientBoostingClassifier(random_state=0, max_depth=2)
    assert trainings(counted, model, GRID, params) == (12, n)


# --- ways of samples through steps ---------------------------------------------------


@pytest.mark.parametrize(
    ("n_jobs", "scoring", "train"),
    in_turn([1, 2], [None, ["accuracy", "f1"]], [False, True], every=2),
)
def test_samples_go_through_a_step_that_no_other_candidate_has_once(
    scoring: Any, train: bool, n_jobs: int, tmp_path: Any
) -> None:
    """With another step before it that they have in common, or nothing would be shared."""
    steps = [("common", Leaves(str(tmp_path), name="c")), ("own", Leaves(str(tmp_path)))]
    pipeline = Pipeline([*steps, ("last", LeavesLast())])
    options = {"cv": 2, "refit": False, "scoring": scoring, "return_train_score": train}
    counts = []
    for kind in (GridSearchCV, GridSearch):
        before = left(tmp_path, "t.transform"), left(tmp_path, "c.transform")
        search = kind(pipeline, {"own__factor": [1, 2, 3]}, n_jobs=n_jobs, **options).fit(X, y)
        now = left(tmp_path, "t.transform"), left(tmp_path, "c.transform")
        counts.append([now[k] - before[k] for k in (0, 1)])
    assert search.sharing_.steps["common"] == (6, 2)
    assert counts[1][0] <= counts[0][0]
    assert counts[1][1] * 3 <= counts[0][1]


# --- families that refuse afterwards --------------------------------------------------


class Never(RoundsPath):
    def derive(self, fit: Any, estimator: Any) -> Any:
        return None


class OddOnes(RoundsPath):
    def derive(self, fit: Any, estimator: Any) -> Any:
        return super().derive(fit, estimator) if estimator.size % 2 else None


class Breaks(RoundsPath):
    def derive(self, fit: Any, estimator: Any) -> Any:
        raise RuntimeError("a mistake")


class BreaksBefore(RoundsPath):
    def lead(self, estimator: Any, X: Any) -> Any:
        raise RuntimeError("a mistake")


class BreaksInShares(RoundsPath):
    def share(self, fit: Any, estimator: Any) -> float:
        raise RuntimeError("a mistake")


class BreaksInAnswers(RoundsPath):
    def answers(self, fit: Any, model: Any, memory: Any) -> Any:
        raise RuntimeError("a mistake")


class AnswersWrongly(RoundsPath):
    def answers(self, fit: Any, model: Any, memory: Any) -> Any:
        def predict(X: Any) -> Any:
            raise RuntimeError("a mistake")

        return {"predict": predict}


FAMILIES = [
    Never, OddOnes, Breaks, BreaksBefore, BreaksInShares, BreaksInAnswers, AnswersWrongly
]  # fmt: skip


@pytest.mark.parametrize(("family", "step", "n_jobs"), in_turn(FAMILIES, [False, True], [1, 2]))
def test_a_family_that_refuses_costs_no_fit(
    family: Any, step: bool, n_jobs: int, tmp_path: Any
) -> None:
    register_path(Rounds, family())
    estimator: Any = Rounds(folder=str(tmp_path))
    grid: dict[str, Any] = {"size": [1, 2, 3, 4], "other": [0, 1]}
    if step:
        estimator = make_pipeline(StandardScaler(), estimator)
        grid = {f"rounds__{name}": values for name, values in grid.items()}
    ours = GridSearch(estimator, grid, cv=2, refit=False, n_jobs=n_jobs).fit(X, y)
    fits = left(tmp_path, "fit")
    theirs = GridSearchCV(estimator, grid, cv=2, refit=False).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.sharing_.steps["rounds" if step else "Rounds"] == (16, fits)
    assert fits <= 16
