"""Where MLflow's autologging is on, a search is logged as scikit-learn's are, and better."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joblib import Parallel, delayed, parallel_backend
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.unlogged import unlogged
from tests.helpers.mlflow_runs import at_store, children, empty_database, mlflow, parents, runs

X, Y = load_iris(return_X_y=True, as_frame=True)
C = [0.1, 1, 10, 100]
SEARCHES: dict[str, Any] = {
    "grid": lambda **more: GridSearch(SVC(), {"C": C}, cv=3, **more),
    "random": lambda **more: RandomSearch(SVC(), {"C": C}, n_iter=4, cv=3, **more),
    "bayes": lambda **more: BayesSearch(
        SVC(), {"C": (0.1, 10.0)}, n_iter=4, cv=3, random_state=0, **more
    ),
}
pytestmark = pytest.mark.filterwarnings("ignore")  # of MLflow's own


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return empty_database(tmp_path_factory.mktemp("autologging"))


@pytest.fixture(autouse=True)
def uri(empty_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    with at_store(empty_store, tmp_path) as address:
        yield address


@pytest.fixture
def autolog() -> Iterator[Any]:
    def on(**options: Any) -> None:
        options = {"log_models": False, "log_datasets": False, "silent": True} | options
        mlflow.sklearn.autolog(**options)

    yield on
    mlflow.sklearn.autolog(disable=True)


def tops() -> list[Any]:
    return [run for run in runs() if "mlflow.parentRunId" not in run.data.tags]


@pytest.mark.parametrize("kind", SEARCHES)
@pytest.mark.parametrize(
    ("n_jobs", "backend"), [(1, "loky"), (2, "loky"), (2, "threading")], ids=str
)
def test_one_parent_and_a_child_for_every_candidate(
    autolog: Any, kind: str, n_jobs: int, backend: str
) -> None:
    autolog(max_tuning_runs=None)
    with parallel_backend(backend, n_jobs=n_jobs):
        search = SEARCHES[kind]().fit(X, Y)
    [parent] = tops()
    assert len(children(parent)) == 4
    assert len(runs()) == 5
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    assert search.param_importances_  # which fits a model of its own
    assert len(runs()) == 5


@pytest.mark.parametrize("most", [None, 0, 1, 2, 10])
def test_it_has_what_a_search_of_scikit_learns_has(autolog: Any, most: int | None) -> None:
    autolog(max_tuning_runs=most)
    GridSearchCV(SVC(), {"C": C}, cv=3).fit(X, Y)
    GridSearch(SVC(), {"C": C}, cv=3).fit(X, Y)
    ours, theirs = tops()
    assert ours.data.tags["sktune.class"] == "GridSearch"
    missing = theirs.data.params.keys() - ours.data.params.keys()
    assert missing == set()
    for name in ("best_C", "cv", "error_score", "refit"):
        assert ours.data.params[name] == theirs.data.params[name]
    assert theirs.data.metrics.keys() - ours.data.metrics.keys() <= {"training_score"}
    for name in theirs.data.metrics.keys() & ours.data.metrics.keys():
        assert ours.data.metrics[name] == pytest.approx(theirs.data.metrics[name])
    assert ours.data.tags["estimator_name"] == "GridSearch"
    client = mlflow.MlflowClient()
    files = {item.path for item in client.list_artifacts(ours.info.run_id)}
    assert "cv_results.csv" in files
    of_ours, of_theirs = children(ours), children(theirs)
    assert len(of_ours) == len(of_theirs)
    assert {run.data.params["C"] for run in of_ours} == {run.data.params["C"] for run in of_theirs}
    for run in of_ours:
        assert run.data.params.keys() == SVC().get_params().keys()
        history = client.get_metric_history(run.info.run_id, "test_score")
        assert len(history) == 3


def test_the_refit_is_logged_once_with_its_model(autolog: Any) -> None:
    autolog(log_models=True, max_tuning_runs=1)
    search = GridSearch(SVC(), {"C": C}, cv=3).fit(X, Y)
    [parent] = tops()
    assert len(runs()) == 2
    [model] = mlflow.search_logged_models(output_format="list")
    assert model.source_run_id == parent.info.run_id
    loaded = mlflow.sklearn.load_model(f"models:/{model.model_id}")
    assert (loaded.predict(X) == search.predict(X)).all()
    assert mlflow.last_active_run().info.run_id == parent.info.run_id


class Own(ClassifierMixin, BaseEstimator):
    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: Any, y: Any) -> Own:
        self.model_ = SVC(C=self.C).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.model_.predict(X)


def test_estimators_that_autologging_does_not_know(autolog: Any) -> None:
    autolog(log_models=True, max_tuning_runs=None)
    GridSearch(Own(), {"C": [1, 2]}, cv=3).fit(X, Y)
    [parent] = tops()
    assert len(runs()) == 3
    client = mlflow.MlflowClient()
    outputs = client.get_run(parent.info.run_id).outputs
    assert client.list_artifacts(parent.info.run_id, "model") or outputs.model_outputs


def test_where_it_is_off_nothing_is_logged(autolog: Any) -> None:
    autolog()
    mlflow.sklearn.autolog(disable=True)
    GridSearch(SVC(), {"C": C}, cv=3).fit(X, Y)
    autolog()
    with mlflow.utils.autologging_utils.disable_autologging():
        GridSearch(SVC(), {"C": C}, cv=3).fit(X, Y)
        SVC().fit(X, Y)  # it is still off
    assert runs() == []


_ALL = """
import mlflow, sys
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from sktune import GridSearch
mlflow.set_tracking_uri(sys.argv[1])
mlflow.autolog(log_models=False, log_datasets=False, silent=True)
GridSearch(SVC(), {"C": [0.1, 1, 10, 100]}, cv=3).fit(*load_iris(return_X_y=True))
"""


def test_all_flavors_at_once(uri: str, tmp_path: Path) -> None:
    """In a process of its own: autologging that was switched off once stays off for this."""
    subprocess.run(
        [sys.executable, "-c", _ALL, uri],
        check=True,
        capture_output=True,
        timeout=120,
        cwd=tmp_path,
    )
    [parent] = tops()
    assert len(children(parent)) == 4
    assert len(runs()) == 5


def test_over_a_pipeline_and_in_one(autolog: Any) -> None:
    autolog()
    inner = GridSearch(make_pipeline(StandardScaler(), SVC()), {"svc__C": C}, cv=3)
    inner.fit(X, Y)
    [parent] = tops()
    assert len(children(parent)) == 4
    assert len(runs()) == 5
    make_pipeline(StandardScaler(), GridSearch(SVC(), {"C": C}, cv=3)).fit(X, Y)
    assert len(tops()) == 2
    assert len(runs()) == 10
    [other] = [run for run in tops() if run.info.run_id != parent.info.run_id]
    assert len(children(other)) == 4
    assert other.info.status == "FINISHED"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_nested_in_cross_validation(autolog: Any, n_jobs: int) -> None:
    autolog()
    search = GridSearch(SVC(), {"C": C}, cv=3)
    cross_val_score(search, X, Y, cv=2, n_jobs=n_jobs)
    if n_jobs == 1:
        assert [len(children(parent)) for parent in tops()] == [4, 4]
    else:  # as there: it is not on in other processes
        assert runs() == []


def test_a_search_over_a_search_is_one_search(autolog: Any) -> None:
    autolog(max_tuning_runs=None)
    inner = GridSearch(SVC(), {"C": C}, cv=2)
    GridSearch(inner, {"estimator__kernel": ["linear", "rbf"]}, cv=2).fit(X, Y)
    parent = min(tops(), key=lambda run: run.info.start_time)
    assert len([run for run in children(parent) if "sktune.trial" in run.data.tags]) >= 2
    assert all("sktune.search" in run.data.tags for run in tops())


def test_children_hang_at_a_run_of_the_users_own(autolog: Any) -> None:
    autolog()
    with mlflow.start_run() as own:
        GridSearch(SVC(), {"C": C}, cv=3).fit(X, Y)
        assert mlflow.active_run().info.run_id == own.info.run_id
        assert mlflow.MlflowClient().get_run(own.info.run_id).info.status == "RUNNING"
        GridSearch(SVC(), {"C": [5, 6]}, cv=3).fit(X, Y)
    [parent] = tops()
    assert parent.info.run_id == own.info.run_id
    hanging = children(parent)
    assert len([run for run in hanging if "sktune.trial" in run.data.tags]) == 4
    [second] = [run for run in hanging if "sktune.search" in run.data.tags]
    assert len(children(second)) == 2


def test_exclusive_leaves_a_run_of_the_users_own_alone(autolog: Any) -> None:
    autolog(exclusive=True)
    with mlflow.start_run():
        GridSearch(SVC(), {"C": C}, cv=3).fit(X, Y)
    assert len(runs()) == 1


def test_a_tracker_of_its_own_logs_it_alone(autolog: Any) -> None:
    from sktune.tracking import MLflowTracker

    autolog(log_models=True)
    tracker = MLflowTracker(log_report=False, wait=60)
    GridSearch(SVC(), {"C": C}, cv=3, observers=[tracker]).fit(X, Y)
    assert len(tops()) == 1
    assert len(runs()) == 5


def test_a_search_that_goes_on_goes_on_with_the_same_parent(autolog: Any, tmp_path: Path) -> None:
    autolog(max_tuning_runs=None)
    for values in ([1, 2], [1, 2, 3]):
        GridSearch(SVC(), {"C": values}, cv=3, checkpoint=tmp_path / "s.jsonl").fit(X, Y)
    [parent] = parents()
    assert len(children(parent)) == 3


def test_without_refit_and_with_failures(autolog: Any) -> None:
    autolog(max_tuning_runs=None)
    GridSearch(SVC(), {"C": [1, "no"]}, cv=3, refit=False).fit(X, Y)
    [parent] = tops()
    assert sorted(run.info.status for run in children(parent)) == ["FAILED", "FINISHED"]
    assert parent.data.params["best_C"] == "1"


def test_blocks_within_blocks(autolog: Any) -> None:
    autolog()
    with unlogged():
        with unlogged():
            SVC().fit(X, Y)
        SVC().fit(X, Y)
    assert runs() == []
    SVC().fit(X, Y)
    assert len(runs()) == 1


def _switch(uri: str, on: bool) -> int:
    mlflow.set_tracking_uri(uri)
    mlflow.sklearn.autolog(disable=not on, log_models=False, log_datasets=False, silent=True)
    time.sleep(0.5)
    if on:
        SVC().fit(X, Y)
    return os.getpid()


def test_where_it_is_on_in_workers_inner_fits_are_not_logged(uri: str) -> None:
    with Parallel(n_jobs=2) as parallel:
        workers = set(parallel(delayed(_switch)(uri, True) for _ in range(4)))
        assert len(runs()) == 4
        GridSearch(SVC(), {"C": C}, cv=3, n_jobs=2).fit(X, Y)
        again = set(parallel(delayed(_switch)(uri, False) for _ in range(4)))
    assert again & workers  # else nothing has been tried
    assert len(runs()) == 4
