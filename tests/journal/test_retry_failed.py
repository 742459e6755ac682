"""Candidates that have failed are evaluated again on request, and nothing else is."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving, read_journal
from tests.helpers.journal.resuming import Toy, X, lines_of, y
from tests.helpers.searches import assert_same_results

BROKEN: set[str] = set()
"""What is wrong with this machine just now: it is no part of the estimator."""


class Flaky(Toy):
    """An estimator that fails on some data where something is wrong with the machine."""

    fits: ClassVar[list[Any]] = []

    def fit(self, X: Any, y: Any) -> Flaky:
        Flaky.fits.append(self.a)
        if BROKEN and self.kind == "other" and X[0, 0] > 0:
            raise OSError("the device is busy")
        super().fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        if BROKEN and self.kind == "more":
            raise OSError("the device is busy")
        return super().predict(X)


GRID = {"a": [0.3, 1.0, 3.0], "kind": ["mean", "other", "more"]}
RANGES = {"a": (0.1, 10.0, "log-uniform"), "kind": ["mean", "other", "more"]}
HALVING = SuccessiveHalving(min_resources=20, factor=2, random_state=0)
SEARCHES: dict[str, Callable[..., Any]] = {
    "grid": lambda **more: GridSearch(Flaky(), GRID, **more),
    "random": lambda **more: RandomSearch(Flaky(), RANGES, n_iter=7, random_state=0, **more),
    "halved": lambda **more: GridSearch(Flaky(), GRID, strategy=HALVING, **more),
    "raced": lambda **more: GridSearch(Flaky(), GRID, early_termination="median", **more),
    "bayes": lambda **more: BayesSearch(Flaky(), RANGES, n_iter=7, random_state=0, **more),
    "two metrics": lambda **more: GridSearch(
        Flaky(), GRID, scoring=["accuracy", "f1"], **{"refit": False} | more
    ),
    "by folds": lambda **more: BayesSearch(
        Flaky(), RANGES, n_iter=4, n_points=2, folds="adaptive", random_state=0, **more
    ),
}
every_search = pytest.mark.parametrize("name", SEARCHES)


def fitted(name: str, path: Path | None = None, **options: Any) -> Any:
    Flaky.fits.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some candidates fail
        options = {"cv": 2, "refit": False, "checkpoint": path} | options
        return SEARCHES[name](**options).fit(X, y)


@pytest.fixture
def broken() -> Any:
    BROKEN.add("the device")
    yield BROKEN
    BROKEN.clear()


@every_search
def test_what_failed_is_done_again_once_and_only_that(
    name: str, broken: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    first = fitted(name, path)
    failed = {str(p) for p, s in _rows(first) if s == "failed"}
    assert failed
    assert len(failed) < len(first.cv_results_["params"])
    lines = lines_of(path)
    broken.clear()
    if name != "halved":  # which goes on with other candidates then
        fitted(name, path)
        assert Flaky.fits == []
        assert lines_of(path) == lines
    again = fitted(name, path, retry_failed=True)
    assert lines_of(path)[: len(lines)] == lines  # records stay
    assert Flaky.fits
    assert "failed" not in again.cv_results_["status"]
    if name in ("grid", "random", "two metrics"):
        splits = [b for b in map(_outcome, lines) if b and b["failures"]]
        assert len(Flaky.fits) == len(splits)
    if "b" not in name:  # nothing has been learned from the failures
        assert_same_results(again.cv_results_, fitted(name).cv_results_)
    if name == "bayes":
        assert again.cv_results_["params"] == first.cv_results_["params"]
    fitted(name, path, retry_failed=True)
    assert Flaky.fits == []
    if name not in ("halved", "raced", "by folds"):  # which do not come to all of them again
        assert "failed" not in set(read_journal(path)["status"])


def _rows(search: Any) -> Any:
    return zip(search.cv_results_["params"], search.cv_results_["status"], strict=True)


def _outcome(line: bytes) -> Any:
    body = json.loads(line)
    return {"failures": [], **body} if body["kind"] == "outcome" else None


def test_what_fails_again_counts_as_it_did(broken: set[str], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first = fitted("grid", path)
    n_fits = len(Flaky.fits)
    again = fitted("grid", path, retry_failed=True)
    assert 0 < len(Flaky.fits) < n_fits
    np.testing.assert_array_equal(again.cv_results_["status"], first.cv_results_["status"])
    assert list(read_journal(path)["status"]) == list(first.cv_results_["status"])


@every_search
def test_without_a_checkpoint_it_changes_nothing(name: str) -> None:
    plain, retried = fitted(name), fitted(name, retry_failed=True)
    assert_same_results(retried.cv_results_, plain.cv_results_)


@pytest.mark.parametrize("wrong", [1, None, "yes"])
def test_it_is_true_or_false(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"retry_failed=.*; pass True or False"):
        fitted("grid", retry_failed=wrong)
