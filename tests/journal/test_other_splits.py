"""Splits that no other search can go on with are told of before the first fit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)

from tests.helpers.estimators import Counting, n_fits
from tests.helpers.searches import Make, every_search, grid, more

rng = np.random.RandomState(0)
X = rng.normal(size=(24, 2))
y = rng.permutation(np.arange(24) % 2)
groups = np.arange(24) // 2  # of so many that the same splits are hardly drawn twice
OTHERS = "draws other splits each time.*Give it a number for random_state"


class Own:
    """Shuffles, as splitters of one's own do."""

    def __init__(self, draw: Callable[[], Any]) -> None:
        self.draw = draw

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        rows = self.draw().permutation(len(X))
        yield rows[:12], rows[12:]

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        return 1


state = np.random.RandomState(0)
OTHER_EACH_TIME = [
    KFold(3, shuffle=True),
    KFold(3, shuffle=True, random_state=np.random.RandomState(0)),
    StratifiedKFold(3, shuffle=True),
    StratifiedGroupKFold(3, shuffle=True),
    ShuffleSplit(3),
    StratifiedShuffleSplit(3),
    GroupShuffleSplit(3),
    RepeatedKFold(n_splits=2, n_repeats=2),
    RepeatedStratifiedKFold(n_splits=2, n_repeats=2),
    Own(lambda: np.random),
    Own(np.random.default_rng),
    Own(lambda: state),
]
THE_SAME = [
    3,
    KFold(3),
    KFold(3, shuffle=True, random_state=0),
    StratifiedGroupKFold(3),
    ShuffleSplit(3, random_state=0),
    RepeatedKFold(n_splits=2, n_repeats=2, random_state=0),
    LeaveOneOut(),
    TimeSeriesSplit(3),
    GroupKFold(3),
    list(ShuffleSplit(3).split(X)),
    Own(lambda: np.random.RandomState(0)),
    Own(lambda: np.random.default_rng(0)),
]


def grouped(cv: Any) -> dict[str, Any]:
    return {"groups": groups} if "Group" in type(cv).__name__ else {}


def search_of(make: Make, cv: Any, **options: Any) -> Any:
    """A search of two candidates."""
    return make(Counting(), {"value": [1, 2]}, **more(make, n_iter=2), cv=cv, **options)


@every_search
@pytest.mark.parametrize("cv", [KFold(3, shuffle=True), ShuffleSplit(3)], ids=str)
def test_they_are_told_of_before_the_first_fit(make: Make, cv: Any, tmp_path: Path) -> None:
    search = search_of(make, cv, checkpoint=tmp_path / "search.jsonl")
    search.estimator.folder = str(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=OTHERS):
            search.fit(X, y)
    assert n_fits(tmp_path) == 0


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("cv", OTHER_EACH_TIME)
def test_of_every_splitter_that_draws_anew(cv: Any, folder: bool, tmp_path: Path) -> None:
    path = tmp_path if folder else tmp_path / "search.jsonl"
    with pytest.warns(UserWarning, match=OTHERS) as told:
        search_of(grid, cv, checkpoint=path).fit(X, y, **grouped(cv))
    assert {Path(warning.filename).name for warning in told} == {"test_other_splits.py"}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cv", [*THE_SAME, iter(list(KFold(3).split(X)))])
def test_of_no_other(cv: Any, tmp_path: Path) -> None:
    search = search_of(grid, cv, checkpoint=tmp_path / "search.jsonl")
    first = search.fit(X, y, **grouped(cv)).cv_results_["mean_test_score"]
    if not hasattr(cv, "__next__"):  # which is used up
        again = search.fit(X, y, **grouped(cv)).cv_results_["mean_test_score"]
        np.testing.assert_array_equal(again, first)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cv", OTHER_EACH_TIME)
def test_without_a_checkpoint_there_is_nothing_to_tell(cv: Any) -> None:
    search_of(grid, cv).fit(X, y, **grouped(cv))


@pytest.mark.filterwarnings("ignore:checkpoint")
def test_what_is_drawn_is_what_is_drawn_without_a_checkpoint(tmp_path: Path) -> None:
    """By the search, and by what comes after it."""
    drawn = []
    for options in ({}, {"checkpoint": tmp_path / "search.jsonl"}):
        np.random.seed(3)  # noqa: NPY002 - the global source is what is looked at
        source = np.random.RandomState(4)
        for cv in (ShuffleSplit(3), KFold(3, shuffle=True, random_state=source)):
            search = search_of(grid, cv, **options).fit(X, y)
            drawn.append([*search.cv_results_["split0_test_score"]])
            if options:
                Path(options["checkpoint"]).unlink()
        drawn.append([np.random.random(), source.random_sample()])  # noqa: NPY002
    assert drawn[:3] == drawn[3:]
