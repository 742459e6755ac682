"""The option `executor`: what may be passed, and what becomes of it in clones and pickles."""

from __future__ import annotations

import pickle
from concurrent.futures import Executor as Pool
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from tests.helpers.estimators import Counting
from tests.helpers.searches import Make, every_search, grid, more


def search_of(make: Make, executor: Any, **options: Any) -> Any:
    return make(
        Counting(), {"value": [1, 2, 3]}, cv=3, executor=executor, **more(make, n_iter=3), **options
    )


@every_search
@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_pools_of_the_standard_library_give_the_same(make: Make, kind: Any, iris: Any) -> None:
    expected = search_of(make, None).fit(*iris).cv_results_
    with kind(2) as pool:
        search = search_of(make, pool).fit(*iris)
        assert search.environment_["n_jobs"] == 2
        got = search.cv_results_
        assert pool.submit(int).result() == 0  # it is the user's, and goes on
    assert got["params"] == expected["params"]
    np.testing.assert_array_equal(got["mean_test_score"], expected["mean_test_score"])


@every_search
def test_clones_have_the_same_workers_and_pickles_none(make: Make, iris: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        search = search_of(make, pool).fit(*iris)
        assert clone(search).executor is pool
        assert len(cross_val_score(search, *iris, cv=2)) == 2
        assert pickle.loads(pickle.dumps(search)).executor is None


@every_search
def test_what_fits_cannot_be_sent_to_is_refused(make: Make, iris: Any) -> None:
    with pytest.raises(TypeError, match="executor='dask' is nothing that fits can be sent to"):
        search_of(make, "dask").fit(*iris)


class Silent(Pool):
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(fn, *args, **kwargs)


def test_a_pool_that_does_not_tell_its_size_needs_n_jobs(iris: Any) -> None:
    with pytest.raises(ValueError, match="Silent does not tell how many workers it has"):
        search_of(grid, Silent()).fit(*iris)
    assert search_of(grid, Silent(), n_jobs=2).fit(*iris).best_score_ > 0
