"""Fits that are given up in the middle, because their candidates would be stopped after them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.datasets import load_iris, make_friedman1
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sktune
from sktune import (
    BayesSearch,
    BoostingFamily,
    Curve,
    EarlyStopping,
    GridSearch,
    MedianStoppingPolicy,
    Observer,
    RacingPolicy,
    SuccessiveHalving,
    read_journal,
    replay,
)
from sktune.early_stopping import Reach
from sktune.engine.racing import Racing
from tests.helpers.boosters import MOSTLY_SLOW, boosters
from tests.helpers.searches import assert_same_results

pytestmark = pytest.mark.filterwarnings("ignore:early_stopping:UserWarning")

RATES = [1e-3, 2e-3, *np.linspace(0.1, 0.6, 18).round(3).tolist(), 1e-4, 2e-4, 4e-4]
"""The first two and the last three hardly learn anything."""


class Ends(Observer):
    """Keep all trials."""

    def search_finished(self, results: Any) -> None:
        self.trials = results.table.rows


def far_behind(trials: Any, trial: Any) -> bool:
    return bool(trial.mean < np.nanmax(trials.means(trial.n_done)) - 0.3)


def searched(booster: Any, make: Any = GridSearch, rates: Any = RATES, **more: Any) -> Any:
    """The search, and what was given up in it: (candidate, split)."""
    X, y = make_friedman1(200, random_state=0)
    place = "" if not hasattr(booster, "steps") else f"{booster.steps[-1][0]}__"
    space = more.pop("space", {f"{place}learning_rate": rates})
    ends = Ends()
    options: dict[str, Any] = {
        "cv": 2, "early_stopping": EarlyStopping(10, validation=0.25), "refit": False,
        "early_termination": far_behind, "error_score": "raise", "observers": [ends],
    }  # fmt: skip
    search = make(booster, space, **(options | more)).fit(X, y)
    outcomes = [outcome for trial in ends.trials for outcome in trial.finished]
    return search, {(o.trial, o.split): o.rounds for o in outcomes if o.given_up}


def lightgbm(n: int = 60) -> Any:
    return boosters(n, classes=False)["lightgbm"]


@pytest.mark.parametrize("kind", MOSTLY_SLOW)
def test_what_cannot_catch_up_is_given_up(kind: str, monkeypatch: Any) -> None:
    """And nothing else is other than without: the same are stopped, with the same scores."""
    booster = boosters(60, classes=False)[kind]
    search, given_up = searched(booster)
    monkeypatch.setattr(Racing, "reach", lambda *_: None)
    without, none = searched(booster)
    assert sorted(given_up) == [(20, 0), (21, 0), (22, 0)]
    assert not none
    results, others = search.cv_results_, without.cv_results_
    assert (
        list(results["status"])
        == list(others["status"])
        == ["stopped"] * 2 + ["ok"] * 18 + ["stopped"] * 3
    )
    for number in (20, 21, 22):
        rounds = given_up[number, 0]
        assert rounds.curve[-1][0] < 60
        assert results["split0_n_rounds"][number] == rounds.curve[-1][0]
        assert np.isnan(results["split0_test_score"][number])
        assert np.isnan(results["mean_test_score"][number])
        assert not rounds.ran_out
    for split in range(2):
        for name in (f"split{split}_test_score", f"split{split}_n_rounds"):
            np.testing.assert_array_equal(results[name][:20], others[name][:20])


def test_of_catboost_too() -> None:
    catboost = pytest.importorskip("catboost", reason="it is an extra")
    booster = catboost.CatBoostRegressor(
        iterations=60, depth=2, verbose=0, allow_writing_files=False, thread_count=1
    )
    _, given_up = searched(booster)
    assert {(20, 0), (21, 0)} <= given_up.keys()


@pytest.mark.parametrize("kind", MOSTLY_SLOW)
def test_by_the_searchs_scoring(kind: str) -> None:
    option = EarlyStopping(10, validation=0.25, metric="scoring")
    _, given_up = searched(boosters(60, classes=False)[kind], early_stopping=option)
    assert {(20, 0), (21, 0)} <= given_up.keys()
    assert all(rounds.greater_is_better for rounds in given_up.values())


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("schedule", ["adaptive", pytest.param("constant", marks=pytest.mark.slow)])
def test_networks_are_given_up_by_their_own_validation_scores(schedule: str) -> None:
    network = MLPRegressor(hidden_layer_sizes=4, solver="sgd", max_iter=60, random_state=0, tol=0)
    pipeline = make_pipeline(StandardScaler(), network.set_params(learning_rate=schedule))
    place = "mlpregressor__learning_rate_init"
    rates = [1e-6, 2e-6, *np.linspace(0.02, 0.03, 18).tolist(), 3e-6, 4e-6]
    search, given_up = searched(pipeline, space={place: rates})
    assert given_up.keys() == {(20, 0), (21, 0)}
    assert all(rounds.curve[-1][0] < 60 for rounds in given_up.values())
    assert list(search.cv_results_["status"][20:]) == ["stopped"] * 2


@pytest.mark.filterwarnings("ignore:Maximum number of iteration")
def test_linear_models_are_given_up_by_their_own_validation_scores() -> None:
    """And those that are not come to the same coefficients as by themselves, to the bit."""
    model = SGDRegressor(max_iter=60, random_state=0, tol=0, learning_rate="constant")
    place = "sgdregressor__eta0"
    rates = [1e-6, 2e-6, *np.linspace(1e-3, 2e-3, 18).tolist(), 3e-6, 4e-6]
    search, given_up = searched(make_pipeline(StandardScaler(), model), space={place: rates})
    assert given_up.keys() == {(20, 0), (21, 0)}
    assert all(rounds.curve[-1][0] < 60 for rounds in given_up.values())
    assert list(search.cv_results_["status"][20:]) == ["stopped"] * 2
    X, y = make_friedman1(200, random_state=0)
    model.set_params(early_stopping=True, n_iter_no_change=10, validation_fraction=0.25)
    scores = cross_val_score(
        make_pipeline(StandardScaler(), model.set_params(eta0=1e-3)), X, y, cv=2
    )
    assert [search.cv_results_[f"split{k}_test_score"][2] for k in range(2)] == scores.tolist()


@pytest.mark.filterwarnings("ignore:Maximum number of iteration")
@pytest.mark.parametrize("kind", [SGDClassifier, Perceptron])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_of_a_linear_model_are_heard_and_change_nothing(kind: Any, n_classes: int) -> None:
    """Of several, one a class, nothing is heard, as they end one by one."""
    X, y = load_iris(return_X_y=True)
    X, y = X[y < n_classes, :2], np.array(["a", "b", "c"])[y[y < n_classes]]
    ends, model = Ends(), kind(max_iter=20, random_state=0)
    option = EarlyStopping(4, validation=0.2)
    search = GridSearch(model, {"alpha": [1e-4]}, cv=3, early_stopping=option, observers=[ends])
    scores = search.fit(X, y).cv_results_
    model.set_params(early_stopping=True, n_iter_no_change=4, validation_fraction=0.2)
    parts = cross_validate(model.set_params(alpha=1e-4), X, y, cv=3, return_estimator=True)
    for split, fitted in enumerate(parts["estimator"]):
        rounds = ends.trials[0].outcomes[split].rounds
        assert scores[f"split{split}_test_score"][0] == parts["test_score"][split]
        assert rounds.n == fitted.n_iter_
        assert [n for n, _ in rounds.curve] == (
            list(range(1, rounds.n + 1)) if n_classes == 2 else []
        )


class Stages(BoostingFamily):
    """A family of the user's, that ends where it is told to."""

    rounds = "max_iter"

    def fit(self, estimator: Any, X: Any, y: Any, params: Any, watch: Any) -> Curve:
        estimator.fit(X, y, **params)
        losses: list[float] = []
        for made in estimator.staged_predict(watch.X):
            losses.append(float(np.mean((made - watch.y) ** 2)))
            if watch.gives_up(losses):
                break
        return Curve(losses)

    def cut(self, estimator: Any, n_rounds: int) -> None:
        pass


