"""What is not repeated for every task gives what the repetition would have given."""

from __future__ import annotations

import contextlib
import re
import unittest
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators
from sklearn.utils._test_common.instance_generator import _construct_instances

from sktune import GridSearch
from sktune.evaluation.scores import call_scorer
from sktune.space.identity import identity
from sktune.space.setting import all_params, configured, has_valid_params, is_flat, params_of

X = np.arange(40.0).reshape(20, 2)
KINDS = {
    "int": np.int64,
    "small": np.uint8,
    "bool": bool,
    "str": str,
    "object": object,
    "float": float,
}


class Says(ClassifierMixin, BaseEstimator):
    """Predicts what it is told to."""

    __module__ = "sklearn.made_up"
    classes_ = np.arange(4)

    def __init__(self, y: Any = None) -> None:
        self.y = y

    def predict(self, X: Any) -> Any:
        return self.y


def passthrough(estimator: Any) -> Any:
    return GridSearchCV(estimator, {}).fit(X, np.arange(20) % 2).scorer_


def without_places(value: Any) -> str:
    return re.sub("0x[0-9A-Fa-f]+", "", str(value))


def told(call: Any) -> Any:
    try:
        return call()
    except Exception as exc:  # noqa: BLE001 - whatever it is, both raise it
        return type(exc), str(exc)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=9),
    st.lists(st.integers(0, 3), min_size=1, max_size=9),
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(["its own score", "accuracy", "made"]),
)
def test_accuracy(true: Any, predicted: Any, kind: str, other: str, which: str) -> None:
    n = min(len(true), len(predicted))
    y = np.array(true[:n]).astype(KINDS[kind])
    model = Says(np.array(predicted[:n]).astype(KINDS[other]))
    scorer = {"accuracy": get_scorer("accuracy"), "made": make_scorer(accuracy_score)}.get(which)
    scorer = passthrough(DummyClassifier()) if scorer is None else scorer
    assert told(lambda: call_scorer(scorer, model, X[:n], y, {})) == told(
        lambda: scorer(model, X[:n], y)
    )


@pytest.mark.parametrize(
    "scorer",
    [
        make_scorer(accuracy_score, normalize=False),
        make_scorer(accuracy_score, greater_is_better=False),
        make_scorer(accuracy_score, response_method="decision_function"),
        make_scorer(accuracy_score, normalize="a bad option"),
        get_scorer("roc_auc"),
        get_scorer("f1_macro"),
        lambda estimator, X, y: len(y) / 7,
    ],
)
def test_other_scorers_are_called(scorer: Any) -> None:
    y = np.arange(20) % 2
    model = LogisticRegression().fit(X, y)
    assert told(lambda: call_scorer(scorer, model, X, y, {})) == told(lambda: scorer(model, X, y))


def test_a_score_of_its_own_is_asked_for() -> None:
    class Own(DummyClassifier):
        __module__ = "sklearn.made_up"

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            return 0.125

    model = Own().fit(X, np.arange(20) % 2)
    assert call_scorer(passthrough(model), model, X, np.arange(20) % 2, {}) == 0.125


def test_weights_count() -> None:
    y, weights = np.arange(20) % 2, np.arange(20.0)
    model = DummyClassifier(strategy="constant", constant=1).fit(X, y)
    scorer = get_scorer("accuracy")
    given = {"sample_weight": weights}
    assert call_scorer(scorer, model, X, y, given) == scorer(model, X, y, sample_weight=weights)


def test_validation_is_on_again_afterwards() -> None:
    model = DummyRegressor().fit(X, np.arange(20.0))
    call_scorer(passthrough(model), model, X, np.arange(20.0), {})
    assert get_config()["skip_parameter_validation"] is False


# --- parameters -----------------------------------------------------------------------


class OfMyOwn(DummyClassifier):
    pass


