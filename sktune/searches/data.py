"""Data that no fit can work with: told in a sentence, in place of a traceback for each fit.

Only what is sure to fail is refused. So what scikit-learn's own estimators say of themselves (their
tags) is relied on, and nothing is said of others, or where what is searched may put another
estimator in their place.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier, is_regressor
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from .. import _sklearn
from ..messages import closest, did_you_mean, in_short, listed
from ..space import Space
from ..space.dimensions import is_distribution, is_number
from ..types import CV, Bools, Estimator, Samples, Target

_PARTITIONS = (
    *(GroupKFold, KFold, LeaveOneOut, RepeatedKFold, RepeatedStratifiedKFold),
    *(StratifiedGroupKFold, StratifiedKFold),
)
"""Splitters that have every sample in the training or the test set of each split."""

_NEED_TWO_CLASSES = {
    "GradientBoostingClassifier", "LinearSVC", "LogisticRegression",
    "LogisticRegressionCV", "NuSVC", "PassiveAggressiveClassifier", "Perceptron", "SGDClassifier",
    "SVC",
}  # fmt: skip

_ROWS_SHOWN = 5


def check_data(estimator: Estimator, space: Space, X: Samples, y: Target, cv: CV) -> None:
    """Refuse data with which every fit would fail.

    Raises
    ------
    ValueError, TypeError
        Saying what is wrong with X or y, and what to do.
    """
    problem = None
    with suppress(Exception):  # what cannot be looked at is left to the fits
        if _are_plain(X, y):
            return
        first, last = _end(estimator, 0), _end(estimator, -1)
        if y is None:
            # a pipeline passes None on, and there are those who take it
            problem = _of_missing(last, alone=last is estimator)
        if problem is None and not _has_own_kernel(first, space):
            problem = _of_dimensions(first, X)
        if problem is None and y is not None and _needs_target(last):
            problem = _of_target(last, y, cv)
    if problem is not None and not _replaces_estimators(space, estimator):
        raise ValueError(problem)


def check_fit_params(estimator: Estimator, space: Space, names: Collection[str]) -> None:
    """Refuse parameters of fit that the estimator's own does not take.

    Raises
    ------
    TypeError
        For the first of them, with the one that is meant.
    """
    # where routing is enabled scikit-learn looks at them itself
    if get_config()["enable_metadata_routing"]:
        return
    if _replaces_estimators(space, estimator):
        return
    for name in names:
        if (problem := _of_fit_param(estimator, name)) is not None:
            raise TypeError(problem)


def _are_plain(X: Any, y: Any) -> bool:
    """Whether X is a table, and y whole numbers that are not all the same, as any fit takes."""
    if not isinstance(y, np.ndarray) or y.ndim != 1 or y.dtype.kind not in "biu":
        return False
    shape: tuple[int, ...] = getattr(X, "shape", ())
    return len(shape) == 2 and shape[1] > 0 and bool((y != y[:1]).any())


def _of_fit_param(estimator: Any, name: str) -> str | None:
    step, _, inner = name.partition("__")
    told = f"fit got {name!r}, which"
    if type(estimator) is Pipeline:
        steps = dict(estimator.steps)
        if not inner:
            last = estimator.steps[-1][0]
            return f"{told} a Pipeline passes on to the step that it is for: {last}__{name}=..."
        if step not in steps:
            close = closest(step, steps)
            hint = f" Did you mean '{close}__{inner}'?" if close else ""
            return f"{told} is for no step of the Pipeline: it has {listed(list(steps))}.{hint}"
        return _of_fit_param(steps[step], inner)
    if not _is_known(estimator) or not hasattr(estimator, "fit"):
        return None
    taken = inspect.signature(estimator.fit).parameters
    if name in taken or any(p.kind is p.VAR_KEYWORD for p in taken.values()):
        return None
    hint = did_you_mean(name, [other for other in taken if other not in ("X", "y")])
    return f"{told} {_name(estimator)} does not take.{hint}"


def _replaces_estimators(space: Space, estimator: Estimator) -> bool:
    """Whether candidates may have other estimators in the places of those that there are."""
    known = estimator.get_params() if hasattr(estimator, "get_params") else {}
    for sub in space.subspaces:
        for name, values in sub.items():
            now = known.get(name)
            if hasattr(now, "fit") or isinstance(now, list | tuple):
                return True
            if now is not None and not isinstance(now, str):
                continue
            if is_distribution(values):
                if not hasattr(values, "ppf") and not hasattr(values, "decode"):
                    return True
                values = getattr(values, "values", ())
            if not isinstance(values, range) and any(hasattr(value, "fit") for value in values):
                return True
    return False


def _end(estimator: Any, which: int) -> Any:
    """Return the first or the last step of a pipeline of scikit-learn's, or what is none."""
    while type(estimator) is Pipeline:
        steps = [step for _, step in estimator.steps if step is not None and step != "passthrough"]
        if not steps:
            return None
        estimator = steps[which]
    return estimator


def _is_known(estimator: Any) -> bool:
    return estimator is not None and _sklearn.is_sklearns(type(estimator))


def _needs_target(estimator: Any) -> bool:
    """Whether one of scikit-learn's estimators cannot be fitted without y."""
    return _is_known(estimator) and bool(get_tags(estimator).target_tags.required)


