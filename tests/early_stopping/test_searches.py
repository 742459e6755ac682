"""What searches make of early stopping: refusals, the refit, what is told."""

from __future__ import annotations

import threading
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from joblib import parallel_config
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_squared_error,
    roc_auc_score,
)
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import sktune
from sktune import (
    BoostingFamily,
    Curve,
    EarlyStopping,
    GridSearch,
    Observer,
    RandomSearch,
    SuccessiveHalving,
    read_journal,
)
from sktune.early_stopping import users_families
from sktune.results import Results
from tests.helpers.boosters import HOLDING_OUT, KINDS, boosters, data, stopped_by_hand

LGBM = lightgbm.LGBMClassifier(n_estimators=30, n_jobs=1, verbose=-1)
XGB = xgboost.XGBClassifier(n_estimators=30, n_jobs=1)
STOP = xgboost.callback.EarlyStopping(rounds=3)
RATES = {"learning_rate": [0.3, 0.5]}


class Ends(Observer):
    """Keep the results."""

    def search_finished(self, results: Results) -> None:
        self.results = results


def searched(estimator: Any = LGBM, grid: Any = None, option: Any = None, /, **more: Any) -> Any:
    X, y = data(classes=True, n=120)
    params = more.pop("params", {})
    options = {"cv": 3, "early_stopping": option or EarlyStopping(3), "error_score": "raise"}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "early_stopping: .* rounds were used up")
        return GridSearch(estimator, grid or RATES, **(options | more)).fit(X, y, **params)


used_up = pytest.mark.filterwarnings("ignore:early_stopping. .* rounds were used up:UserWarning")
RANKER = lightgbm.LGBMRanker(n_estimators=5)
REFUSED: list[tuple[str, Any, Any, Any, dict[str, Any]]] = [
    ("pass EarlyStopping", LGBM, None, 10, {}),
    ("pass EarlyStopping", LGBM, None, True, {}),
    (r"rounds=0\); pass a whole number", LGBM, None, EarlyStopping(0), {}),
    (r"validation=1.5\); pass a share", LGBM, None, EarlyStopping(validation=1.5), {}),
    (r"validation='tets'\); pass a share", LGBM, None, EarlyStopping(validation="tets"), {}),
    (r"metric=3\); pass None", LGBM, None, EarlyStopping(metric=3), {}),
    (r"refit='all'\); pass 'scaled'", LGBM, None, EarlyStopping(refit="all"), {}),
    ("RandomForestClassifier is not known", RandomForestClassifier(), {"max_depth": [1]}, None, {}),
    ("LogisticRegression is not known", make_pipeline(StandardScaler(), LGBM),
     {"lgbmclassifier": [LGBM, LogisticRegression()]}, None, {}),
    ("ranks within groups", RANKER, None, None, {"scoring": "r2"}),
    ("'rank:pairwise' ranks", xgboost.XGBRegressor(objective="rank:pairwise"), None, None, {}),
    ("finds the number of rounds", LGBM, {"n_estimators": [10, 20]}, None, {}),
    ("sets 'early_stopping_rounds'", XGB, {"early_stopping_rounds": [1, 2]}, None, {}),
    ("set to stop early itself", XGB.__class__(early_stopping_rounds=3), None, None, {}),
    ("set to stop early itself", LGBM.__class__(early_stopping_round=3), None, None, {}),
    ("set to stop early itself", GradientBoostingClassifier(n_iter_no_change=3), None, None, {}),
    ("set to stop early itself", XGB.__class__(callbacks=[STOP]), None, None, {}),
    ("num_iterations=20: write n_est", LGBM.__class__(num_iterations=20), None, None, {}),
    ("dart changes", LGBM.__class__(boosting_type="dart"), None, None, {}),
    ("dart changes", XGB.__class__(booster="dart"), None, None, {}),
    ("both decide on the rounds", LGBM, None, None,
     {"strategy": SuccessiveHalving("n_estimators", max_resources=30)}),
    ("cannot be given 'eval_set' too", XGB, None, None, {"params": {"eval_set": [([[0.0]], [1])]}}),
    ("holds out samples itself", MLPClassifier(), {"alpha": [1]},
     EarlyStopping(validation="test"), {}),
    ("needs predictions round by round", LGBM.__class__(objective=lambda y, p: (p, p)), None,
     EarlyStopping(metric="scoring"), {}),
    ("needs predictions round by round", XGB.__class__(objective=lambda y, p: (p, p)), None,
     EarlyStopping(metric="scoring"), {}),
    ("goes by its own score", MLPClassifier(), {"alpha": [1]},
     EarlyStopping(metric="accuracy"), {}),
    ("has no passes to be stopped after", MLPClassifier(solver="lbfgs"), {"alpha": [1]}, None, {}),
    ("of several there is none", LGBM, None, EarlyStopping(metric="scoring"),
     {"scoring": ["accuracy", "roc_auc"], "refit": False}),
]  # fmt: skip


