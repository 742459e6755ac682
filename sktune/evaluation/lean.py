"""What need not be repeated: beside a tiny fit, checking the same things again is what costs.

Parameters are validated once a candidate, in the parent. Scikit-learn's ``accuracy_score``
finds out for every call what kinds of labels it is given; where these are plainly labels, the
mean accuracy is worked out as it would be in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from sklearn import config_context

from .. import _sklearn

_LABELS = "biuU"
"""Kinds of arrays whose values can be nothing but labels."""


def without_validation(valid: bool) -> AbstractContextManager[None]:
    """Skip the validation of parameters meanwhile, where they are known to be valid."""
    if not valid:
        return nullcontext()
    skipping: AbstractContextManager[None] = config_context(skip_parameter_validation=True)
    return skipping


def call_scorer(
    scorer: Callable[..., Any], estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Any:
    """Return what a scorer gives, by the shortest way to it."""
    args = (X,) if y is None else (X, y)
    is_known = not params and _sklearn.is_sklearns(type(estimator))
    if not (is_known and _sklearn.has_no_options(scorer, estimator)):
        return scorer(estimator, *args, **params)
    with without_validation(True):
        if _are_labels(y) and _sklearn.is_mean_accuracy(scorer, estimator):
            predicted = estimator.predict(X)
            if _are_labels(predicted) and _are_alike(y, predicted):
                return float(np.average(y == predicted))
        return scorer(estimator, *args)


def _are_labels(y: Any) -> bool:
    return type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in _LABELS


def _are_alike(y: Any, predicted: Any) -> bool:
    return bool(y.shape == predicted.shape and y.dtype.kind == predicted.dtype.kind)
