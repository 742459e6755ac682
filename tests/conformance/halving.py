"""scikit-learn's halving searches, as thin classes around ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.model_selection.tests.test_search import check_cv_results_keys

from sktune import GridSearch, RandomSearch, SuccessiveHalving
from sktune.problem import subsampled
from sktune.results import ADDED_COLUMNS
from sktune.results.best import best_row
from sktune.strategies.halving import top


class _Halving:
    """Takes scikit-learn's parameters, and makes of them what a search of ours takes."""

    def __init__(
        self,
        estimator: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: Any = None,
        verbose: int = 0,
        **space: Any,
    ) -> None:
        self.given = {
            "resource": resource,
            "factor": factor,
            "min_resources": min_resources,
            "max_resources": max_resources,
            "aggressive_elimination": aggressive_elimination,
            "random_state": random_state,
        }
        self.factor = factor
        options = {
            "cv": cv, "scoring": scoring, "refit": refit, "error_score": error_score,
            "return_train_score": return_train_score, "n_jobs": n_jobs, "verbose": verbose,
        }  # fmt: skip
        super().__init__(estimator, **space, **options)  # type: ignore[call-arg] # a search

    def set_params(self, **params: Any) -> Any:
        for name, value in params.items():
            name = "n_iter" if name == "n_candidates" else name
            if name in self.given:
                self.given[name] = value
            else:
                setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        self.strategy = SuccessiveHalving(**self.given)
        return super().fit(X, y, **params)  # type: ignore[misc] # a search

    @staticmethod
    def _select_best_index(refit: Any, metric: Any, results: Mapping[str, Any]) -> Any:
        ranks = {"rank_test_score": -results["mean_test_score"]}
        return best_row({**results, **ranks}, True, "score")


class HalvingGrid(_Halving, GridSearch):
    """`HalvingGridSearchCV`."""

    def __init__(self, estimator: Any, param_grid: Any, **options: Any) -> None:
        super().__init__(estimator, param_grid=param_grid, **options)


class HalvingRandom(_Halving, RandomSearch):
    """`HalvingRandomSearchCV`."""

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        **options: Any,
    ) -> None:
        own = {"n_iter": options.pop("n_candidates", "exhaust")}
        options = {"min_resources": "smallest", **options}
        super().__init__(estimator, param_distributions=param_distributions, **own, **options)
        self.random_state = self.given["random_state"]


def top_k(results: Mapping[str, Any], k: int, itr: int) -> Any:
    """`_top_k`."""
    rows = [row for row, number in enumerate(results["iter"]) if number == itr]
    best = top([results["mean_test_score"][row] for row in rows], k)
    return np.array([results["params"][rows[row]] for row in best])


def check_keys(results: Mapping[str, Any], *expected: Any) -> None:
    """`check_cv_results_keys`, of the columns that are scikit-learn's."""
    theirs = {name: column for name, column in results.items() if name not in ADDED_COLUMNS}
    check_cv_results_keys(theirs, *expected)


class Subsampling:
    """`_SubsampleMetaSplitter`, which can leave test sets whole; no search makes use of that."""

    def __init__(
        self, *, base_cv: Any, fraction: float, subsample_test: bool, random_state: Any
    ) -> None:
        self.base_cv, self.fraction = base_cv, fraction
        self.subsample_test, self.random_state = subsample_test, random_state

    def split(self, X: Any, y: Any, **params: Any) -> Iterator[Any]:
        splits = list(self.base_cv.split(X, y, **params))
        drawn = subsampled(splits, self.fraction, self.random_state)
        for (_, test), (train, few) in zip(splits, drawn, strict=True):
            yield train, few if self.subsample_test else test
