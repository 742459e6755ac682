"""CatBoost. Optional, and looked up lazily."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import is_classifier

from .. import _sklearn
from ..optional import package
from ..types import Model, Samples
from .family import BoostingFamily, BoostingWatch, Curve
from .option import SCORING, EarlyStopping
from .refusals import ITS_OWN, OBJECTIVE, ranking


class CatBoost(BoostingFamily):
    """CatBoost, on a CPU."""

    sets = ("early_stopping_rounds", "od_type", "od_wait", "od_pval", "use_best_model")
    takes = ("eval_set", "early_stopping_rounds", "use_best_model")
    _names = ("iterations", "n_estimators", "num_boost_round", "num_trees")

    def rounds_param(self, estimator: Model) -> str:
        params = estimator.get_params(deep=False)
        return next((name for name in self._names if params.get(name) is not None), self._names[0])

    def most(self, estimator: Model) -> int:
        return int(estimator.get_params(deep=False).get(self.rounds_param(estimator)) or 1000)

    def refusal(self, estimator: Model, option: EarlyStopping) -> str | None:
        params = estimator.get_params(deep=False)
        objective = _objective(estimator)
        for name in self.sets:
            if params.get(name) is not None:
                return ITS_OWN.format(type(estimator).__name__, f"{name}={params[name]!r}")
        if option.metric == SCORING and not isinstance(objective, str | None):
            return OBJECTIVE.format(type(estimator).__name__)
        return ranking(estimator, objective)

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        metric = watch.metric
        if watch.score is not None:
            metric = _CatScore(watch, _link(estimator, _objective(estimator), y))
        if metric is not None:
            estimator.set_params(eval_metric=metric)
        held: Any = (watch.X, watch.y)
        pooled = {
            ours: watch.params[theirs]
            for theirs, ours in (("sample_weight", "weight"), ("baseline", "baseline"))
            if watch.params.get(theirs) is not None
        }
        if pooled:
            own = estimator.get_params(deep=False)
            for name in ("cat_features", "text_features", "embedding_features"):
                columns = params.get(name, own.get(name))
                pooled |= {} if columns is None else {name: columns}
            held = package("catboost").Pool(watch.X, watch.y, **pooled)
        watched = {"eval_set": held, "use_best_model": False, "early_stopping_rounds": watch.rounds}
        if watch.reach is not None:
            params["callbacks"] = [*(params.get("callbacks") or ()), _CatEnd(watch)]
        with warnings.catch_warnings():  # of scorers that are not compiled
            warnings.filterwarnings("ignore", "Can't optimze method")
            estimator.fit(X, y, **watched, **params)
        results = estimator.evals_result_["validation"]
        name, values = _that_stops(results, estimator, metric)
        if watch.score is not None:
            return Curve(values, greater_is_better=True, metric=name)
        return Curve(values, bool(values[estimator.best_iteration_] > np.fmin.reduce(values)), name)

    def cut(self, estimator: Model, n_rounds: int) -> None:
        if n_rounds < estimator.tree_count_:
            estimator.shrink(n_rounds)


def _objective(estimator: Model) -> Any:
    params = estimator.get_params(deep=False)
    given = (params.get(name) for name in ("loss_function", "objective"))
    return next((objective for objective in given if objective is not None), None)


def _that_stops(results: Any, estimator: Model, metric: Any) -> tuple[str, Any]:
    """Return the name and the values of the metric by which CatBoost stops."""
    name = metric if isinstance(metric, str) else estimator.get_all_params().get("eval_metric")
    if isinstance(metric, _CatScore) or name not in results:
        name = next(key for key in reversed(results))
    return name, np.asarray(results[name], dtype=float)


class _CatEnd:
    """A callback of CatBoost's that ends a fit which is in vain."""

    def __init__(self, watch: BoostingWatch) -> None:
        self._watch = watch

    def after_iteration(self, info: Any) -> bool:
        reach, told = self._watch.reach, info.metrics["validation"]
        return reach is None or not self._watch.gives_up(told.get(reach.metric, ()))


class _CatScore:
    """The score of the search as a metric of CatBoost's, which knows sums and no predictions."""

    def __init__(self, watch: BoostingWatch, link: str) -> None:
        self._watch, self._link = watch, link

    def is_max_optimal(self) -> bool:
        return True

    def get_final_error(self, error: float, weight: float) -> float:
        return error

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        watch, sums = self._watch, np.column_stack([np.asarray(one) for one in approxes])
        assert watch.score is not None  # noqa: S101 - for the type checker
        if len(sums) != _sklearn.n_samples(watch.y):  # type: ignore[arg-type] # there is one
            return 0.0, 1.0  # the training samples, of which nobody asks
        if self._link == "softmax":
            return watch.score(softmax(sums, axis=1)), 1.0
        if self._link == "sigmoid":
            made = expit(sums)
            return watch.score(made[:, 0] if made.shape[1] == 1 else made), 1.0
        return watch.score(np.exp(sums[:, 0]) if self._link == "exp" else sums[:, 0]), 1.0


def _link(estimator: Model, objective: Any, y: Any) -> str:
    """Return how CatBoost makes predictions of its sums."""
    name = str(objective).partition(":")[0]
    if not is_classifier(estimator):
        return "exp" if name in ("Poisson", "Tweedie") else "identity"
    one_by_one = name == "MultiClassOneVsAll"
    return "softmax" if len(np.unique(np.asarray(y))) > 2 and not one_by_one else "sigmoid"


FAMILIES: dict[str, BoostingFamily] = dict.fromkeys(
    ("CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker", "CatBoost"), CatBoost()
)
