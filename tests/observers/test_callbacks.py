"""scikit-learn's callbacks: hooks of the search in the parent, of the estimator in its worker."""

from __future__ import annotations

import os
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_regression
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch
from tests.helpers.estimators import Counting, Faulty, Slow
from tests.helpers.searches import every_search

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
utils = pytest.importorskip("sklearn.callback.tests._utils")

X, y = make_regression(n_samples=40, n_features=3, random_state=0)
SPACE = {"max_iter": [1, 2, 3, 4]}


class Recording:
    """Notes hooks with the process they fire in; across processes through a file."""

    def __init__(self, path: Any, stop_after: int | None = None) -> None:
        self.path = str(path)
        self.stop_after = stop_after

    def setup(self, estimator: Any, context: Any) -> None:
        self.note("setup", estimator, context)

    def teardown(self, estimator: Any, context: Any) -> None:
        self.note("teardown", estimator, context)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.note("begin", estimator, context)

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        self.note("end", estimator, context)
        ended = [e for e in self.events() if e[:2] == ("end", "candidate-split-evaluation")]
        return self.stop_after is not None and len(ended) >= self.stop_after

    def note(self, hook: str, estimator: Any, context: Any) -> None:
        depth, parent = 0, context.parent
        while parent is not None:
            depth, parent = depth + 1, parent.parent
        with open(self.path, "a") as file:
            name = type(estimator).__name__
            file.write(f"{hook}\t{context.task_name}\t{name}\t{os.getpid()}\t{depth}\n")

    def events(self) -> list[tuple[str, ...]]:
        with open(self.path) as file:
            return [tuple(line.rstrip("\n").split("\t")) for line in file]


class Propagated(Recording):
    max_propagation_depth = None


def odd_ones(trials: Any, trial: Any) -> bool:
    return bool(trial.params["value"] % 2 and trial.n_done == 2)


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_hooks_fire_for_the_fits_that_there_are(make: Any, n_jobs: int, tmp_path: Any) -> None:
    """Where candidates are stopped there are no hooks for the rest of their splits."""
    recording = Recording(tmp_path / "events")
    options = {"cv": 4, "n_jobs": n_jobs, "refit": False, "early_termination": odd_ones}
    if make.__name__ == "bayes":
        options["n_points"] = 2
    search = make(Counting(), {"value": [1, 2, 3, 4]}, scoring="r2", **options)
    plain = search.fit(X, y > 0).cv_results_
    results = search.set_callbacks(recording).fit(X, y > 0).cv_results_
    assert list(results["status"]) == list(plain["status"])
    assert sorted(results["status"]) == ["ok", "ok", "stopped", "stopped"]
    fired = [e[0] for e in recording.events() if e[1] == "candidate-split-evaluation"]
    assert fired.count("begin") == fired.count("end") == 2 * 4 + 2 * 2
    assert [e[0] for e in recording.events()].count("teardown") == 1


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_hooks_fire_where_they_belong(make: Any, n_jobs: int, tmp_path: Any) -> None:
    recording = Propagated(tmp_path / "events")
    search = make(utils.MaxIterEstimator(), SPACE, cv=2, n_jobs=n_jobs, scoring="r2").set_callbacks(
        recording
    )
    search.fit(X, y)
    events = recording.events()
    here = str(os.getpid())
    assert {e[3] for e in events if e[2] == type(search).__name__} == {here}
    inside = [e for e in events if e[2] == "MaxIterEstimator" and e[1] != "fit"]
    iterations = sum(search.cv_results_["param_max_iter"]) * 2 + search.best_params_["max_iter"]
    assert len([e for e in inside if e[0] == "begin"]) == iterations
    in_workers = [e for e in inside if e[3] != here]
    assert bool(in_workers) == (n_jobs == 2)
    assert {e[4] for e in inside} == {"3", "2"}  # in a task of the search; in the refit
    for kind in ("setup", "teardown"):
        assert [e[1:3] for e in events if e[0] == kind] == [("fit", type(search).__name__)]


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_progress_bar_works(make: Any, n_jobs: int, capsys: Any) -> None:
    pytest.importorskip("rich")
    search = make(utils.MaxIterEstimator(), SPACE, cv=2, n_jobs=n_jobs, scoring="r2")
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=2)).fit(X, y)
    out = capsys.readouterr().out
    assert "100%" in out
    assert f"{type(search).__name__} - search" in out
    assert "refit-with-best-params" in out


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_hook_that_returns_true_stops_the_search(n_jobs: int, tmp_path: Any, iris: Any) -> None:
    recording = Recording(tmp_path / "events", stop_after=5)
    space = {"value": list(range(600))}
    search = GridSearch(Slow(), space, cv=2, n_jobs=n_jobs).set_callbacks(recording)
    search.fit(*iris)
    results = search.cv_results_
    assert len(results["params"]) < 300
    assert list(results["status"][:2]) == ["ok", "ok"]
    assert set(results["status"]) <= {"ok", "partial"}
    if n_jobs == 1:
        assert list(results["status"]) == ["ok", "ok", "partial"]
        assert np.isnan(results["mean_test_score"][2])
        assert results["rank_test_score"][2] == 3
    assert search.best_params_ == {"value": 0}
    assert search.best_estimator_.value == 0
    assert search.__sklearn_is_fitted__()


