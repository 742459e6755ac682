"""A candidate that misbehaves is one failed candidate, and the others are what they would be."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from sktune import GridSearch, read_journal
from sktune.exceptions import FailedCandidatesWarning
from tests.helpers.misbehaving import (
    FAILS,
    FAILS_AWAY,
    GOOD,
    NO_SCORES,
    ODD,
    PREDICTED,
    RISKY,
    SCORES,
    BareError,
    ByTrees,
    Odd,
    Odds,
    Same,
)
from tests.helpers.searches import SEARCHES, every_search, grid, more

# what is told of each candidate: its scores, its status and why it failed
Told = dict[Any, tuple[tuple[float, ...], str, str | None]]

_ROOT = Path(__file__).parents[2]

slow = pytest.mark.slow
alone_and_shared = pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
# whatever is odd meets one search alone and another one shared; else slow
a_third = pytest.mark.parametrize(
    ("make", "shared", "begin"),
    [
        pytest.param(
            *search.values,
            shared,
            begin,
            id=f"{search.id}-{'shared' if shared else 'alone'}-{begin}",
            marks=[] if begin == (n + shared) % 3 else slow,
        )
        for n, search in enumerate(SEARCHES)
        for shared in (False, True)
        for begin in range(3)
    ],
)


def searched(make: Any, hows: Sequence[Any], *, shared: bool, iris: Any, **options: Any) -> Told:
    """Search candidates, by themselves or behind a step that they have in common."""
    estimator: Any = Pipeline([("same", Same()), ("odd", Odd())]) if shared else Odd()
    name = "odd__how" if shared else "how"
    return told(make, estimator, {name: list(hows)}, iris, **options)


def told(make: Any, estimator: Any, space: Any, iris: Any, **options: Any) -> Told:
    (name,) = space
    options = {"cv": 2, "refit": False, **more(make, n_iter=len(space[name])), **options}
    search = make(estimator, space, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FailedCandidatesWarning)
        warnings.filterwarnings("ignore", message="One or more of the")
        search.fit(*iris)
    results = search.cv_results_
    splits = [results[f"split{split}_test_score"] for split in range(2)]
    return {
        params[name]: (tuple(scores), status, error)
        for params, *scores, status, error in zip(
            results["params"], *splits, results["status"], results["error"], strict=True
        )
    }


def assert_one_failed(got: Told, clean: Told, failing: dict[Any, str]) -> None:
    """Check that exactly those have failed for their reasons, and all else is as without them."""
    assert set(got) == set(clean) | set(failing)
    for how, reason in failing.items():
        scores, status, error = got[how]
        assert status == "failed", how
        assert error is not None
        assert reason in error, how
        assert len(error) < 1100, how
        assert np.isnan(scores).all(), how
    assert {how: got[how] for how in clean} == clean


def with_all(bad: Sequence[Any]) -> list[Any]:
    """The good ones, with others between them."""
    return [GOOD[0], *bad[::2], GOOD[1], *bad[1::2], GOOD[2]]


@a_third
def test_what_fails_in_the_fit_fails_alone(make: Any, shared: bool, begin: int, iris: Any) -> None:
    clean = searched(make, GOOD, shared=shared, iris=iris)
    assert len({scores for scores, *_ in clean.values()}) == 3
    for how, (_, reason) in [*FAILS.items()][begin::3]:
        got = searched(make, [GOOD[0], how, *GOOD[1:]], shared=shared, iris=iris)
        assert_one_failed(got, clean, {how: reason})


@a_third
def test_what_predicts_nonsense_fails_alone(make: Any, shared: bool, begin: int, iris: Any) -> None:
    clean = searched(make, GOOD, shared=shared, iris=iris)
    for how in [*PREDICTED][begin::3]:
        got = searched(make, [GOOD[0], how, *GOOD[1:]], shared=shared, iris=iris)
        assert_one_failed(got, clean, {how: ": "})


@a_third
def test_what_is_odd_but_fits_does_nothing_to_others(
    make: Any, shared: bool, begin: int, iris: Any
) -> None:
    clean = searched(make, GOOD, shared=shared, iris=iris)
    for how in [*ODD][begin::3]:
        got = searched(make, [GOOD[0], how, *GOOD[1:]], shared=shared, iris=iris)
        # it is what the first of the good ones is, by another name
        assert got == {**clean, how: clean["good"]}, how


@a_third
def test_what_is_no_score_fails_alone(make: Any, shared: bool, begin: int, iris: Any) -> None:
    """Though the scorer writes into what it is given, of one candidate."""
    clean = searched(make, GOOD, shared=shared, iris=iris, scoring=Odds())
    for how in sorted(NO_SCORES.keys() - {"dict"})[begin::3]:  # where metrics have names, all have
        got = searched(make, [GOOD[0], how, *GOOD[1:]], shared=shared, iris=iris, scoring=Odds())
        assert_one_failed(got, clean, {how: "ValueError: scoring "})


@alone_and_shared
def test_a_scorer_that_writes_spoils_nobody(shared: bool, iris: Any) -> None:
    """To the bit what candidates have whose scorer does not."""
    X, y = iris
    before = X.copy(), y.copy()
    plain = searched(grid, GOOD, shared=shared, iris=iris, scoring="accuracy")
    writing = searched(grid, GOOD, shared=shared, iris=iris, scoring=Odds())
    assert writing == plain
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


@every_search
def test_what_is_a_number_is_a_score(make: Any, iris: Any) -> None:
    got = searched(make, [*GOOD, *SCORES], shared=False, iris=iris, scoring=Odds())
    for how, given in SCORES.items():
        number = float(given.item() if hasattr(given, "item") else given)
        assert got[how] == ((number, number), "ok", None)


SIZES = [*((bad, 1) for bad in ("many", 0, -1, 2.5, None)), (0, 2)]


@pytest.mark.parametrize(
    ("make", "bad", "n_jobs"),
    [
        # each search with half of what is bad, and all of it in one at least; else slow
        pytest.param(
            *search.values,
            bad,
            n_jobs,
            id=f"{search.id}-{bad}-{n_jobs}",
            marks=[] if (n + k) % 2 and n_jobs == 1 else slow,
        )
        for n, search in enumerate(SEARCHES)
        for k, (bad, n_jobs) in enumerate(SIZES)
    ],
)
def test_in_a_group_of_fits_that_contain_others_one_fails_alone(
    make: Any, bad: Any, n_jobs: int, iris: Any
) -> None:
    """One forest is all of them, unless one of them cannot be had."""
    forest = RandomForestClassifier(max_depth=2, random_state=0)
    options = {"iris": iris, "n_jobs": n_jobs}
    clean = told(make, forest, {"n_estimators": [2, 4, 6]}, **options)
    got = told(make, forest, {"n_estimators": [2, bad, 4, 6]}, **options)
    assert_one_failed(got, clean, {bad: "InvalidParameterError"})


@pytest.mark.parametrize(
    ("make", "n_jobs", "bad"),
    [
        pytest.param(
            *search.values,
            n_jobs,
            bad,
            id=f"{search.id}-{n_jobs}-{bad}",
            marks=[] if n == k and n_jobs == 1 else slow,
        )
        for n, search in enumerate(SEARCHES)
        for n_jobs in (1, 2)
        for k, bad in enumerate((2, 5, 6))  # the last is the fit that contains the others
    ],
)
def test_in_such_a_group_one_that_cannot_be_scored_fails_alone(
    make: Any, n_jobs: int, bad: int, iris: Any
) -> None:
    forest = RandomForestClassifier(max_depth=2, random_state=0)
    space = {"n_estimators": [2, 3, 4, 5, 6]}
    plain = told(make, forest, space, iris=iris, scoring="accuracy")
    for how, reason in {"raises": "RuntimeError", "inf": "infinite", "memory": "Memory"}.items():
        scorer = ByTrees(bad, how)
        got = told(make, forest, space, iris=iris, scoring=scorer, n_jobs=n_jobs)
        rest = {n: plain[n] for n in plain if n != bad}
        assert_one_failed(got, rest, {bad: reason})


def test_in_workers_it_is_the_same(iris: Any) -> None:
    """All at once, so that one pool of workers has been through everything.

    There what is no `Exception` is its candidate's own matter too.
    """
    hows = [*FAILS, *PREDICTED, *ODD, *FAILS_AWAY]
    clean = searched(grid, GOOD, shared=True, iris=iris)
    got = searched(grid, with_all(hows), shared=True, iris=iris, n_jobs=2)
    odd = dict.fromkeys(ODD, clean["good"])
    failing = {how: FAILS[how][1] if how in FAILS else ": " for how in [*FAILS, *PREDICTED]}
    assert_one_failed(got, {**clean, **odd}, failing | FAILS_AWAY)


@pytest.mark.slow
@every_search
@alone_and_shared
def test_in_workers_it_is_the_same_everywhere(make: Any, shared: bool, iris: Any) -> None:
    clean = searched(make, GOOD, shared=shared, iris=iris)
    for how in [*FAILS, *PREDICTED]:
        got = searched(make, [GOOD[0], how, *GOOD[1:]], shared=shared, iris=iris, n_jobs=2)
        assert_one_failed(got, clean, {how: FAILS[how][1] if how in FAILS else ": "})
    for how in ODD:
        got = searched(make, [GOOD[0], how, *GOOD[1:]], shared=shared, iris=iris, n_jobs=2)
        assert got == {**clean, how: clean["good"]}, how


def test_a_scorer_that_exits_in_a_worker_fails_alone(iris: Any) -> None:
    clean = searched(grid, GOOD, shared=False, iris=iris, scoring=Odds())
    hows = [GOOD[0], "exits", *GOOD[1:]]
    with parallel_config("threading"):
        got = searched(grid, hows, shared=False, iris=iris, scoring=Odds(), n_jobs=2)
    assert_one_failed(got, clean, {"exits": "SystemExit: 4"})


def test_what_a_worker_raises_ends_a_search_that_is_to_raise(iris: Any) -> None:
    with pytest.raises(SystemExit), parallel_config("threading"):
        searched(grid, [*GOOD, "exit"], shared=False, iris=iris, n_jobs=2, error_score="raise")


@pytest.mark.slow
@every_search
@alone_and_shared
def test_in_workers_what_is_no_score_fails_alone(make: Any, shared: bool, iris: Any) -> None:
    clean = searched(make, GOOD, shared=shared, iris=iris, scoring=Odds())
    hows = sorted(NO_SCORES.keys() - {"dict"})
    got = searched(make, with_all(hows), shared=shared, iris=iris, scoring=Odds(), n_jobs=2)
    assert_one_failed(got, clean, dict.fromkeys(hows, "ValueError: scoring "))


@every_search
def test_what_a_fit_changes_in_its_process_is_put_back(make: Any, iris: Any) -> None:
    def state() -> Any:
        filters = list(warnings.filters)
        return (os.getcwd(), filters, np.geterr(), sys.getrecursionlimit(), sklearn.get_config())

    before = state()
    seen = Watching.states = []
    hows = ["directory", "filters", "numpy errors", "recursion limit", "sklearn"]
    space = {"how": [how for pair in zip(hows, range(5), strict=True) for how in pair]}
    # of its own, whatever other tests have left if they failed
    with np.errstate(all="warn"):
        make(Watching(state), space, cv=2, refit=False, **more(make, n_iter=10)).fit(*iris)
        assert np.geterr()["divide"] == "warn"
    assert len(seen) == 20
    assert all(found == seen[0] for found in seen)
    assert state() == before


class Watching(Odd):
    """Notes what it finds before it changes it."""

    states: list[Any] = []  # noqa: RUF012 - of all copies

    def __init__(self, state: Any, how: Any = "good", other: Any = 0) -> None:
        super().__init__(how, other)
        self.state = state

    def __sklearn_clone__(self) -> Watching:
        return Watching(self.state, self.how, self.other)

    def fit(self, X: Any, y: Any) -> Any:
        # as a candidate finds it; what it is within a search is not what it is outside
        Watching.states.append(self.state())
        return super().fit(X, y)


@every_search
@pytest.mark.parametrize(
    ("how", "raised", "n_jobs"),
    [
        ("exit", SystemExit, 1),
        ("generator exit", GeneratorExit, 1),
        ("bare", BareError, 1),
        ("interrupt", KeyboardInterrupt, 1),
        pytest.param("interrupt", KeyboardInterrupt, 2, marks=pytest.mark.slow),
    ],
)
def test_what_ends_a_search_leaves_what_was_found(
    make: Any, how: str, raised: type[BaseException], n_jobs: int, tmp_path: Path, iris: Any
) -> None:
    """As in scikit-learn; but the results stay, and the journal goes on."""
    path = tmp_path / "search.jsonl"
    # bayesian candidates come in no order
    space = {"how": [*GOOD, how]}
    options = {"cv": 2, "n_jobs": n_jobs, "checkpoint": path, **more(make, n_iter=4)}
    search = make(Odd(), space, **options)
    with pytest.raises(raised):
        search.fit(*iris)
    found = getattr(search, "cv_results_", {"params": [], "status": []})
    assert set(found["status"]) <= {"ok", "partial"}
    assert how not in [params["how"] for params in found["params"]]
    if path.exists():
        recorded = read_journal(path)
        assert sum(recorded["status"] == "ok") == sum(found["status"] == "ok")
    if make is grid and n_jobs == 1:
        assert list(found["status"]) == ["ok"] * 3
        assert search.best_params_ == {"how": "best"}


@pytest.mark.parametrize(
    ("make", "shared"),
    [
        pytest.param(*search.values, shared, id=search.id, marks=[] if shared == n % 2 else slow)
        for n, search in enumerate(SEARCHES)
        for shared in (False, True)
    ],
)
def test_a_message_of_ten_megabytes_does_not_cost_the_journal(
    make: Any, shared: bool, tmp_path: Path, iris: Any
) -> None:
    path = tmp_path / "search.jsonl"
    hows = [GOOD[0], "long", "lines", "surrogate", *GOOD[1:]]
    got = searched(make, hows, shared=shared, iris=iris, checkpoint=path)
    assert path.stat().st_size < 10**6
    assert len(read_journal(path)) == 6
    assert got["long"][2] is not None
    assert got["long"][2].startswith("ValueError: beginxxx")
    assert got["long"][2].endswith("xxxend")
    assert "characters..." in got["long"][2]
    # it is read again, and nothing of it is fitted again
    size = path.stat().st_size
    assert repr(searched(make, hows, shared=shared, iris=iris, checkpoint=path)) == repr(got)
    assert path.stat().st_size - size < 200


def test_many_metrics_that_fail_with_long_messages_do_not_cost_the_journal(
    tmp_path: Path, iris: Any
) -> None:
    path = tmp_path / "search.jsonl"
    scoring = {f"m{k}": _raises_at_length for k in range(50)} | {"accuracy": "accuracy"}
    search = GridSearch(
        Odd(), {"how": list(GOOD)}, scoring=scoring, refit="accuracy", cv=2, checkpoint=path
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FailedCandidatesWarning)
        warnings.filterwarnings("ignore", message="One or more of the")
        search.fit(*iris)
    assert len(read_journal(path)) == 3
    assert search.best_score_ > 0.9


def _raises_at_length(estimator: Any, X: Any, y: Any) -> float:
    raise ValueError("\U0001f600" * 10**5)


SCRIPT = """
import os, sys, warnings
from sklearn.datasets import load_iris
from sklearn.pipeline import Pipeline
from sktune import BayesSearch, GridSearch, RandomSearch
from sktune import read_journal
from tests.helpers.misbehaving import GOOD, Odd, Same