class Mine(HistGradientBoostingRegressor):
    pass


def test_of_a_family_of_the_users_own(monkeypatch: Any) -> None:
    monkeypatch.setattr("sktune.early_stopping.registry._FAMILIES", {})
    sktune.register_boosting(Mine, Stages())
    _, given_up = searched(Mine(max_iter=60))
    assert sorted(given_up) == [(20, 0), (21, 0), (22, 0)]


BAYES = {
    "n_iter": 24, "n_points": 2, "random_state": 0, "early_termination": "median",
    "rates": (1e-4, 0.6, "log-uniform"),
}  # fmt: skip
HALVING = {"strategy": SuccessiveHalving(min_resources=100, factor=2, random_state=0)}


@pytest.mark.parametrize(
    ("make", "more", "backend"),
    [
        (GridSearch, {}, "threading"),
        (BayesSearch, BAYES, "threading"),
        pytest.param(GridSearch, HALVING, "threading", marks=pytest.mark.slow),
        pytest.param(GridSearch, {}, "loky", marks=pytest.mark.slow),
        pytest.param(BayesSearch, BAYES, "loky", marks=pytest.mark.slow),
        pytest.param(GridSearch, HALVING, "loky", marks=pytest.mark.slow),
    ],
)
def test_workers_shared_work_and_a_checkpoint_change_nothing(
    make: Any, more: Any, backend: str, tmp_path: Path
) -> None:
    pipeline = make_pipeline(StandardScaler(), lightgbm().set_params(min_child_samples=5))
    plain, given_up = searched(pipeline, make, share_work=False, **more)
    assert given_up
    shared, _ = searched(pipeline, make, **more)
    assert_same_results(plain.cv_results_, shared.cv_results_)
    path = tmp_path / "search.jsonl"
    searched(pipeline, make, checkpoint=path, **more)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) * 3 // 4]))
    with parallel_config(backend, n_jobs=2):
        again, same = searched(pipeline, make, checkpoint=path, n_jobs=2, **more)
    assert_same_results(again.cv_results_, plain.cv_results_)
    assert {at: rounds.missed for at, rounds in same.items()} == {
        at: rounds.missed for at, rounds in given_up.items()
    }
    recorded = path.read_bytes().count(b'"outcome"')
    searched(pipeline, make, checkpoint=path, **more)
    assert path.read_bytes().count(b'"outcome"') == recorded  # what was given up would be again
    table = read_journal(path)
    assert list(table["status"]) == list(plain.cv_results_["status"])
    heard = Ends()
    replay(path, heard)
    assert {(o.trial, o.split) for t in heard.trials for o in t.finished if o.given_up} == set(
        given_up
    )


