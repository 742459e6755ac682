"""scikit-learn's own estimators that are fitted in rounds: stages, iterations, passes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import (
    check_scoring,
    log_loss,
    mean_absolute_error,
    mean_pinball_loss,
    mean_squared_error,
)

from .. import _sklearn
from .._sklearn.boosting import cut, ended_by
from .._sklearn.networks import descent_ended_by, passes_ended_by
from ..messages import in_short
from ..space.dimensions import is_count, is_number
from ..types import Model, Samples
from .family import BoostingFamily, BoostingWatch, Curve
from .option import EarlyStopping
from .predicted import predicted_by


class HistGradientBoosting(BoostingFamily):
    """HistGradientBoosting, by its loss; another metric is one of scikit-learn's scorers."""

    rounds = "max_iter"
    sets = ("early_stopping", "n_iter_no_change", "validation_fraction", "tol", "scoring")
    takes = ("X_val", "y_val", "sample_weight_val")

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        metric = "loss" if watch.metric is None else watch.metric
        estimator.set_params(
            early_stopping=True,
            n_iter_no_change=watch.rounds,
            tol=0.0,
            scoring=metric if watch.score is None else partial(_searchs_score, watch),
        )
        weight = watch.params.get("sample_weight")
        if weight is not None:
            params["sample_weight_val"] = weight
        sign = -1.0 if metric == "loss" and watch.score is None else 1.0
        with (
            ended_by(
                estimator, lambda scores: watch.gives_up([sign * score for score in scores[1:]])
            )
            if watch.reach is not None
            else nullcontext()
        ):
            estimator.fit(X, y, X_val=watch.X, y_val=watch.y, **params)
        # the first is that of no iteration
        start, *scores = np.asarray(estimator.validation_score_, dtype=float)
        if metric == "loss" and watch.score is None:
            return Curve(-np.asarray(scores), metric="loss", start=-start)
        name = metric if isinstance(metric, str) and watch.score is None else "score"
        return Curve(scores, greater_is_better=True, metric=name, start=start)

    def cut(self, estimator: Model, n_rounds: int) -> None:
        if n_rounds < estimator.n_iter_:
            cut(estimator, n_rounds)

    def fix(self, estimator: Model, n_rounds: int) -> None:
        estimator.set_params(max_iter=n_rounds, early_stopping=False)


def _searchs_score(watch: BoostingWatch, estimator: Any, X: Any, y: Any, **_: Any) -> float:
    """Score what an estimator makes of the validation samples; of others nobody asks."""
    assert watch.score is not None  # noqa: S101 - for the type checker
    if _sklearn.n_samples(y) != _sklearn.n_samples(watch.y):  # type: ignore[arg-type] # there is one
        return 0.0
    respond = estimator.predict_proba if is_classifier(estimator) else estimator.predict
    return watch.score(respond(X))


class GradientBoosting(BoostingFamily):
    """GradientBoosting, by its kind of loss, or by one of scikit-learn's scorers."""

    sets = ("n_iter_no_change", "validation_fraction", "tol")
    takes = ("monitor",)

    def refusal(self, estimator: Model, option: EarlyStopping) -> str | None:
        if estimator.n_iter_no_change is not None:
            return (
                f"{type(estimator).__name__} is set to stop early itself "
                f"(n_iter_no_change={estimator.n_iter_no_change!r}). Leave that out: "
                "EarlyStopping(rounds=...) says it for all splits."
            )
        return None

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        measure, greater, name = self._measure(estimator, np.unique(np.asarray(y)), watch)
        monitor = _Monitor(watch, measure, greater=greater)
        estimator.fit(X, y, monitor=monitor, **params)
        return Curve(monitor.values, greater, name)

    def _measure(
        self, estimator: Any, classes: Any, watch: BoostingWatch
    ) -> tuple[Callable[[Any], float], bool, str]:
        """Return what measures predictions, whether more is better, and its name."""
        if watch.score is not None:
            return watch.score, True, "score"
        y, weight = np.asarray(watch.y), watch.params.get("sample_weight")
        is_one = is_classifier(estimator)
        if watch.metric is not None:
            scorer = check_scoring(estimator, watch.metric)
            given = classes if is_one else None
            return (
                lambda made: float(scorer(predicted_by(made, given), watch.X, y)),
                True,
                in_short(watch.metric),
            )
        if is_one:
            loss: Any = partial(log_loss, labels=classes)
        elif estimator.loss == "squared_error":
            loss = mean_squared_error
        elif estimator.loss == "quantile":
            loss = partial(mean_pinball_loss, alpha=estimator.alpha)
        else:
            loss = mean_absolute_error
        return lambda made: float(loss(y, made, sample_weight=weight)), False, "loss"

    def cut(self, estimator: Model, n_rounds: int) -> None:
        estimator.estimators_ = estimator.estimators_[:n_rounds]
        estimator.n_estimators_ = n_rounds
        estimator.train_score_ = estimator.train_score_[:n_rounds]


