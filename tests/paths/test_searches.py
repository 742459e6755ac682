"""Searches fit the largest and derive the rest, wherever families are, and change no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RandomSearch, register_path
from sktune.engine import loop
from sktune.engine.racing import ROUND
from sktune.evaluation import shared
from sktune.paths import family_of, registry
from sktune.sharing import Lineages, store
from tests.helpers.laws import in_turn
from tests.helpers.path_toys import (
    Above,
    AbovePath,
    First,
    FirstPath,
    Heavy,
    Helped,
    HelpedFamily,
    Rounds,
    RoundsPath,
)
from tests.helpers.searches import assert_same_results, silent
from tests.helpers.transformers import Noise, leave, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 5)), np.arange(60) % 2
SIZES = [1, 3, 4, 2]
both = pytest.mark.parametrize("n_jobs", [1, 2])


@pytest.fixture(autouse=True)
def families(monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))
    register_path(Rounds, RoundsPath())
    register_path(First, FirstPath())
    register_path(Helped, HelpedFamily())


def compare(estimator: Any, grid: Any, *, X: Any = X, fit: Any = None, **options: Any) -> Any:
    """Search with theirs, without families, and with them; what theirs has left is removed."""
    options = {"cv": 3, "return_train_score": True, "refit": False, **options}
    quiet = clone(estimator).set_params(
        **{name: "" for name in estimator.get_params() if name.rpartition("__")[2] == "folder"}
    )
    theirs = GridSearchCV(quiet, grid, **{**options, "n_jobs": 1}).fit(X, y, **(fit or {}))
    ours = GridSearch(estimator, grid, **options).fit(X, y, **(fit or {}))
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    return ours


# --- where paths are ------------------------------------------------------------------


@both
def test_an_estimator_without_a_pipeline(tmp_path: Any, n_jobs: int) -> None:
    grid = {"size": SIZES, "other": [0, 1]}
    search = compare(Rounds(folder=str(tmp_path)), grid, n_jobs=n_jobs)
    assert left(tmp_path, "fit") == 3 * 2
    assert search.sharing_.steps == {"Rounds": (24, 6)}


@both
def test_a_last_step(tmp_path: Any, n_jobs: int) -> None:
    pipe = make_pipeline(StandardScaler(), Rounds(folder=str(tmp_path)))
    search = compare(pipe, {"rounds__size": SIZES, "rounds__other": [0, 1]}, n_jobs=n_jobs)
    assert left(tmp_path, "fit") == 3 * 2
    assert search.sharing_.steps == {"standardscaler": (24, 3), "rounds": (24, 6)}


@both
def test_a_last_step_of_a_last_step(tmp_path: Any, n_jobs: int) -> None:
    inner = make_pipeline(First(4), Rounds(folder=str(tmp_path)))
    pipe = make_pipeline(StandardScaler(), inner)
    grid = {"pipeline__rounds__size": SIZES, "pipeline__first__n": [2, 4]}
    compare(pipe, grid, n_jobs=n_jobs)
    assert left(tmp_path, "fit") == 3 * 2


@both
def test_a_transformer(tmp_path: Any, n_jobs: int) -> None:
    pipe = make_pipeline(StandardScaler(), First(folder=str(tmp_path)), Rounds(2))
    search = compare(pipe, {"first__n": SIZES, "rounds__other": [0, 1]}, n_jobs=n_jobs)
    assert left(tmp_path, "first") == 3
    assert search.sharing_.steps["first"] == (24, 3)


@both
def test_several_paths_in_one_grid(tmp_path: Any, n_jobs: int) -> None:
    pipe = make_pipeline(First(folder=str(tmp_path)), Rounds(folder=str(tmp_path)))
    grid = {"first__n": SIZES, "rounds__size": SIZES}
    compare(pipe, grid, n_jobs=n_jobs)
    assert (left(tmp_path, "first"), left(tmp_path, "fit")) == (3, 3 * 4)


@pytest.mark.parametrize(("kind", "n_jobs"), in_turn(["columns", "union"], [1, 2]))
def test_a_branch(tmp_path: Any, n_jobs: int, kind: str) -> None:
    first = First(folder=str(tmp_path))
    if kind == "columns":
        both_ways: Any = ColumnTransformer([("a", first, [0, 1, 2]), ("b", "passthrough", [3])])
    else:
        both_ways = FeatureUnion([("a", first), ("b", StandardScaler())])
    pipe = Pipeline([("both", both_ways), ("rounds", Rounds(3))])
    compare(pipe, {"both__a__n": SIZES, "rounds__other": [0, 1]}, n_jobs=n_jobs)
    assert left(tmp_path, "first") == 3


def test_steps_that_are_swapped(tmp_path: Any) -> None:
    folder = str(tmp_path)
    pipe = Pipeline([("first", First()), ("clf", Rounds())])
    clfs = [Rounds(size, folder=folder) for size in SIZES] + [Rounds(2, other=1, folder=folder)]
    compare(pipe, {"clf": clfs})
    theirs = 3 * len(clfs)
    # those that differ in `other` are on their own
    assert left(tmp_path, "fit") - theirs == 3 + 3


def test_saturation_is_one_fit_and_one_score(tmp_path: Any) -> None:
    grid = {"depth": [1, 3, 4, 9], "size": [2, 4]}
    compare(Rounds(folder=str(tmp_path)), grid)
    assert left(tmp_path, "fit") == 3 * 2  # depth 1, and all of the others
    # two sizes; those of depth 3, 4 and 9 with the largest size are the same model
    assert left(tmp_path, "predict") == 3 * 2 * (2 + 1 + 3)


def test_blocks_of_candidates(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(loop, "BLOCK", 16)
    values = list(range(10))
    compare(Rounds(folder=str(tmp_path)), {"other": values, "size": [2, 3]})
    assert left(tmp_path, "fit") <= 3 * (10 + 1)


@both
def test_fit_parameters(tmp_path: Any, n_jobs: int) -> None:
    weights = {"sample_weight": rng.random(len(y))}
    compare(
        Rounds(folder=str(tmp_path)), {"size": SIZES}, fit=weights, n_jobs=n_jobs,
        scoring="accuracy", return_train_score=False,
    )  # fmt: skip
    pipe = make_pipeline(StandardScaler(), Rounds())
    compare(pipe, {"rounds__size": SIZES}, fit={"rounds__sample_weight": weights["sample_weight"]})


def test_frames_and_several_metrics(tmp_path: Any) -> None:
    frame = pd.DataFrame(X, columns=list("abcde"))
    pipe = make_pipeline(StandardScaler(), Rounds(folder=str(tmp_path))).set_output(
        transform="pandas"
    )
    compare(pipe, {"rounds__size": SIZES}, X=frame, scoring=["accuracy", "f1"])
    assert left(tmp_path, "fit") == 3


def test_estimators_without_a_path_help_each_other(tmp_path: Any) -> None:
    search = compare(Helped(folder=str(tmp_path)), {"other": [0, 1, 2]})
    assert left(tmp_path, "prepare") == 3
    assert search.sharing_.steps == {"Helped": (9, 9)}


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_backends(backend: str, tmp_path: Any) -> None:
    pipe = make_pipeline(First(folder=str(tmp_path)), Rounds(folder=str(tmp_path)))
    with parallel_config(backend, n_jobs=2):
        compare(pipe, {"first__n": SIZES, "rounds__size": SIZES}, n_jobs=None)
    assert left(tmp_path, "fit") == 3 * 4


# --- other searches -------------------------------------------------------------------


@both
def test_random_search(tmp_path: Any, n_jobs: int) -> None:
    space = {"size": list(range(1, 30)), "other": [0, 1]}
    options = {"n_iter": 20, "random_state": 0, "cv": 3, "refit": False}
    theirs = RandomizedSearchCV(Rounds(), space, **options).fit(X, y)
    ours = RandomSearch(Rounds(folder=str(tmp_path)), space, n_jobs=n_jobs, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert left(tmp_path, "fit") == 3 * 2


@both
def test_bayes_search_derives_from_what_is_there_and_what_was_asked_for_with_it(
    tmp_path: Any, n_jobs: int
) -> None:
    space = {"size": (1, 40), "other": [0, 1]}
    options = {"n_iter": 16, "n_points": 4, "random_state": 0, "cv": 3, "refit": False}
    alone = BayesSearch(Rounds(), space, share_work=False, **options).fit(X, y)
    ours = BayesSearch(Rounds(folder=str(tmp_path)), space, n_jobs=n_jobs, **options).fit(X, y)
    for name in ("params", "split0_test_score", "split2_test_score"):
        assert list(ours.cv_results_[name]) == list(alone.cv_results_[name])
    asked, done = ours.sharing_.steps["Rounds"]
    assert done == left(tmp_path, "fit") < asked / 2


def test_bayes_search_fits_what_a_float_tells_apart(tmp_path: Any) -> None:
    space = {"size": (1, 40), "other": (0.0, 1.0)}
    options = {"n_iter": 6, "random_state": 0, "cv": 3, "refit": False}
    BayesSearch(Rounds(folder=str(tmp_path)), space, **options).fit(X, y)
    assert left(tmp_path, "fit") == 18


# --- what is kept -----------------------------------------------------------------------


@both
def test_a_fit_that_is_larger_than_what_is_kept_is_kept_while_it_is_in_use(
    tmp_path: Any, n_jobs: int, monkeypatch: Any
) -> None:
    register_path(Heavy, RoundsPath())
    monkeypatch.setattr(shared, "MOST_BYTES", 1)
    grid = {"size": SIZES, "depth": [1, 2, 3], "other": [0, 1]}
    compare(Heavy(folder=str(tmp_path)), grid, n_jobs=n_jobs)
    assert left(tmp_path, "fit") == 3 * 2 * 3


def test_a_bayesian_search_fits_nothing_again_that_was_let_go(
    tmp_path: Any, monkeypatch: Any
) -> None:
    register_path(Heavy, RoundsPath())
    monkeypatch.setattr(shared, "MOST_BYTES", 1)
    monkeypatch.setattr(store, "_PINNED", 0)
    options = {"n_iter": 12, "random_state": 0, "cv": 3, "refit": False}
    space = {"size": (1, 40), "other": [0, 1]}
    search = BayesSearch(Heavy(folder=str(tmp_path)), space, **options).fit(X, y)
    sizes = [params["size"] for params in search.cv_results_["params"]]
    for size in set(sizes):  # each is fitted, and none in the place of a smaller one
        assert left(tmp_path, f"size{size}") <= 3 * sizes.count(size)


# --- who is fitted alone --------------------------------------------------------------


class SubRounds(Rounds):
    pass


def test_without_a_seed_nothing_is_tried_in_vain(tmp_path: Any) -> None:
    kind = type("Kind", (Rounds,), {"__init__": _init_with("random_state", folder=True)})
    register_path(kind, RoundsPath())
    compare(kind(folder=str(tmp_path)), {"size": SIZES})
    assert left(tmp_path, "fit") == 12


class FlexibleScorer:
    """Looks at the estimator."""

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        return float(estimator.size)


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        (SubRounds(), {}),
        (Rounds(), {"scoring": FlexibleScorer()}),
        (Rounds(), {"scoring": {"a": FlexibleScorer(), "b": "accuracy"}}),
    ],
    ids=["subclass", "scorer that looks", "one of several that looks"],
)
def test_fitted_alone(estimator: Any, options: Any, tmp_path: Any) -> None:
    search = compare(estimator.set_params(folder=str(tmp_path)), {"size": SIZES}, **options)
    assert left(tmp_path, "fit") == 12
    assert not search.sharing_.shared


class Sized(Rounds):
    """Tells how large its fits are."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Sized:
        leave(self.folder, f"size{self.size}")
        super().fit(X, y, sample_weight)
        return self


