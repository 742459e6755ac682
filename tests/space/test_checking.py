"""Checking a space leaves everything as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.svm import SVC

from sktune.space import Space
from sktune.space.checking import check_space
from tests.helpers.estimators import Counting, pipeline


def test_checking_a_space_changes_no_estimator(iris: Any) -> None:
    own, given = Counting(), SVC()
    around = pipeline("").set_params(clf=own)
    space = {"clf": [given], "clf__C": [5.0, 6.0]}
    check_space(Space.of(space), around, "param_grid")
    assert given.C == 1.0
    assert around.named_steps["clf"] is own
    check_space(Space.of({"clf__value": [3]}), around, "param_grid")
    assert own.value is None


def test_not_all_of_very_many_settings_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    class Tried(Counting):
        def set_params(self, **params: Any) -> Any:
            tried.append(params)
            return super().set_params(**params)

    monkeypatch.setattr("sktune.space.checking._MOST_SETTINGS", 3)
    space = {"clf": [Tried() for _ in range(20)], "clf__value": [1]}
    check_space(Space.of(space), pipeline(""), "param_grid")
    assert len(tried) == 3


@pytest.mark.parametrize("many", [range(10**12), np.arange(10**6)], ids=["range", "array"])
def test_numbers_are_not_looked_through(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: of those in a list of candidates few may be steps."""
    seen: list[Any] = []
    monkeypatch.setattr("sktune.space.checking._is_list_of_steps", seen.append)
    check_space(Space.of({"value": many, "other": [5, 6]}), Counting(), "param_grid")
    assert set(seen) <= {5, 6}