@pytest.mark.parametrize(("told", "estimator", "grid", "option", "more"), REFUSED)
def test_refused_before_the_first_fit(
    told: str, estimator: Any, grid: Any, option: Any, more: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("sktune.searches.base.run", lambda _: pytest.fail("a fit has begun"))
    with pytest.raises((ValueError, TypeError), match=told):
        searched(estimator, grid, option, **more)


def test_a_callback_that_stops_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="set to stop early itself"):
        searched(params={"callbacks": [lightgbm.early_stopping(3, verbose=False)]})


LOSSES: dict[str, Any] = {
    "absolute_error": mean_absolute_error,
    "quantile": partial(mean_pinball_loss, alpha=0.8),
    "squared_error": mean_squared_error,
}


@used_up
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_boosting_goes_by_its_own_loss(loss: str) -> None:
    X, y = data(classes=False, n=120)
    model = GradientBoostingRegressor(loss=loss, alpha=0.8, n_estimators=99, random_state=0)
    option = EarlyStopping(5, validation="test")
    y[::7] *= 10  # what is squared goes by these
    test, train = next(KFold(2).split(X))
    search = GridSearch(
        model, {"learning_rate": [0.3]}, early_stopping=option, cv=[(train, test)], refit=False
    ).fit(X, y)
    own = clone(model).set_params(learning_rate=0.3).fit(X[train], y[train])
    losses = [LOSSES[loss](y[test], predicted) for predicted in own.staged_predict(X[test])]
    best = next(k for k in range(99) if min(losses[k + 1 : k + 6]) >= losses[k])
    assert search.cv_results_["split0_n_rounds"][0] == 1 + best


@used_up
@pytest.mark.parametrize(
    ("booster", "name"),
    [(lightgbm.LGBMRegressor(verbose=-1), "init_score"), (xgboost.XGBRegressor(), "base_margin")],
)
def test_where_boosting_starts_from_holds_for_validation_samples_too(
    booster: Any, name: str
) -> None:
    """Else what is learned from there would seem to become worse from round to round."""
    X, y = data(classes=False, n=120)
    option = EarlyStopping(10, validation=0.25)
    booster.set_params(n_estimators=40, n_jobs=1, learning_rate=0.1)
    search = GridSearch(booster, {"max_depth": [3]}, early_stopping=option, cv=2, refit=False)
    search.fit(X, y, **{name: np.full(len(X), 2 * y.max())})
    assert (
        min(search.cv_results_["split0_n_rounds"][0], search.cv_results_["split1_n_rounds"][0]) > 5
    )


def test_a_pipelines_eval_set_is_refused_too() -> None:
    pipeline = make_pipeline(StandardScaler(), LGBM)
    with pytest.raises(ValueError, match="cannot be given 'lgbmclassifier__eval_X' too"):
        searched(pipeline, {"lgbmclassifier__max_depth": [1]},
                 params={"lgbmclassifier__eval_X": [[0.0]]})  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("refit", ["scaled", "mean", 7, "validate"])
def test_refit_on_all_data(kind: str, refit: Any) -> None:
    X, y = data(classes=True, n=120)
    booster = boosters(60, classes=True)[kind]
    search = searched(booster, {"learning_rate": [0.5]}, EarlyStopping(3, refit=refit))
    mean, n = search.cv_results_["mean_n_rounds"][0], search.best_n_rounds_
    if refit == "validate":
        assert search.best_n_rounds_ < 60
        return
    # 120 samples are split into 80 to train on, of which 8 are held out
    assert n == {"scaled": round(mean * (120 / 72) ** 0.5), "mean": round(mean), 7: 7}[refit]
    name = "max_iter" if kind == "hist" else "n_estimators"
    alone = booster.set_params(learning_rate=0.5, **{name: n}).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), alone.predict_proba(X))