def test_a_stopped_candidate_leads_no_more(tmp_path: Any) -> None:
    """Of those that are left, the largest is fitted."""
    register_path(Sized, RoundsPath())
    search = GridSearch(
        Sized(folder=str(tmp_path)), {"size": [1, 2, 3, 9]}, cv=3, refit=False,
        early_termination=lambda trials, trial: trial.params["size"] == 9,
    )  # fmt: skip
    search.fit(X, y)
    assert list(search.cv_results_["status"]) == ["ok", "ok", "ok", "stopped"]
    assert {size: left(tmp_path, f"size{size}") for size in (1, 2, 3, 9)} == {
        1: 0,
        2: 0,
        3: 2,
        9: 1,
    }


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_fit_leads_in_all_rounds_of_a_race(n_jobs: int, tmp_path: Any) -> None:
    register_path(Sized, RoundsPath())
    sizes = list(range(1, 2 * ROUND + 5))
    search = GridSearch(
        Sized(folder=str(tmp_path)), {"size": sizes}, cv=3, refit=False, n_jobs=n_jobs,
        early_termination=lambda trials, trial: False,
    )  # fmt: skip
    search.fit(X, y)
    fitted = {size: n for size in sizes if (n := left(tmp_path, f"size{size}"))}
    assert fitted == {sizes[-1]: 3}


