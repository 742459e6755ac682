"""`out_of_fold_` and `fold_estimators_`: what `cross_val_predict` gives, to the bit."""

import copy
import pickle
import warnings
from typing import Any

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import EarlyStopping, GridSearch, RacingPolicy, SuccessiveHalving, one_standard_error
from tests.helpers.estimators import Counting, Faulty, Interrupted, n_fits
from tests.helpers.laws import in_turn
from tests.helpers.searches import every_search, grid, more

METHODS = ("predict", "predict_proba", "decision_function")
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def by_scikit_learn(search: Any, X: Any, y: Any, method: str, **params: Any) -> Any:
    best = clone(search.estimator).set_params(**clone(search.best_params_, safe=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that a training split lacks
        return cross_val_predict(best, X, y, cv=search.cv, method=method, **params)


def agree(search: Any, X: Any, y: Any, **params: Any) -> None:
    """Check each response that the estimator has, its type, and the models one by one."""
    told = search.out_of_fold_
    checked = 0
    for method in METHODS:
        if not hasattr(search.best_estimator_, method):
            assert not hasattr(told, method)
            continue
        checked += 1
        ours, theirs = getattr(told, method), by_scikit_learn(search, X, y, method, **params)
        assert type(ours) is type(theirs)
        for mine, its in zip(
            *((a if isinstance(a, list) else [a]) for a in (ours, theirs)), strict=True
        ):
            assert mine.dtype == its.dtype
            np.testing.assert_array_equal(mine, its)
    assert checked
    assert len(search.fold_estimators_) == search.n_splits_
    given = search.best_params_
    for model in search.fold_estimators_:
        assert {name: model.get_params()[name] for name in given} == given


def chain(last: Any) -> Pipeline:
    columns = ColumnTransformer([("scale", StandardScaler(), [0, 1])], remainder="passthrough")
    return Pipeline([("columns", columns), ("reduce", PCA(random_state=0)), ("last", last)])


SPACES: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "one after the other": (LogisticRegression(max_iter=2000), {"C": [0.01, 1.0, 100.0]}),
    "shared steps": (
        chain(SVC()),
        {"reduce__n_components": [1, 2, 3], "last__C": [0.1, 10.0]},
    ),
    "neighbours of one index": (
        chain(KNeighborsClassifier()),
        {"last__n_neighbors": [1, 5, 20], "reduce__n_components": [2, 3]},
    ),
    "a forest in a larger one": (
        RandomForestClassifier(random_state=0),
        {"n_estimators": [2, 5, 9], "max_depth": [2, None]},
    ),
    "trees that are saturated": (
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 30, 40, 50]},
    ),
    "rounds that contain others": (
        HistGradientBoostingClassifier(min_samples_leaf=5, random_state=0),
        {"max_iter": [1, 3, 6]},
    ),
}


@pytest.mark.parametrize(
    ("name", "n_jobs", "share_work"), in_turn(SPACES, [1, 2], [True, False], every=4)
)
def test_as_cross_val_predict_with_shared_work_and_without(
    name: str, n_jobs: int, share_work: bool, iris: Any
) -> None:
    options = {"cv": FOLDS, "keep": "best", "n_jobs": n_jobs, "share_work": share_work}
    search = GridSearch(*SPACES[name], **options).fit(*iris)
    agree(search, *iris)


@pytest.mark.parametrize("name", in_turn(SPACES))
def test_keeping_changes_neither_results_nor_what_is_shared(name: str, iris: Any) -> None:
    kept, plain = (GridSearch(*SPACES[name], cv=3, keep=k).fit(*iris) for k in ("best", None))
    for column, values in plain.cv_results_.items():
        if not column.endswith("_time"):
            np.testing.assert_array_equal(kept.cv_results_[column], values)
    assert kept.sharing_.steps == plain.sharing_.steps


