"""Trap cases of early stopping, with each kind of booster."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import sklearn
import xgboost
from joblib import parallel_config
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import brier_score_loss, make_scorer
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import EarlyStopping, GridSearch
from tests.helpers.boosters import HOLDING_OUT, KINDS, MOSTLY_SLOW, boosters, data, stopped_by_hand

pytestmark = pytest.mark.filterwarnings("ignore:early_stopping:UserWarning")

ALL = (*KINDS, "catboost")


def booster_of(kind: str, n: int = 20, **more: Any) -> Any:
    if kind != "catboost":
        return boosters(n, classes=True)[kind].set_params(**more)
    catboost = pytest.importorskip("catboost", reason="it is an extra")
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return catboost.CatBoostClassifier(iterations=n, depth=2, **quiet, **more)


def searched(booster: Any, X: Any, y: Any, option: Any = None, /, **more: Any) -> Any:
    params = more.pop("params", {})
    options = {"cv": 2, "error_score": "raise", "early_stopping": option or EarlyStopping(3)}
    grid = more.pop("grid", {"learning_rate": [0.1, 0.5]})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")
        return GridSearch(booster, grid, **(options | more)).fit(X, y, **params)


def rounds_of(search: Any) -> list[float]:
    return list(search.cv_results_["mean_n_rounds"])


@pytest.mark.parametrize("kind", ALL)
def test_thirty_samples_of_three_classes(kind: str) -> None:
    X, y = load_iris(return_X_y=True)
    search = searched(booster_of(kind), X[::5], y[::5])
    assert list(search.classes_) == [0, 1, 2]
    assert search.predict_proba(X).shape == (150, 3)
    assert search.best_n_rounds_ >= 1


LABELS = {
    "texts": ["u", "v", "w"], "objects": np.array(["u", "v", "w"], dtype=object),
    "from one": [1, 2, 3], "with gaps": [3, 8, 9], "negative": [-1, 0, 1],
}  # fmt: skip


@pytest.mark.parametrize(
    ("n_classes", "metric"),
    [(2, None), (3, "scoring"), pytest.param(3, None, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(
    "kind",
    [
        "lightgbm",
        *(pytest.param(k, marks=pytest.mark.slow) for k in ("hist", "stages", "catboost")),
    ],
)
def test_names_of_classes_change_nothing(kind: str, n_classes: int, metric: Any) -> None:
    X, y = load_iris(return_X_y=True)
    X, y = X[y > 2 - n_classes][::2], y[y > 2 - n_classes][::2]
    codes, option = np.unique(y, return_inverse=True)[1], EarlyStopping(3, metric=metric)
    given = {"scoring": "neg_log_loss", "grid": {"learning_rate": [0.3]}, "refit": False}
    plain = searched(booster_of(kind), X, codes, option, **given).cv_results_
    for labels in LABELS.values():
        named = searched(booster_of(kind), X, np.asarray(labels)[codes], option, **given)
        for name in ("split0_n_rounds", "split1_n_rounds", "mean_test_score"):
            np.testing.assert_allclose(named.cv_results_[name], plain[name], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", [MLPClassifier(4, max_iter=9), SGDClassifier(max_iter=9)])
def test_thirty_samples_of_which_the_estimator_itself_holds_out(estimator: Any) -> None:
    X, y = load_iris(return_X_y=True)
    search = searched(estimator, X[::5], y[::5], grid={"alpha": [0.01]})
    assert search.best_n_rounds_ >= 1


@pytest.mark.parametrize("kind", ALL)
def test_validation_samples_of_one_class(kind: str) -> None:
    X, _ = data(classes=True, n=60)
    y = np.array([1, 0] * 10 + [0] * 20 + [1, 0] * 10)
    with pytest.warns(UserWarning, match=r"split 1 are all of one class"):
        search = searched(booster_of(kind), X, y, cv=TimeSeriesSplit(2))
    assert set(search.cv_results_["status"]) == {"ok"}


@pytest.mark.parametrize("kind", MOSTLY_SLOW)
def test_lists_are_as_arrays(kind: str) -> None:
    X, y = data(classes=True, n=60)
    lists, arrays = (searched(booster_of(kind), *of) for of in ((X.tolist(), y.tolist()), (X, y)))
    assert rounds_of(lists) == rounds_of(arrays)


@pytest.mark.parametrize("kind", ALL)
def test_one_group_is_refused(kind: str) -> None:
    X, y = data(classes=True, n=60)
    with pytest.raises(ValueError, match=r"are all of one group.*ShuffleSplit"):
        searched(booster_of(kind), X, y, cv=GroupKFold(2),
                 params={"groups": np.repeat([0, 1], 30)})  # fmt: skip


GIVEN = {
    "lightgbm": "eval_set", "xgboost": "eval_set", "catboost": "eval_set", "hist": "X_val",
    "stages": "monitor",
}  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_validation_samples_of_the_users_own_are_refused(kind: str) -> None:
    X, y = data(classes=True, n=60)
    name = GIVEN[kind]
    with pytest.raises(ValueError, match=f"cannot be given '{name}' too.*Leave it out"):
        searched(booster_of(kind), X, y, params={name: [(X, y)]})


def own_loss(y_true: Any, predicted: Any) -> Any:
    return "own", brier_score_loss(y_true, predicted), False


class OwnLoss:
    """Brier's score, as CatBoost takes it."""

    def is_max_optimal(self) -> bool:
        return False

    def get_final_error(self, error: float, weight: float) -> float:
        return error

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> Any:
        made = 1 / (1 + np.exp(-np.asarray(approxes[0])))
        return float(np.mean((made - np.asarray(target)) ** 2)), 1.0


