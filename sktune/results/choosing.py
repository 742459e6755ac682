"""Rules for `refit` that choose a candidate which is as good as the best, and better to have.

They take ``cv_results_`` and return a row, as scikit-learn's `refit` does, are frozen, and pickle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..messages import did_you_mean, listed
from ..space import Space
from ..space.dimensions import is_distribution, is_number
from ..trials import SINGLE
from ..types import Floats
from .best import last_rung
from .comparing import correlated_t, split_scores

_TIMES = "mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time", "mean_own_time"
_RUNGS = "iter", "n_resources"
"""Columns of ``cv_results_`` beside those of parameters and metrics."""

_COLUMN = re.compile(r"(?:mean|std|rank|split\d+)_(test|train)_(.+)")

_EXAMPLES = {
    "one_standard_error": "one_standard_error('max_depth')",
    "practically_equal": "practically_equal(0.01, 'mean_score_time')",
}

Cost = str | Callable[[Mapping[str, Any]], float]


@dataclass(frozen=True)
class OneStandardError:
    """See `one_standard_error`."""

    complexity: Cost
    metric: str = SINGLE

    def __call__(self, results: Mapping[str, Any]) -> int:
        means, best = _means_and_best(results, self.metric)
        scores = split_scores(results, self.metric)[best]
        n = len(scores)
        error = scores.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
        return _cheapest(results, means >= means[best] - error, self.complexity, means)


@dataclass(frozen=True)
class PracticallyEqual:
    """See `practically_equal`."""

    rope: float
    prefer: Cost
    probability: float = 0.95
    metric: str = SINGLE

    def __call__(self, results: Mapping[str, Any]) -> int:
        means, best = _means_and_best(results, self.metric)
        scores = split_scores(results, self.metric)
        n = scores.shape[1]
        equal = np.zeros(len(means), dtype=bool)
        for row in np.flatnonzero(~np.isnan(means)):
            told = correlated_t(scores[row] - scores[best], rho=1 / n, rope=self.rope)
            equal[row] = told.p_equal + told.p_better >= self.probability
        equal[best] = True
        return _cheapest(results, equal, self.prefer, means)


def one_standard_error(complexity: Cost, *, metric: str = SINGLE) -> OneStandardError:
    """Make a rule for `refit`: the simplest candidate within a standard error of the best.

    Parameters
    ----------
    complexity : str or callable
        The name of a parameter, or of a column of ``cv_results_``, of which less is simpler; of
        which more is simpler with a "-" before it. Or a function from parameters to a number.
    metric : str, default="score"
        Which score, where there are several.

    References
    ----------
    Breiman, Friedman, Olshen & Stone, Classification and regression trees (1984), section 3.4.3.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune import GridSearch, one_standard_error
    >>> search = GridSearch(
    ...     DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4, 5, 6]},
    ...     refit=one_standard_error("max_depth"),
    ... )
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> search.fit(X, y).best_params_, int(search.cv_results_["mean_test_score"].argmax())
    ({'max_depth': 2}, 1)
    """
    _check_cost("complexity", complexity)
    return OneStandardError(complexity, metric)


def practically_equal(
    rope: float, prefer: Cost, *, probability: float = 0.95, metric: str = SINGLE
) -> PracticallyEqual:
    """Make a rule for `refit`: the cheapest of those that are most probably as good as the best.

    Parameters
    ----------
    rope : float
        Difference of scores that does not matter to you.
    prefer : str or callable
        What to have little of; as `complexity` of `one_standard_error`. "mean_score_time" takes
        the one that predicts fastest.
    probability : float, default=0.95
        How probable it must be, by a Bayesian correlated t-test, that a candidate is not worse than
        the best by more than `rope`. A split is taken to hold out one sample in `n_splits`, as
        folds do: ``cv_results_``, which is all that a rule is given, does not tell.
    metric : str, default="score"
        Which score, where there are several.

    References
    ----------
    Benavoli, Corani, Demsar & Zaffalon, Time for a change: a tutorial for comparing multiple
    classifiers through Bayesian analysis (2017).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune import GridSearch, practically_equal
    >>> search = GridSearch(
    ...     DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4, 5, 6]},
    ...     refit=practically_equal(0.05, "max_depth", probability=0.9),
    ... )
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> search.fit(X, y).best_params_, int(search.cv_results_["mean_test_score"].argmax())
    ({'max_depth': 1}, 1)
    """
    _check_cost("prefer", prefer)
    if not is_number(rope, least=0):
        raise ValueError(f"rope={rope!r}; pass a difference of scores, 0 or more")
    if not is_number(probability, least=0, most=1):
        raise ValueError(f"probability={probability!r}; pass a number from 0 to 1")
    return PracticallyEqual(rope, prefer, probability, metric)


def check_refit_rule(
    refit: object,
    metrics: Collection[str] | None,
    space: Space | None,
    *,
    resource: str | None = None,
    train: bool = False,
) -> None:
    """Refuse a rule for `refit` that goes by what no search of this space has.

    Parameters
    ----------
    refit : object
        As of a search; what is no rule of these is not looked at.
    metrics : collection of str or None
        Names of the metrics; None if only a call of the scorer can tell.
    space : Space or None
        Of all candidates; None if there may be others.
    resource : str or None
        Of successive halving, if there are rungs.
    train : bool
        Whether there are train scores.

    Raises
    ------
    TypeError, ValueError
        Naming the remedy.
    """
    for rule in (one_standard_error, practically_equal):
        if refit is rule:
            name = rule.__name__
            raise TypeError(f"refit={name} makes a rule; call it: refit={_EXAMPLES[name]}.")
    if not isinstance(refit, OneStandardError | PracticallyEqual):
        return
    if metrics is not None:
        check_metric(refit, metrics)
    cost = refit.complexity if isinstance(refit, OneStandardError) else refit.prefer
    if space is not None and isinstance(cost, str):
        name = cost.removeprefix("-")
        others = [*_TIMES, *(() if resource is None else (*_RUNGS, resource))]
        _check_column(name, space, others, metrics, train=train)


def check_metric(refit: object, metrics: Collection[str]) -> None:
    """Refuse a rule for `refit` that goes by another metric than there are.

    Raises
    ------
    ValueError
        Naming those that there are.
    """
    if isinstance(refit, OneStandardError | PracticallyEqual) and refit.metric not in metrics:
        raise ValueError(
            f"metric={refit.metric!r} was not scored.{did_you_mean(refit.metric, metrics)} There "
            f"is {listed(sorted(metrics))}."
        )


def _check_column(
    name: str,
    space: Space,
    others: Sequence[str],
    metrics: Collection[str] | None,
    *,
    train: bool,
) -> None:
    """Refuse the name of what is no parameter and no column, or has no numbers."""
    tried = space.values_of(name.removeprefix("param_"))
    if tried:
        choices = [values for values in tried if not is_distribution(values)]
        if len(choices) == len(tried) and not any(is_number(v) for vs in choices for v in vs):
            raise _no_number(name, choices[0][0])
        return
    column = _COLUMN.fullmatch(name)
    if column is not None and (metrics is None or column[2] in metrics):
        others = [*others, *([name] if train or column[1] == "test" else [])]
    if name not in others:
        params = sorted({param for names in space.subspaces for param in names})
        raise ValueError(
            f"{name!r} is no parameter and no column.{did_you_mean(name, [*params, *others])} "
            f"The parameters are {listed(params)}."
        )


def _no_number(name: str, value: object) -> ValueError:
    return ValueError(
        f"{name}={value!r} is no number, and says nothing of what is simpler; pass a function"
    )


def _check_cost(name: str, cost: object) -> None:
    if not (callable(cost) or (isinstance(cost, str) and cost.removeprefix("-"))):
        raise TypeError(f"{name}={cost!r}; pass a parameter's name, or a function of parameters")


def _means_and_best(results: Mapping[str, Any], metric: str) -> tuple[Floats, int]:
    name = f"mean_test_{metric}"
    if name not in results:
        there = sorted(n.removeprefix("mean_test_") for n in results if n.startswith("mean_test_"))
        raise ValueError(f"metric={metric!r} was not scored; there are {there}")
    means = np.asarray(results[name], dtype=float)
    sound = np.where(np.asarray(results.get("status", "ok")) == "ok", means, np.nan)
    sound[~last_rung(results)] = np.nan  # which do not compare with the best
    if np.isnan(sound).all():
        raise ValueError(
            "no candidate has been evaluated on all splits, so none can be chosen: give the search "
            "more time, or go on with it from its checkpoint"
        )
    return sound, int(np.nanargmax(sound))


def _cheapest(results: Mapping[str, Any], among: Any, cost: Cost, means: Floats) -> int:
    """Return the cheapest row, of equal ones the best, of equal ones the first."""
    rows = np.flatnonzero(among)
    costs = [_cost(results, int(row), cost) for row in rows]
    order = sorted(range(len(rows)), key=lambda i: (costs[i], -means[rows[i]], rows[i]))
    return int(rows[order[0]])


def _cost(results: Mapping[str, Any], row: int, cost: Cost) -> float:
    if callable(cost):
        return float(cost(results["params"][row]))
    name, sign = cost.removeprefix("-"), -1.0 if cost.startswith("-") else 1.0
    if name in results["params"][row]:
        value = results["params"][row][name]
    elif name in results:
        value = results[name][row]
        if np.ma.is_masked(value):
            return float("inf")
    elif f"param_{name}" in results:  # this candidate has none
        return float("inf")
    else:
        there = sorted({n for params in results["params"] for n in params})
        raise ValueError(f"{name!r} is no parameter and no column; the parameters are {there}")
    if not is_number(value):
        raise _no_number(name, value)
    return sign * float(value)
