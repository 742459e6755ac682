"""`cv_results_` as a data frame: one row a trial, one column a parameter, the best first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ..optional import package
from ..types import Ints

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def trials_frame(results: Mapping[str, Any], metric: str, best: int | None = None) -> DataFrame:
    """Return ``cv_results_`` as a data frame, the best candidate first.

    Parameters
    ----------
    results : mapping
        ``cv_results_``.
    metric : str
        Its ranks order the rows; after those that have a mean score come those that have none.
    best : int, optional
        The row of the best candidate, where another rule than the ranks has chosen it.

    Returns
    -------
    table : pandas.DataFrame
        Indexed by the row in ``cv_results_``.

    Raises
    ------
    ImportError
        Without pandas.

    Examples
    --------
    >>> import numpy as np
    >>> from sktune.results.frames import trials_frame
    >>> results = {"params": [{"C": 1}, {"C": 10}], "mean_test_score": np.array([0.8, 0.9])}
    >>> trials_frame({**results, "rank_test_score": np.array([2, 1])}, "score")
       param_C  rank_test_score  mean_test_score
    1       10                1              0.9
    0        1                2              0.8
    """
    pandas = package("pandas", "a table of trials is a pandas.DataFrame")
    columns: dict[str, Any] = param_series(results["params"])
    found = {name: np.asarray(column) for name, column in results.items() if name != "params"}
    n = len(results["params"])
    for name in sorted(found, key=_place):
        # a callable refit may have added what is no column
        if not name.startswith("param_") and found[name].shape == (n,):
            columns[name] = found[name]
    return pandas.DataFrame(columns).iloc[best_first(results, metric, best)]


def best_first(results: Mapping[str, Any], metric: str, best: int | None = None) -> Ints:
    """Return the rows of ``cv_results_`` in their order, the best first.

    Later rungs come before earlier ones, and what has no mean score last.
    """
    n = len(results["params"])
    rank = np.asarray(results.get(f"rank_test_{metric}", np.arange(n)))
    rung = np.asarray(results.get("iter", np.zeros(n)))
    no_mean = np.isnan(np.asarray(results[f"mean_test_{metric}"], dtype=float))
    chosen = np.arange(n) == best
    return np.lexsort((rank, -rung, no_mean, ~chosen))


def param_series(params: Sequence[Mapping[str, Any]]) -> dict[str, Series[Any]]:
    """Return a column for each parameter, ``param_*``, with a type that keeps its values.

    Bools, integers and floats have columns of their kind, where all values are of one kind; an
    integer stays one where some candidates do not have the parameter. All else is kept as the
    objects themselves: None is a value, ``<NA>`` says that a candidate does not have the parameter.
    """
    pandas = package("pandas")
    names = dict.fromkeys(name for candidate in params for name in candidate)
    columns = {}
    for name in names:
        values = [candidate.get(name, pandas.NA) for candidate in params]
        kind = _kind([candidate[name] for candidate in params if name in candidate])
        has_all = all(name in candidate for candidate in params)
        if kind is object:
            column = np.empty(len(values), dtype=object)
            for row, value in enumerate(values):  # numpy would take lists apart
                column[row] = value
            columns[f"param_{name}"] = pandas.Series(column, dtype=object)
        elif kind is float:
            numbers = [np.nan if value is pandas.NA else float(value) for value in values]
            columns[f"param_{name}"] = pandas.Series(numbers, dtype=float)
        else:
            plain, nullable = ("bool", "boolean") if kind is bool else ("int64", "Int64")
            columns[f"param_{name}"] = pandas.Series(values, dtype=plain if has_all else nullable)
    return columns


def _kind(values: Sequence[Any]) -> type:
    """Return bool, int or float if all values are that, else object."""
    if all(isinstance(value, bool | np.bool_) for value in values):
        return bool
    if any(isinstance(value, bool | np.bool_) for value in values):
        return object
    if all(isinstance(value, Integral) and -(2**63) <= int(value) < 2**63 for value in values):
        return int
    # 1 and 1.0 may be different things, as in max_features
    floats = [isinstance(value, Real) and not isinstance(value, Integral) for value in values]
    return float if all(floats) and all(_fits_float(value) for value in values) else object


def _fits_float(value: Any) -> bool:
    try:
        return bool(float(value) == value or value != value)
    except (OverflowError, TypeError, ValueError):
        return False


_ORDER = (
    r"rank_test_",
    r"mean_test_",
    r"std_test_",
    r"status$",
    r"error$",
    r"iter$|n_resources$",
    r"split\d+_test_",
    r"(mean|std)_(fit|score|own)_time",
)
"""What comes first, after the parameters."""


def _place(name: str) -> int:
    return next((k for k, what in enumerate(_ORDER) if re.match(what, name)), len(_ORDER))
