"""An estimator that tells how many threads its fits might have used, and a search over it."""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import uuid4

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


class Noting(Probe):
    """Notes when it was fitted, and on how many threads."""

    def __init__(self, x: int = 0, folder: str = "") -> None:
        super().__init__(x)
        self.folder = folder

    def fit(self, X: Any, y: Any = None) -> Any:
        began = time.monotonic()
        super().fit(X, y)
        time.sleep(0.05)
        n_threads = max(1, *self.threads_.values())
        note = json.dumps((began, time.monotonic(), n_threads))
        Path(self.folder, uuid4().hex).write_text(note)
        return self


class Nests(Noting):
    """Is fitted by a search of its own, on all the cores that it may have."""

    def fit(self, X: Any, y: Any = None) -> Any:
        inner = GridSearch(Noting(folder=self.folder), {"x": list(range(4))}, cv=2, n_jobs=-1)
        self.best_ = inner.fit(X).best_score_
        return self


def most_at_once(folder: Path) -> int:
    """Return on how many threads fits were at the same time that were noted."""
    changes = []
    for path in folder.iterdir():
        began, ended, n_threads = json.loads(path.read_text())
        changes += [(began, n_threads), (ended, -n_threads)]
    return max(accumulate(n for _, n in sorted(changes)))


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
