"""A space for every estimator of scikit-learn: names, values, code, and fits."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from sktune import _sklearn, space_for
from sktune.space.conditional import ConditionalSpace, read_space
from tests.helpers.every_estimator import data_for, instances

ESTIMATORS = {type(estimator).__name__: estimator for estimator in instances()}

NOTHING = """
    DictVectorizer DummyClassifier DummyRegressor EmpiricalCovariance FeatureHasher
    FixedThresholdClassifier FrozenEstimator FunctionTransformer GaussianProcessClassifier
    GraphicalLassoCV GridSearchCV HalvingGridSearchCV HalvingRandomSearchCV IsotonicRegression
    KernelCenterer LabelBinarizer LabelEncoder LarsCV LassoCV LassoLarsCV LedoitWolf
    LinearRegression LogisticRegressionCV MDS ClassicalMDS MaxAbsScaler MinMaxScaler
    MissingIndicator MultiLabelBinarizer MultiTaskLassoCV OAS OneHotEncoder OrdinalEncoder
    OrthogonalMatchingPursuitCV PatchExtractor PowerTransformer RandomizedSearchCV RidgeCV
    RidgeClassifierCV RobustScaler SparseCoder StandardScaler TheilSenRegressor
    TransformedTargetRegressor VarianceThreshold Binarizer IterativeImputer ColumnTransformer
    FeatureUnion
"""
"""Those with nothing worth tuning, as they come."""

KNOWN = sorted(set(ESTIMATORS) - set(NOTHING.split()))


def known(estimator: Any, *data: Any) -> tuple[Any, ConditionalSpace]:
    space = space_for(estimator, *data)
    return space, read_space(space, "space")[0]


def sampled(space: ConditionalSpace, n: int) -> list[dict[str, Any]]:
    """Return candidates of every dict, drawn within, and at the ends of its ranges."""
    points = space.sample(n, np.random.default_rng(0))
    ends = space.sample(2 * n, np.random.default_rng(1))
    ends[:, 1:] = np.round(ends[:, 1:])
    return space.decode_all(np.concatenate([points, space.settle(ends)]))


pytestmark = pytest.mark.filterwarnings("ignore:Class .* is deprecated:FutureWarning")


@pytest.mark.parametrize("name", KNOWN)
def test_values_pass_the_validation_with_data_and_without(name: str) -> None:
    estimator = ESTIMATORS[name]
    for data in ((), data_for(estimator)):
        space, read = known(estimator, *data)
        assert eval(repr(space)) == space
        for params in sampled(read, 8):
            model = clone(estimator).set_params(**params)
            for param, value in params.items():
                owner, _, last = param.rpartition("__")
                part = model.get_params()[owner] if owner else model
                assert _sklearn.why_refused(part, last, value) is None


@pytest.mark.parametrize("name", KNOWN)
def test_the_estimator_as_it_is_has_a_place(name: str) -> None:
    """So that a search begins with it, or with what comes closest."""
    estimator = ESTIMATORS[name]
    space, read = known(estimator, *data_for(estimator))
    first = space if isinstance(space, dict) else space[0]
    assert read.encode_some(first.own, 0).keys() == first.keys()


@pytest.mark.parametrize("name", sorted(set(NOTHING.split()) & set(ESTIMATORS)))
def test_where_there_is_nothing_to_tune_it_is_said(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} has nothing worth tuning"):
        space_for(ESTIMATORS[name], *data_for(ESTIMATORS[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_every_candidate_can_be_fitted(name: str) -> None:
    estimator = ESTIMATORS[name]
    X, y = data_for(estimator)
    half = slice(None, len(X) // 2 + 1)
    for params in sampled(known(estimator, X, y)[1], 6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clone(estimator).set_params(**params).fit(X[half], y[half])
