"""The tasks of the live comparison: a model, a space, data, a score; and four spellings of a space.

A space has a `Range` or a list of choices for each name. Where what a step is decides which
parameters there are, a task has `options` beside it: for each step, estimators and the space of
each. RandomizedSearchCV and sktune take that as they do, as a list of dicts, one for each
combination. scikit-optimize searches a list of dicts one after the other, and OptunaSearchCV takes
no list: both are given `flat`, a model with all parameters of all options, of which it uses those
of the options that are chosen, with the choice a parameter like others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
    make_classification,
)
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR
from skopt.space import Categorical, Integer, Real


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds, both included; integers if the bounds are."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)


Space = Mapping[str, Range | list[Any]]
Options = Mapping[str, Mapping[str, tuple[Any, Space]]]  # step, option, (estimator, its space)


def log(low: float, high: float) -> Range:
    """A range of which equal ratios are equally likely."""
    return Range(low, high, log=True)


class LogIntegers:
    """Integers of which equal ratios are equally likely: what scipy has no distribution for."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def rvs(self, random_state: Any = None) -> int:
        low, high = math.log(self.low - 0.5), math.log(self.high + 0.5)
        drawn = round(math.exp(random_state.uniform(low, high)))
        return min(max(drawn, self.low), self.high)


def for_scipy(given: Range | list[Any]) -> Any:
    if isinstance(given, list):
        return given
    low, high = given.low, given.high
    if given.whole:
        return LogIntegers(int(low), int(high)) if given.log else stats.randint(low, high + 1)
    return stats.loguniform(low, high) if given.log else stats.uniform(low, high - low)


def for_skopt(given: Range | list[Any]) -> Any:
    if isinstance(given, list):
        return Categorical(given)
    kind = Integer if given.whole else Real
    return kind(given.low, given.high, prior="log-uniform" if given.log else "uniform")


def for_optuna(given: Range | list[Any]) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(given, list):
        return CategoricalDistribution(given)
    kind = IntDistribution if given.whole else FloatDistribution
    return kind(given.low, given.high, log=given.log)


def for_sktune(given: Range | list[Any]) -> Any:
    if isinstance(given, list):
        return given
    return (given.low, given.high, *["log-uniform"] * given.log)


class Flat(ClassifierMixin, BaseEstimator):
    """A pipeline that takes the parameters of all options, and uses those of the chosen ones."""

    def __init__(self, pipeline: Any, options: Options, given: Mapping[str, Any] = {}):
        self.pipeline, self.options, self.given = pipeline, options, given

    def set_params(self, **params: Any) -> Flat:
        self.given = {**self.given, **params}
        return self

    def fit(self, X: Any, y: Any) -> Flat:
        chosen: dict[str, Any] = {}
        for step, kinds in self.options.items():
            kind = self.given[step]
            estimator, space = kinds[kind]
            chosen[step] = clone(estimator)
            chosen |= {f"{step}__{name}": self.given[f"{step}__{kind}__{name}"] for name in space}
        self.pipeline_ = clone(self.pipeline).set_params(**chosen).fit(X, y)
        self.classes_ = self.pipeline_.classes_
        return self

    def decision_function(self, X: Any) -> Any:
        return self.pipeline_.decision_function(X)


@dataclass(frozen=True)
class Task:
    title: str
    model: Any
    space: Space
    data: tuple[Any, Any]
    scoring: str
    options: Options = field(default_factory=dict)

    def spelled(self, spell: Callable[[Any], Any]) -> Any:
        """The space as a dict, or a list of them if there are options."""
        if not self.options:
            return {name: spell(given) for name, given in self.space.items()}
        found = []
        for kinds in itertools.product(*(kinds.values() for kinds in self.options.values())):
            one = {name: spell(given) for name, given in self.space.items()}
            for step, (estimator, space) in zip(self.options, kinds, strict=True):
                one[step] = [estimator]
                one |= {f"{step}__{name}": spell(given) for name, given in space.items()}
            found.append(one)
        return found

    def flat(self, spell: Callable[[Any], Any]) -> tuple[Any, dict[str, Any]]:
        """A model, and its space as a single dict."""
        found = {name: spell(given) for name, given in self.space.items()}
        for step, kinds in self.options.items():
            found[step] = spell(list(kinds))
            for kind, (_, space) in kinds.items():
                found |= {f"{step}__{kind}__{name}": spell(space[name]) for name in space}
        return Flat(self.model, self.options) if self.options else self.model, found


def scaled(last: Any, *before: tuple[str, Any]) -> Pipeline:
    return Pipeline([*before, ("scale", StandardScaler()), ("model", last)])


