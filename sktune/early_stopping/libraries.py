"""LightGBM and XGBoost. Optional, and looked up lazily."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ..optional import package
from ..types import Model, Samples
from .family import BoostingFamily, BoostingWatch, Curve
from .option import SCORING, EarlyStopping
from .refusals import DART, ITS_OWN, OBJECTIVE, UNMEASURED, ranking


class LightGBM(BoostingFamily):
    """LightGBM; of several metrics the first counts."""

    sets = ("early_stopping_round", "early_stopping_rounds", "n_iter_no_change", "early_stopping")
    takes = ("eval_set", "eval_names", "eval_X", "eval_y", "eval_sample_weight", "eval_group",
             "eval_init_score", "eval_class_weight")  # fmt: skip
    aliases = ("num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round",
                "num_rounds", "nrounds", "num_boost_round", "max_iter")  # fmt: skip

    def refusal(self, estimator: Model, option: EarlyStopping) -> str | None:
        params, kind = estimator.get_params(deep=False), type(estimator).__name__
        for name in self.sets:
            if params.get(name):
                return ITS_OWN.format(kind, f"{name}={params[name]!r}")
        for name in self.aliases:
            if name in params:
                return f"{kind} has its rounds as {name}={params[name]!r}: write n_estimators."
        if "dart" in (params["boosting_type"], params.get("boosting"), params.get("boost")):
            return DART.format(kind, "boosting_type")
        if option.metric == SCORING and callable(params["objective"]):
            return OBJECTIVE.format(kind)
        if option.metric is None and params.get("metric") in (
            "None",
            "none",
            "na",
            "null",
            "custom",
        ):
            return UNMEASURED.format(kind, f"metric={params['metric']!r}")
        return ranking(estimator, params["objective"])

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        stop = _Stop(watch)

        def score(_: Any, predicted: Any) -> tuple[str, float, bool]:
            assert watch.score is not None  # noqa: S101 - for the type checker
            return "score", watch.score(predicted), True

        callbacks = list(params.get("callbacks") or ())
        if any(getattr(one, "stopping_rounds", None) for one in callbacks):
            raise ValueError(ITS_OWN.format(type(estimator).__name__, "a callback"))
        params["callbacks"] = [*callbacks, stop]
        metric = score if watch.score is not None else watch.metric
        if metric is not None:
            params["eval_metric"] = metric
            estimator.set_params(metric="None")  # else its own may come first
        if (weight := watch.params.get("sample_weight")) is not None:
            params["eval_sample_weight"] = [weight]
        if (init := watch.params.get("init_score")) is not None:
            params["eval_init_score"] = [init]
        held = np.asarray(watch.X) if isinstance(watch.X, list) else watch.X
        takes = inspect.signature(estimator.fit).parameters
        # eval_set has gone out of use, but what is in eval_y is taken for codes of classes
        if "eval_X" in takes and ("eval_set" not in takes or _is_coded(estimator, y)):
            params |= {"eval_X": (held,), "eval_y": (watch.y,)}
        else:
            params["eval_set"] = [(held, watch.y)]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The argument 'eval_set' is deprecated")
            estimator.fit(X, y, **params)
        return Curve(stop.values, stop.greater_is_better, stop.metric)

    def cut(self, estimator: Model, n_rounds: int) -> None:
        booster = estimator.booster_
        booster.best_iteration = n_rounds if n_rounds < booster.current_iteration() else 0


def _is_coded(estimator: Model, y: Any) -> bool:
    """Whether a target needs no code: it is no class, or classes are 0, 1, 2, ..."""
    if not is_classifier(estimator):
        return True
    classes = np.unique(np.asarray(y))
    return np.array_equal(classes, np.arange(len(classes)))


class _Stop:
    """A callback of LightGBM's that stops a fit, and leaves one that needs not be stopped alone.

    LightGBM's own drops what comes after the best round in that case, too.
    """

    def __init__(self, watch: BoostingWatch) -> None:
        self._watch = watch
        self._best, self._at = float("inf"), 0
        self.values: list[float] = []
        self.metric, self.greater_is_better = "", False

    def __call__(self, env: Any) -> None:
        if not env.evaluation_result_list:  # LightGBM passes over metrics that it does not know
            raise ValueError(
                "early_stopping: LightGBM knows no metric of that name, and so has none to go by. "
                "Pass EarlyStopping(metric=...) as LightGBM takes it, such as 'auc' or 'l1'."
            )
        told = env.evaluation_result_list[0]
        _, self.metric, value, self.greater_is_better, *_ = told
        self.values.append(value)
        loss, here = -value if self.greater_is_better else value, len(self.values) - 1
        if loss < self._best:
            self._best, self._at = loss, here
        over = here - self._at >= self._watch.rounds
        if over or self._watch.gives_up(self.values, self.metric):
            ending = package("lightgbm.callback").EarlyStopException
            raise ending(self._at, env.evaluation_result_list)


class XGBoost(BoostingFamily):
    """XGBoost's trees; of several metrics the last counts, as XGBoost has it."""

    sets = ("early_stopping_rounds",)
    takes = ("eval_set", "sample_weight_eval_set", "base_margin_eval_set", "eval_group", "eval_qid")

    def most(self, estimator: Model) -> int:
        return 100 if estimator.n_estimators is None else int(estimator.n_estimators)

    def refusal(self, estimator: Model, option: EarlyStopping) -> str | None:
        kind = type(estimator).__name__
        if estimator.early_stopping_rounds is not None:
            told = f"early_stopping_rounds={estimator.early_stopping_rounds!r}"
            return ITS_OWN.format(kind, told)
        if any(type(one).__name__ == "EarlyStopping" for one in estimator.callbacks or ()):
            return ITS_OWN.format(kind, "a callback")
        if estimator.booster == "dart":
            return DART.format(kind, "booster")
        if estimator.booster == "gblinear":
            return (
                f"{kind} with gblinear has one model, and no earlier rounds. Leave early_stopping "
                "out, or pass another booster."
            )
        if option.metric == SCORING and callable(estimator.objective):
            return OBJECTIVE.format(kind)
        unmeasured = estimator.get_params(deep=False).get("disable_default_eval_metric")
        if unmeasured and option.metric is None and estimator.eval_metric is None:
            return UNMEASURED.format(kind, f"disable_default_eval_metric={unmeasured!r}")
        return ranking(estimator, estimator.objective)

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        def score(_: Any, predicted: Any, **_weight: Any) -> float:
            assert watch.score is not None  # noqa: S101 - for the type checker
            return -watch.score(np.asarray(predicted))

        metric = score if watch.score is not None else watch.metric
        if metric is not None:
            estimator.set_params(eval_metric=metric)
        estimator.set_params(early_stopping_rounds=watch.rounds)
        if (weight := watch.params.get("sample_weight")) is not None:
            params["sample_weight_eval_set"] = [weight]
        if (margin := watch.params.get("base_margin")) is not None:
            params["base_margin_eval_set"] = [margin]
        own = estimator.callbacks
        if watch.reach is not None:
            estimator.set_params(callbacks=[*(own or ()), _xgboosts_end(watch)])
        estimator.fit(X, y, **{"eval_set": [(watch.X, watch.y)], "verbose": False, **params})
        estimator.callbacks = own  # set_params would tell the fitted booster, which takes no lists
        [results] = estimator.evals_result().values()
        name, values = list(results.items())[-1]
        values = np.asarray(values, dtype=float)
        if watch.score is not None:
            return Curve(-values, greater_is_better=True, metric=name)
        # XGBoost has not looked at the round after which another callback ended the fit
        seen = values[:-1] if watch.gives_up(values.tolist(), name) else values
        best = values[estimator.best_iteration]
        return Curve(values, bool(best > np.fmin.reduce(seen)), name)

    def cut(self, estimator: Model, n_rounds: int) -> None:
        booster = estimator.get_booster()
        if n_rounds < booster.num_boosted_rounds():
            booster.set_attr(best_iteration=str(n_rounds - 1))
        else:
            booster.set_attr(best_iteration=None, best_score=None)


def _xgboosts_end(watch: BoostingWatch) -> Any:
    """Make a callback of XGBoost's that ends a fit which is in vain."""

    class End(package("xgboost.callback").TrainingCallback):  # type: ignore[misc] # lazily known
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            [results] = evals_log.values()
            name, values = list(results.items())[-1]
            if watch.score is not None:
                values = [-value for value in values]
            return watch.gives_up(values, name)

    return End()


FAMILIES: dict[str, BoostingFamily] = {
    **dict.fromkeys(("LGBMClassifier", "LGBMRegressor", "LGBMRanker"), LightGBM()),
    **dict.fromkeys(("XGBClassifier", "XGBRegressor", "XGBRanker"), XGBoost()),
}
