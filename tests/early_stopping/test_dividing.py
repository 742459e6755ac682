"""Which of the training samples are held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from sktune.early_stopping import EarlyStopping, divided


def parts(y: Any, cv: Any, validation: Any = 0.2, groups: Any = None, **more: Any) -> list[Any]:
    y = np.asarray(y)
    X = np.zeros((len(y), 1))
    splits = list(cv.split(X, y, groups if isinstance(cv, GroupKFold) else None))
    found = divided(EarlyStopping(validation=validation), splits, X, y, groups, **more)
    for (rest, test, held), (train, same) in zip(found, splits, strict=True):
        assert len(rest)
        assert len(held)
        assert test is same
        if validation != "test":
            assert set(rest) | set(held) <= set(train)
        assert not set(rest) & set(held)
    return found


@given(
    st.lists(st.sampled_from("aaabbc"), min_size=12, max_size=60), st.sampled_from([0.1, 0.4, 3])
)
@pytest.mark.filterwarnings("ignore:early_stopping:UserWarning")
def test_by_classes(labels: Any, validation: Any) -> None:
    """Nothing of the training set is left out, and none is of a class that is not fitted on."""
    y = np.array(labels)
    for (rest, _, held), (train, _) in zip(
        parts(y, KFold(2), validation, classes=True), KFold(2).split(y), strict=True
    ):
        assert sorted([*rest, *held]) == sorted(train)
        assert set(y[held]) <= set(y[rest])


def test_as_many_of_each_class() -> None:
    y = [0] * 80 + [1] * 20
    for _, _, held in parts(y, StratifiedKFold(4), classes=True):
        assert np.bincount(np.asarray(y)[held]).tolist() == [12, 3]


def test_whole_groups_where_the_splits_keep_them_apart() -> None:
    groups = np.arange(60) // 5
    for rest, _, held in parts(range(60), GroupKFold(3), groups=groups):
        assert not set(groups[rest]) & set(groups[held])
    torn = parts(range(60), KFold(3, shuffle=True, random_state=0), groups=None)
    assert any(set(groups[rest]) & set(groups[held]) for rest, _, held in torn)


def test_the_last_ones_where_the_splits_go_forward() -> None:
    for rest, test, held in parts(range(60), TimeSeriesSplit(3)):
        assert rest.max() < held.min() <= held.max() < test.min()


def test_a_splitter_is_given_the_training_samples() -> None:
    groups = np.arange(60) % 6
    by_groups = GroupShuffleSplit(1, test_size=2, random_state=0)
    for rest, _, held in parts(range(60), KFold(3), by_groups, groups):
        assert len(set(groups[held])) == 2
        assert not set(groups[rest]) & set(groups[held])


def test_the_test_samples_themselves() -> None:
    for _, test, held in parts(range(30), KFold(3), "test"):
        np.testing.assert_array_equal(test, held)


def test_of_one_group_none_can_be_held_out() -> None:
    with pytest.raises(ValueError, match=r"split 0 are all of one group.*ShuffleSplit"):
        parts(range(20), GroupKFold(2), groups=np.repeat([0, 1], 10))


def test_more_than_there_are() -> None:
    with pytest.raises(ValueError, match=r"50 of the 20 training samples of split 0"):
        parts(range(40), KFold(2), 50)


def test_validation_samples_of_one_class_are_told() -> None:
    y = [1, 0] * 10 + [0] * 40
    with pytest.warns(UserWarning, match=r"split 1 are all of one class"):
        parts(y, TimeSeriesSplit(2), classes=True)


class NoSplit:
    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        return iter(())


@pytest.mark.parametrize(
    ("splitter", "why"),
    [(PredefinedSplit(np.zeros(60)), "out of bounds"), (GroupShuffleSplit(1), "groups"),
     (NoSplit(), "it gives no split")],
)  # fmt: skip
def test_a_splitter_that_cannot_divide_training_samples_is_named(splitter: Any, why: str) -> None:
    X, y, option = np.zeros((60, 1)), np.zeros(60), EarlyStopping(validation=splitter)
    with pytest.raises(ValueError, match=rf"validation=.*40 training samples of split 0.*{why}"):
        divided(option, list(KFold(3).split(X)), X, y)
