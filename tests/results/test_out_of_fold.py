"""Responses of several splits, put together: against a plain loop over the samples."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktune.results.out_of_fold import _combined
from tests.helpers.laws import SHRINKING, few

SPLITS = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=6), min_size=1, max_size=6)


@settings(**SHRINKING, max_examples=few(40))
@given(tests=SPLITS, seed=st.integers(0, 99), kind=st.sampled_from("fiOU"), wide=st.booleans())
def test_against_a_loop(tests: Any, seed: int, kind: str, wide: bool) -> None:
    random = np.random.default_rng(seed)
    pairs, told = [], {sample: [] for sample in range(8)}
    for rows in tests:
        values = random.integers(0, 3, (len(rows), 2) if wide else len(rows))
        values = values.astype(object if kind == "O" else kind)
        pairs.append((np.array(rows), values))
        for sample, value in zip(rows, values, strict=True):
            told[sample].append(value)
    counts = np.array([len(told[sample]) for sample in range(8)])
    combined = _combined(pairs, counts, votes=kind != "f")
    assert combined.shape == ((8, 2) if wide else (8,))
    for sample, of_sample in told.items():
        for place in [(0,), (1,)] if wide else [()]:
            got, given = combined[(sample, *place)], [v[place] if wide else v for v in of_sample]
            if not given:
                assert got != got
            elif kind == "f":
                assert got == pytest.approx(np.mean(given))
            else:
                votes = Counter(given)
                most = max(votes.values())
                assert got == min(label for label, n in votes.items() if n == most)


def test_what_is_complete_keeps_its_type_and_its_bits() -> None:
    for values in (np.array([1, 2, 3]), np.array(["a", "b", "c"]), np.array([0.1, 0.2, 0.3])):
        pairs = [(np.array([2, 0]), values[[2, 0]]), (np.array([1]), values[[1]])]
        combined = _combined(pairs, np.ones(3, dtype=int), votes=True)
        assert combined.dtype == values.dtype
        np.testing.assert_array_equal(combined, values)