BRIER = make_scorer(brier_score_loss, response_method="predict_proba", greater_is_better=False)
OWN = {
    "lightgbm": own_loss, "xgboost": brier_score_loss, "catboost": OwnLoss(), "hist": BRIER,
    "stages": BRIER,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Can't optimze method")
@pytest.mark.parametrize("kind", [*MOSTLY_SLOW, "catboost"])
def test_a_metric_of_the_users_own_is_the_searchs_if_it_is_the_same(kind: str) -> None:
    X, y = data(classes=True, n=120)
    options = {"scoring": BRIER, "cv": 3}
    own = searched(booster_of(kind, 40), X, y, EarlyStopping(3, metric=OWN[kind]), **options)
    same = searched(booster_of(kind, 40), X, y, EarlyStopping(3, metric="scoring"), **options)
    for split in range(3):
        name = f"split{split}_n_rounds"
        np.testing.assert_array_equal(own.cv_results_[name], same.cv_results_[name])


@pytest.mark.parametrize(
    ("kind", "own"), [("lightgbm", {"metric": ["binary_logloss", "auc"]}),
                      ("xgboost", {"eval_metric": ["auc", "logloss"]})]
)  # fmt: skip
def test_the_metric_that_is_asked_for_counts(kind: str, own: Any) -> None:
    """And not another one that the booster has beside it."""
    X, y = data(classes=True, n=120)
    option = EarlyStopping(3, metric="auc")
    several, one = (searched(booster_of(kind, **more), X, y, option) for more in (own, {}))
    assert rounds_of(several) == rounds_of(one)
    theirs, plain = (searched(booster_of(kind, **more), X, y) for more in (own, {}))
    assert rounds_of(theirs) == rounds_of(plain) != rounds_of(one)


@pytest.mark.parametrize(
    ("kind", "own"),
    [("lightgbm", {"metric": "None"}), ("xgboost", {"disable_default_eval_metric": 1})],
)
def test_a_booster_that_is_not_to_measure_is_refused(kind: str, own: Any) -> None:
    X, y = data(classes=True, n=60)
    with pytest.raises(ValueError, match=r"has no metric to be stopped by.*metric="):
        searched(booster_of(kind, **own), X, y)


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    [("lightgbm", "boosting_type", ["gbdt", "dart"]), ("lightgbm", "metric", ["auc", "None"]),
     ("xgboost", "booster", ["gbtree", "gblinear"]),
     ("xgboost", "objective", ["binary:logistic", "rank:pairwise"])],
)  # fmt: skip
@pytest.mark.parametrize("place", ["", "last__"])
def test_what_cannot_be_stopped_is_refused_among_values_too(
    kind: str, name: str, values: list[str], place: str
) -> None:
    """Before the first fit, and not in those of such candidates."""
    X, y = data(classes=True, n=60)
    booster: Any = booster_of(kind)
    booster = Pipeline([("scale", StandardScaler()), ("last", booster)]) if place else booster
    with pytest.raises(ValueError, match=r"^early_stopping: (LGBM|XGB)Classifier with"):
        searched(booster, X, y, grid={f"{place}{name}": values}, error_score=np.nan)


def test_a_metric_that_lightgbm_does_not_know_is_told() -> None:
    X, y = data(classes=True, n=60)
    with pytest.raises(ValueError, match=r"knows no metric of that name"):
        searched(booster_of("lightgbm"), X, y, EarlyStopping(3, metric="acu"))


