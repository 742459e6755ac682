"""Scorers that can never give a score are refused before the first fit."""

from __future__ import annotations

import inspect
import numbers
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier, is_regressor
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from .. import _sklearn
from ..messages import in_short
from ..problem import Problem
from ..space import Space
from ..trials import SINGLE
from ..types import Array, Estimator, Model, Scorer, Scoring, Target

_TRUE = ("y_true", "labels_true")
"""What the first parameter of a metric is called, and that of no scorer."""

_MOST_CLASSES = 1000
"""Of more, no table of probabilities is made."""

_OF_SEVERAL = {"roc_auc": "roc_auc_ovr"} | {
    name: f"{name}_macro" for name in ("f1", "jaccard", "precision", "recall")
}


# --- what is no scorer ----------------------------------------------------------------


def check_takes_estimator(scoring: Scoring, y: Target, params: Mapping[str, Any]) -> None:
    """Refuse callables that cannot be called as scorers are, most of all metrics.

    Parameters
    ----------
    scoring : object
        As the user gives it.
    y : array-like or None
    params : mapping
        Of fit, some of which may be routed to scorers.

    Raises
    ------
    ValueError
        Naming the remedy.
    """
    for where, scorer in _callables(scoring).items():
        wrong = _why_no_scorer(scorer, 2 if y is None else 3, bool(params))
        if wrong:
            raise ValueError(f"scoring{where} is {wrong}")


def _callables(scoring: Scoring) -> dict[str, Callable[..., Any]]:
    """Return the callables in `scoring`, by where they are in it."""
    asked: Any = scoring
    given = _sklearn.single_scorers(asked)
    named = {"": given}
    if isinstance(given, Mapping):
        named = {f"[{name!r}]": scorer for name, scorer in given.items()}
    elif isinstance(given, list | tuple | set):
        named = {f", an entry of {in_short(given)},": scorer for scorer in given}
    return {where: scorer for where, scorer in named.items() if callable(scorer)}


def _why_no_scorer(scorer: Any, n_args: int, may_get_more: bool) -> str:
    """Say what a callable is if it is no scorer, and what to pass; empty if it may be one."""
    if isinstance(scorer, type) and not issubclass(scorer, numbers.Number | Mapping):
        return f"the class {scorer.__name__}. Pass an instance of it."
    plain = scorer
    while isinstance(plain, partial):
        plain = plain.func
    name = getattr(plain, "__name__", None) or in_short(plain)
    takes = "estimator, X, y" if n_args > 2 else "estimator, X"
    from_sklearn = _is_sklearns(plain)
    if from_sklearn and not plain.__module__.endswith("_scorer"):
        return (
            f"the metric {name}, which takes what is true and what was predicted; a scorer takes "
            f"({takes}). Pass {_scorers_of(plain, scorer)}."
        )
    try:
        signature = inspect.signature(scorer, follow_wrapped=from_sklearn)
    except (TypeError, ValueError):
        return ""
    names = [*signature.parameters]
    shown = f"{name}({', '.join(names)})"
    try:
        (signature.bind_partial if may_get_more else signature.bind)(*range(n_args))
        if not names or names[0] not in _TRUE:
            return ""
        wrong = ""
    except TypeError as exc:
        wrong = f" ({exc})"
    if not wrong or len(names) == 2:
        return (
            f"{shown}, which looks like a metric; a scorer takes ({takes}). "
            f"sklearn.metrics.make_scorer makes one of it."
        )
    return f"{shown}, which cannot be called with ({takes}), as scorers are{wrong}."


def _is_sklearns(function: Any) -> bool:
    """Whether a function is one of `sklearn.metrics`; what wraps it has its name and module."""
    module = getattr(function, "__module__", None) or ""
    if not (module.startswith("sklearn.metrics.") and inspect.isfunction(function)):
        return False
    return getattr(sys.modules.get(module), function.__name__, None) is function


def _scorers_of(metric: Callable[..., Any], given: Any) -> str:
    """Say which names of scorers a metric has, and how to make one of it."""
    options = given.keywords if isinstance(given, partial) else {}
    less = metric.__name__.endswith(("loss", "error", "deviance"))
    more = "".join(f", {name}={value!r}" for name, value in options.items())
    made = f"make_scorer({metric.__name__}{', greater_is_better=False' if less else ''}{more})"
    names = [n for n in get_scorer_names() if _sklearn.metric_of(get_scorer(n)) is metric]
    if options or not names:
        return made
    return f"{min(names, key=len)!r}, or {made}"


# --- scores that cannot be had --------------------------------------------------------


