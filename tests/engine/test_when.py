"""Each outcome knows when it was begun and by which worker: also in the journal, and resumed."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_backend
from sklearn.datasets import load_iris
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, Observer, replay
from sktune.journal.reading import contents_at
from sktune.trials import Outcome
from tests.helpers.journal.small import bodies_of, forge

X, Y = load_iris(return_X_y=True)
PIPELINE = Pipeline([("scale", StandardScaler()), ("svc", SVC())])


class Hears(Observer):
    def __init__(self) -> None:
        self.outcomes: dict[tuple[int, int], Outcome] = {}

    def split_finished(self, trial: Any, outcome: Outcome) -> None:
        if trial.duplicate_of is None:
            self.outcomes[trial.number, outcome.split] = outcome


def heard(search: Any) -> tuple[list[Outcome], float]:
    hears = Hears()
    start = time.time()
    search.set_params(observers=[hears]).fit(X, Y)
    return list(hears.outcomes.values()), time.time() - start


def assert_one_after_the_other(outcomes: list[Outcome], elapsed: float) -> None:
    for worker in {outcome.worker for outcome in outcomes}:
        own = [o for o in outcomes if o.worker == worker]
        spans = sorted((o.started or 0.0, (o.started or 0.0) + o.own_time) for o in own)
        assert spans[0][0] >= 0
        assert spans[-1][1] <= elapsed
        assert all(end <= start + 1e-3 for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize(("n_jobs", "backend"), [(1, "loky"), (2, "loky"), (3, "threading")])
@pytest.mark.parametrize("shared", [True, False])
def test_a_worker_does_one_task_after_the_other(n_jobs: int, backend: str, shared: bool) -> None:
    search = GridSearch(PIPELINE, {"svc__C": [0.1, 1, 10, 10]}, cv=4, share_work=shared)
    with parallel_backend(backend, n_jobs=n_jobs):
        outcomes, elapsed = heard(search)
    assert len(outcomes) == 12
    assert_one_after_the_other(outcomes, elapsed)
    workers = [outcome.worker for outcome in outcomes]
    assert list(dict.fromkeys(workers)) == list(range(len(set(workers))))
    assert len(set(workers)) <= n_jobs


@pytest.mark.parametrize("seconds", [None, 60])
def test_a_fit_that_fails_knows_it_too(seconds: float | None) -> None:
    grid = {"max_depth": [1, 2], "ccp_alpha": [0.0, float("nan")]}
    search = GridSearch(DecisionTreeClassifier(), grid, cv=2, fit_timeout=seconds)
    with pytest.warns(UserWarning, match="fail"):
        outcomes, elapsed = heard(search)
    assert sum(outcome.failed for outcome in outcomes) == 4
    # where a limit asks for a process apart, there is a second one for what comes next
    assert {outcome.worker for outcome in outcomes} <= ({0} if seconds is None else {0, 1})
    assert_one_after_the_other(outcomes, elapsed)


def test_the_clock_of_a_resumed_search_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"

    def search(depths: list[int]) -> GridSearch:
        return GridSearch(DecisionTreeClassifier(), {"max_depth": depths}, cv=3, checkpoint=path)

    first, _ = heard(search([1, 2]))
    seconds = contents_at(path).seconds
    assert seconds == max((o.started or 0.0) + o.own_time for o in first)
    resumed, _ = heard(search([2, 1, 3]))
    known = [(o.started, o.worker) for o in resumed if o.recalled]
    assert sorted(known) == sorted((o.started, o.worker) for o in first)
    assert all((o.started or 0.0) >= seconds for o in resumed if not o.recalled)


def test_a_journal_knows_it_in_a_few_bytes_and_those_of_older_versions_do_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "search.jsonl"
    first, _ = heard(GridSearch(SVC(), {"C": [1, 2]}, cv=2, checkpoint=path))
    contents = contents_at(path)
    recorded = [o for outcomes in contents.outcomes.values() for o in outcomes.values()]
    assert [(o.started, o.worker) for o in recorded] == [(o.started, o.worker) for o in first]
    bodies = bodies_of(path)
    written = [body.pop("when") for body in bodies if body["kind"] == "outcome"]
    assert all(len(json.dumps(when)) < 40 for when in written)
    forge(path, bodies)
    recalled, _ = heard(GridSearch(SVC(), {"C": [1, 2, 3]}, cv=2, checkpoint=path))
    assert [o.started is None for o in recalled] == [o.recalled for o in recalled]
    assert sum(o.recalled for o in recalled) == 4


def test_a_search_is_replayed_with_its_times() -> None:
    search = GridSearch(PIPELINE, {"svc__C": [1, 2, 2]}, cv=3)
    first, _ = heard(search)
    again = Hears()
    replay(search, again)
    times = [(o.trial, o.split, o.started, o.worker, o.own_time) for o in first]
    replayed = again.outcomes.values()
    assert sorted(times) == sorted(
        (o.trial, o.split, o.started, o.worker, o.own_time) for o in replayed
    )
    replay(search.cv_results_, again)
    assert np.all([o.started is None and o.worker is None for o in again.outcomes.values()])