@every_search
@pytest.mark.parametrize("backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"])
def test_every_search_in_processes_and_threads(make: Any, backend: str, iris: Any) -> None:
    search = make(
        SVC(), {"C": [0.1, 1.0, 10.0]}, cv=FOLDS, keep="best", n_jobs=2, **more(make, n_iter=3)
    )
    with joblib.parallel_config(backend):
        agree(search.fit(*iris), *iris)


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_nothing_is_fitted_twice(make: Any, n_jobs: int, tmp_path: Any, iris: Any) -> None:
    values = {"value": [1, 2, 3]}
    options = {"scoring": by_value, "cv": 3, "n_jobs": n_jobs, **more(make, n_iter=3)}
    search = make(Counting(folder=str(tmp_path)), values, keep="best", **options).fit(*iris)
    assert search.best_params_["value"] == 3
    assert n_fits(tmp_path) == 3 * 3 + 1
    assert [model.value for model in search.fold_estimators_] == [3, 3, 3]


def by_value(estimator: Any, X: Any, y: Any) -> float:
    return float(estimator.value)


# --- the winner comes late, or is chosen otherwise ------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_under_racing(n_jobs: int, iris: Any) -> None:
    space = {"C": np.logspace(-4, 2, 25).tolist()}
    cv = StratifiedKFold(5, shuffle=True, random_state=1)
    race = {"early_termination": RacingPolicy(alpha=0.2), "n_jobs": n_jobs}
    search = GridSearch(SVC(), space, cv=cv, keep="best", **race).fit(*iris)
    assert "stopped" in search.cv_results_["status"]
    agree(search, *iris)


def test_on_the_last_rung_alone_are_samples_that_were_drawn(iris: Any) -> None:
    X, y = iris
    halving = SuccessiveHalving(factor=2, min_resources=60, max_resources=120, random_state=0)
    space = {"C": [0.01, 0.1, 1.0, 10.0]}
    search = GridSearch(SVC(), space, cv=FOLDS, strategy=halving, keep="best").fit(X, y)
    told, on = search.out_of_fold_, search.cv_results_["iter"] == search.cv_results_["iter"].max()
    assert on.sum() < len(on)
    assert 0 < (told.counts == 0).sum() < len(y)
    assert np.isnan(told.predict[told.counts == 0]).all()
    known = told.counts == 1
    right = (told.predict[known] == y[known]).mean()
    assert right == pytest.approx(search.best_score_, abs=0.05)


def test_stopped_boosters_predict_with_the_rounds_that_were_found(iris: Any) -> None:
    X, y = iris
    booster = HistGradientBoostingClassifier(max_iter=100, min_samples_leaf=5, random_state=0)
    search = GridSearch(
        booster, {"learning_rate": [0.1, 0.5]}, cv=FOLDS, keep="best",
        early_stopping=EarlyStopping(rounds=2),
    ).fit(X, y)  # fmt: skip
    told, row = search.out_of_fold_, search.best_index_
    for split, (_, test) in enumerate(FOLDS.split(X, y)):
        assert (
            search.fold_estimators_[split].n_iter_
            == search.cv_results_[f"split{split}_n_rounds"][row]
        )
        score = (told.predict[test] == y[test]).mean()
        assert score == search.cv_results_[f"split{split}_test_score"][row]


def test_a_rule_that_chooses_another_than_the_best(iris: Any) -> None:
    rule = one_standard_error("C")
    search = GridSearch(SVC(), {"C": [0.05, 1.0, 3.0, 20.0]}, cv=FOLDS, refit=rule, keep="best")
    search.fit(*iris)
    assert search.best_index_ != search.cv_results_["mean_test_score"].argmax()
    agree(search, *iris)


def test_one_of_several_metrics(iris: Any) -> None:
    scoring = ["neg_log_loss", "accuracy"]
    space = {"C": [0.01, 0.1, 1.0, 100.0]}
    for refit in scoring:
        search = GridSearch(
            LogisticRegression(max_iter=2000),
            space,
            cv=FOLDS,
            scoring=scoring,
            refit=refit,
            keep="best",
        )
        agree(search.fit(*iris), *iris)


def test_of_equal_ones_the_first_and_of_duplicates_the_original(iris: Any) -> None:
    space = [{"C": [1.0], "gamma": [0.1]}, {"C": [1.0], "gamma": [0.1, 0.1000001]}]
    search = GridSearch(SVC(), space, cv=FOLDS, keep="best").fit(*iris)
    assert search.best_index_ == 0
    agree(search, *iris)