if __name__ == "__main__":
    kind, how, n_jobs, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    make = {"GridSearch": GridSearch, "RandomSearch": RandomSearch, "BayesSearch": BayesSearch}
    more = {} if kind == "GridSearch" else {"n_iter": 4, "random_state": 0}
    pipeline = Pipeline([("same", Same()), ("odd", Odd())])
    space = {"odd__how": [GOOD[0], how, *GOOD[1:]]}
    search = make[kind](pipeline, space, cv=2, n_jobs=n_jobs, checkpoint=path, **more)
    search.fit(*load_iris(return_X_y=True))
    with open(f"{path}.{os.getpid()}", "w") as file:
        print(*sorted(search.cv_results_["status"]), len(read_journal(path)), file=file)
"""


@pytest.mark.parametrize(
    ("kind", "n_jobs", "how"),
    [
        ("GridSearch", 1, "fork exits"),
        *(pytest.param("GridSearch", 2, how, marks=slow) for how in RISKY),
        *(pytest.param("RandomSearch", 1, how, marks=slow) for how in RISKY),
        *(pytest.param("BayesSearch", 2, how, marks=slow) for how in ("fork raises", "prints")),
    ],
)
def test_what_spoils_a_process_does_not_spoil_the_search(
    kind: str, n_jobs: int, how: str, tmp_path: Path
) -> None:
    """A fork that leaves the fit is not a second search; output that is gone, or too much."""
    path = tmp_path / "search.jsonl"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, kind, how, str(n_jobs), str(path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120, cwd=_ROOT,
    )  # fmt: skip
    if how not in ("stdout", "descriptor"):  # closing it at the end fails
        assert done.returncode == 0, done.stderr
    said = [file.read_text() for file in tmp_path.iterdir() if file.suffix[1:].isdigit()]
    assert said == ["ok ok ok ok 4\n"]
