"""Slicing, fitting and scoring in the worker."""

from __future__ import annotations

import math
import pickle
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import linear_kernel
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.evaluation import Bundle, Evaluator, SharedEvaluator, Task
from sktune.evaluation.scores import read_scores
from sktune.evaluation.slicing import MOST_BYTES, Slicer
from tests.helpers.engine import problem
from tests.helpers.estimators import Counting, Faulty, Slow


def bundle(params: Any = None, trial: int = 0) -> Bundle:
    return Bundle(0, problem().splits[0], (Task(trial, 0, params or {}),))


def layout(array: np.ndarray) -> tuple[Any, ...]:
    return array.strides, array.dtype, array.flags.c_contiguous, array.flags.writeable


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, "U3", "datetime64[s]"])
def test_kept_slices_are_what_scikit_learn_slices(order: str, dtype: Any) -> None:
    X = np.asarray(np.arange(60).reshape(30, 2).astype(dtype), order=order)
    weight = np.arange(30.0)
    measured = problem(X=X, fit_params={"sample_weight": weight}, score_params={"w": weight})
    kept, fresh = Slicer(measured), Slicer(measured, most_bytes=0)
    for split in (0, 1, 0, 2):
        rows = measured.splits[split]
        a, b = kept.take(Counting(), split, rows), fresh.take(Counting(), split, rows)
        for name in ("X_train", "X_test", "y_train", "y_test"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
            assert layout(getattr(a, name)) == layout(getattr(b, name))
        np.testing.assert_array_equal(a.fit_params["sample_weight"], b.fit_params["sample_weight"])
        np.testing.assert_array_equal(a.test_params["w"], b.test_params["w"])


@pytest.mark.parametrize("most_bytes", [0, 2**20])
def test_a_parameter_that_is_not_sliced_is_the_users_own(most_bytes: int) -> None:
    start, weight = np.zeros(4), np.ones(30)
    measured = problem(fit_params={"coef_init": start, "sample_weight": weight})
    slicer = Slicer(measured, most_bytes=most_bytes)
    for _ in range(2):
        given = slicer.take(Counting(), 0, measured.splits[0]).fit_params
        assert given["coef_init"] is start
        assert given["sample_weight"] is not weight


def test_only_so_much_is_kept() -> None:
    measured = problem()  # 30 rows of 16 bytes in X and 8 in y, on three splits
    per_split = 30 * (16 + 8)
    for most_bytes, kept in ((3 * per_split, True), (3 * per_split - 1, False)):
        slicer = Slicer(measured, most_bytes=most_bytes)
        slicer.take(Counting(), 0, measured.splits[0])
        assert bool(slicer._kept) == kept


def test_a_task_may_write_into_its_slices() -> None:
    slicer, rows = Slicer(problem()), problem().splits[0]
    slicer.take(Counting(), 0, rows).X_train[:] = -1
    assert slicer.take(Counting(), 0, rows).X_train.min() > 0


@pytest.mark.parametrize(
    "X", [pd.DataFrame({"a": range(30)}), [["a"]] * 30, np.array([[object()]] * 30, dtype=object)]
)
def test_what_cannot_be_copied_exactly_is_sliced_anew(X: Any) -> None:
    slicer, rows = Slicer(problem(X=X)), problem().splits[0]
    first, second = (slicer.take(Counting(), 0, rows).X_train for _ in range(2))
    assert first is not second
    assert not slicer._kept


def test_a_candidate_may_make_the_estimator_pairwise() -> None:
    X = np.random.RandomState(0).rand(30, 30)
    X, y = linear_kernel(X), np.arange(30) % 2
    space = {"kernel": ["precomputed", "linear"]}
    both = GridSearch(SVC(), space, cv=3).fit(X, y).cv_results_["mean_test_score"]
    for index, kernel in enumerate(space["kernel"]):
        alone = GridSearch(SVC(), {"kernel": [kernel]}, cv=3).fit(X, y)
        assert alone.cv_results_["mean_test_score"][0] == both[index]


def test_a_pickled_evaluator_leaves_its_slices_at_home() -> None:
    evaluator = Evaluator(problem())
    before = len(pickle.dumps(evaluator))
    list(evaluator(bundle()))
    assert len(pickle.dumps(evaluator)) == before


@pytest.mark.parametrize("raise_errors", [True, False])
@pytest.mark.parametrize("how", ["raise", "unpicklable"])
def test_outcomes_of_failures_can_be_sent_back(raise_errors: bool, how: str) -> None:
    measured = problem(estimator=Faulty(value=how), raise_errors=raise_errors)
    evaluator = pickle.loads(pickle.dumps(Evaluator(measured)))
    (outcome,) = pickle.loads(pickle.dumps(list(evaluator(bundle(trial=3)))))
    assert outcome.failed
    assert outcome.trial == 3
    assert "this candidate raises" in outcome.failures[0].reason
    assert "Traceback" in outcome.failures[0].traceback
    assert (outcome.exception is not None) == raise_errors
    assert not raise_errors or "this candidate raises" in str(outcome.exception)


def test_times_are_those_of_the_fit_and_of_the_scores() -> None:
    def slow_score(estimator: Any, X: Any, y: Any) -> float:
        time.sleep(0.03)
        return 0.5

    measured = problem(estimator=Slow(), scorer=slow_score, return_train_score=True)
    (outcome,) = Evaluator(measured)(bundle())
    assert outcome.fit_time >= 0.01
    assert outcome.score_time >= 0.03
    assert outcome.fit_time + outcome.score_time < 10


def test_a_long_value_is_told_in_short() -> None:
    (outcome,) = Evaluator(problem(scorer=lambda *_: "x" * 1000))(bundle())
    assert 100 < len(outcome.failures[0].reason) < 400


def test_parameters_that_cannot_be_set_are_a_failure() -> None:
    (outcome,) = Evaluator(problem())(bundle({"nonsense": 1}))
    assert outcome.failures[0].stage == "fit"
    assert "nonsense" in outcome.failures[0].reason


def scorer(estimator: Any, X: Any, y: Any) -> float:
    return 0.0


@given(st.floats(allow_infinity=False))
def test_finite_scores_and_nan_are_taken_as_they_are(score: float) -> None:
    for given_score in (score, np.float64(score), np.array(score), np.array([score])):
        read = read_scores(given_score, scorer)
        assert not read.flaws
        number = read.values["score"]
        assert number is not None
        assert type(number) is float
        assert number.hex() == score.hex()


@pytest.mark.parametrize(
    "number", [1, True, Fraction(1, 2), Decimal("0.5"), np.int8(3), np.bool_(True)]
)
def test_other_real_numbers_are_scores(number: Any) -> None:
    read = read_scores(number, scorer)
    assert read.values == {"score": float(number)}
    assert not read.flaws


class HasNoText:
    def __repr__(self) -> str:
        raise ValueError("no text")


class HasNoItem:
    def item(self) -> Any:
        raise RuntimeError("no item")


@pytest.mark.parametrize(
    "odd",
    [
        math.inf,
        -math.inf,
        None,
        "1",
        1j,
        10**400,
        [1.0],
        HasNoText(),
        {},
        b"1",
        "",
        " ",
        np.complex64(1),
        np.ma.masked,
        HasNoItem(),
        Decimal("inf"),
    ],
)
def test_anything_else_is_a_flaw_with_a_reason(odd: Any) -> None:
    read = read_scores(odd, scorer)
    assert len(read.flaws) == 1
    assert "scoring" in read.flaws[0].reason
    assert not [value for value in read.values.values() if value is not None]
    named = read_scores({"good": 1.0, "odd": odd}, scorer)
    assert named.values == {"good": 1.0, "odd": None}
    assert "scorer=odd" in named.flaws[0].reason


def slow_on_training(estimator: Any, X: Any, y: Any) -> float:
    if len(X) == 20:
        time.sleep(0.5)
    return 0.0


def test_the_score_time_is_that_of_the_test_set() -> None:
    measured = problem(scorer=slow_on_training, return_train_score=True)
    (got,) = Evaluator(measured)(bundle())
    assert got.train_scores == {"score": 0.0}
    assert got.score_time < 0.5


class SlowToSet(Counting):
    def set_params(self, **params: Any) -> Any:
        time.sleep(0.5)
        return super().set_params(**params)


def test_the_fit_time_begins_after_the_parameters_are_set() -> None:
    (got,) = Evaluator(problem(estimator=SlowToSet()))(bundle({"value": 1}))
    assert not got.failed
    assert got.fit_time < 0.5


def test_the_test_set_is_scored_first() -> None:
    sizes: list[int] = []

    def noting(estimator: Any, X: Any, y: Any) -> float:
        sizes.append(len(X))
        return 0.0

    list(Evaluator(problem(scorer=noting, return_train_score=True))(bundle()))
    assert sizes == [10, 20]


def infinite_on_training(estimator: Any, X: Any, y: Any) -> float:
    return math.inf if len(X) == 20 else 0.5


def test_a_train_score_that_cannot_be_had_is_only_told() -> None:
    measured = problem(scorer=infinite_on_training, return_train_score=True)
    (got,) = Evaluator(measured)(bundle())
    assert [failure.stage for failure in got.failures] == ["train score"]
    assert not got.failed


def weight_fits(estimator: Any, X: Any, y: Any, weight: Any) -> float:
    return float(np.array_equal(X[:, 0], 2 * weight))


@pytest.mark.parametrize("width", [2, MOST_BYTES // (30 * 8)], ids=["kept", "too large to keep"])
def test_score_params_follow_the_set_that_is_scored(width: int) -> None:
    weight, X = np.arange(30.0), np.arange(30.0 * width).reshape(30, width)
    X[:, 0] = 2 * weight
    measured = problem(
        X=X, scorer=weight_fits, score_params={"weight": weight}, return_train_score=True
    )
    (got,) = Evaluator(measured)(bundle())
    assert got.test_scores == got.train_scores == {"score": 1.0}


def test_a_traceback_in_place_of_a_score_ends_the_search_if_it_is_to() -> None:
    story = "Traceback (most recent call last):\n  ...\nKeyError: 'a'\n"
    for ends in (True, False):
        (flaw,) = read_scores({"m": story}, scorer, ends=ends).flaws
        assert flaw.reason == "KeyError: 'a' (scorer=m)"
        assert isinstance(flaw.error, RuntimeError) == ends


def test_a_search_with_nothing_in_common_knows_nothing_of_sharing(monkeypatch: Any) -> None:
    """Neither its evaluator nor its bundles; candidates of a family may have something."""
    made: list[Any] = []
    init = SharedEvaluator.__init__

    def noted(self: Any, *args: Any) -> None:
        made.append(self)
        init(self, *args)

    monkeypatch.setattr(SharedEvaluator, "__init__", noted)
    X, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 2
    GridSearch(SVC(), {"C": [0.1, 1.0], "gamma": [0.1, 1.0]}, cv=2).fit(X, y)
    assert made == []
    GridSearch(SVC(), {"C": [0.1, 1.0], "max_iter": [500, 1000]}, cv=2).fit(X, y)
    assert len(made) == 1
