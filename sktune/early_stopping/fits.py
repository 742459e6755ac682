"""Fits that are stopped early: of a booster, or of a pipeline that ends in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from .. import _sklearn
from ..sharing.lineage import NOTHING
from ..sharing.stand_ins import hold, put_back
from ..trials import Rounds
from ..types import Array, Ints, Model, Samples, Scorer, Target
from .family import BoostingFamily, BoostingWatch, Curve
from .option import SCORING, EarlyStopping
from .predicted import predicted_by
from .reach import Reach
from .registry import boosting_family

MOST_POINTS = 50
"""Points that are kept of a curve."""

_NO_SCORE = (
    "early_stopping: metric='scoring' cannot be told of the validation samples ({}). Pass a larger "
    "validation, or metric=None for the booster's own metric."
)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Validation samples, with what goes with them of the parameters of the fit."""

    X: Samples
    y: Target
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class StoppedFits:
    """Fits boosters until they do not improve. Picklable.

    Attributes
    ----------
    option : EarlyStopping
    families : mapping of type to BoostingFamily
        The users' own.
    scorer : callable or None
        The scorer that stops, if it is the search's.
    classifies : bool
        Whether what it is asked to score are classes.
    on_all : tuple of arrays or None
        The rest and the validation samples of all data, where the refit is stopped early too.
    """

    option: EarlyStopping
    families: Mapping[type, BoostingFamily] = field(default_factory=dict)
    scorer: Scorer | None = None
    classifies: bool = False
    on_all: tuple[Ints, Ints] | None = None

    def family(self, estimator: object) -> BoostingFamily | None:
        """Return the family of an estimator."""
        return boosting_family(estimator, self.families)

    def stops(self, estimator: object) -> bool:
        """Whether fits of an estimator are stopped, so that none is part of another."""
        return self.family(estimator) is not None

    def family_in(self, estimator: Model) -> tuple[BoostingFamily, Model]:
        """Return the booster that an estimator is or ends in, and its family.

        Raises
        ------
        ValueError
            If it is none that can be stopped early.
        """
        booster = booster_in(estimator)
        family = self.family(booster)
        if family is None:
            raise ValueError(_no_booster(booster))
        refusal = family.refusal(booster, self.option)
        if refusal is not None:
            raise ValueError(f"early_stopping: {refusal}")
        return family, booster

    def fit(
        self,
        estimator: Model,
        X: Samples,
        y: Target,
        params: Mapping[str, Any],
        held: HeldOut | None,
        reach: Reach | None = None,
    ) -> Rounds:
        """Fit a booster, or a pipeline that ends in one.

        The steps before it are fitted on X alone. Samplers see nothing of what is held out. The fit
        is given up where it cannot come to its `reach`.
        """
        if not isinstance(estimator, Pipeline):
            return self._fit_booster(estimator, X, y, params, held, reach)
        self.family_in(estimator)
        last = hold(estimator)
        estimator.fit(X, y, **params) if y is not None else estimator.fit(X, **params)
        if held is not None:
            X_held = passed_through(estimator, held.X)
            held = HeldOut(X_held, held.y, matching(last.params, params, held.params))
        rounds = self.fit(last.inner, last.X, last.y, last.params, held, reach)
        put_back(estimator, last.inner)
        return of_samples(rounds, X)

    def _fit_booster(
        self,
        booster: Model,
        X: Samples,
        y: Target,
        params: Mapping[str, Any],
        held: HeldOut | None,
        reach: Reach | None,
    ) -> Rounds:
        """Fit a booster on what reaches it."""
        family, _ = self.family_in(booster)
        most = family.most(booster)
        reach = None if reach is None else replace(reach, most=most)
        watch = replace(self._watch(y, held), reach=reach)
        curve = family.fit(booster, X, y, dict(params), watch)
        values = np.asarray(curve.values, dtype=float)
        n, ended = curve.n_rounds, False
        if n is None:
            n, ended = self._found(curve, values)
        missed = None
        if reach and not ended and watch.gives_up(values.tolist(), curve.metric[:80]):
            missed = reach.value
        if curve.n_rounds is None:
            n = n if ended or missed is not None else len(values)
            family.cut(booster, n)
        n_samples = _sklearn.n_samples(X) if family.scales else None
        told = curve.metric[:80], thinned(values, n), curve.greater_is_better, missed
        return Rounds(n, most, n_samples, *told)

    def _watch(self, y: Any, held: HeldOut | None) -> BoostingWatch:
        option = self.option
        metric = None if option.metric == SCORING else option.metric
        watch = BoostingWatch(option.rounds, validation=option.validation, metric=metric)
        if held is None:
            return watch
        watch = replace(watch, X=held.X, y=held.y, params=held.params)
        if self.scorer is None:
            return watch
        scorer, classes = self.scorer, np.unique(np.asarray(y)) if self.classifies else None

        def score(predicted: Array) -> float:
            try:
                return float(scorer(predicted_by(predicted, classes), held.X, held.y))  # type: ignore[arg-type]
            except Exception as exc:
                raise ValueError(_NO_SCORE.format(exc)) from exc

        return replace(watch, score=score)

    def _found(self, curve: Curve, values: Array) -> tuple[int, bool]:
        """Return the best number of rounds, and whether enough have come after it."""
        before = [] if curve.start is None else [curve.start]
        losses = np.concatenate([before, values]) * (-1 if curve.greater_is_better else 1)
        if not len(losses) or np.isnan(losses).all():
            raise ValueError(
                f"early_stopping: {curve.metric or 'the metric'} is nan on the validation samples, "
                f"{self.option.validation!r} of the training samples. Pass a larger validation, or "
                "another metric."
            )
        best = int(np.nanargmin(losses)) + 1 - len(before)
        return max(best, 1), len(values) - best >= self.option.rounds


