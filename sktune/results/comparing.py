"""The comparison of candidates with the best one, and how sure it is.

The scores of splits are no independent draws: training sets overlap. The Bayesian correlated
t-test takes a correlation of rho = the share of samples that are held out. With n differences of
mean d and variance s^2, the posterior of the true difference is

    Student's t with n - 1 degrees of freedom, location d, scale s sqrt(1 / n + rho / (1 - rho)).

References
----------
Corani & Benavoli, A Bayesian approach for comparing cross-validated algorithms on multiple data
sets (2015), eq. 8. Nadeau & Bengio, Inference for the generalization error (2003).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtr, stdtrit

from ..optional import package
from ..types import Floats
from .frames import trials_frame

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Comparison:
    """The distribution of a true difference, as the scores tell it.

    Attributes
    ----------
    difference : float
        Mean of the differences.
    low, high : float
        Bounds between which it is with the probability that was asked for.
    p_worse, p_equal, p_better : float
        How probable it is that it is below minus `rope`, within it, above it.
    """

    difference: float
    low: float
    high: float
    p_worse: float
    p_equal: float
    p_better: float


def correlated_t(
    differences: Floats,
    *,
    rho: float,
    rope: float,
    probability: float = 0.95,
    widest: float = np.inf,
) -> Comparison:
    """Compare by a Bayesian correlated t-test.

    Parameters
    ----------
    differences : float array of shape (n_splits,)
        Of scores on the same splits; nan where there is none.
    rho : float
        Share of samples that are held out.
    rope : float
        Region of practical equivalence: differences up to it do not matter.
    probability : float, default=0.95
        Of the interval.
    widest : float, default=inf
        Scores do not differ by more, so that the interval ends there.

    Examples
    --------
    >>> import numpy as np
    >>> told = correlated_t(np.array([0.0, -0.01, -0.02]), rho=1 / 3, rope=0.05)
    >>> round(told.p_equal, 2), round(told.difference, 3)
    (0.96, -0.01)
    """
    known = differences[~np.isnan(differences)]
    n = len(known)
    d = float(known.mean()) if n else np.nan
    scale = known.std(ddof=1) * np.sqrt(1 / n + rho / (1 - rho)) if n > 1 else np.nan
    if np.isnan(scale):
        return Comparison(d, np.nan, np.nan, np.nan, np.nan, np.nan)
    if scale == 0:
        low = high = d
        worse, better = float(d < -rope), float(d > rope)
    else:
        reach = float(stdtrit(n - 1, 0.5 + probability / 2) * scale)
        low, high = max(d - reach, -widest), min(d + reach, widest)
        worse = float(stdtr(n - 1, (-rope - d) / scale))
        better = float(stdtr(n - 1, (d - rope) / scale))
    return Comparison(d, low, high, worse, 1.0 - worse - better, better)


def split_scores(results: Mapping[str, Any], metric: str) -> Floats:
    """Return the scores, of shape (n_candidates, n_splits), from ``cv_results_``."""
    pattern = re.compile(rf"split\d+_test_{re.escape(metric)}")
    columns = [results[name] for name in results if pattern.fullmatch(name)]
    return np.array(columns, dtype=float).T


def compare(
    results: Mapping[str, Any],
    best: int,
    rows: slice,
    metric: str,
    test: Callable[[Floats], Comparison],
) -> DataFrame:
    """Compare rows of ``cv_results_`` with the best one; `test` is given differences of scores."""
    pandas = package("pandas", "compare makes a pandas.DataFrame")
    scores = split_scores(results, metric)
    found = [asdict(test(one - scores[best])) for one in scores]
    table = trials_frame(results, metric, best).join(pandas.DataFrame(found))
    told = [f"rank_test_{metric}", "status", f"mean_test_{metric}", *found[0]]
    named = [name for name in table if name.startswith("param_")]
    return table.loc[[row for row in table.index if row in range(len(scores))[rows]], named + told]
