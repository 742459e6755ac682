"""From a candidate to an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone


def configured(estimator: Any, params: Mapping[str, Any]) -> Any:
    """Clone an estimator and set a candidate's parameters.

    Values that are estimators are cloned too, or fits would share them, and the user's.
    """
    return clone(estimator).set_params(**clone(dict(params), safe=False))
