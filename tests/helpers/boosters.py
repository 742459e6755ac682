"""Boosters, and early stopping of them as one writes it by hand with public parts alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import Pipeline

HOLDING_OUT = ShuffleSplit(1, test_size=0.25, random_state=3)
"""A splitter that a plain loop can ask too."""


def data(*, classes: bool, n: int = 200) -> tuple[Any, Any]:
    load = load_breast_cancer if classes else load_diabetes
    X, y = load(return_X_y=True)
    return X[:n, :6], y[:n]


def boosters(n: int, *, classes: bool) -> dict[str, Any]:
    """One of each kind, with at most so many rounds."""
    if classes:
        return {
            "lightgbm": lightgbm.LGBMClassifier(n_estimators=n, n_jobs=1, verbose=-1),
            "xgboost": xgboost.XGBClassifier(n_estimators=n, n_jobs=1),
            "hist": HistGradientBoostingClassifier(max_iter=n, early_stopping=False),
            "stages": GradientBoostingClassifier(n_estimators=n, max_depth=2, random_state=0),
        }
    return {
        "lightgbm": lightgbm.LGBMRegressor(n_estimators=n, n_jobs=1, verbose=-1),
        "xgboost": xgboost.XGBRegressor(n_estimators=n, n_jobs=1),
        "hist": HistGradientBoostingRegressor(max_iter=n, early_stopping=False),
        "stages": GradientBoostingRegressor(n_estimators=n, max_depth=2, random_state=0),
    }


KINDS = ("lightgbm", "xgboost", "hist", "stages")

MOSTLY_SLOW = [
    *("lightgbm", "xgboost"),
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("hist", "stages")),
]
"""The same, two of them for tests that are run by hand."""


def stopped_by_hand(
    estimator: Any, X: Any, y: Any, X_held: Any, y_held: Any, rounds: int, weights: Any = None
) -> tuple[Any, int]:
    """Fit by hand with early stopping; return the fit and its rounds.

    A booster is asked for the metric of all of its rounds first, and is then fitted anew with the
    best number of them: nothing of how the libraries stop is relied on.
    """
    own, held = (None, None) if weights is None else weights
    *steps, booster = steps_of(clone(estimator))
    for step in steps:
        if hasattr(step, "fit_resample"):
            X, y = step.fit_resample(X, y)
            continue
        X = step.fit_transform(X, y)
        X_held = step.transform(X_held)
    fit: dict[str, Any] = {} if own is None else {"sample_weight": own}
    losses = _losses(clone(booster), X, y, fit, X_held, y_held, held)
    first = 0 if hasattr(booster, "max_bins") else 1  # whose curve begins before the first round
    best, n = 0, len(losses) - 1 + first
    for k, loss in enumerate(losses):
        if loss < losses[best]:
            best = k
        if k - best >= rounds:
            n = max(best + first, 1)
            break
    name = "max_iter" if "max_iter" in booster.get_params() else "n_estimators"
    fitted = clone(booster).set_params(**{name: n}).fit(X, y, **fit)
    return Through(steps, fitted), n


def steps_of(estimator: Any) -> list[Any]:
    """The steps of pipelines in pipelines, in turn."""
    if not isinstance(estimator, Pipeline):
        return [estimator]
    return [step for _, step in estimator.steps[:-1]] + steps_of(estimator.steps[-1][1])


class Through:
    """A fitted booster behind fitted steps."""

    def __init__(self, steps: Sequence[Any], booster: Any) -> None:
        self.steps, self.booster = steps, booster

    def score(self, X: Any, y: Any, **params: Any) -> float:
        for step in self.steps:
            X = X if hasattr(step, "fit_resample") else step.transform(X)
        return self.booster.score(X, y, **params)


def _losses(
    booster: Any, X: Any, y: Any, fit: Any, X_held: Any, y_held: Any, weight: Any
) -> Sequence[float]:
    library = type(booster).__module__.partition(".")[0]
    if library == "lightgbm":
        heard: dict[str, Any] = {}
        weights = {} if weight is None else {"eval_sample_weight": [weight]}
        record = lightgbm.record_evaluation(heard)
        booster.fit(X, y, eval_X=(X_held,), eval_y=(y_held,), callbacks=[record], **fit, **weights)
        return list(next(iter(heard["valid_0"].values())))
    if library == "xgboost":
        weights = {} if weight is None else {"sample_weight_eval_set": [weight]}
        booster.fit(X, y, eval_set=[(X_held, y_held)], verbose=False, **fit, **weights)
        return list(next(iter(booster.evals_result()["validation_0"].values())))
    if hasattr(booster, "max_bins"):
        booster.set_params(early_stopping=True, n_iter_no_change=10**6, scoring="loss")
        booster.fit(X, y, X_val=X_held, y_val=y_held, sample_weight_val=weight, **fit)
        return list(-booster.validation_score_)
    booster.fit(X, y, **fit)
    if hasattr(booster, "staged_predict_proba"):
        made = booster.staged_predict_proba(X_held)
        measure: Callable[..., float] = partial(log_loss, labels=booster.classes_)
    else:
        made, measure = booster.staged_predict(X_held), mean_squared_error
    return [measure(y_held, predicted, sample_weight=weight) for predicted in made]


def scores_by_hand(
    estimator: Any, candidates: Sequence[Any], X: Any, y: Any, splits: Any, rounds: int,
    sample_weight: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Scores and rounds of each candidate on each split."""
    scores = np.empty((len(candidates), len(splits)))
    found = np.empty((len(candidates), len(splits)))
    for row, params in enumerate(candidates):
        for split, (train, test) in enumerate(splits):
            rest, held = next(HOLDING_OUT.split(train))
            rest, held = train[rest], train[held]
            weights = None if sample_weight is None else (sample_weight[rest], sample_weight[held])
            parts = X[rest], y[rest], X[held], y[held]
            candidate = clone(estimator).set_params(**params)
            fitted, n = stopped_by_hand(candidate, *parts, rounds, weights)
            # as in scikit-learn, what `fit` is given as sample_weight goes to the scorer too
            bare = weights is not None and not isinstance(estimator, Pipeline)
            scoring = {"sample_weight": sample_weight[test]} if bare else {}
            scores[row, split], found[row, split] = fitted.score(X[test], y[test], **scoring), n
    return scores, found
