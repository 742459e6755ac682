"""What other threads draw meanwhile is not taken for a draw of what is being fitted."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.manifold import Isomap
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sktune import GridSearch
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Leaves, LeavesLast, Noise, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 4)), np.arange(40) % 2
N_SPLITS, GRID = 2, {"last__value": [0.2, 0.4, 0.6, 0.8]}


class TakesTime(Leaves):
    """Takes a moment to be fitted, and to transform."""

    def fit(self, X: Any, y: Any = None) -> Any:
        super().fit(X, y)
        time.sleep(0.01)
        return self

    def transform(self, X: Any) -> Any:
        time.sleep(0.005)
        return super().transform(X)


@contextmanager
def drawing(draw: Callable[[], Any], when: Callable[[], bool], times: int) -> Iterator[None]:
    """Draw from another thread, as often as that as soon as it is time."""
    over = threading.Event()

    def work() -> None:
        left = times
        while not over.wait(0.001) and left:
            if when():
                draw()
                left -= 1

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


def search(folder: Path, kind: type[Leaves] = TakesTime, **options: Any) -> Any:
    pipeline = Pipeline([("first", kind(str(folder))), ("last", LeavesLast())])
    return GridSearch(pipeline, GRID, cv=N_SPLITS, refit=False, **options)


@pytest.mark.parametrize("train", [False, True])
def test_pythons_generator_may_be_drawn_from_all_the_time(train: bool, tmp_path: Path) -> None:
    """As the threads of a cluster's worker do, which look at samples of what they keep."""
    with drawing(random.random, lambda: True, 10**6):
        found = search(tmp_path, return_train_score=train).fit(X, y)
    assert left(tmp_path, "t") == N_SPLITS
    assert found.sharing_.n_asked - found.sharing_.n_done == 3 * N_SPLITS


@pytest.mark.parametrize("during", ["t", "t.transform"])
def test_what_was_seen_once_is_tried_once_more(during: str, tmp_path: Path) -> None:
    """Of numpy's generator it cannot be told beforehand that compiled code does not draw."""
    with drawing(np.random.random, lambda: left(tmp_path, during) > 0, 1):
        search(tmp_path).fit(X, y)
    assert left(tmp_path, "t") <= N_SPLITS + 2


class Embeds(Leaves):
    """Has Isomap's own draws, which show in no code."""

    def fit(self, X: Any, y: Any = None) -> Any:
        super().fit(X, y)
        self.inner_ = Isomap(eigen_solver="arpack").fit(X)
        return self

    def transform(self, X: Any) -> Any:
        return self.inner_.transform(X)


@pytest.mark.parametrize("users", [False, True])
def test_what_draws_each_time_is_fitted_each_time(users: bool, tmp_path: Path) -> None:
    first = Embeds(str(tmp_path)) if users else Isomap(eigen_solver="arpack")
    pipeline = Pipeline([("first", first), ("noise", Noise()), ("last", LeavesLast())])
    results = []
    for kind in (GridSearchCV, GridSearch):
        np.random.seed(0)  # noqa: NPY002 - it is the global source that matters
        found = kind(pipeline, GRID, cv=N_SPLITS, refit=False).fit(X, y)
        results.append(found.cv_results_)
    assert_same_results(results[1], results[0])
    assert found.sharing_.n_done == found.sharing_.n_asked
