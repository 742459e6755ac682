"""LightGBM, XGBoost and CatBoost. Optional, and looked up lazily."""

from __future__ import annotations

import inspect
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

_RANKS = (
    "{} ranks within groups of samples, which cannot be held out sample by sample. Leave "
    "early_stopping out and search n_estimators, or pass another objective."
)
_DART = (
    "{} with dart changes earlier trees in every round, so that no earlier round can be had again. "
    "Leave early_stopping out, or pass another {}."
)
_ITS_OWN = (
    "{} is set to stop early itself ({}). Leave that out: EarlyStopping(rounds=...) says it for "
    "all splits, on samples that have passed through the pipeline."
)
_OBJECTIVE = (
    "metric='scoring' needs predictions round by round, which {} does not give with an objective "
    "of your own. Pass metric=None, for the booster's own metric."
)


def _ranks(estimator: Model, objective: Any) -> str | None:
    """Refuse what ranks."""
    kind = type(estimator).__name__
    if "Ranker" in kind:
        return _RANKS.format(kind)
    if isinstance(objective, str) and any(w in objective.lower() for w in _RANKING):
        return _RANKS.format(f"{kind} with {objective!r}")
    return None


_RANKING = ("rank", "ndcg", "xendcg", "yetirank", "pairlogit", "querysoftmax", "queryrmse")


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
                return _ITS_OWN.format(kind, f"{name}={params[name]!r}")
        for name in self.aliases:
            if name in params:
                return f"{kind} has its rounds as {name}={params[name]!r}: write n_estimators."
        if "dart" in (params["boosting_type"], params.get("boosting"), params.get("boost")):
            return _DART.format(kind, "boosting_type")
        if option.metric == SCORING and callable(params["objective"]):
            return _OBJECTIVE.format(kind)
        return _ranks(estimator, params["objective"])

    def fit(self, estimator: Model, X: Samples, y: Any, params: Any, watch: BoostingWatch) -> Curve:
        stop = _Stop(watch)

        def score(_: Any, predicted: Any) -> tuple[str, float, bool]:
            assert watch.score is not None  # noqa: S101 - for the type checker
            return "score", watch.score(predicted), True

        callbacks = list(params.get("callbacks") or ())
        if any(getattr(one, "stopping_rounds", None) for one in callbacks):
            raise ValueError(_ITS_OWN.format(type(estimator).__name__, "a callback"))
        params["callbacks"] = [*callbacks, stop]
        metric = score if watch.score is not None else watch.metric
        if metric is not None:
            params["eval_metric"] = metric
            if callable(metric):  # else the objective's own comes first
                estimator.set_params(metric="None")
        if (weight := watch.params.get("sample_weight")) is not None:
            params["eval_sample_weight"] = [weight]
        if (init := watch.params.get("init_score")) is not None:
            params["eval_init_score"] = [init]
        takes = inspect.signature(estimator.fit).parameters
        # eval_set has gone out of use, but what is in eval_y is taken for codes of classes
        if "eval_X" in takes and ("eval_set" not in takes or _is_coded(estimator, y)):
            params |= {"eval_X": (watch.X,), "eval_y": (watch.y,)}
        else:
            params["eval_set"] = [(watch.X, watch.y)]
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
            return _ITS_OWN.format(kind, told)
        if any(type(one).__name__ == "EarlyStopping" for one in estimator.callbacks or ()):
            return _ITS_OWN.format(kind, "a callback")
        if estimator.booster == "dart":
            return _DART.format(kind, "booster")
        if estimator.booster == "gblinear":
            return (
                f"{kind} with gblinear has one model, and no earlier rounds. Leave early_stopping "
                "out, or pass another booster."
            )
        if option.metric == SCORING and callable(estimator.objective):
            return _OBJECTIVE.format(kind)
        return _ranks(estimator, estimator.objective)

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
        estimator.set_params(callbacks=own)
        [results] = estimator.evals_result().values()
        name, values = list(results.items())[-1]
        values = np.asarray(values, dtype=float)
        if watch.score is not None:
            return Curve(-values, greater_is_better=True, metric=name)
        # XGBoost has not looked at the round after which another callback ended the fit
        seen = values[:-1] if watch.gives_up(values.tolist(), name) else values
        best = values[estimator.best_iteration]
        return Curve(values, bool(best > np.nanmin(seen)), name)

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
                return _ITS_OWN.format(type(estimator).__name__, f"{name}={params[name]!r}")
        if option.metric == SCORING and not isinstance(objective, str | None):
            return _OBJECTIVE.format(type(estimator).__name__)
        return _ranks(estimator, objective)

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
        return Curve(values, bool(values[estimator.best_iteration_] > np.nanmin(values)), name)

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


FAMILIES: dict[str, BoostingFamily] = {
    **dict.fromkeys(("LGBMClassifier", "LGBMRegressor", "LGBMRanker"), LightGBM()),
    **dict.fromkeys(("XGBClassifier", "XGBRegressor", "XGBRanker"), XGBoost()),
    **dict.fromkeys(
        ("CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker", "CatBoost"), CatBoost()
    ),
}