def test_a_fit_that_was_given_up_is_done_again_where_nothing_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    _, given_up = searched(lightgbm(), checkpoint=path)
    assert given_up
    whole, none = searched(lightgbm(), checkpoint=path, early_termination=None)
    assert not none
    assert set(whole.cv_results_["status"]) == {"ok"}
    plain, _ = searched(lightgbm(), early_termination=None)
    assert_same_results(whole.cv_results_, plain.cv_results_)


@pytest.mark.parametrize("policy", [RacingPolicy(), MedianStoppingPolicy(), "bandit"])
def test_a_single_split_is_given_up_too(policy: Any) -> None:
    """After a single split nothing is stopped, so that without this no policy has a say."""
    from sklearn.model_selection import ShuffleSplit

    cv = ShuffleSplit(1, test_size=0.4, random_state=0)
    search, given_up = searched(lightgbm(), cv=cv, early_termination=policy)
    assert {(20, 0), (21, 0), (22, 0)} <= given_up.keys()
    assert list(search.cv_results_["status"][20:]) == ["stopped"] * 3
    assert np.isnan(search.cv_results_["mean_test_score"][20:]).all()
    assert search.best_index_ < 20


def test_where_curves_tell_nothing_of_scores_none_is_given_up() -> None:
    rng = np.random.default_rng(0)
    noise = lambda estimator, X, y: float(rng.normal())  # noqa: E731 - of nothing
    _, given_up = searched(lightgbm(), rates=np.linspace(0.1, 0.6, 30).tolist(), scoring=noise,
                           early_termination="median")  # fmt: skip
    assert not given_up


# --- what a curve can still come to -------------------------------------------------------

SLOWING = st.tuples(st.floats(0.02, 0.4), st.floats(0.1, 3.0), st.floats(0.3, 1.0))


@given(SLOWING, st.booleans())
def test_a_curve_that_slows_down_is_not_given_up_too_soon(shape: Any, greater: bool) -> None:
    """Neither one that decays by a rate nor one that decays by a power misses what it comes to."""
    rate, power, share = shape
    n = np.arange(1, 401)
    values = share * np.exp(-rate * n) + (1 - share) * (1 + n) ** -power
    values = -values if greater else values
    reach = Reach(values[-1], greater_is_better=greater, most=400)
    lost = [k for k in range(1, 400) if reach.is_lost(values[:k].tolist())]
    granted = 0.12  # of the whole way, where a power takes over from a rate
    end = values[-1] + (-granted if greater else granted)
    easier = Reach(end, greater_is_better=greater, most=400)
    assert not any(easier.is_lost(values[:k].tolist()) for k in lost)


def test_a_curve_far_behind_is_lost_and_one_that_does_not_slow_down_is_not() -> None:
    flat = [1.0] * 40
    steady = (1 - 0.01 * np.arange(40)).tolist()
    assert Reach(0.9).is_lost(flat)
    assert Reach(0.9).is_lost(flat[:20])
    assert not Reach(0.9).is_lost(flat[:19])  # too few
    assert not Reach(1.1).is_lost(flat)
    assert not Reach(0.1).is_lost(steady)
    assert Reach(0.1, most=50).is_lost(steady)  # the rounds that are left do not do
    assert not Reach(0.55, most=50).is_lost(steady)
    assert Reach(-0.9, greater_is_better=True).is_lost([-value for value in flat])
    once = [*np.linspace(1, 0.7, 30), *[0.7] * 10]  # out of reach for the last look alone
    assert not Reach(0.5).is_lost(once)
    assert Reach(0.5).is_lost([*once, *[0.7] * 5])
