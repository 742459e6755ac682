"""scikit-learn's checks for estimators, over every search."""

from typing import Any

import pytest
from sklearn.base import is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktune import BayesSearch, GridSearch, RandomSearch


def expected_failures(search: Any) -> dict[str, str]:
    """What scikit-learn's own searches do not pass either."""
    if not is_regressor(search):
        return {}
    return {"check_supervised_y_2d": "Ridge takes a column for y without a warning"}


pytestmark = pytest.mark.filterwarnings("default")


def instances() -> list[Any]:
    options = {"cv": 2, "error_score": "raise"}
    return [
        search(estimator, {name: [0.1, 1.0]}, **options, **more)
        for search, more in (
            (GridSearch, {}),
            (RandomSearch, {"n_iter": 2, "random_state": 0}),
            (BayesSearch, {"n_iter": 2, "random_state": 0}),
        )
        for estimator, name in ((Ridge(), "alpha"), (LogisticRegression(), "C"))
    ]


@parametrize_with_checks(instances(), expected_failed_checks=expected_failures)
def test_scikit_learn_estimator_checks(estimator: Any, check: Any) -> None:
    check(estimator)