def test_failed_candidates_are_no_rivals(iris: Any) -> None:
    space = {"value": ["raise", 1, "raise"]}
    search = GridSearch(Faulty(), space, cv=FOLDS, keep="best", error_score=5.0)
    with pytest.warns(match="fits failed"):
        search.fit(*iris)
    agree(search, *iris)


def test_a_search_that_ends_before_any_candidate_is_complete(iris: Any) -> None:
    class Impatient(Exception):
        pass

    X, y = iris
    calls = []

    def impatient(estimator: Any, X: Any, y: Any) -> float:
        calls.append(estimator)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return 0.5

    search = GridSearch(SVC(), {"C": [1.0, 2.0]}, cv=FOLDS, scoring=impatient, keep="best")
    with pytest.raises(KeyboardInterrupt), pytest.warns(match="before any candidate"):
        search.fit(X, y)
    assert [model is None for model in search.fold_estimators_] == [False, False, True]
    counts = search.out_of_fold_.counts
    *_, (_, last) = FOLDS.split(X, y)
    assert (np.flatnonzero(counts == 0) == np.sort(last)).all()


# --- splits ---------------------------------------------------------------------------------


def test_groups_and_weights_go_with_their_samples(iris: Any) -> None:
    X, y = iris
    groups, weights = np.arange(len(y)) % 7, np.linspace(0.1, 3, len(y))
    search = GridSearch(SVC(), {"C": [0.1, 1.0]}, cv=GroupKFold(3), keep="best")
    search.fit(X, y, groups=groups, sample_weight=weights)
    agree(search, X, y, groups=groups, params={"sample_weight": weights})


def test_repeated_splits_give_means_and_votes(iris: Any) -> None:
    X, y = iris
    cv = RepeatedKFold(n_splits=3, n_repeats=3, random_state=0)
    search = GridSearch(LogisticRegression(max_iter=2000), {"C": [0.01]}, cv=cv, keep="best").fit(
        X, y
    )
    told = search.out_of_fold_
    assert (told.counts == 3).all()
    mean, votes = np.zeros((len(y), 3)), np.zeros((len(y), 3))
    for model, (_, test) in zip(search.fold_estimators_, cv.split(X), strict=True):
        mean[test] += model.predict_proba(X[test]) / 3
        votes[test, model.predict(X[test])] += 1
    np.testing.assert_allclose(told.predict_proba, mean, rtol=1e-12)
    assert (votes.max(axis=1) < 3).any()
    np.testing.assert_array_equal(told.predict, votes.argmax(axis=1))


@pytest.mark.parametrize("labels", [np.array(["a", "b", "c"]), np.array([3, 5, 9])])
def test_samples_that_are_in_no_test_split_are_nan(labels: Any, iris: Any) -> None:
    X, y = iris[0], labels[iris[1]]
    cv = ShuffleSplit(2, test_size=0.2, random_state=0)
    search = GridSearch(LogisticRegression(max_iter=2000), {"C": [1.0]}, cv=cv, keep="best").fit(
        X, y
    )
    told = search.out_of_fold_
    without = told.counts == 0
    assert without.any()
    assert np.isnan(told.predict_proba[without]).all()
    assert all(value != value for value in told.predict[without])
    assert not np.isnan(told.predict_proba[~without]).any()
    assert set(told.predict[~without]) <= set(labels)
    once = told.counts == 1
    for model, (_, test) in zip(search.fold_estimators_, cv.split(X), strict=True):
        test = test[once[test]]
        assert (told.predict[test] == model.predict(X[test])).all()


# --- targets and data -----------------------------------------------------------------------


def test_columns_are_of_all_classes_where_a_training_split_lacks_one(iris: Any) -> None:
    X, y = iris
    search = GridSearch(LogisticRegression(max_iter=2000), {"C": [1.0]}, cv=KFold(3), keep="best")
    search.fit(X, np.array(["x", "y", "z"])[y])
    told = search.out_of_fold_
    assert list(told.classes) == ["x", "y", "z"]
    assert told.predict_proba.shape == (150, 3)
    proba = by_scikit_learn(search, X, np.array(["x", "y", "z"])[y], "predict_proba")
    np.testing.assert_array_equal(told.predict_proba, proba)
    with pytest.raises(AttributeError, match="no decision_function: on split 0"):
        told.decision_function  # noqa: B018 - as scikit-learn refuses it