@pytest.mark.parametrize("booster", [MLPClassifier(hidden_layer_sizes=4), SGDClassifier()])
def test_own_validation_with_the_same_spelling(booster: Any) -> None:
    X, y = data(classes=True, n=120)
    alike = {"validation_fraction": 0.2, "n_iter_no_change": 3, "early_stopping": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        booster = booster.set_params(random_state=0, max_iter=200)
        search = searched(booster, {"alpha": [0.01]}, EarlyStopping(3, validation=0.2))
        for split, (train, _) in enumerate(StratifiedKFold(3).split(X, y)):
            fitted = booster.set_params(alpha=0.01, **alike).fit(X[train], y[train])
            best = getattr(fitted, "validation_scores_", None)  # a network goes back to it
            expected = fitted.n_iter_ if best is None else np.argmax(best) + 1
            assert search.cv_results_[f"split{split}_n_rounds"][0] == expected
    assert search.best_n_rounds_ == round(search.cv_results_["mean_n_rounds"][0])
    assert search.best_estimator_.n_iter_ == search.best_n_rounds_


def test_rounds_that_ran_out_are_told() -> None:
    X, y = data(classes=True, n=120)
    search = GridSearch(LGBM, RATES, cv=3, early_stopping=EarlyStopping(100))
    with pytest.warns(UserWarning, match=r"6 of 6 fits, of 2 of 2 candidates.*more than 30 rounds"):
        search.fit(X, y)
    assert (search.cv_results_["mean_n_rounds"] == 30).all()


@pytest.mark.parametrize(("validation", "told"), [("test", "test"), (0.1, "validation")])
def test_scores_on_the_samples_that_have_stopped_it_say_so(
    validation: Any, told: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "search.jsonl")
    search = searched(LGBM, RATES, EarlyStopping(3, validation=validation), checkpoint=path)
    assert list(search.cv_results_["rounds_found_on"]) == [told] * 2
    assert list(read_journal(path)["rounds_found_on"]) == [told] * 2
    for source in (path, search):
        heard = Ends()
        sktune.replay(source, heard)
        again = heard.results.cv_results
        assert list(again["rounds_found_on"]) == [told] * 2
        for name in ("split0_n_rounds", "mean_n_rounds"):
            np.testing.assert_array_equal(again[name], search.cv_results_[name])


@pytest.mark.parametrize("booster", [LGBM, XGB])
def test_several_classes_and_few_samples(booster: Any) -> None:
    X, y = load_iris(return_X_y=True)
    search = GridSearch(booster, RATES, cv=2, early_stopping=EarlyStopping(3, metric="scoring"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X[::5], y[::5])
    assert not set(search.cv_results_["error"]) - {None}
    assert set(search.classes_) == {0, 1, 2}


def test_categories_missing_values_and_a_column_transformer() -> None:
    X, y = data(classes=True, n=120)
    warnings.filterwarnings("ignore", "early_stopping:")
    frame = pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])])
    frame["kind"] = pd.Categorical(np.where(X[:, 0] > 14, "large", "small"))
    frame.iloc[::7, 0] = np.nan
    bare = GridSearch(LGBM, RATES, cv=3, early_stopping=EarlyStopping(3), error_score="raise")
    assert bare.fit(frame, y).best_n_rounds_ > 1
    columns = ColumnTransformer([("kind", OneHotEncoder(), ["kind"])], remainder=StandardScaler())
    pipeline = Pipeline([("columns", columns), ("boost", XGB)])
    grid = {"boost__learning_rate": [0.3, 0.5]}
    for share in (True, False):
        search = GridSearch(pipeline, grid, cv=3, early_stopping=EarlyStopping(3),
                            error_score="raise", share_work=share).fit(frame, y)  # fmt: skip
        assert search.best_n_rounds_ > 1


