"""Why a search has ended is an attribute, also where something is raised."""

from __future__ import annotations

import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from sktune import GridSearch, NoImprovement, Observer, replay
from tests.helpers.estimators import Faulty
from tests.helpers.observers import Adding
from tests.helpers.searches import every_search, grid, more

X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


class Ends(Observer):
    def trial_finished(self, trial: Any) -> bool:
        return True


class Sleeps(Observer):
    def split_finished(self, trial: Any, outcome: Any) -> None:
        time.sleep(0.15)


ENDS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "completed": ([1, 2, 3], {}),
    "timeout": ([1, 2, 3, 4, 5, 6], {"timeout": 0.2, "observers": [Sleeps()]}),
    "stop": ([3, 2, 1, 0, -1, -2], {"stop": NoImprovement(2)}),
    "callback": ([1, 2, 3], {"observers": [Ends()]}),
    "interrupted": (["interrupt", "interrupt"], {}),
    "error": ([1, "raise", "raise"], {"error_score": "raise"}),
}


@every_search
@pytest.mark.parametrize("why", ENDS)
def test_why_a_search_has_ended_is_its_attribute(make: Any, why: str, tmp_path: Path) -> None:
    values, options = ENDS[why]
    heard, path = Adding(), tmp_path / "search.jsonl"
    options = {**options, "observers": [*options.get("observers", []), heard]}
    search = make(Faulty(), {"value": values}, **more(make, n_iter=len(values)), cv=2, **options)
    search.set_params(checkpoint=path)
    with warnings.catch_warnings(), suppress(KeyboardInterrupt, RuntimeError, ValueError):
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert search.ended_by_ == heard.results.ended_by == why
    if hasattr(search, "cv_results_"):
        again = Adding()
        replay(search, again)
        assert again.results.ended_by == why
    of_file = Adding()
    replay(path, of_file)
    assert of_file.results.ended_by == why
    if why in ("timeout", "stop", "callback"):
        assert of_file.info.n_candidates == len(values)


@pytest.mark.parametrize("options", [{"stop": NoImprovement(1)}, {"observers": [Ends()]}])
def test_what_comes_with_the_last_candidate_ends_nothing(options: Any) -> None:
    search = GridSearch(Faulty(), {"value": [1]}, cv=2, **options).fit(X, y)
    assert search.ended_by_ == "completed"


def test_an_earlier_reason_is_forgotten() -> None:
    search = GridSearch(Faulty(), {"value": [1, 2]}, cv=2, observers=[Ends()]).fit(X, y)
    assert search.ended_by_ == "callback"
    assert search.set_params(observers=None).fit(X, y).ended_by_ == "completed"


class RaisesInRefit(ClassifierMixin, BaseEstimator):
    """Raises when it is fitted on all samples."""

    def __init__(self, error: Any = None, value: float = 0.0) -> None:
        self.error = error
        self.value = value

    def fit(self, X: Any, y: Any) -> RaisesInRefit:
        if self.error is not None and len(X) == 20:
            raise self.error("no")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


class Refits(Observer):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def search_finished(self, results: Any) -> None:
        self.heard.append("search")

    def refit_started(self, params: Any) -> None:
        self.heard.append(dict(params))

    def refit_finished(self, estimator: Any) -> None:
        self.heard.append(estimator)


@every_search
def test_the_refit_is_told_after_the_search(make: Any) -> None:
    refits, again = Refits(), Refits()
    search = make(Faulty(), {"value": [1, 2]}, **more(make, n_iter=2), cv=2, observers=[refits])
    search.fit(X, y)
    assert refits.heard == ["search", search.best_params_, search.best_estimator_]
    replay(search, again)
    assert again.heard == refits.heard
    refits.heard.clear()
    search.set_params(refit=False).fit(X, y)
    assert refits.heard == ["search"]


@pytest.mark.parametrize(
    ("error", "why"), [(RuntimeError, "error"), (KeyboardInterrupt, "interrupted")]
)
def test_a_refit_that_raises_says_so(error: Any, why: str) -> None:
    refits = Refits()
    search = grid(RaisesInRefit(error), {"value": [1.0]}, cv=2, observers=[refits])
    with pytest.raises(error) as caught:
        search.fit(X, y)
    assert search.ended_by_ == why
    assert refits.heard == ["search", {"value": 1.0}, None]
    assert len(search.cv_results_["params"]) == 1
    notes = getattr(caught.value, "__notes__", [])
    assert any("best_estimator_ is missing" in note for note in notes) == (why == "interrupted")