@pytest.mark.parametrize(
    ("estimator", "params"),
    [
        (DecisionTreeClassifier(max_depth=3), {"max_depth": 2, "criterion": "entropy"}),
        (DecisionTreeClassifier(), {"class_weight": {0: 1.0, 1: 2.0}}),
        (DecisionTreeClassifier(random_state=np.random.RandomState(0)), {"max_depth": 1}),
        (SVC(), {"C": np.float64(2.0), "kernel": "linear"}),
        (make_pipeline(StandardScaler(), SVC()), {"svc__C": 2}),
        (StandardScaler().set_output(transform="pandas"), {"with_mean": False}),
        (OfMyOwn(), {"strategy": "uniform"}),
    ],
)
def test_an_estimator_is_made_as_clone_makes_it(estimator: Any, params: Any) -> None:
    ours, theirs = configured(estimator, params), clone(estimator).set_params(**params)
    assert type(ours) is type(theirs)
    assert vars(ours).keys() == vars(theirs).keys()
    assert without_places(ours) == without_places(theirs)
    assert without_places(ours.get_params()) == without_places(theirs.get_params())
    assert (
        params_of(estimator).items()
        >= {
            k: v for k, v in estimator.get_params(deep=False).items() if isinstance(v, str | float)
        }.items()
    )


@pytest.mark.filterwarnings("ignore")  # of what cannot be made, or will go
def test_all_parameters_are_those_of_an_estimator_and_of_what_is_in_it() -> None:
    estimators = list[Any]()
    for _, kind in all_estimators():
        with contextlib.suppress(unittest.SkipTest):  # that need an argument
            estimators += _construct_instances(kind)
    for estimator in estimators:
        own = {name: id(value) for name, value in params_of(estimator).items()}
        shallow = estimator.get_params(deep=False).items()
        assert own == {name: id(value) for name, value in shallow}
        deep = flat(list(estimator.get_params(deep=True).values()))
        found = [id(value) for *_, value in all_params(estimator)]
        assert {id(value) for value in deep} <= {*found}, estimator
        named = {name.rpartition("__")[2] for name in estimator.get_params(deep=True)}
        assert {name for _, name, _ in all_params(estimator)} <= named


@pytest.mark.filterwarnings("ignore")
def test_what_is_configured_sooner_is_what_clone_makes() -> None:
    sooner = 0
    for _, kind in all_estimators():
        with contextlib.suppress(unittest.SkipTest):
            for estimator in _construct_instances(kind):
                sooner += is_flat(estimator)
                ours, theirs = vars(configured(estimator, {})), vars(clone(estimator))
                assert ours.keys() == theirs.keys(), kind
                assert identity(ours) == identity(theirs) or not is_flat(estimator), kind
                valid = not is_flat(estimator) or _is_valid(estimator)
                assert has_valid_params(estimator, {}) == (valid and is_flat(estimator)), kind
    assert sooner > 100
    assert is_flat(SVC())  # whose constructor sets more than parameters
    assert not is_flat(SVC().fit(X, np.arange(20) % 2))


def _is_valid(estimator: Any) -> bool:
    try:
        estimator._validate_params()
    except (ValueError, AttributeError):  # not all say what they take
        return False
    return True


def flat(values: Any) -> list[Any]:
    if not isinstance(values, list | tuple):
        return [values]
    return [item for value in values for item in flat(value)]


def test_what_can_be_changed_is_copied() -> None:
    weights = {0: 1.0, 1: 2.0}
    ours = configured(DecisionTreeClassifier(), {"class_weight": weights})
    assert ours.class_weight == weights
    assert ours.class_weight is not weights
    source = np.random.RandomState(0)
    assert configured(DecisionTreeClassifier(random_state=source), {}).random_state is not source
    assert not is_flat(DecisionTreeClassifier().fit(X, np.arange(20) % 2))


def test_names_that_it_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        configured(DecisionTreeClassifier(), {"depth": 2})


def test_valid_parameters() -> None:
    assert has_valid_params(DecisionTreeClassifier(), {"max_depth": 2})
    assert not has_valid_params(DecisionTreeClassifier(), {"max_depth": -2})
    assert not has_valid_params(OfMyOwn(), {"strategy": "uniform"})  # it is not looked at


def test_parameters_are_validated_once_a_candidate(monkeypatch: Any) -> None:
    asked = []
    original = DummyClassifier._validate_params
    monkeypatch.setattr(
        DummyClassifier, "_validate_params", lambda self: asked.append(self) or original(self)
    )
    grid = {"random_state": [0, 1, 2]}
    GridSearch(DummyClassifier(strategy="uniform"), grid, cv=4, refit=False).fit(
        X, np.arange(20) % 2
    )
    assert len(asked) == 3
