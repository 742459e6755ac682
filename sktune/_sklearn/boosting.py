"""Gradient boosting: predictions that go on from those of fewer stages or iterations."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.ensemble._gradient_boosting import predict_stages
from sklearn.metrics import check_scoring
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from ..types import Floats, Model, Samples
from .names import require

require(
    (GradientBoostingClassifier, GradientBoostingRegressor), "_raw_predict", "_raw_predict_init"
)
require(
    (HistGradientBoostingClassifier, HistGradientBoostingRegressor),
    *("_baseline_prediction", "_feature_subsample_rng", "_predict_iterations", "_predictors"),
    *("_preprocess_X", "_random_seed", "_raw_predict", "_scorer", "_should_stop"),
    "_use_validation_data",
)

# --- what several models have in common -----------------------------------------------


def answers_from(model: Model, raw_predict: Callable[[Any], Any]) -> Mapping[str, Any]:
    """Methods of a model whose sum over trees is computed by `raw_predict`."""
    other = object.__new__(type(model))
    vars(other).update(vars(model))
    other._raw_predict = raw_predict
    names = ("predict", "predict_proba", "decision_function")
    return {name: getattr(other, name) for name in names if hasattr(other, name)}


def _continued(
    sums: dict[int, Floats],
    stages: int,
    start: Callable[[], Floats],
    add: Callable[[int, Floats], None],
) -> Floats:
    """Sum up a number of stages, from the nearest smaller number that was asked for."""
    if stages not in sums:
        if 0 not in sums:
            sums[0] = start()
        nearest = max(done for done in sums if done < stages)
        total = sums[nearest].copy(order="K")
        add(nearest, total)
        sums[stages] = total
    return sums[stages].copy(order="K")


# --- GradientBoosting -----------------------------------------------------------------


def stage_sums(model: Model, memory: dict[Any, Any], X: Samples) -> Floats:
    """Compute what `model._raw_predict(X)` returns, from sums over fewer stages in `memory`."""

    def add(done: int, total: Floats) -> None:
        predict_stages(model.estimators_[done:], X, model.learning_rate, total)

    start = partial(model._raw_predict_init, X)
    return _continued(memory.setdefault("sums", {}), model.n_estimators_, start, add)


# --- HistGradientBoosting -------------------------------------------------------------


def iteration_sums(model: Model, memory: dict[Any, Any], X: Samples) -> Floats:
    """Compute what `model._raw_predict(X)` returns, from sums over fewer iterations."""
    if "X" not in memory:
        memory["X"] = model._preprocess_X(X, reset=False)

    def start() -> Floats:
        shape = (memory["X"].shape[0], model.n_trees_per_iteration_)
        return np.zeros(shape, model._baseline_prediction.dtype, "F") + model._baseline_prediction

    def add(done: int, total: Floats) -> None:
        n_threads = _openmp_effective_n_threads(None)
        model._predict_iterations(memory["X"], model._predictors[done:], total, False, n_threads)

    return _continued(memory.setdefault("sums", {}), model.n_iter_, start, add)


def cut(model: Model, iterations: int) -> Model:
    """Have a fitted model respond as one of fewer iterations."""
    model._predictors = model._predictors[:iterations]
    # a fit that scores raw predictions leaves a method that is bound to what was fitted
    vars(model).pop("_raw_predict", None)
    return model


def has_stopped(model: Model) -> bool:
    """Whether a fit of more iterations would have stopped where this one has ended."""
    if model.n_iter_ < model.max_iter:
        return True
    scores = model.validation_score_ if model._use_validation_data else model.train_score_
    return bool(model.do_early_stopping_ and model._should_stop(list(scores)))


def begun(model: Model, larger: Model) -> dict[str, Any]:
    """Return the attributes of a fitted model from which a fit of more iterations goes on."""
    names = "_baseline_prediction", "_random_seed", "train_score_", "validation_score_"
    return {
        **{name: getattr(model, name) for name in names},
        "_predictors": list(model._predictors),
        "_feature_subsample_rng": copy.deepcopy(model._feature_subsample_rng),
        # it may hold its estimator
        "_scorer": None if model._scorer is None else check_scoring(larger, larger.scoring),
    }


@contextmanager
def ended_by(model: Model, is_over: Callable[[Sequence[float]], bool]) -> Iterator[None]:
    """Have a fit end where scores after each iteration, from that of none, say so too."""
    own = model._should_stop
    model._should_stop = lambda scores: own(scores) or is_over(scores)
    try:
        yield
    finally:
        del model._should_stop
