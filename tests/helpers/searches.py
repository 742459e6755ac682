"""The searches under test, and scikit-learn's for comparison, made alike."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.exceptions import FailedCandidatesWarning
from sktune.results import ADDED_COLUMNS

Make = Callable[..., Any]


def grid(estimator: Any, space: Any, **options: Any) -> GridSearch:
    return GridSearch(estimator, space, **options)


def random(estimator: Any, space: Any, **options: Any) -> RandomSearch:
    return RandomSearch(estimator, space, **{"n_iter": 4, "random_state": 0, **options})


def bayes(estimator: Any, space: Any, **options: Any) -> BayesSearch:
    return BayesSearch(estimator, space, **{"n_iter": 4, "random_state": 0, **options})


def sk_grid(estimator: Any, space: Any, **options: Any) -> GridSearchCV:
    return GridSearchCV(estimator, space, **options)


def sk_random(estimator: Any, space: Any, **options: Any) -> RandomizedSearchCV:
    return RandomizedSearchCV(estimator, space, **{"n_iter": 4, "random_state": 0, **options})


SEARCHES = [
    pytest.param(grid, id="grid"),
    pytest.param(random, id="random"),
    pytest.param(bayes, id="bayes"),
]
"""Every search; a new one is added here and has to keep every promise."""

PAIRS = [pytest.param(grid, sk_grid, id="grid"), pytest.param(random, sk_random, id="random")]
"""Every search that is scikit-learn's to the bit, with scikit-learn's."""

ONE_AND_TWO = [
    pytest.param(
        *pair.values,
        n_jobs,
        id=f"{pair.id}-{n_jobs}",
        marks=[] if n_jobs == number else pytest.mark.slow,
    )
    for number, pair in enumerate(PAIRS, start=1)
    for n_jobs in (1, 2)
]
"""The same with numbers of workers; in the plain run one of them has none, and the other two."""

every_search = pytest.mark.parametrize("make", SEARCHES)
every_pair = pytest.mark.parametrize(("make", "theirs"), PAIRS)
one_and_two = pytest.mark.parametrize(("make", "theirs", "n_jobs"), ONE_AND_TWO)


def silent(call: Callable[..., Any], *args: Any) -> Any:
    """Call with scikit-learn's warning about non-finite means ignored."""
    with warnings.catch_warnings():
        warnings.filterwarnings("default", category=FailedCandidatesWarning)
        warnings.filterwarnings("ignore", message="One or more of the")
        return call(*args)


def more(make: Make, **options: Any) -> dict[str, Any]:
    """Options for the searches that have them."""
    return options if make.__name__ != "grid" else {}


def assert_same_results(
    ours: dict[str, Any], theirs: dict[str, Any], *, times: bool = False
) -> None:
    """Check that every column of `theirs` is in `ours`, bit for bit; times only by dtype.

    Parameters
    ----------
    times : bool
        Whether the times are to be equal too.
    """
    missing = set(theirs) - set(ours)
    assert not missing
    assert set(ours) - set(theirs) <= set(ADDED_COLUMNS)
    for name, expected in theirs.items():
        got = ours[name]
        if name == "params":
            assert list(map(repr, got)) == list(map(repr, expected))
            continue
        assert got.dtype == expected.dtype, name
        assert type(got) is type(expected), name
        if name.endswith("_time") and not times:
            continue
        if isinstance(expected, np.ma.MaskedArray):
            np.testing.assert_array_equal(got.mask, expected.mask, err_msg=name)
            assert list(map(repr, got.compressed())) == list(map(repr, expected.compressed()))
        elif expected.dtype.kind == "f":
            assert got.tobytes() == expected.tobytes() or np.array_equal(
                got, expected, equal_nan=True
            ), name
        else:
            np.testing.assert_array_equal(got, expected, err_msg=name)