def _name(estimator: Any) -> str:
    return type(estimator).__name__


def _has_own_kernel(estimator: Any, space: Space) -> bool:
    """Whether a kernel of the user's may be used, which may take objects of any kind."""
    kernels = [getattr(estimator, "kernel", None)]
    for sub in space.subspaces:
        for name, values in sub.items():
            if name.rpartition("__")[2] == "kernel":
                kernels += [values] if is_distribution(values) else list(values)
    return any(not isinstance(kernel, str | None) for kernel in kernels)


def _of_missing(last: Any, *, alone: bool) -> str | None:
    """Say that there is no y, where it is needed."""
    taken = list(inspect.signature(last.fit).parameters.values())
    obligatory = len(taken) > 1 and taken[1].name == "y" and taken[1].default is taken[1].empty
    if (obligatory and alone) or _needs_target(last):
        # in this and others, scikit-learn's words come first: its tests go by them
        return f"{_name(last)} requires y to be passed, but the target y is None: search.fit(X, y)."
    return None


def _of_dimensions(first: Any, X: Samples) -> str | None:
    """Say what is wrong with the shape of X."""
    if not _is_known(first) or any("__" in name for name in first.get_params()):
        return None  # which estimators inside take is not looked at
    tags = get_tags(first)
    takes = tags.input_tags
    if tags.no_validation or not takes.two_d_array or takes.one_d_array or takes.three_d_array:
        return None
    if takes.string or takes.dict:
        return None
    shape = _shape(X)
    told = f"{_name(first)} takes a table, with a row for each sample and a column for each feature"
    if len(shape) == 1:
        remedy = "X.to_frame()" if hasattr(X, "to_frame") else "np.reshape(X, (-1, 1))"
        remedy += " is a table of one feature"
        if isinstance(next(iter(X)), str):
            remedy = "for texts, put a vectorizer such as TfidfVectorizer() before it"
        return (
            f"Expected 2D array, got 1D array instead: X is one-dimensional, {shape[0]} values. "
            f"{told}; {remedy}."
        )
    if len(shape) > 2:
        return f"X has {len(shape)} dimensions, {shape}. {told}; X.reshape(len(X), -1) is one."
    if shape[1:] == (0,):
        return f"Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is required."
    return None


def _shape(X: Any) -> tuple[int, ...]:
    """Return the shape of X; of a list, as far as its first sample tells."""
    if hasattr(X, "shape"):
        return tuple(X.shape)
    return (len(X),) if is_number(X[0]) or isinstance(X[0], str) else (len(X), len(X[0]))


def _of_target(last: Any, y: Any, cv: CV) -> str | None:
    """Say what is wrong with y."""
    name, y = _name(last), np.asarray(y)
    tags = get_tags(last)
    if tags.no_validation or (y.ndim == 2 and y.shape[1] > 1):
        return None
    y = y.ravel()
    if (missing := _missing(y, objects=is_classifier(last))).any():
        every_split_has_them = cv is None or isinstance(cv, int) or type(cv) in _PARTITIONS
        if not every_split_has_them:
            return None
        rows = np.flatnonzero(missing)
        shown = ", ".join(map(str, rows[:_ROWS_SHOWN]))
        more = f" and {len(rows) - _ROWS_SHOWN} more" if len(rows) > _ROWS_SHOWN else ""
        infinite = y.dtype.kind == "f" and not np.isnan(y).any()
        what = "infinity or a value too large" if infinite else "NaN"
        return (
            f"Input y contains {what}: {len(rows)} of {len(y)} values, in row {shown}{more}. "
            f"{name} cannot learn from them; leave these rows out of X and y."
        )
    if is_regressor(last):
        return _of_numbers(name, y)
    return _of_classes(name, y) if is_classifier(last) else None


def _of_numbers(name: str, y: Any) -> str | None:
    if y.dtype.kind in "OUT" and isinstance(y[0], str):
        with suppress(ValueError):
            float(y[0])
            return None
        return (
            f"y has texts, {in_short(str(y[0]))} in row 0, and {name} is a regressor, which "
            "predicts numbers. Take a classifier, or make numbers of y."
        )
    return None


def _of_classes(name: str, y: Any) -> str | None:
    if y.dtype.kind == "f" and (broken := y != np.floor(y)).any():
        row = int(broken.argmax())
        return (
            f"Unknown label type: y is continuous, with {y[row]} in row {row}, and {name} is a "
            "classifier, which predicts classes. Take a regressor, or make classes of y."
        )
    if name in _NEED_TWO_CLASSES and bool((y == y[0]).all()):
        only = in_short(y[:1].tolist()[0])
        return f"y has one class only, {only}, and {name} learns to tell classes from each other."
    return None


def _missing(y: Any, *, objects: bool) -> Bools:
    """Return which numbers are none; of objects, which are None or not equal to themselves."""
    if y.dtype.kind == "f":
        return np.asarray(~np.isfinite(y))
    if y.dtype.kind == "O" and objects:  # for regressors, some are made numbers
        return np.asarray([value is None or value != value for value in y], dtype=bool)
    return np.zeros(len(y), dtype=bool)
