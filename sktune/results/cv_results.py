"""`cv_results_`: scikit-learn's columns to the bit, and a few more.

The additional columns are ``status`` ("ok", "failed", "timeout", "crashed", "stopped" by
`early_termination`, or "partial" where the search ended before all splits were done), ``error``
(the first reason, or None), under successive halving scikit-learn's ``iter`` and ``n_resources``,
with early stopping ``split*_n_rounds`` with their mean and standard deviation, and
``rounds_found_on`` ("validation", or "test", with which scores are optimistic), and
``mean_own_time``, the seconds that were spent on a candidate itself: what it shares with others
counts where it was done, in one candidate's own time, but in the ``mean_fit_time`` of all. It is
there for pipelines, and where work was shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from ..trials import Failure, Trial
from ..types import Bools, Floats
from .table import Table

ADDED_COLUMNS = ("status", "error", "mean_own_time", "rounds_found_on")
"""What `cv_results_` has and scikit-learn's does not."""


def cv_results(
    table: Table, *, own_times: bool = False, rounds_found_on: str = "validation"
) -> dict[str, Any]:
    """Make `cv_results_` from the trials.

    `own_times` tells what was spent on each candidate itself, which is of interest where candidates
    share work; `rounds_found_on` the samples that early stopping has gone by.
    """
    results: dict[str, Any] = {}
    rungs = [trial.rung for trial in table.rows if trial.rung is not None]
    if rungs:
        results["iter"] = np.array([rung.number for rung in rungs])
        results["n_resources"] = np.array([rung.n_resources for rung in rungs])
    _store(results, "fit_time", table.fit_time)
    _store(results, "score_time", table.score_time)
    if own_times:
        results["mean_own_time"] = table.own_time.mean(axis=1)
    candidates = [dict(trial.params) for trial in table.rows]
    results.update(param_columns(candidates))
    results["params"] = candidates
    for name in table.metrics:
        means = _store(results, f"test_{name}", table.test[name], splits=True)
        results[f"rank_test_{name}"] = rank(means, np.asarray(table.failed[name].any(axis=1)))
        if table.train:
            _store(results, f"train_{name}", table.train[name], splits=True)
    if table.n_rounds is not None:
        _store(results, "n_rounds", table.n_rounds, splits=True)
        results["rounds_found_on"] = np.full(len(candidates), rounds_found_on, dtype=object)
    told = [status_and_error(*row) for row in zip(table.rows, table.stopped, strict=True)]
    results["status"] = np.array([status for status, _ in told], dtype=object)
    results["error"] = np.array([error for _, error in told], dtype=object)
    return results


def _store(
    results: dict[str, Any],
    name: str,
    array: Floats,
    *,
    splits: bool = False,
) -> Floats:
    """Add the columns of one quantity; return its means."""
    if splits:
        for split in range(array.shape[1]):
            results[f"split{split}_{name}"] = array[:, split]
    means: Floats = array.mean(axis=1)  # which np.average is too, but for tables without rows
    results[f"mean_{name}"] = means
    results[f"std_{name}"] = np.sqrt(((array - means[:, np.newaxis]) ** 2).mean(axis=1))
    return means


def rank(means: Floats, failed: Bools) -> npt.NDArray[np.int32]:
    """Rank candidates, the best first; ties share the smaller rank.

    Candidates whose mean is nan tie for worst. Those with a failed split come after those
    without, whatever number `error_score` puts in place of the score: it is not a score.

    Parameters
    ----------
    means : float array of shape (n_rows,)
    failed : bool array of shape (n_rows,)

    Examples
    --------
    >>> import numpy as np
    >>> rank(np.array([0.5, np.nan, 0.9, 0.9]), np.zeros(4, dtype=bool))
    array([3, 4, 1, 1], dtype=int32)
    >>> rank(np.array([-3.0, 0.0]), np.array([False, True]))
    array([1, 2], dtype=int32)
    """
    # 0: sound, 1: a number instead of a score, 2: no number
    tier = np.where(np.isnan(means), 2, failed.astype(int))
    within = np.zeros(len(means))
    for number in (0, 1):
        members = tier == number
        # the mean of finite scores can be infinite, which some releases of scipy do not rank
        within[members] = rankdata(-np.nan_to_num(means[members]), method="min")
    order = tier * (len(means) + 1) + within
    return rankdata(order, method="min").astype(np.int32)


def train_ranks(table: Table) -> dict[str, npt.NDArray[np.int32]]:
    """Make the columns ``rank_train_*``, which scikit-optimize's search has."""
    sound = np.zeros(len(table.rows), dtype=bool)
    return {
        f"rank_train_{name}": rank(table.train[name].mean(axis=1), sound) for name in table.train
    }


def param_columns(candidates: Sequence[dict[str, Any]]) -> dict[str, np.ma.MaskedArray[Any, Any]]:
    """Make the masked ``param_*`` columns.

    The dtype is what numpy makes of the values, unless they are text or have elements of
    their own, which stay objects. What a candidate does not have is masked.

    Parameters
    ----------
    candidates : sequence of dict

    Examples
    --------
    >>> param_columns([{"C": 1}, {"kernel": "rbf"}])["param_C"]
    masked_array(data=[1, --],
                 mask=[False,  True],
           fill_value=999999)
    """
    columns: dict[str, dict[int, Any]] = {}
    for row, candidate in enumerate(candidates):
        for name, value in candidate.items():
            columns.setdefault(f"param_{name}", {})[row] = value
    return {name: _column(values, len(candidates)) for name, values in columns.items()}


def _column(values: dict[int, Any], n_rows: int) -> np.ma.MaskedArray[Any, Any]:
    """Make a column of the values of some rows."""
    found = _array(list(values.values()))
    if found is not None:
        data = np.ma.MaskedArray(np.empty(n_rows, dtype=found.dtype), mask=True)
        data[list(values)] = found  # also unmasks
        return data
    data = np.ma.MaskedArray(np.empty(n_rows, dtype=object), mask=True)
    for row, value in values.items():
        try:
            data[row] = value
        except Exception:  # noqa: BLE001 - it will not be looked at, and is kept all the same
            data[row] = None
            data.data[row] = value
    return data


def _array(values: list[Any]) -> npt.NDArray[Any] | None:
    """Return values as numpy makes an array of them; None if that says less than they do."""
    try:
        array = np.array(values)
    except Exception:  # noqa: BLE001 - of different lengths, or it will not be looked at
        return None
    return array if array.dtype.kind not in "UO" and array.ndim == 1 else None


def status_and_error(trial: Trial, stopped: bool) -> tuple[str, str | None]:
    """Return what has become of a candidate, and the first reason why it has failed."""
    failures: list[Failure] = []
    no_numbers: set[str] = set()
    for outcome in trial.finished:
        failures += outcome.failures
        # nan is no failure of the scorer's, but no score either
        scores = outcome.test_scores.items()
        no_numbers |= {name for name, score in scores if score is not None and score != score}
    names = ", ".join(sorted(no_numbers))
    error = f"ValueError: the score is nan ({names})" if no_numbers else None
    error = failures[0].reason if failures else error
    stages = {failure.stage for failure in failures} - {"train score"}
    if "crash" in stages:
        return "crashed", error
    if "timeout" in stages:
        return "timeout", error
    if stages or no_numbers:
        return "failed", error
    return "ok" if trial.complete else "stopped" if stopped else "partial", error