def test_several_outputs_strings_sparse_and_no_target(iris: Any) -> None:
    X, y = iris
    two = np.column_stack([y, y % 2])
    for estimator, data, target in (
        (RandomForestClassifier(3, random_state=0), X, two),
        (KNeighborsClassifier(), X, np.column_stack([y == 0, y == 1, y > 0]).astype(int)),
        (Ridge(), X, two.astype(float)),
        (SVC(kernel="linear"), sparse.csr_matrix(X), np.array(["b", "a", "c"])[y]),
        (GaussianMixture(2, random_state=0), X, None),
    ):
        cv = KFold(3, shuffle=True, random_state=0)
        options = {"scoring": lambda *_: 0.5, "cv": cv}  # several classes have no accuracy
        search = GridSearch(estimator, [{}], keep="best", **options).fit(data, target)
        agree(search, data, target)


def test_densities_are_all_that_some_estimators_have(iris: Any) -> None:
    X, _ = iris
    search = GridSearch(KernelDensity(), {"bandwidth": [0.1, 1.0]}, cv=3, keep="best").fit(X)
    told, (_, test) = search.out_of_fold_, [*KFold(3).split(X)][1]
    expected = search.fold_estimators_[1].score_samples(X[test])
    np.testing.assert_array_equal(told.score_samples[test], expected)
    np.testing.assert_array_equal(np.asarray(told), told.score_samples)


def test_a_precomputed_kernel_is_sliced_on_both_sides(iris: Any) -> None:
    X, y = iris
    kernel = X @ X.T
    search = GridSearch(SVC(kernel="precomputed"), {"C": [0.1, 1.0]}, cv=FOLDS, keep="best")
    agree(search.fit(kernel, y), kernel, y)


# --- as an object ---------------------------------------------------------------------------


def test_the_object_tells_what_it_has(iris: Any) -> None:
    X, y = iris
    search = GridSearch(SVC(), {"C": [1.0]}, cv=FOLDS, keep="best").fit(X, y)
    told = search.out_of_fold_
    assert repr(told).startswith("Out-of-fold responses to 150 samples: predict (150,)")
    np.testing.assert_array_equal(np.asarray(told), told.decision_function)
    assert told.y is y
    with pytest.raises(AttributeError, match="nor has the estimator"):
        told.predict_proba  # noqa: B018
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.out_of_fold_.predict, told.predict)
    assert copy.deepcopy(told).responses.keys() == told.responses.keys()


def test_it_is_not_there_without_keep_or_a_fit(iris: Any) -> None:
    search = GridSearch(SVC(), {"C": [1.0]}, cv=FOLDS)
    for name in ("out_of_fold_", "fold_estimators_"):
        with pytest.raises(AttributeError, match=f"{name} is not there: pass keep='best'"):
            getattr(search.fit(*iris), name)
        with pytest.raises(AttributeError, match="when the search has been fitted"):
            getattr(clone(search).set_params(keep="best"), name)


@every_search
def test_what_cannot_be_kept_is_refused_before_the_first_fit(make: Any, iris: Any) -> None:
    space = {"C": [1.0, 2.0]}
    with pytest.raises(ValueError, match="keep='all'; pass 'best'"):
        make(SVC(), space, keep="all").fit(*iris)
    scoring = {"a": "accuracy", "b": "f1_macro"}
    if make is grid:
        with pytest.raises(ValueError, match=r"keep='best'.*refit='a'"):
            make(SVC(), space, keep="best", scoring=scoring, refit=False).fit(*iris)


def test_without_refit_it_is_there_too(iris: Any) -> None:
    search = GridSearch(SVC(), {"C": [0.1, 1.0]}, cv=FOLDS, refit=False, keep="best").fit(*iris)
    assert search.out_of_fold_.predict.shape == (150,)


@pytest.mark.parametrize("recalled", ["all", "some"])
def test_a_best_candidate_from_a_checkpoint_has_no_models(
    recalled: str, tmp_path: Any, iris: Any
) -> None:
    options: dict[str, Any] = {"cv": FOLDS, "checkpoint": tmp_path / "search.jsonl"}
    first = GridSearch(SVC(), {"C": [1.0, 0.001]}, **options).fit(*iris)
    more = [] if recalled == "all" else [0.002]
    again = GridSearch(SVC(), {"C": [1.0, 0.001, *more]}, keep="best", **options).fit(*iris)
    assert again.best_params_ == first.best_params_
    with pytest.raises(AttributeError, match=r"recalled from the checkpoint.*cross_val_predict"):
        again.out_of_fold_  # noqa: B018