def test_it_can_be_switched_off(tmp_path: Any) -> None:
    estimator, options = Rounds(folder=str(tmp_path)), {"cv": 3, "refit": False}
    GridSearch(estimator, {"size": SIZES}, share_work=False, **options).fit(X, y)
    assert left(tmp_path, "fit") == 12


@pytest.mark.parametrize(
    ("name", "value"), [("n_jobs", 2), ("warm_start", True), ("oob_score", True)]
)
def test_estimators_with_workers_or_a_past_are_alone(name: str, value: Any) -> None:
    kind = type("Kind", (Rounds,), {"__init__": _init_with(name)})
    register_path(kind, RoundsPath())
    assert family_of(kind(**{name: value})) is None
    assert family_of(kind(**{name: {"n_jobs": 1}.get(name, False)})) is not None


def _init_with(name: str, *, folder: bool = False) -> Any:
    names = ["size", name, *["folder"] * folder]
    body = "".join(f" self.{n} = {n}\n" for n in names)
    head = f"def __init__(self, {', '.join(f'{n}=None' for n in names)}):\n"
    scope: dict[str, Any] = {}
    exec(head + body, scope)
    return scope["__init__"]


def test_who_may_write_into_the_data_is_alone() -> None:
    kind = type("Kind", (Rounds,), {"__init__": _init_with("copy")})
    register_path(kind, RoundsPath())
    for copy, is_member in ((True, True), (False, False)):
        piece = Lineages(make_pipeline(StandardScaler(), kind(copy=copy))).of({})
        assert (piece.final.member is not None) is is_member