@pytest.mark.parametrize("share", [True, False])
def test_samplers_see_the_rest_alone(share: bool) -> None:
    resampling = pytest.importorskip("imblearn.pipeline", reason="samplers are imbalanced-learn's")
    sampling = pytest.importorskip("imblearn.over_sampling", reason="likewise")
    X, y = data(classes=True, n=120)
    more = sampling.RandomOverSampler(random_state=0)
    pipeline = resampling.Pipeline([("scale", StandardScaler()), ("more", more), ("boost", LGBM)])
    search = GridSearch(
        pipeline, {"boost__learning_rate": [0.3, 0.5]}, cv=KFold(3), refit=False, share_work=share,
        early_stopping=EarlyStopping(3, validation=HOLDING_OUT), error_score="raise",
    ).fit(X, y)  # fmt: skip
    for split, (train, test) in enumerate(KFold(3).split(X)):
        rest, held = next(HOLDING_OUT.split(train))
        rest, held = train[rest], train[held]
        by_hand = pipeline.set_params(boost__learning_rate=0.3)
        fitted, n = stopped_by_hand(by_hand, X[rest], y[rest], X[held], y[held], 3)
        assert search.cv_results_[f"split{split}_n_rounds"][0] == n
        assert search.cv_results_[f"split{split}_test_score"][0] == fitted.score(X[test], y[test])


def auc_of(y_true: Any, predicted: Any, *_: Any) -> tuple[str, float, bool]:
    return "own", roc_auc_score(y_true, predicted), True


def test_metrics_of_the_boosters_own_and_of_the_users() -> None:
    by_name = searched(LGBM, RATES, EarlyStopping(3, metric="auc"))
    own = searched(LGBM, RATES, EarlyStopping(3, metric=auc_of))
    xgb = searched(XGB, RATES, EarlyStopping(3, metric="auc"))
    scoring = searched(LGBM, RATES, EarlyStopping(3, metric="scoring"), scoring="roc_auc")
    columns = [f"split{k}_n_rounds" for k in range(3)]
    for column in columns:
        np.testing.assert_array_equal(own.cv_results_[column], scoring.cv_results_[column])
    assert by_name.best_n_rounds_ < 60 > xgb.best_n_rounds_


class Noting:
    """A callback that notes in which order its rounds come."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.lock_free = threading.get_ident()

    def __call__(self, env: Any) -> None:
        if env.iteration == 0:
            self.seen.clear()
        self.seen.append(env.iteration)
        assert self.seen == list(range(env.iteration + 1))


def test_callbacks_are_each_fits_own_in_threads() -> None:
    with parallel_config("threading", n_jobs=2):
        search = searched(LGBM, {"learning_rate": [0.1, 0.2, 0.3, 0.5]},
                          params={"callbacks": [Noting()]}, n_jobs=2)  # fmt: skip
    assert not set(search.cv_results_["error"]) - {None}


class Stages(BoostingFamily):
    """A family of the user's: all stages, and then the best of them."""

    rounds = "max_iter"

    def fit(self, estimator: Any, X: Any, y: Any, params: Any, watch: Any) -> Curve:
        estimator.fit(X, y, **params)
        return Curve([np.mean(made != watch.y) for made in estimator.staged_predict(watch.X)])

    def cut(self, estimator: Any, n_rounds: int) -> None:
        estimator.used = n_rounds


class Mine(HistGradientBoostingClassifier):
    pass


def test_a_family_of_the_users_own(monkeypatch: Any) -> None:
    monkeypatch.setattr("sktune.early_stopping.registry._FAMILIES", {})
    with pytest.raises(TypeError, match=r"no sktune\.BoostingFamily.*an instance"):
        sktune.register_boosting(Mine, Stages)
    with pytest.raises(TypeError, match="defines no fit, by which it is watched"):
        sktune.register_boosting(Mine, BoostingFamily())
    with pytest.raises(ValueError, match="Mine is not known"):
        searched(Mine(max_iter=20))
    sktune.register_boosting(Mine, Stages())
    assert list(users_families()) == [Mine]
    assert 0 < searched(Mine(max_iter=20), n_jobs=2).best_n_rounds_ < 40


def test_nothing_but_nan_fails_with_the_reason() -> None:
    with pytest.raises(ValueError, match=r"is nan on the validation samples.*larger validation"):
        searched(LGBM, RATES, EarlyStopping(3, metric=lambda _, __: ("none", np.nan, True)))


def test_an_auto_space_leaves_the_rounds_out() -> None:
    X, y = data(classes=True, n=120)
    search = RandomSearch(LGBM, "auto", n_iter=2, cv=2, random_state=0,
                          early_stopping=EarlyStopping(3))  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "early_stopping:")
        search.fit(X, y)
    assert not any(name.endswith("n_estimators") for name in search.best_params_)
