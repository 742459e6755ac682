"""Bayesian searches of little work."""

from __future__ import annotations

from typing import Any

import numpy as np

from sktune import BayesSearch
from tests.helpers.estimators import Counting

X2, y2 = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
C = (0.01, 100.0, "log-uniform")


def search_of(space: Any, n_iter: int = 8, **options: Any) -> BayesSearch:
    estimator = options.pop("estimator", Counting())
    return BayesSearch(estimator, space, n_iter=n_iter, cv=2, random_state=0, **options)


def proposed(space: Any, n_iter: int = 8, **options: Any) -> list[Any]:
    return list(search_of(space, n_iter, **options).fit(X2, y2).cv_results_["params"])