def test_draws_that_have_no_effect_do_not_count(tmp_path: Any) -> None:
    grid = {"gamma": [0.1, 1.0, 2.0]}
    search = compare(SVC(kernel="linear"), grid)  # which draws a seed and makes no use of it
    assert search.sharing_.steps == {"SVC": (9, 3)}


def test_draws_count_where_others_draw_too() -> None:
    pipe = make_pipeline(Noise(), SVC(kernel="linear"))
    compare_seeded(pipe, {"svc__gamma": [0.1, 1.0, 2.0], "noise": ["passthrough", Noise()]})


def test_a_pca_of_sparse_data_draws() -> None:
    pipe = make_pipeline(PCA(), LinearDiscriminantAnalysis())
    sparse_data = sparse.csr_matrix(np.where(np.abs(X) > 1, X, 0))
    compare_seeded(pipe, {"pca__whiten": [True, False], "pca__tol": [0.0, 1e-9]}, sparse_data)


def compare_seeded(estimator: Any, grid: Any, data: Any = X) -> None:
    results = []
    for search in (GridSearchCV, GridSearch):
        np.random.seed(0)  # noqa: NPY002 - which they draw from
        results.append(search(estimator, grid, cv=3, refit=False).fit(data, y).cv_results_)
    assert_same_results(results[1], results[0])