class _Monitor:
    """Measures what the stages so far predict of the validation samples, after each stage."""

    def __init__(
        self, watch: BoostingWatch, measure: Callable[[Any], float], *, greater: bool
    ) -> None:
        self._watch, self._measure = watch, measure
        self._sign = -1 if greater else 1
        self._best = (np.inf, 0)
        self.values: list[float] = []

    def __call__(self, stage: int, estimator: Any, _: Any) -> bool:
        if stage == 0:  # goes on with the sums over the stages before
            name = "staged_predict_proba" if is_classifier(estimator) else "staged_predict"
            self._staged = getattr(estimator, name)(self._watch.X)
        self.values.append(self._measure(next(self._staged)))
        self._best = min(self._best, (self._sign * self.values[-1], stage))
        over = stage - self._best[1] >= self._watch.rounds
        return over or self._watch.gives_up(self.values)


class _HoldingOut(BoostingFamily, ABC):
    """Estimators that hold out validation samples themselves, and pass over the others."""

    rounds = "max_iter"
    sets = ("early_stopping", "n_iter_no_change", "validation_fraction")
    takes = ()
    holds_out = True
    scales = False

    def refusal(self, estimator: Model, option: EarlyStopping) -> str | None:
        kind = type(estimator).__name__
        if not (is_number(option.validation) or is_count(option.validation)):
            return (
                f"{kind} holds out samples itself. Pass a share of the training samples, such as "
                f"validation=0.1, not {in_short(option.validation)}."
            )
        if option.metric is not None:
            return f"{kind} goes by its own score on the samples that it holds out: metric=None."
        if estimator.get_params(deep=False).get("solver") == "lbfgs":
            return f"{kind} with solver='lbfgs' has no passes to be stopped after. Pass another."
        return None

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        share, n_samples = watch.validation, _sklearn.n_samples(y)
        share = share if share < 1 else share / n_samples
        if is_classifier(estimator):  # they are drawn by classes: one of each at least
            share = max(share, len(np.unique(np.asarray(y))) / n_samples)
        estimator.set_params(
            early_stopping=True, n_iter_no_change=watch.rounds, validation_fraction=share
        )
        scores, n = self._scores(estimator, X, y, params, watch)
        return Curve(scores, greater_is_better=True, metric="score", n_rounds=n)

    @abstractmethod
    def _scores(
        self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch
    ) -> tuple[Sequence[float], int]:
        """Fit; return the scores after each pass, as far as they are told, and how many count."""


class Network(_HoldingOut):
    """A neural network, which goes back to its best pass."""

    def _scores(
        self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch
    ) -> tuple[Sequence[float], int]:
        with nullcontext() if watch.reach is None else passes_ended_by(estimator, watch.gives_up):
            estimator.fit(X, y, **params)
        scores = estimator.validation_scores_
        return scores, int(np.argmax(scores)) + 1

    def fix(self, estimator: Model, n_rounds: int) -> None:
        estimator.set_params(max_iter=n_rounds, early_stopping=False, n_iter_no_change=n_rounds + 1)


class Passes(_HoldingOut):
    """Linear models, which are left as they are after the last pass.

    Nothing is known of one a class, each of which ends by itself, and of averages over passes,
    which are not what is scored.
    """

    def _scores(
        self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch
    ) -> tuple[Sequence[float], int]:
        several = is_classifier(estimator) and len(np.unique(np.asarray(y))) > 2
        if several or getattr(estimator, "average", False):
            estimator.fit(X, y, **params)
            return [], int(estimator.n_iter_)
        with descent_ended_by(estimator, watch.gives_up) as scores:
            estimator.fit(X, y, **params)
        return scores, len(scores) or int(estimator.n_iter_)

    def fix(self, estimator: Model, n_rounds: int) -> None:
        estimator.set_params(max_iter=n_rounds, early_stopping=False, tol=None)


FAMILIES: dict[str, BoostingFamily] = {
    "HistGradientBoostingClassifier": HistGradientBoosting(),
    "HistGradientBoostingRegressor": HistGradientBoosting(),
    "GradientBoostingClassifier": GradientBoosting(),
    "GradientBoostingRegressor": GradientBoosting(),
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), Network()),
    **dict.fromkeys(("SGDClassifier", "SGDRegressor", "Perceptron"), Passes()),
}
