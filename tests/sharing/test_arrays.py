"""Data are compared with what they were, and a change of any of them is seen."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sktune.sharing.arrays import is_same

FLOATS, OBJECTS = np.array([[1.0, np.nan], [0.0, 2.0]]), np.array(["a", None, 1], dtype=object)
FRAME = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"]})
CHANGED: dict[str, tuple[Any, list[Any]]] = {
    "floats": (FLOATS, [FLOATS + 1, FLOATS.astype("f4"), FLOATS.ravel(), FLOATS[:1]]),
    "objects": (OBJECTS, [np.array(["a", None, 2], dtype=object), OBJECTS[:2]]),
    "times": (np.array(["2020", "NaT"], "M8[D]"), [np.array(["2020", "2021"], "M8[D]")]),
    "sparse": (sparse.csr_array(np.eye(2)), [sparse.csr_array(np.ones((2, 2)))]),
    "mapping": ({"a": FLOATS, "b": [1]}, [{"a": FLOATS, "b": [2]}, {"a": FLOATS}]),
    "list": ([FLOATS, "x"], [[FLOATS + 1, "x"], [FLOATS]]),
    "frame": (FRAME, [FRAME.fillna(0.0), FRAME.rename(columns={"a": "c"})]),
    "series": (FRAME["a"], [FRAME["a"].fillna(0.0)]),
    "polars": (pl.DataFrame({"a": [1, 2]}), [pl.DataFrame({"a": [1, 3]})]),
    "number": (1.5, [2.5]),
    "text": ("a", ["b"]),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_data_are_the_same_until_they_are_changed(kind: str) -> None:
    value, changed = CHANGED[kind]
    assert is_same(value, value)
    assert is_same(value, copy.deepcopy(value))
    for other in changed:
        assert is_same(value, other) is False
        assert is_same(other, value) is False
