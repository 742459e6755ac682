"""Parcels: what is large is sent once, and the rest stays small however large that is."""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sktune.engine.executors.parcels import Parcel
from sktune.evaluation import Bundle, Evaluator, Task
from tests.helpers.engine import problem
from tests.helpers.estimators import Counting


def texts(n: int) -> list[str]:
    return [f"text number {k}" for k in range(n)]


KINDS = {
    "array": lambda n: np.arange(5.0 * n).reshape(n, 5),
    "array of objects": lambda n: np.array([[text, k] for k, text in enumerate(texts(n))], object),
    "frame": lambda n: pd.DataFrame({"a": np.arange(n), "b": texts(n)}),
    "sparse": lambda n: sparse.random(n, 50, density=0.2, format="csr"),
    "list of texts": texts,
}


class Sums(Counting):
    """Scores by the data that it was given."""

    def fit(self, X: Any, y: Any) -> Any:
        self.seen_ = float(np.sum(y))
        return self


def scored(estimator: Any, X: Any, y: Any) -> float:
    return float(estimator.seen_ + np.sum(y) / 1000)


def parcel_of(kind: str, n: int) -> tuple[Parcel, Any, list[Bundle]]:
    X, y, rows = KINDS[kind](n), np.arange(n) % 2, np.arange(n)
    splits = [(rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3)]
    measured = problem(estimator=Sums(), scorer=scored, X=X, y=y, splits=splits)
    bundles = [Bundle(k, splits[k], (Task(0, k, {"value": 1}),)) for k in range(3)]
    return Parcel(Evaluator(measured)), measured, bundles


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_with_each_load_does_not_grow_with_the_data(kind: str) -> None:
    sizes = []
    for n in (5_000, 50_000):
        parcel, measured, bundles = parcel_of(kind, n)
        assert sum(value is measured.X for value in parcel.data) == 1
        sizes.append([len(cloudpickle.dumps((parcel, parcel.load([one])))) for one in bundles])
    assert max(sizes[1]) < 1.1 * min(sizes[0]) < 20_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_has_the_data_gives_the_same(kind: str) -> None:
    parcel, measured, bundles = parcel_of(kind, 5_000)
    expected = [next(iter(Evaluator(measured)(one))) for one in bundles]
    sent = pickle.loads(pickle.dumps(parcel))
    for one, other in zip(bundles, expected, strict=True):
        (load,) = parcel.load([one])
        held = {number: parcel.data[number] for number in parcel.needed([load])}
        (outcome,) = sent.evaluating(held)(load)
        assert outcome.test_scores == other.test_scores
        assert not outcome.failures


def test_a_load_needs_the_rows_of_its_own_splits_alone() -> None:
    parcel, _, bundles = parcel_of("array", 5_000)
    first, second, _ = (set(parcel.needed(parcel.load([one]))) for one in bundles)
    assert len(first - second) == len(second - first) == 1


def test_data_that_estimator_and_fit_have_in_common_are_sent_once() -> None:
    X = KINDS["array"](5_000)
    measured = problem(X=X, y=np.arange(5_000) % 2, fit_params={"sample_weight": X[:, 0].copy()})
    data = Parcel(Evaluator(measured)).data
    assert sum(value is measured.X for value in data) == 1
    assert sum(value is measured.fit_params["sample_weight"] for value in data) == 1
