"""Which values count as numbers, everywhere in the package."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sktune.space.dimensions import is_count, is_number

NO_NUMBERS: list[Any] = [True, np.True_, "1", None, 1j, np.array(1.0), math.nan, np.nan]


@pytest.mark.parametrize("value", [1, 1.0, np.int8(1), np.float32(1), Fraction(1, 1)])
def test_numbers(value: Any) -> None:
    assert is_number(value)
    assert is_number(value, 1, 1)
    assert not is_number(value, 1.5)
    assert not is_number(value, most=0.5)


@pytest.mark.parametrize("value", [*NO_NUMBERS, math.inf, -math.inf, 10**400])
def test_no_numbers(value: Any) -> None:
    assert not is_number(value)


@pytest.mark.parametrize("value", [1, np.int8(1), np.uint64(1)])
def test_counts(value: Any) -> None:
    assert is_count(value)
    assert is_count(value, 1, 1)
    assert not is_count(value, 2)
    assert not is_count(value, 0, 0)


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -1, False, 1.0, Fraction(1, 1)])
def test_no_counts(value: Any) -> None:
    assert not is_count(value)


def test_counts_have_no_bound_of_their_own() -> None:
    assert is_count(10**400)
    assert is_count(0, 0)