def two_scores(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    return {"brier": BRIER(estimator, X, y), "other": 1.0}


def test_of_several_scores_that_a_function_gives_the_one_that_decides_counts() -> None:
    X, y = data(classes=True, n=120)
    options, option = {"scoring": two_scores, "refit": "brier"}, EarlyStopping(3, metric="scoring")
    several = searched(booster_of("lightgbm"), X, y, option, **options)
    one = searched(booster_of("lightgbm"), X, y, option, scoring=BRIER)
    assert rounds_of(several) == rounds_of(one)


def test_a_scoring_that_fails_on_validation_samples_is_told_of_them() -> None:
    X, y = load_iris(return_X_y=True)
    option = EarlyStopping(3, validation=2, metric="scoring")
    with pytest.raises(
        ValueError, match=r"scoring.*cannot be told of the validation samples.*larger"
    ):
        searched(booster_of("lightgbm"), X[::5], y[::5], option, scoring="roc_auc_ovr")


class Counts:
    """A callback of LightGBM's and CatBoost's, that no two fits may use at a time."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, env: Any) -> None:
        self.n = 1 if env.iteration == 0 else self.n + 1
        assert self.n == env.iteration + 1

    def after_iteration(self, info: Any) -> bool:
        self.n = 1 if info.iteration == 1 else self.n + 1
        assert self.n == info.iteration
        return True


class CountsXGB(xgboost.callback.TrainingCallback):
    def before_training(self, model: Any) -> Any:
        self.n = 0
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        assert self.n == epoch
        self.n += 1
        return False


@pytest.mark.parametrize("kind", ["lightgbm", "xgboost", "catboost"])
def test_callbacks_are_each_fits_own_in_threads(kind: str) -> None:
    X, y = data(classes=True, n=80)
    more = {"callbacks": [CountsXGB()]} if kind == "xgboost" else {}
    params = {} if kind == "xgboost" else {"callbacks": [Counts()]}
    with parallel_config("threading", n_jobs=2):
        search = searched(booster_of(kind, **more), X, y, params=params, n_jobs=2,
                          grid={"learning_rate": [0.1, 0.2, 0.3, 0.5]})  # fmt: skip
    assert set(search.cv_results_["status"]) == {"ok"}


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8),
    reason="GridSearchCV refuses it too: scikit-learn 1.7 asks Pipeline.score itself for requests",
)
@pytest.mark.parametrize("kind", MOSTLY_SLOW)
def test_weights_and_groups_that_were_requested_go_where_they_belong(kind: str) -> None:
    """To the fit, the validation samples, the splitter and the score; not to the scaler."""
    X, y = data(classes=True, n=120)
    weight = np.random.default_rng(0).integers(1, 5, len(X)).astype(float)
    groups, rates = np.arange(len(X)) // 6, [0.05, 0.6]
    with sklearn.config_context(enable_metadata_routing=True):
        booster = booster_of(kind).set_fit_request(sample_weight=True)
        booster = booster.set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        search = searched(
            Pipeline([("scale", scaler), ("last", booster)]), X, y,
            EarlyStopping(3, validation=HOLDING_OUT), grid={"last__learning_rate": rates},
            cv=GroupKFold(3), share_work=kind != "xgboost",
            params={"sample_weight": weight, "groups": groups},
        )  # fmt: skip
    plain = Pipeline([("scale", StandardScaler()), ("last", booster_of(kind))])
    for split, (train, test) in enumerate(GroupKFold(3).split(X, y, groups)):
        rest, held = (train[rows] for rows in next(HOLDING_OUT.split(train)))
        for row, rate in enumerate(rates):
            parts, weights = (X[rest], y[rest], X[held], y[held]), (weight[rest], weight[held])
            plain.set_params(last__learning_rate=rate)
            fitted, n = stopped_by_hand(plain, *parts, 3, weights)
            score = fitted.score(X[test], y[test], sample_weight=weight[test])
            assert search.cv_results_[f"split{split}_n_rounds"][row] == n
            assert search.cv_results_[f"split{split}_test_score"][row] == score


@pytest.mark.parametrize("kind", ["lightgbm", "hist"])
def test_weights_that_were_not_requested_are_refused(kind: str) -> None:
    X, y = data(classes=True, n=60)
    with (
        sklearn.config_context(enable_metadata_routing=True),
        pytest.raises(ValueError, match="sample_weight"),
    ):
        searched(booster_of(kind), X, y, cv=KFold(2), params={"sample_weight": np.ones(60)})
