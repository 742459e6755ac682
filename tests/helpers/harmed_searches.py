"""Searches over candidates that do harm, and what is promised of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sktune.exceptions import FailedCandidatesWarning
from tests.helpers.harming import EXIT_CODES, N_SPLITS, Harming, X, expected, noted, score, y
from tests.helpers.searches import Make, more

STATUS = {
    **dict.fromkeys(EXIT_CODES, "crashed"),
    **dict.fromkeys(("sleep", "busy", "swallow", "swallow once", "mask", "c", "regex"), "timeout"),
    **dict.fromkeys(("array", "lists"), "failed"),
}


def search_of(make: Make, values: Sequence[Any], folder: Any = "", **options: Any) -> Any:
    """Make a search over values of `Harming`, all of them in every class."""
    estimator = options.pop("estimator", None) or Harming(str(folder))
    name = options.pop("name", "value")
    return make(
        estimator,
        {name: list(values)},
        **{
            "scoring": score,
            "cv": N_SPLITS,
            "refit": False,
            **more(make, n_iter=len(values)),
            **options,
        },
    )


def fitted(search: Any, y: Any = y) -> tuple[Any, str]:
    """Fit a search; return it, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FailedCandidatesWarning)
        warnings.filterwarnings("always", message="One or more of the test scores are non-finite")
        search.fit(X, y)
    told = [str(w.message) for w in caught if w.category is FailedCandidatesWarning]
    assert len(told) <= 1  # one summary
    return search, "".join(told)


def status_of(value: Any) -> str:
    return STATUS[value.partition("@")[0]] if isinstance(value, str) else "ok"


def harms_on(value: Any) -> list[int]:
    """Splits on which a value does harm."""
    if not isinstance(value, str):
        return []
    only = value.partition("@")[2]
    return [int(only)] if only else list(range(N_SPLITS))


def assert_right(results: dict[str, Any], values: Sequence[Any], told: str = "") -> None:
    """Check that every candidate is there, and is what it must be, whatever others did."""
    found = [next(iter(params.values())) for params in results["params"]]
    assert sorted(map(repr, found)) == sorted(map(repr, values))
    for row, value in enumerate(found):
        assert results["status"][row] == status_of(value), (value, results["error"][row])
        crashes = status_of(value) == "crashed"
        for split in range(N_SPLITS):
            got = results[f"split{split}_test_score"][row]
            # what kills on a split need not be tried on others
            if split in harms_on(value) or (crashes and np.isnan(got)):
                assert np.isnan(got)
            else:
                assert got == expected(value, split)
        error = results["error"][row]
        if crashes:
            assert EXIT_CODES[value.partition("@")[0]] in error, (value, error)
        assert (error is None) == (status_of(value) == "ok")
        if error is not None:
            assert error.partition(" (on another")[0] in told
            assert repr(value) in told or " more" in told  # five are shown of each kind


def assert_few_fits(folder: Path, values: Sequence[Any]) -> None:
    """Check that innocent tasks had one extra fit at most, and that killers had two."""
    fits = noted(folder, "fit")
    for value in values:
        for split in range(N_SPLITS):
            n = fits[f"fit-{value}-{split}"]
            if status_of(value) != "crashed":
                assert 1 <= n <= 2, (value, split, n)
            else:
                assert n <= 2, (value, split, n)
    for value in values:
        if status_of(value) == "crashed":
            # two of its splits may have been under way when one of them killed
            assert sum(fits[f"fit-{value}-{split}"] for split in harms_on(value)) >= 2, value
