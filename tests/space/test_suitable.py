"""Ranges of which scikit-learn's own validation lets nothing pass cost no fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, poisson, randint, uniform
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skopt.space import Integer, Real

from sktune.space import Space
from sktune.space.suitable import check_ranges


class Lenient(DecisionTreeClassifier):
    """A user's class may take what scikit-learn's does not."""


TREE, SCALED = DecisionTreeClassifier(), make_pipeline(StandardScaler(), DecisionTreeClassifier())
DEPTH = "decisiontreeclassifier__max_depth"
STEP = Pipeline([("scale", None), ("model", SVC())])
MODELS = {"model": [TREE, RandomForestClassifier()]}

REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (TREE, {"max_depth": (1, 1e2, "log-uniform")}, r'int: \(1, 100, "log-uniform"\)\.$'),
    (TREE, {"max_depth": (1.0, 30)}, r"'max_depth' can have none of the floats from 1.0 to 30.0"),
    (TREE, {"max_depth": (1.0, 30)}, r"must be an int in the range \[1, inf\) or None. Got .*30\)"),
    (TREE, {"max_depth": (0.5, 9.5)}, "whose bounds are both int"),
    (TREE, {"max_depth": Real(1, 9)}, r"both bounds as int: \(1, 9\)"),
    (TREE, {"max_depth": uniform(1, 30)}, "can have none of its distribution.*Got"),
    (TREE, {"max_depth": (-9, -2)}, r"the integers from -9 to -2.*must be an int in the range"),
    (TREE, {"max_depth": Integer(-9, -2)}, "the integers from -9 to -2"),
    (TREE, {"min_samples_leaf": (1, 1e2)}, r"write both bounds as int: \(1, 100\)"),
    (SVC(), {"C": (-5.0, -1.0)}, r"float in the range .* instead\.$"),
    (SVC(), {"kernel": (0.0, 1.0)}, "must be a str among"),
    (SCALED, {DEPTH: (1, 1e2)}, f"'{DEPTH}' can have none"),
    (STEP, {**MODELS, "model__max_depth": (1, 1e2)}, r"RandomForestClassifier must be an int"),
    (make_pipeline(SCALED), {f"pipeline__{DEPTH}": (1, 1e2)}, "of DecisionTreeClassifier must be"),
]


@pytest.mark.parametrize(("estimator", "space", "told"), REFUSED)
def test_what_the_estimator_takes_nothing_of_is_refused(
    estimator: Any, space: Any, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        check_ranges(Space.read(space, "search_spaces"), estimator, "search_spaces")


TAKEN: list[tuple[Any, Any]] = [
    (TREE, {"max_depth": (1, 100)}),
    (TREE, {"max_depth": randint(1, 9)}),
    (TREE, {"max_depth": poisson(4)}),
    (TREE, {"min_samples_leaf": (0.01, 0.4)}),
    (TREE, {"min_samples_leaf": (0.5, 100.0)}),  # some of it
    (SVC(), {"C": (1, 10)}),
    (SVC(), {"C": norm(0, 1)}),
    (SVC(), {"kernel": ["linear", "nonsense"]}),
    (Lenient(), {"max_depth": (1, 1e2)}),
    (make_pipeline(StandardScaler(), Lenient()), {"lenient__max_depth": (1, 1e2)}),
    (STEP, {"model": [TREE, Lenient()], "model__max_depth": (1, 1e2)}),
    (STEP, {"model": [TREE, Lenient()] * 30, "model__max_depth": (1, 1e2)}),
    (STEP, {"model": [KNeighborsClassifier(), SVC()], "model__C": (1.0, 10.0)}),
]


@pytest.mark.parametrize(("estimator", "space"), TAKEN)
def test_what_may_be_taken_is_left_to_the_fits(estimator: Any, space: Any) -> None:
    check_ranges(Space.read(space, "search_spaces"), estimator, "search_spaces")


class OnlyDrawn:
    def rvs(self, random_state: Any = None) -> float:
        raise AssertionError("nothing is drawn")


def test_nothing_is_drawn_and_the_dict_is_named() -> None:
    state = np.random.RandomState(0)
    source = uniform(1, 30)
    source.random_state = state
    spaces = [{"max_depth": OnlyDrawn()}, {"max_depth": source}]
    with pytest.raises(ValueError, match=r"param_distributions\[1\]: 'max_depth'"):
        check_ranges(Space.of(spaces), TREE, "param_distributions")
    assert state.randint(10**6) == np.random.RandomState(0).randint(10**6)