class _Perfect(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A classifier that is right about a target, but for the labels that it predicts."""

    def __init__(self, y: Array, labels: Array, classes: Array) -> None:
        self.y = y
        self.labels = labels
        self.classes_ = classes

    def predict(self, X: object) -> Array:
        return self.labels

    def predict_proba(self, X: object) -> Array:
        return np.asarray(self.y[:, np.newaxis] == self.classes_, dtype=float)

    def decision_function(self, X: object) -> Array:
        proba = self.predict_proba(X)
        return proba[:, 1] - 0.5 if len(self.classes_) == 2 else proba


class _Given(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A regressor that predicts what it is given."""

    def __init__(self, predicted: Array) -> None:
        self.predicted = predicted

    def predict(self, X: object) -> Array:
        return self.predicted


def check_scores_can_be_had(
    scoring: Scoring, problem: Problem, metric: str | None, space: Space | None
) -> None:
    """Refuse metrics of scikit-learn's that fail on the target, however it is predicted.

    They are tried on the first split: where that has no score, no candidate has a mean.

    Parameters
    ----------
    scoring : object
        As the user gives it.
    problem : Problem
    metric : str or None
        Which decides, where there are several; if None, one of them must work.
    space : Space or None
        Of all candidates; None if there may be others.

    Raises
    ------
    ValueError
        Naming the remedy.
    """
    scorers = _sklearn.single_scorers(problem.scorer)
    named = dict(scorers) if isinstance(scorers, Mapping) else {SINGLE: scorers}
    if metric in named:
        named = {metric: named[metric]}
    told = ""
    for name, scorer in named.items():
        wrong = _why_no_score(scorer, problem, space)
        if not wrong:
            return
        called = scoring if isinstance(scoring, str) else name
        told = told or f"scoring={called!r} can give no score: {wrong}"
    if told:
        raise ValueError(told)


def _why_no_score(scorer: Scorer, problem: Problem, space: Space | None) -> str:
    """Say why a scorer is to fail on every candidate; empty where that cannot be told."""
    metric = _sklearn.metric_of(scorer)
    if metric is None:
        return ""
    if problem.y is None:
        return f"{metric.__name__} compares with y, and y is None."
    last, places = _last_step(problem.estimator)
    methods = _sklearn.response_methods(scorer)
    stays = space is not None and not any(map(space.values_of, places))
    kind = type(last)
    if stays and _sklearn.is_sklearns(kind) and not any(hasattr(kind, m) for m in methods):
        return f"it asks for {' or '.join(methods)}, which {kind.__name__} has not."
    try:
        trained_on, y = (_plain(np.asarray(problem.y))[rows] for rows in problem.splits[0])
        # as scorers get it: to metrics pandas' own dtypes are not what numpy makes of them
        truth = _sklearn.slice_params(problem.X, {"y": problem.y}, problem.splits[0][1])["y"]
        stubs = _stubs(problem.estimator, y, trained_on) if y.ndim == 1 else []
    except Exception:  # noqa: BLE001 - the data may be of any kind; then it is not looked at
        return ""
    failed: list[Exception] = []
    for stub in stubs:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                scorer(stub, y, truth)
        except Exception as exc:  # noqa: BLE001 - whatever a metric raises, it is told
            failed.append(exc)
        else:
            return ""
    if not failed:
        return ""
    return f"y is {type_of_target(y)}. {str(failed[0]).rstrip('.')}.{_hint(scorer, y)}"


def _plain(y: Array) -> Array:
    """Return labels that are objects as what estimators predict: bools and numbers of numpy's."""
    if y.dtype != object:
        return y
    plain = np.array(y.tolist())
    return plain if plain.dtype.kind in "biuf" else y


def _stubs(estimator: Estimator, y: Array, trained_on: Array) -> list[Model]:
    """Make estimators that predict a target as well as can be, in the ways there are."""
    here = np.unique(y)
    if len(here) == 1:
        return []  # where some metrics fail only if all is right
    if is_classifier(estimator) and y.dtype.kind in "biufUO":
        known = np.unique(trained_on)
        if len(known) > _MOST_CLASSES:
            return []
        # right, or the largest label: some metrics want positive ones
        predicted = y, np.full_like(y, here[-1])
        return [_Perfect(y, labels, classes) for labels in predicted for classes in (known, here)]
    if is_regressor(estimator) and y.dtype.kind in "biuf":
        # numbers that are no labels, and positive likewise; or whole ones
        return [_Given(np.abs(y) + 0.5), _Given(y)]
    return []


def _hint(scorer: Scorer, y: Array) -> str:
    """Name a scorer that goes with the target."""
    for name, other in _OF_SEVERAL.items():
        if repr(get_scorer(name)) == repr(scorer):
            if len(np.unique(y)) > 2:
                return f" {other!r} is for several classes."
            if name != "roc_auc":
                return f" Pass make_scorer({name}_score, pos_label={y.tolist()[0]!r})."
    return ""


def _last_step(estimator: Model) -> tuple[Model, list[str]]:
    """Return what predicts in the end, and the names of parameters that would replace it."""
    places, prefix = [], ""
    while isinstance(estimator, Pipeline):
        name, inner = estimator.steps[-1]
        places += [f"{prefix}steps", f"{prefix}{name}"]
        prefix, estimator = f"{prefix}{name}__", inner
    return estimator, places