def svc() -> Task:
    kernels = ["rbf", "poly", "sigmoid"]
    space: Space = {
        "model__C": log(1e-3, 1e3),
        "model__gamma": log(1e-5, 10.0),
        "model__kernel": kernels,
    }
    X, y = load_breast_cancer(return_X_y=True)
    return Task("SVC, breast cancer", scaled(SVC()), space, (X, y), "average_precision")


def svr() -> Task:
    space: Space = {
        "model__C": log(1e-2, 1e4),
        "model__gamma": log(1e-5, 10.0),
        "model__epsilon": log(1e-2, 1e2),
        "model__kernel": ["rbf", "sigmoid"],
    }
    return Task("SVR, diabetes", scaled(SVR()), space, load_diabetes(return_X_y=True), "r2")


def boosting() -> Task:
    space: Space = {
        "learning_rate": log(1e-2, 1.0),
        "max_iter": log(5, 50),
        "max_leaf_nodes": log(2, 31),
        "min_samples_leaf": log(2, 80),
        "l2_regularization": log(1e-3, 1e3),
        "max_features": Range(0.1, 1.0),
    }
    model = HistGradientBoostingRegressor(random_state=0)
    return Task("histogram boosting, diabetes", model, space, load_diabetes(return_X_y=True), "r2")


def network() -> Task:
    space: Space = {
        "model__alpha": log(1e-6, 10.0),
        "model__learning_rate_init": log(1e-4, 0.3),
        "model__hidden_layer_sizes": log(2, 64),
        "model__activation": ["relu", "tanh", "logistic"],
        "model__solver": ["adam", "sgd"],
        "model__batch_size": log(8, 64),
    }
    model = scaled(MLPClassifier(max_iter=15, random_state=0))
    return Task("neural network, wine", model, space, load_wine(return_X_y=True), "neg_log_loss")


def options() -> Task:
    pca, best = PCA(svd_solver="full"), SelectKBest()
    few = Range(2, 40)
    svc: Space = {"C": log(1e-3, 1e3), "gamma": log(1e-4, 1.0), "kernel": ["rbf", "sigmoid"]}
    steps: Options = {
        "reduce": {
            "pca": (pca, {"n_components": few, "whiten": [False, True]}),
            "best": (best, {"k": few}),
        },
        "model": {
            "svc": (SVC(), svc),
            "logistic": (LogisticRegression(max_iter=200), {"C": log(1e-4, 1e2)}),
        },
    }
    model = Pipeline([("scale", StandardScaler()), ("reduce", pca), ("model", SVC())])
    data = make_classification(500, 40, n_informative=6, flip_y=0.1, random_state=0)
    title = "PCA or SelectKBest, SVC or logistic regression; made-up data"
    return Task(title, model, {}, data, "average_precision", steps)


def forest() -> Task:
    space: Space = {
        "n_estimators": log(4, 32),
        "max_depth": Range(1, 16),
        "max_features": Range(0.05, 1.0),
        "min_samples_leaf": log(1, 40),
        "min_samples_split": log(2, 60),
        "max_samples": Range(0.2, 1.0),
        "criterion": ["gini", "entropy"],
        "class_weight": ["balanced", "balanced_subsample"],
    }
    data = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(random_state=0)
    return Task("random forest, breast cancer", model, space, data, "neg_brier_score")


def neighbours() -> Task:
    space: Space = {
        "reduce__n_components": Range(2, 60),
        "model__n_neighbors": log(1, 100),
        "model__weights": ["uniform", "distance"],
        "model__metric": ["euclidean", "manhattan", "chebyshev", "cosine"],
    }
    model = Pipeline([("reduce", PCA(svd_solver="full")), ("model", KNeighborsClassifier())])
    data = load_digits(return_X_y=True)
    return Task("PCA, nearest neighbours; digits", model, space, data, "neg_brier_score")


def elastic() -> Task:
    space: Space = {
        "powers__degree": Range(1, 3),
        "powers__interaction_only": [False, True],
        "model__alpha": log(1e-2, 1e3),
        "model__l1_ratio": Range(0.0, 1.0),
        "model__fit_intercept": [True, False],
    }
    model = scaled(ElasticNet(max_iter=200), ("powers", PolynomialFeatures(include_bias=False)))
    data = load_diabetes(return_X_y=True)
    return Task("polynomials, ElasticNet; diabetes", model, space, data, "r2")


TASKS: dict[str, Callable[[], Task]] = {
    task.__name__: task
    for task in (svc, svr, boosting, network, options, forest, neighbours, elastic)
}
