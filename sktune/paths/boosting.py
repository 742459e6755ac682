"""Gradient boosting: the first stages of many."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from .._sklearn import is_sklearns
from .._sklearn.binning import bin_once
from .._sklearn.boosting import answers_from, begun, cut, has_stopped, iteration_sums, stage_sums
from ..space.dimensions import is_count
from ..types import Estimator, Model
from .family import Answers, Fit, PathFamily, adopt


class FirstStages(PathFamily):
    """`n_estimators` of gradient boosting: each stage sees only those before it."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        # huber's threshold is kept as of the last stage, and belongs to the training data
        free = (
            is_count(estimator.n_estimators)
            and estimator.loss != "huber"
            and repeats(estimator.init)
        )
        return ("n_estimators",) if free else ()

    def order(self, estimator: Model) -> int:
        return int(estimator.n_estimators)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model = fit.model
        stages = reached(model.n_estimators_, model.n_estimators, estimator.n_estimators)
        if stages is None or stages == model.n_estimators_:
            return model if stages else None
        first = model.estimators_[:stages]
        return adopt(estimator, model, estimators_=first, n_estimators_=stages)

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        return answers_from(model, partial(stage_sums, model, memory))


class FirstIterations(PathFamily):
    """`max_iter` of histogram gradient boosting; and binning once, whatever trees are grown."""

    grows = True

    def applies(self, estimator: Model) -> tuple[str, ...]:
        if not is_count(estimator.max_iter) or not isinstance(estimator.loss, str):
            return ()
        # a user's scorer sees the whole estimator
        if callable(estimator.scoring) and estimator.early_stopping is not False:
            return ()
        return ("max_iter",)

    def order(self, estimator: Model) -> int:
        return int(estimator.max_iter)

    def beginning(self, fit: Fit, estimator: Model) -> Mapping[str, Any] | None:
        # of one that has stopped early there is no more: `derive` takes all of it
        return None if has_stopped(fit.model) else begun(fit.model, estimator)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model = fit.model
        iterations = int(estimator.max_iter)
        if iterations >= model.n_iter_:
            return model if iterations == model.n_iter_ or has_stopped(model) else None
        return cut(adopt(estimator, model), iterations)

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        return answers_from(model, partial(iteration_sums, model, memory))

    def kin(self, estimator: Model) -> tuple[str, ...]:
        return tuple(estimator.get_params(deep=False))  # whether data are binned alike is seen

    def assist(self, estimator: Model, memory: dict[Any, Any]) -> None:
        bin_once(estimator, memory)


def repeats(init: str | Model | None) -> bool:
    """Whether a first estimator is scikit-learn's own, and gives the same whenever it is fitted."""
    if init is None or isinstance(init, str):
        return True
    if not hasattr(init, "get_params"):
        return False
    params = init.get_params(deep=True)
    return all(
        value is not None for name, value in params.items() if name.endswith("random_state")
    ) and all(
        is_sklearns(type(part))
        for part in [init, *params.values()]
        if hasattr(part, "fit") or callable(part)
    )


def reached(done: int, asked: int, wanted: int) -> int | None:
    """Return how far a fit with a limit gets, by one that was asked for and has done so much.

    None if that cannot be told.
    """
    if done < asked:  # it stopped early, as others would
        return min(done, int(wanted))
    return int(wanted) if wanted <= done else None


FAMILIES: dict[str, PathFamily] = {
    "GradientBoostingClassifier": FirstStages(),
    "GradientBoostingRegressor": FirstStages(),
    "HistGradientBoostingClassifier": FirstIterations(),
    "HistGradientBoostingRegressor": FirstIterations(),
}