def test_a_search_stops_though_everything_was_handed_out(tmp_path: Any, iris: Any) -> None:
    recording = Recording(tmp_path / "events", stop_after=3)
    space = {"value": list(range(400))}
    search = GridSearch(Slow(), space, cv=2, n_jobs=2, pre_dispatch="all")
    search.set_callbacks(recording).fit(*iris)
    assert len(search.cv_results_["params"]) < 300
    assert search.__sklearn_is_fitted__()


def test_a_search_that_is_stopped_within_its_first_candidate(tmp_path: Any, iris: Any) -> None:
    recording = Recording(tmp_path / "events", stop_after=2)
    search = GridSearch(Counting(), {"value": [0, 1]}, cv=3).set_callbacks(recording)
    with pytest.warns(UserWarning, match="before any candidate had all its splits"):
        search.fit(*iris)
    assert list(search.cv_results_["status"]) == ["partial"]
    assert search.best_params_ == {"value": 0}


@every_search
def test_hooks_fire_for_candidates_that_fail(make: Any, tmp_path: Any, iris: Any) -> None:
    recording = Recording(tmp_path / "events")
    search = make(Faulty(), {"value": ["raise", 1, 2, 3]}, cv=2).set_callbacks(recording)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    assert any(issubclass(w.category, FitFailedWarning) for w in caught)
    evaluations = [e[0] for e in recording.events() if e[1] == "candidate-split-evaluation"]
    assert evaluations == ["begin", "end"] * 8


def test_callbacks_are_torn_down_after_an_error(tmp_path: Any, iris: Any) -> None:
    recording = Recording(tmp_path / "events")
    search = GridSearch(Faulty(), {"value": ["interrupt"]}).set_callbacks(recording)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    hooks = [event[:2] for event in recording.events()]
    assert hooks[-1] == ("teardown", "fit")
    assert ("end", "search") not in hooks
    assert not any(name.startswith("_callback") for name in vars(search))


@pytest.mark.parametrize("task", ["search", "refit-with-best-params"])
def test_a_hook_that_raises_at_the_end_of_a_task_loses_nothing(
    task: str, tmp_path: Any, iris: Any
) -> None:
    class Raising(Recording):
        def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
            if context.task_name == task:
                raise RuntimeError("at the end")
            return super().on_fit_task_end(estimator, context)

    search = GridSearch(Faulty(), {"value": [1, 2]}).set_callbacks(Raising(tmp_path / "events"))
    with pytest.raises(RuntimeError, match="at the end"):
        search.fit(*iris)
    assert len(search.cv_results_["params"]) == 2
    assert search.best_params_ in search.cv_results_["params"]
    assert hasattr(search, "best_estimator_") == (task != "search")


def test_hooks_get_the_data_of_their_task(iris: Any) -> None:
    seen: dict[str, list[Any]] = {}

    class Looking(Recording):
        def __init__(self) -> None:
            pass

        def note(self, *_: Any) -> None:
            pass

        def on_fit_task_end(
            self, estimator: Any, context: Any, *, X: Any, y: Any, metadata: Any
        ) -> None:
            weight = None if metadata is None else metadata["sample_weight"]
            seen.setdefault(context.task_name, []).append((X, y, weight))

    weight = np.arange(40.0)
    estimator = utils.MaxIterEstimator()
    search = GridSearch(estimator, {"max_iter": [1]}, cv=2, scoring="r2")
    search.set_callbacks(Looking()).fit(X, y, sample_weight=weight)
    for fold, (X_seen, y_seen, weight_seen) in enumerate(seen["candidate-split-evaluation"]):
        rows = slice(20, 40) if fold == 0 else slice(0, 20)
        np.testing.assert_array_equal(X_seen, X[rows])
        np.testing.assert_array_equal(y_seen, y[rows])
        np.testing.assert_array_equal(weight_seen, weight[rows])
    assert seen["refit-with-best-params"][0][0] is X


def test_a_context_travels_without_the_rest_of_the_search() -> None:
    sizes = []
    for n in (2, 200):
        taken: list[int] = []

        class Estimator(utils.MaxIterEstimator):
            def fit(self, X: Any, y: Any, taken: Any = taken) -> Any:
                from sktune._sklearn import FitContext

                taken.append(len(pickle.dumps(FitContext(self._parent_callback_ctx))))
                return super().fit(X, y)

        search = GridSearch(Estimator(), {"max_iter": [1] * n}, cv=2, refit=False, scoring="r2")
        search.set_callbacks(Propagated(os.devnull)).fit(X, y)
        assert len(taken) == 2 * n
        sizes.append(max(taken))
    assert sizes[1] <= sizes[0] + 64