@pytest.mark.parametrize("most_bytes", [1, 2**26])
def test_the_samples_of_the_fit_are_those_that_are_scored(
    most_bytes: int, monkeypatch: Any
) -> None:
    """Distances of an array to itself are computed in another way than to a copy."""
    monkeypatch.setattr(shared, "MOST_BYTES", most_bytes)
    knn = KNeighborsClassifier(algorithm="brute", metric="cosine")
    grid = {"n_neighbors": [1, 5], "weights": ["uniform", "distance"]}
    for data in (X, pd.DataFrame(X), pd.DataFrame(X).astype({0: np.float32})):
        compare(knn, grid, X=data, scoring=["accuracy", "neg_log_loss"])


@pytest.mark.parametrize(
    ("step", "free"), [(Above(), "step__n"), (FeatureUnion([("above", Above())]), "step__above__n")]
)
def test_parameters_of_a_transformers_fit_are_its_own(step: Any, free: str) -> None:
    """A family is not told of them, and would fit without."""
    register_path(Above, AbovePath())
    pipe = Pipeline([("step", step), ("clf", GaussianNB())])
    grid = {free: [1, 2, 3], "clf__var_smoothing": [1e-9, 1e-3]}
    compare(pipe, grid, fit={"step__sample_weight": (X[:, 0] > 0) * 1.0})
    name = free.removesuffix("__n")
    assert compare(pipe, grid).sharing_.steps[name] == (18, 3)


# --- what goes wrong ------------------------------------------------------------------


@both
@pytest.mark.parametrize("pipeline", [False, True])
def test_a_member_that_fails_costs_no_other_its_share(
    tmp_path: Any, n_jobs: int, pipeline: bool
) -> None:
    estimator: Any = Rounds(folder=str(tmp_path))
    grid: Any = {"size": [1, "bad", 4, 2]}
    if pipeline:
        estimator = make_pipeline(StandardScaler(), estimator)
        grid = {"rounds__size": grid["size"]}
    options = {"cv": 3, "refit": False, "n_jobs": n_jobs}
    search = silent(GridSearch(estimator, grid, **options).fit, X, y)
    assert list(search.cv_results_["status"]) == ["ok", "failed", "ok", "ok"]
    assert "a bad size" in search.cv_results_["error"][1]
    assert left(tmp_path, "fit") <= 3 + 3 * 2


def test_where_the_largest_fails_the_next_is_fitted(tmp_path: Any) -> None:
    register_path(Heavy, RoundsPath())
    grid = {"size": [1, 3, 99]}
    search = silent(GridSearch(Heavy(folder=str(tmp_path)), grid, cv=3, refit=False).fit, X, y)
    assert list(search.cv_results_["status"]) == ["ok", "ok", "failed"]
    assert (left(tmp_path, "size1"), left(tmp_path, "size3")) == (0, 3)


def _raise(*args: Any) -> Any:
    raise RuntimeError("a mistake in a family")


@pytest.mark.parametrize(
    "method", ["applies", "order", "lead", "derive", "answers", "kin", "assist"]
)
def test_a_family_that_raises_costs_its_share_only(tmp_path: Any, method: str) -> None:
    family = RoundsPath()
    setattr(family, method, _raise)
    register_path(Rounds, family)
    compare(Rounds(folder=str(tmp_path)), {"size": SIZES})


def test_a_family_that_is_wrong_is_found_out(tmp_path: Any) -> None:
    class Wrong(RoundsPath):
        def derive(self, fit: Any, estimator: Any) -> Any:
            return fit.model

    register_path(Rounds, Wrong())
    search = GridSearch(Rounds(), {"size": SIZES}, cv=3, verify_sharing=True, refit=False)
    with pytest.raises(RuntimeError, match="verify_sharing: candidate"):
        search.fit(X, y)