def of_samples(rounds: Rounds, X: Samples) -> Rounds:
    """Return rounds that were found with samples, of which a sampler may have made others."""
    if rounds.n_samples is None:
        return rounds
    return replace(rounds, n_samples=_sklearn.n_samples(X))


def booster_in(estimator: Any) -> Any:
    """Return what an estimator fits last."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def _no_booster(estimator: Any) -> str:
    """Say that an estimator has no rounds to be stopped, and what has."""
    return (
        f"early_stopping: {type(estimator).__name__} is not known to be fitted in rounds. It takes "
        "LightGBM's, XGBoost's and CatBoost's estimators, GradientBoosting, HistGradientBoosting, "
        "MLP and SGD, also as the last step of a pipeline; others by sktune.register_boosting. "
        "Leave early_stopping out, or search the others apart."
    )


def passed_through(pipeline: Any, X: Samples) -> Samples:
    """Pass samples through all steps of a pipeline but the last; samplers are for fits."""
    for _, step in pipeline.steps[:-1]:
        if not any(step is nothing or step == nothing for nothing in NOTHING) and hasattr(
            step, "transform"
        ):
            X = step.transform(X)
    last = pipeline.steps[-1][1]
    return passed_through(last, X) if isinstance(last, Pipeline) else X


def matching(
    received: Mapping[str, Any], given: Mapping[str, Any], held: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what of the parameters of validation samples belongs to what has reached a last step.

    It is told by the objects that were given with the others: routing may have renamed them.
    """
    return {
        name: held[key]
        for name, value in received.items()
        for key, own in given.items()
        if own is value and key in held
    }


def thinned(values: Array, n: int) -> tuple[tuple[int, float], ...]:
    """Return some points of a curve: its first, its last, and the one that was found among them."""
    if not len(values):
        return ()
    places = np.linspace(0, len(values) - 1, min(len(values), MOST_POINTS - 1)).round().astype(int)
    chosen = sorted({*places.tolist(), min(n, len(values)) - 1})
    return tuple((i + 1, float(f"{values[i]:.6g}")) for i in chosen if np.isfinite(values[i]))