def test_hooks_of_the_search_alone_leave_fits_as_they_are() -> None:
    """No context travels, and equal candidates are evaluated once; each of them has its hooks."""
    ended: list[str] = []
    with_context: list[bool] = []

    class Notes(Recording):
        def __init__(self) -> None:
            self.stop_after = None

        def events(self) -> list[Any]:
            return []

        def note(self, hook: str, estimator: Any, context: Any) -> None:
            if hook == "end":
                ended.append(context.task_name)

    class Estimator(utils.MaxIterEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            with_context.append(hasattr(self, "_parent_callback_ctx"))
            return super().fit(X, y)

    search = GridSearch(Estimator(), {"max_iter": [1] * 20}, cv=2, refit=False, scoring="r2")
    search.set_callbacks(Notes()).fit(X, y)
    assert with_context == [False] * 2
    assert ended.count("candidate-split-evaluation") == 2 * 20


def test_callbacks_of_an_estimator_deep_inside(tmp_path: Any) -> None:
    recording = Recording(tmp_path / "ours")
    inner = utils.MaxIterEstimator().set_callbacks(recording)
    model = Pipeline([("scale", StandardScaler()), ("model", inner)])
    heard = []
    for search in (GridSearch, GridSearchCV):
        recording.path = str(tmp_path / search.__name__)
        search(model, {"model__max_iter": [1, 2]}, cv=2, refit=False, scoring="r2").fit(X, y)
        # the depth of a context tells whether it hangs below the search's
        heard.append([(e[0], e[1], e[2], e[4]) for e in recording.events()])
    assert heard[0] == heard[1]


def no_target_needed(estimator: Any, X: Any, y: Any = None) -> float:
    return 0.5


def test_callbacks_go_on_to_an_estimator_without_target(tmp_path: Any) -> None:
    recording = Propagated(tmp_path / "events")
    search = GridSearch(
        utils.MaxIterEstimator(), {"max_iter": [1, 2]}, cv=2, refit=False, scoring=no_target_needed
    )
    search.set_callbacks(recording).fit(X)
    inside = [e for e in recording.events() if e[2] == "MaxIterEstimator" and e[1] != "fit"]
    assert len([e for e in inside if e[0] == "begin"]) == 2 * (1 + 2)


def test_scoring_monitor() -> None:
    monitor = callback.ScoringMonitor(scoring="r2")
    estimator = utils.MaxIterEstimator().set_callbacks(monitor)
    GridSearch(estimator, {"max_iter": [2]}, cv=2, n_jobs=2, refit=False, scoring="r2").fit(X, y)
    (log,) = monitor.get_logs(select="all")  # the fits belong to one run, that of the search
    assert log.estimator_name == "GridSearch"
    assert len(log.data) == 2 * (2 + 1)  # on each split two iterations and the whole fit


def test_callbacks_do_not_change_results(tmp_path: Any) -> None:
    plain = GridSearch(utils.MaxIterEstimator(), SPACE, cv=2, scoring="r2").fit(X, y)
    watched = GridSearch(utils.MaxIterEstimator(), SPACE, cv=2, scoring="r2")
    watched.set_callbacks(Propagated(tmp_path / "events")).fit(X, y)
    np.testing.assert_array_equal(
        plain.cv_results_["mean_test_score"], watched.cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize("where", ["search", "step"])
def test_pipelines_are_kept_apart_by_callbacks_on_what_is_fitted_alone(
    where: str, tmp_path: Any, iris: Any
) -> None:
    steps = [("scale", StandardScaler()), ("clf", utils.MaxIterEstimator())]
    pipeline = Pipeline(steps)
    options: dict[str, Any] = {"cv": 2, "refit": False, "scoring": lambda e, X, y: 0.5}
    search = GridSearch(pipeline, {"clf__max_iter": [1, 2]}, **options)
    assert search.fit(X, y).sharing_.steps["scale"] == (4, 2)
    noting = Recording(tmp_path / "noted")
    if where == "search":
        search.set_callbacks(noting)
    else:
        steps[1][1].set_callbacks(noting)
    assert search.fit(X, y).sharing_.shared == (where == "search")


def half(estimator: Any, X: Any, y: Any) -> float:
    return 0.5


class Open(Recording):
    def __reduce__(self) -> Any:
        raise TypeError("a file is open")


class OpenAndPropagated(Open, Propagated):
    pass


@pytest.mark.parametrize("of_search", [True, False])
def test_one_that_cannot_go_to_workers_is_named(of_search: bool, tmp_path: Any) -> None:
    search = GridSearch(utils.MaxIterEstimator(), SPACE, cv=2, n_jobs=2, scoring=half)
    if of_search:
        search.set_callbacks(OpenAndPropagated(tmp_path / "events"))
    else:
        search.estimator.set_callbacks(Open(tmp_path / "events"))
    told = "a callback, .*Open" if of_search else "the estimator's _skl_callbacks, .*Open"
    with pytest.raises(pickle.PicklingError, match=f"{told}.*a file is open"):
        search.fit(X, y)
    search.set_params(n_jobs=1).fit(X, y)  # where it need not go
