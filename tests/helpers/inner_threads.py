"""An estimator that tells how many threads its fits might have used, and a search over it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_info

from sktune import GridSearch


class Probe(BaseEstimator):
    """Scores how many threads its fit might have used."""

    def __init__(self, x: int = 0) -> None:
        self.x = x

    def fit(self, X: Any, y: Any = None) -> Any:
        self.cores_ = effective_n_jobs(-1)
        self.threads_ = {api: threads(api) for api in ("blas", "openmp")}
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return 0.0


def threads(api: str) -> int:
    return max(
        (one["num_threads"] for one in threadpool_info() if one["user_api"] == api), default=0
    )


def probed(estimator: Any, X: Any, y: Any = None) -> dict[str, float]:
    return {"cores": estimator.cores_, **estimator.threads_}


def search(around: Any = None, **options: Any) -> dict[str, int]:
    """Return the most that any fit might have used."""
    with around or nullcontext():
        found = GridSearch(
            Probe(), {"x": list(range(4))}, cv=2, refit=False, scoring=probed, **options
        ).fit(np.zeros((8, 1)))
    columns = found.cv_results_
    return {
        name: int(max(*columns[f"split0_test_{name}"], *columns[f"split1_test_{name}"]))
        for name in ("blas", "openmp", "cores")
    }
