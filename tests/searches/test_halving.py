"""Successive halving: scikit-learn's rungs, with work shared, and what scikit-learn's has not."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - which it enables
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    ShuffleSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import (
    GridSearch,
    NoImprovement,
    RacingPolicy,
    RandomSearch,
    SuccessiveHalving,
    one_standard_error,
    practically_equal,
    read_journal,
)
from sktune.engine import loop
from sktune.events import Observer, SearchInfo
from sktune.exceptions import FailedCandidatesWarning
from sktune.objective import Objective
from sktune.observers import Progress
from sktune.paths import register_path
from sktune.results import Results, Table
from sktune.trials import Outcome, Rung, Trials
from tests.helpers.path_toys import Rounds, RoundsPath
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import left

X, y = make_classification(120, random_state=0)
TREES = {"max_depth": [1, 2, 3, 5], "min_samples_leaf": [1, 4, 16]}
OF_SAMPLES = SuccessiveHalving(min_resources=30, random_state=0)
ATTRIBUTES = (
    "n_resources_", "n_candidates_", "n_iterations_", "n_required_iterations_", "min_resources_",
    "max_resources_", "n_possible_iterations_", "n_remaining_candidates_", "best_index_",
    "best_params_", "best_score_",
)  # fmt: skip


class Sure(BaseEstimator):
    """Draws nothing, so that its scores are known to be the same a second time."""

    fits: ClassVar[list[Any]] = []

    def __init__(self, a: float = 0.0, size: int = 1, fail: Any = ()) -> None:
        self.a = a
        self.size = size
        self.fail = fail

    def fit(self, X: Any, y: Any) -> Sure:
        Sure.fits.append((self.a, self.size, len(X)))
        if int(1000 * self.a) % 7 in self.fail:
            raise RuntimeError("this candidate fails")
        self.n_ = len(X)
        return self

    def score(self, X: Any, y: Any) -> float:
        return float(self.a + 1e-3 * self.n_)


class Noisy(Sure):
    """Scores by its parameters, and by how many samples it was fitted on; with ties."""

    def score(self, X: Any, y: Any) -> float:
        draw = np.random.default_rng([int(1000 * self.a), self.size, self.n_, len(X)])
        return float(np.round(draw.uniform() + self.a / 9, 1))


def quietly(search: Any, *data: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(*(data or (X, y)))


def assert_same(ours: Any, theirs: Any) -> None:
    for name, column in theirs.cv_results_.items():
        if "_time" not in name:
            assert np.asarray(ours.cv_results_[name]).dtype == np.asarray(column).dtype, name
            np.testing.assert_array_equal(ours.cv_results_[name], column, err_msg=name)
    for name in ATTRIBUTES:
        assert getattr(ours, name) == getattr(theirs, name), name


SIZES = st.sampled_from(["smallest", "exhaust", 10, 17, 40])


drawn = given(
    n=st.integers(1, 40),
    factor=st.sampled_from([2, 3, 4, 1.7]),
    least=SIZES,
    most=st.sampled_from(["auto", 60, 120]),
    aggressive=st.booleans(),
    instance=st.booleans(),
    fail=st.sampled_from([(), (0, 3), tuple(range(6))]),
    error_score=st.sampled_from([np.nan, 0.45]),
    n_splits=st.integers(2, 5),
)


@settings(max_examples=8)
@example(3, 2, 10, "auto", True, False, (), np.nan, 3)  # more rungs are possible than required
@drawn
def test_it_is_scikit_learns_to_the_bit(
    n: int, factor: float, least: Any, most: Any, aggressive: bool, instance: bool, fail: Any,
    error_score: float, n_splits: int,
) -> None:  # fmt: skip
    agree(n, factor, least, most, aggressive, instance, fail, error_score, n_splits)


@pytest.mark.slow
@settings(max_examples=100)
@drawn
def test_it_is_scikit_learns_at_length(
    n: int, factor: float, least: Any, most: Any, aggressive: bool, instance: bool, fail: Any,
    error_score: float, n_splits: int,
) -> None:  # fmt: skip
    agree(n, factor, least, most, aggressive, instance, fail, error_score, n_splits)


def agree(
    n: int, factor: float, least: Any, most: Any, aggressive: bool, instance: bool, fail: Any,
    error_score: float, n_splits: int,
) -> None:  # fmt: skip
    def seed() -> Any:
        return np.random.RandomState(5) if instance else 5

    options = {"cv": n_splits, "error_score": error_score, "refit": False}
    halving = {
        "factor": factor, "min_resources": least, "max_resources": most,
        "aggressive_elimination": aggressive,
    }  # fmt: skip
    values = [round(0.31 * i, 3) for i in range(n)]
    theirs = HalvingGridSearchCV(
        Noisy(fail=fail), {"a": values}, **halving, **options, random_state=seed(),
        return_train_score=False,
    )  # fmt: skip
    ours = GridSearch(
        Noisy(fail=fail), {"a": values}, **options,
        strategy=SuccessiveHalving(**halving, random_state=seed()),
    )  # fmt: skip
    try:
        quietly(theirs)
    except ValueError as exc:
        if "fits failed" in str(exc) and n > 1:
            return  # it stops where all of one rung fail
        with pytest.raises(ValueError, match=str(exc).strip().partition("\n")[0][:20]):
            quietly(ours)
        return
    quietly(ours)
    if error_score == error_score and fail:
        # a number in place of a score is not taken for one in what is ranked
        assert ours.n_candidates_ == theirs.n_candidates_
        assert ours.cv_results_["params"] == theirs.cv_results_["params"]
        return
    assert_same(ours, theirs)


@pytest.mark.parametrize("instance", [False, True])
def test_candidates_and_samples_come_from_one_source_as_scikit_learns(instance: bool) -> None:
    space, options = {"a": loguniform(0.1, 2)}, {"cv": 3, "refit": False}

    def seed() -> Any:
        return np.random.RandomState(2) if instance else 2

    theirs = HalvingRandomSearchCV(
        Noisy(), space, **options, random_state=seed(), return_train_score=False
    )
    halving = SuccessiveHalving(min_resources="smallest")
    ours = RandomSearch(
        Noisy(), space, n_iter="exhaust", strategy=halving, random_state=seed(), **options
    )
    assert_same(quietly(ours), quietly(theirs))


@pytest.mark.parametrize("resource", ["n_samples", "randomforestclassifier__n_estimators"])
def test_shared_and_unshared_and_scikit_learns_are_the_same(resource: str) -> None:
    estimator = make_pipeline(StandardScaler(), RandomForestClassifier(random_state=0))
    last = "randomforestclassifier__"
    grid = {
        f"{last}max_depth": [1, None], f"{last}ccp_alpha": [0.0, 0.02],
        f"{last}min_samples_leaf": [1, 9],
    }  # fmt: skip
    given = {"resource": resource, "min_resources": 4, "max_resources": 16, "factor": 2}
    if resource == "n_samples":
        given |= {"min_resources": 30, "max_resources": 120}
        grid |= {f"{last}n_estimators": [2, 5]}
        del grid[f"{last}ccp_alpha"]
    options = {"cv": 2, "return_train_score": True}
    theirs = quietly(HalvingGridSearchCV(estimator, grid, **given, **options, random_state=0))
    for share, n_jobs in ((True, 1), (True, 2), (False, 1)):
        ours = quietly(
            GridSearch(
                estimator, grid, strategy=SuccessiveHalving(**given, random_state=0),
                share_work=share, n_jobs=n_jobs, verify_sharing=share, **options,
            )
        )  # fmt: skip
        assert_same(ours, theirs)
        assert ours.sharing_.shared is share
        assert (ours.predict(X) == theirs.predict(X)).all()


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("resource", ["n_samples", "max_iter"])
def test_workers_do_not_matter(resource: str, backend: str) -> None:
    halving = SuccessiveHalving(
        resource, factor=2, min_resources=20, max_resources=80, random_state=1
    )
    search = RandomSearch(
        LogisticRegression(), {"C": loguniform(0.01, 100)}, n_iter=9, random_state=0,
        strategy=halving, cv=3,
    )  # fmt: skip
    alone = quietly(clone(search)).cv_results_
    with parallel_config(backend):
        together = quietly(clone(search).set_params(n_jobs=2)).cv_results_
    assert_same_results(together, alone)


def test_what_reaches_fit() -> None:
    """As many samples as a rung says, of each split; or the parameter."""
    Noisy.fits.clear()
    search = GridSearch(
        Noisy(), {"a": [0.1, 0.2, 0.3, 0.4]}, cv=KFold(4), refit=False,
        strategy=SuccessiveHalving(factor=2, min_resources=30),
    ).fit(X, y)  # fmt: skip
    assert search.n_resources_ == [30, 60, 120]
    shares = {(round(a * 10), n) for a, _, n in Noisy.fits}
    by_rung = [4, 2, 1]
    for n_resources, n_candidates in zip(search.n_resources_, by_rung, strict=True):
        assert len([1 for _, n in shares if n == int(0.75 * n_resources)]) == n_candidates
    assert len(Noisy.fits) == 4 * sum(by_rung)
    Noisy.fits.clear()
    search.set_params(strategy=SuccessiveHalving("size", factor=2, max_resources=8)).fit(X, y)
    assert [size for _, size, _ in Noisy.fits] == [2] * 16 + [4] * 8 + [8] * 4
    assert {n for *_, n in Noisy.fits} == {90}
    assert [params["size"] for params in search.cv_results_["params"]] == [2] * 4 + [4] * 2 + [8]


@pytest.mark.parametrize("resource", ["n_samples", "size"])
def test_a_rung_on_what_the_last_was_on_fits_nothing(resource: str) -> None:
    Noisy.fits.clear()
    given = {"min_resources": 40, "max_resources": 120, "aggressive_elimination": True}
    search = GridSearch(
        Sure(), {"a": np.linspace(0, 1, 30)}, cv=2, refit=False,
        strategy=SuccessiveHalving(resource, **given, random_state=0),
    ).fit(X, y)  # fmt: skip
    assert search.n_resources_ == [40, 40, 40, 120]
    assert search.n_candidates_ == [30, 10, 4, 2]
    assert len(Noisy.fits) == 2 * (30 + 2)


def test_samples_drawn_from_a_source_are_drawn_on_every_rung() -> None:
    Noisy.fits.clear()
    given = {"min_resources": 40, "max_resources": 120, "aggressive_elimination": True}
    state = np.random.RandomState(0)
    GridSearch(
        Noisy(), {"a": np.linspace(0, 1, 30)}, cv=2, refit=False,
        strategy=SuccessiveHalving(**given, random_state=state),
    ).fit(X, y)  # fmt: skip
    assert len(Noisy.fits) == 2 * (30 + 10 + 4 + 2)


# --- racing inside a rung ---------------------------------------------------------------


def test_a_sure_race_keeps_those_that_go_on() -> None:
    """With alpha=0 a candidate is stopped only where it cannot be among them any more."""
    search = RandomSearch(
        GaussianNB(), {"var_smoothing": loguniform(1e-3, 1e4)}, n_iter=60, random_state=0, cv=10,
        strategy=SuccessiveHalving(min_resources=40, random_state=0),
    )  # fmt: skip
    whole = quietly(clone(search))
    raced = quietly(clone(search).set_params(early_termination=RacingPolicy(alpha=0)))
    stopped = raced.cv_results_["status"] == "stopped"
    assert stopped.sum() > 3
    assert raced.n_candidates_ == whole.n_candidates_
    # of equal ones, others may go on
    assert means_of_survivors(raced) == means_of_survivors(whole)


def means_of_survivors(search: Any) -> list[float]:
    """What those who go on to the second rung have on the first, the worst first."""
    results = search.cv_results_
    first: dict[float, float] = {}
    rows = list(zip(results["params"], results["mean_test_score"], strict=True))
    for params, mean in reversed(rows):
        first[params["var_smoothing"]] = mean
    return [
        first[p["var_smoothing"]]
        for p, n in zip(results["params"], results["iter"], strict=True)
        if n
    ]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_race_is_the_same_shared_resumed_and_with_workers(n_jobs: int, tmp_path: Path) -> None:
    search = GridSearch(
        DecisionTreeClassifier(random_state=0), TREES, cv=6, early_termination="racing",
        strategy=SuccessiveHalving(factor=2, min_resources=30, random_state=0), n_jobs=n_jobs,
    )  # fmt: skip
    raced = quietly(clone(search)).cv_results_
    raced.pop("mean_own_time")
    assert (raced["status"] == "stopped").any()
    assert_same_results(quietly(clone(search).set_params(share_work=False)).cv_results_, raced)
    path = tmp_path / "a.jsonl"
    quietly(clone(search).set_params(checkpoint=path))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))
    assert_same_results(quietly(clone(search).set_params(checkpoint=path)).cv_results_, raced)


def test_a_policy_sees_its_rung_alone_and_how_many_are_wanted() -> None:
    seen: set[tuple[int, int, int]] = set()

    def looks(trials: Any, trial: Any) -> bool:
        sizes = {one.params["size"] for one in trials}
        assert sizes == {trial.params["size"]}
        seen.add((*sizes, len(trials), trials.n_winners))
        return False

    quietly(
        GridSearch(
            Noisy(), {"a": np.linspace(0, 1, 9)}, cv=3, refit=False, early_termination=looks,
            strategy=SuccessiveHalving("size", factor=2, max_resources=8),
        )
    )  # fmt: skip
    assert seen == {(1, 9, 5), (2, 5, 3), (4, 3, 2), (8, 2, 1)}


def test_a_stopped_candidate_goes_on_to_no_rung() -> None:
    stopped = (0.3, 0.4)
    search = GridSearch(
        Noisy(), {"a": [0.1, 0.2, 0.3, 0.4]}, cv=3, refit=False,
        early_termination=lambda trials, trial: trial.params["a"] in stopped,
        strategy=SuccessiveHalving("size", factor=2, max_resources=8),
    )  # fmt: skip
    quietly(search)
    assert search.n_candidates_ == [4, 2, 1]
    assert not {p["a"] for p in search.cv_results_["params"][4:]} & set(stopped)
    stopped = (0.2, 0.3, 0.4)
    quietly(search)
    assert search.n_candidates_ == [4, 1, 1]
    assert search.best_params_ == {"a": 0.1, "size": 8}


def test_if_all_of_a_rung_are_stopped_the_best_is_of_the_last() -> None:
    search = GridSearch(
        Noisy(), {"a": [0.1, 0.2, 0.3, 0.4]}, cv=3, refit=False,
        early_termination=lambda trials, trial: trial.params["size"] > 2,
        strategy=SuccessiveHalving("size", factor=2, max_resources=8),
    )  # fmt: skip
    quietly(search)
    assert search.n_candidates_ == [4, 2]
    assert search.n_remaining_candidates_ == 0
    assert search.best_params_["size"] == 2


# --- what is told in the end ------------------------------------------------------------


class Late(Noisy):
    """Fails with much of its resource."""

    def fit(self, X: Any, y: Any) -> Late:
        if self.size > 4:
            raise RuntimeError("too large")
        super().fit(X, y)
        return self


@pytest.mark.parametrize("error_score", [np.nan, 0.0, 99.0])
def test_a_rung_on_which_all_fail_does_not_win(error_score: float) -> None:
    """The refit would raise, too."""
    search = GridSearch(
        Late(), {"a": [0.1, 0.2, 0.3, 0.4]}, cv=2, error_score=error_score,
        strategy=SuccessiveHalving("size", factor=2, min_resources=2, max_resources=8),
    )  # fmt: skip
    quietly(search)
    assert search.n_resources_ == [2, 4, 8]
    assert search.best_params_["size"] == 4
    assert search.best_score_ == search.cv_results_["mean_test_score"][4:6].max()


def test_a_rung_on_which_no_fit_succeeds_is_the_last() -> None:
    search = GridSearch(
        Late(), {"a": np.linspace(0, 1, 9)}, cv=2, refit=False,
        strategy=SuccessiveHalving("size", factor=2, min_resources=8, max_resources=64),
    )  # fmt: skip
    with pytest.raises(ValueError, match="All the 18 fits failed"):
        quietly(search)


def test_a_rung_without_scores_is_told_of() -> None:
    """Then the order decides, as scikit-learn has it."""
    search = GridSearch(
        Noisy(), {"a": [0.1, 0.2, 0.3, 0.4]}, cv=2, refit=False,
        scoring=lambda estimator, X, y: np.nan if estimator.size == 2 else estimator.a,
        strategy=SuccessiveHalving("size", factor=2, min_resources=2, max_resources=8),
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        search.fit(X, y)
    assert len([w for w in told if "On rung 0, with size=2" in str(w.message)]) == 1
    assert search.best_params_ == {"a": 0.4, "size": 8}


def test_a_choice_that_there_was_not_has_no_bias() -> None:
    halving = SuccessiveHalving("size", factor=3, min_resources=1, max_resources=9)
    search = GridSearch(Noisy(), {"a": np.linspace(0, 1, 9)}, cv=4, refit=False, strategy=halving)
    assert np.isnan(quietly(search).best_score_bias_)
    assert quietly(search.set_params(strategy=None, param_grid={"a": [0.1]})).best_score_bias_ == 0


def test_a_rung_that_is_cut_short_does_not_count() -> None:
    """What comes first on it was the last to get there."""

    class After(Observer):
        n = 0

        def split_finished(self, trial: Any, outcome: Any) -> bool:
            self.n += 1
            return self.n >= 3 * 4 + 3

    search = GridSearch(
        Noisy(), {"a": [0.1, 0.2, 0.3, 0.4]}, cv=3, refit=False, observers=[After()],
        strategy=SuccessiveHalving("size", factor=2, max_resources=8),
    )  # fmt: skip
    quietly(search)
    assert search.n_candidates_ == [4, 2]
    assert len(search.cv_results_["params"]) == 5
    assert search.best_params_["size"] == 2
    first = search.cv_results_["mean_test_score"][:4]
    assert search.best_index_ == first.argmax()
    assert search.best_score_ == first.max()
    assert sorted(search.compare().index) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "rule", [one_standard_error("size"), practically_equal(rope=0.1, prefer="size")]
)
def test_rules_choose_on_the_last_rung(rule: Any) -> None:
    """A better score on fewer samples, and of a simpler candidate, does not count."""
    means = np.array([0.9, 0.95, 0.7, 0.69])
    results = {
        "iter": np.array([0, 0, 1, 1]),
        "params": [{"size": size} for size in (1, 2, 4, 3)],
        "mean_test_score": means,
        "status": np.array(["ok"] * 4),
    }
    for split in range(5):
        results[f"split{split}_test_score"] = means + 0.02 * (split - 2)
    assert rule(results) == 3


def test_rules_and_comparisons_are_among_those_of_the_last_rung() -> None:
    search = GridSearch(
        DecisionTreeClassifier(random_state=0), TREES, strategy=OF_SAMPLES, cv=4,
        refit=one_standard_error("max_depth"),
    ).fit(X, y)  # fmt: skip
    last = search.cv_results_["iter"].max()
    assert search.cv_results_["iter"][search.best_index_] == last
    rows = np.flatnonzero(search.cv_results_["iter"] == last)
    assert len(rows) > 1
    assert sorted(search.compare().index) == list(rows)
    search.set_params(refit=True).fit(X, y)
    alone = GridSearch(
        DecisionTreeClassifier(random_state=0),
        [{k: [v] for k, v in search.cv_results_["params"][row].items()} for row in rows],
        cv=4,
    ).fit(X, y)  # fmt: skip
    assert search.n_resources_[-1] < 120
    scores = np.array([search.cv_results_[f"split{k}_test_score"][rows] for k in range(4)])
    for k in range(4):
        alone.cv_results_[f"split{k}_test_score"] = scores[k]
    assert search.best_score_bias_ == pytest.approx(alone.best_score_bias_)


def test_several_metrics_take_one_that_decides() -> None:
    scoring = ["accuracy", "neg_log_loss"]
    search = GridSearch(
        DecisionTreeClassifier(random_state=0), TREES, strategy=OF_SAMPLES, cv=4, scoring=scoring
    )
    with pytest.raises(ValueError, match="guides the search"):
        search.fit(X, y)
    two = search.set_params(refit="neg_log_loss").fit(X, y)
    one = clone(search).set_params(scoring="neg_log_loss", refit=True).fit(X, y)
    assert two.cv_results_["params"] == one.cv_results_["params"]
    assert two.best_params_ == one.best_params_
    assert two.best_score_ == one.best_score_


def test_the_journal_says_on_how_many_samples(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="read_journal makes a pandas.DataFrame")
    path = tmp_path / "a.jsonl"
    search = GridSearch(
        DecisionTreeClassifier(random_state=0), TREES, strategy=OF_SAMPLES, cv=4, checkpoint=path
    ).fit(X, y)
    table = read_journal(path)
    names = ["n_resources", "param_max_depth", "param_min_samples_leaf", "mean_test_score"]
    rows, there = (
        sorted(zip(*(results[name].tolist() for name in names), strict=True))
        for results in (table, search.cv_results_)
    )
    assert rows == there


def test_a_grid_may_grow(tmp_path: Path) -> None:
    """What was found out on as many samples, or with as many iterations, is not done again."""
    for resource in ("n_samples", "size"):
        path = tmp_path / f"{resource}.jsonl"
        halving = SuccessiveHalving(
            resource, factor=2, min_resources=20, max_resources=80, random_state=0
        )
        search = GridSearch(
            Noisy(), {"a": [0.1, 0.2, 0.3, 0.4]}, strategy=halving, cv=2, refit=False,
            checkpoint=path,
        )  # fmt: skip
        quietly(search)
        Noisy.fits.clear()
        quietly(search.set_params(param_grid={"a": [0.1, 0.2, 0.3, 0.4, 0.5]}))
        assert Noisy.fits
        assert not {(a, n) for a, size, n in Noisy.fits if size < 40 and n < 20} - {(0.5, 10)}
        plain = clone(search).set_params(checkpoint=None)
        assert_same_results(quietly(plain).cv_results_, search.cv_results_)


def test_a_source_of_samples_cannot_be_recorded(tmp_path: Path) -> None:
    state = np.random.RandomState(0)
    search = GridSearch(
        Noisy(), {"a": [0.1]}, strategy=SuccessiveHalving(random_state=state), cv=2,
        checkpoint=tmp_path / "a",
    )  # fmt: skip
    with pytest.raises(ValueError, match="cannot be drawn again"):
        search.fit(X, y)


def test_masks_and_splits_that_are_drawn_anew_will_do() -> None:
    masks = [(np.arange(120) % 3 != k, np.arange(120) % 3 == k) for k in range(3)]
    rows = [(np.flatnonzero(train), np.flatnonzero(test)) for train, test in masks]
    results = [
        GridSearch(
            DecisionTreeClassifier(random_state=0), TREES, strategy=OF_SAMPLES, cv=cv, refit=False
        ).fit(X, y).cv_results_
        for cv in (masks, rows)
    ]  # fmt: skip
    assert_same_results(*results)
    search = GridSearch(Noisy(), {"a": [0.1]}, strategy=OF_SAMPLES, cv=ShuffleSplit(3))
    assert quietly(search.set_params(refit=False)).best_index_ == 0


# --- what is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"resource": ""}, TypeError, "resource=''"),
        ({"factor": 1}, ValueError, "above 1"),
        ({"factor": "3"}, ValueError, "above 1"),
        ({"min_resources": 0}, ValueError, "min_resources=0"),
        ({"min_resources": "some"}, ValueError, "'smallest'"),
        ({"max_resources": 2.5}, ValueError, "'auto'"),
        ({"aggressive_elimination": 1}, TypeError, "True or False"),
        ({"random_state": -1}, ValueError, "whole number"),
    ],
)
def test_odd_halving_is_refused_at_once(given: Any, error: Any, match: str) -> None:
    with pytest.raises(error, match=match):
        SuccessiveHalving(**given)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"strategy": "halving"}, TypeError, r"pass SuccessiveHalving\(...\)"),
        ({"strategy": SuccessiveHalving("sizes", max_resources=3)}, ValueError, "mean 'size'"),
        ({"strategy": SuccessiveHalving("size")}, ValueError, "max_resources=100"),
        ({"strategy": SuccessiveHalving("a", max_resources=3)}, ValueError, "Take it out"),
        ({"strategy": SuccessiveHalving(max_resources=500)}, ValueError, "the 120 samples"),
        ({"strategy": SuccessiveHalving(min_resources=2)}, ValueError, "Raise min_resources"),
        ({"strategy": SuccessiveHalving(max_resources=5)}, ValueError, "is greater than"),
        ({"strategy": OF_SAMPLES, "stop": NoImprovement(3)}, ValueError, "pass timeout"),
    ],
)
def test_what_cannot_work_costs_no_fit(
    options: Any, error: Any, match: str, tmp_path: Path
) -> None:
    """Nor what an earlier fit has left."""
    search = GridSearch(Noisy(), {"a": np.linspace(0, 1, 9)}, refit=False).fit(X, y)
    for checkpoint in (None, tmp_path / "a"):
        Noisy.fits.clear()
        search.set_params(**options, checkpoint=checkpoint)
        with pytest.raises(error, match=match):
            search.fit(X, y)
        assert not Noisy.fits
        assert "mean_test_score" in search.cv_results_
    assert not list(tmp_path.iterdir())


def test_as_many_candidates_as_the_resources_allow() -> None:
    search = RandomSearch(Noisy(), {"a": loguniform(0.1, 1)}, n_iter="exhaust")
    with pytest.raises(ValueError, match="pass strategy="):
        search.fit(X, y)
    with pytest.raises(ValueError, match="cannot be both set"):
        search.set_params(strategy=SuccessiveHalving()).fit(X, y)
    search.set_params(strategy=SuccessiveHalving(min_resources=10), refit=False)
    assert quietly(search).n_candidates_ == [12, 4, 2]


def test_an_earlier_fit_leaves_nothing() -> None:
    search = GridSearch(Noisy(), {"a": [0.1, 0.2]}, strategy=OF_SAMPLES, refit=False)
    assert quietly(search).n_iterations_ == 1
    quietly(search.set_params(strategy=None))
    assert not [name for name in ATTRIBUTES[:8] if hasattr(search, name)]
    assert "iter" not in search.cv_results_


def test_progress_tells_the_rung_and_its_best_score() -> None:
    stream, clock = io.StringIO(), [0.0]
    progress = Progress(stream=stream, clock=lambda: clock[0])
    trials = Trials(1, progress)
    progress.search_started(SearchInfo("", 4, 1, began=0.0))
    rungs = [Rung(0, 10, "n_samples", 3), Rung(1, 30, "n_samples", 1, splits=1)]
    for number, score in enumerate([0.5, 0.9, 0.4, 0.6]):
        clock[0] += 5.0
        trials.begin({"number": number}, rungs[number // 3])
        trials.record(Outcome(number, 0, {"score": score}, {}, False, 0.1, 0.1))
    progress.search_finished(Results(Table.of(trials, error_score=np.nan), Objective()))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("rung 0: 1/4 candidates, 1/4 fits")
    assert lines[-1] == "Completed: 4 candidates, 4 fits, 20 s; best 0.6 with number=3"


def test_every_rung_is_announced(capsys: Any) -> None:
    halving = SuccessiveHalving("size", factor=2, max_resources=8)
    search = GridSearch(Noisy(), {"a": [0.1, 0.2]}, strategy=halving, cv=2, refit=False, verbose=2)
    quietly(search)
    said = [line for line in capsys.readouterr().out.splitlines() if "Rung" in line]
    assert said == ["Rung 0: 2 candidates with size=4", "Rung 1: 1 candidate with size=8"]


def test_hooks_get_the_samples_of_their_rung() -> None:
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    sizes: list[int] = []

    class Looking:
        def setup(self, estimator: Any, context: Any) -> None: ...

        def teardown(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_begin(self, estimator: Any, context: Any, *, X: Any) -> None:
            if context.task_name == "candidate-split-evaluation":
                sizes.append(len(X))

        def on_fit_task_end(self, estimator: Any, context: Any) -> None: ...

    search = GridSearch(Noisy(), {"a": [0.1, 0.2]}, strategy=OF_SAMPLES, cv=2, refit=False)
    search.set_params(strategy=SuccessiveHalving(factor=2, random_state=0))
    search.set_callbacks(Looking()).fit(X, y)
    assert sizes == [30] * 4 + [60] * 2


def test_what_fails_is_told_once() -> None:
    search = GridSearch(
        Noisy(fail=(2,)), {"a": [0.1, 0.2, 0.3]}, strategy=OF_SAMPLES, refit=False, cv=2
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        search.fit(X, y)
    assert len([w for w in told if w.category is FailedCandidatesWarning]) == 1


def test_one_fit_leads_all_blocks_of_a_rung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were planned before are there to be derived from."""
    monkeypatch.setattr(loop, "BLOCK", 64)
    register_path(Rounds, RoundsPath())
    GridSearch(
        Rounds(folder=str(tmp_path)), {"size": list(range(70, 0, -1))}, cv=2, refit=False,
        strategy=SuccessiveHalving(factor=71, random_state=0),
    ).fit(X, y)  # fmt: skip
    assert left(tmp_path, "fit") == 2
