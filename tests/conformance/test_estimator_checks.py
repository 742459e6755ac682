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


def instances(*pairs: tuple[Any, Any]) -> list[Any]:
    options = {"cv": 2, "error_score": "raise"}
    return [
        search(
            estimator(),
            {"alpha" if estimator is Ridge else "C": [0.1, 0.5, 1.0]},
            **options,
            **({} if search is GridSearch else {"n_iter": 2, "random_state": 0}),
        )
        for search, estimator in pairs
    ]


# every search, and both kinds of estimators
@parametrize_with_checks(
    instances((GridSearch, Ridge), (RandomSearch, LogisticRegression), (BayesSearch, Ridge)),
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_estimator_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    instances(
        (GridSearch, LogisticRegression),
        (RandomSearch, Ridge),
        (BayesSearch, LogisticRegression),
    ),
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_estimator_checks_of_the_others(estimator: Any, check: Any) -> None:
    check(estimator)