@pytest.mark.filterwarnings("ignore:The search ended before any candidate")
@pytest.mark.parametrize(
    ("n_done", "n_jobs"),
    [(4, 1), (7, 2), *(pytest.param(*n, marks=pytest.mark.slow) for n in ((1, 2), (9, 1)))],
)
def test_gone_on_with_after_an_interrupt_is_uninterrupted(
    n_jobs: int, n_done: int, tmp_path: Any, monkeypatch: Any, iris: Any
) -> None:
    """Whoever wins, and wherever it ended; the models of losers are not left."""
    (tmp_path / "fits").mkdir()
    path, by = tmp_path / "search.jsonl", {"scoring": by_value, "cv": FOLDS}
    for best in ([9, 1, 2], [1, 9, 2], [1, 2, 9]):
        path.unlink(missing_ok=True)
        for file in (tmp_path / "fits").iterdir():
            file.unlink()
        estimator = Interrupted(folder=str(tmp_path / "fits"))
        search = GridSearch(estimator, {"value": best}, keep="best", checkpoint=path, **by)
        monkeypatch.setattr(Interrupted, "limit", n_done)
        with pytest.raises(KeyboardInterrupt):
            search.fit(*iris)
        monkeypatch.setattr(Interrupted, "limit", 10**9)
        with joblib.parallel_config("threading"):
            again = clone(search).set_params(n_jobs=n_jobs).fit(*iris)
        assert n_fits(tmp_path / "fits") == 3 * 3 + 1
        assert [model.value for model in again.fold_estimators_] == [9, 9, 9]
        agree(again, *iris)
        before = n_fits(tmp_path / "fits")
        whole = clone(search).set_params(refit=False).fit(*iris)
        assert n_fits(tmp_path / "fits") == before
        np.testing.assert_array_equal(whole.out_of_fold_.predict, again.out_of_fold_.predict)
        assert len(list((tmp_path / "search.jsonl.models").iterdir())) == 3


def test_equal_candidates_that_are_not_merged_have_their_models(tmp_path: Any, iris: Any) -> None:
    search = GridSearch(
        SVC(random_state=np.random.RandomState(0)), {"C": [1.0, 1.0, 0.001]}, cv=FOLDS,
        keep="best", checkpoint=tmp_path / "search.jsonl",
    ).fit(*iris)  # fmt: skip
    agree(search, *iris)


def test_a_later_fit_forgets_them(iris: Any) -> None:
    search = GridSearch(SVC(), {"C": [1.0]}, cv=FOLDS, keep="best").fit(*iris)
    with pytest.raises(ValueError, match="All the"):
        search.set_params(estimator=Faulty(), param_grid={"value": ["raise"]}).fit(*iris)
    assert not hasattr(search, "out_of_fold_")


class Unsendable(Counting):
    def __getstate__(self) -> Any:
        if hasattr(self, "majority_"):
            raise RuntimeError("it stays here")
        return vars(self)


def test_a_model_that_cannot_be_sent_costs_nothing_but_itself(iris: Any) -> None:
    search = GridSearch(Unsendable(), {"value": [1, 2]}, cv=FOLDS, n_jobs=2, keep="best")
    search.fit(*iris)
    with pytest.raises(AttributeError, match=r"cannot be sent.*it stays here"):
        search.out_of_fold_  # noqa: B018


class Drawing(DummyClassifier):
    """Draws when it predicts, from the source that all have in common."""

    def predict(self, X: Any) -> Any:
        return np.random.choice(self.classes_, len(X))  # noqa: NPY002 - that one is meant


def test_the_refit_draws_what_it_would_draw_without(iris: Any) -> None:
    drawn = []
    for keep in ("best", None):
        np.random.seed(0)  # noqa: NPY002
        GridSearch(Drawing(), {"strategy": ["uniform"]}, cv=FOLDS, keep=keep).fit(*iris)
        drawn.append(np.random.rand())  # noqa: NPY002
    assert drawn[0] == drawn[1]
