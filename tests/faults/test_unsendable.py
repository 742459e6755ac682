"""Values that do not get to a worker, or kill it on arrival, before any fit has begun."""

from __future__ import annotations

import os
from dataclasses import replace
from pickle import PicklingError
from typing import Any

import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sktune.engine.executors import BundleReport
from sktune.engine.executors.pools import JoblibPool
from sktune.engine.recovering import Recovery
from sktune.engine.sending import Values
from sktune.evaluation import Limits
from tests.helpers.engine import bundle_of
from tests.helpers.harmed_searches import fitted, search_of
from tests.helpers.harming import N_SPLITS, Harming, expected
from tests.helpers.searches import Make, bayes, grid, random

pytestmark = pytest.mark.usefixtures("ends")


class Parcel:
    """A value that does what it is told when it is sent, or when it arrives elsewhere."""

    def __init__(self, how: str, home: int) -> None:
        self.how, self.home = how, home

    def __repr__(self) -> str:
        return f"Parcel({self.how!r})"

    def __deepcopy__(self, memo: Any) -> Parcel:
        return self

    def __reduce__(self) -> Any:
        if self.how == "lock":
            raise TypeError("it has a lock")
        return opened, (self.how, self.home)


def opened(how: str, home: int) -> Parcel:
    if os.getpid() != home:
        if how == "kill":
            os._exit(7)
        raise KeyError("a part of it")
    return Parcel(how, home)


def number(estimator: Any, X: Any, y: Any) -> float:
    value = estimator.value
    return -1.0 if isinstance(value, Parcel) else expected(value, estimator.split_)


REASONS = {
    "lock": ("failed", "TypeError: it has a lock"),
    "raise": ("failed", "KeyError: 'a part of it'"),
    "kill": ("crashed", "EXIT(7)"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "how", "at"),
    [
        *((grid, how, at) for how, at in (("lock", 0), ("raise", 2), ("kill", 2))),
        (random, "kill", 0),
        (random, "raise", 0),
        (bayes, "kill", 2),
        (bayes, "lock", 2),
    ],
)
def test_what_does_not_get_to_a_worker_fails_alone(make: Make, how: str, at: int) -> None:
    values: list[Any] = list(range(4))
    values.insert(at, Parcel(how, os.getpid()))
    search, told = fitted(search_of(make, values, estimator=Harming(), scoring=number, n_jobs=2))
    results = search.cv_results_
    assert len(results["params"]) == len(values)
    for row, params in enumerate(results["params"]):
        value = params["value"]
        if isinstance(value, Parcel):
            status, reason = REASONS[how]
            assert results["status"][row] == status
            assert reason in results["error"][row]
            assert reason in told
        else:
            assert results["status"][row] == "ok", results["error"][row]
            for split in range(N_SPLITS):
                assert results[f"split{split}_test_score"][row] == expected(value, split)


@pytest.mark.slow
def test_many_that_do_not_get_there_are_told_one_by_one() -> None:
    """More in a row than it takes to conclude that no worker can begin at all."""
    bad = [Parcel(how, os.getpid()) for how in ("raise", "lock", "raise", "lock")]
    search, _ = fitted(
        search_of(grid, [0, 1, 2, *bad, 3], estimator=Harming(), scoring=number, n_jobs=2)
    )
    assert list(search.cv_results_["status"]) == ["ok"] * 3 + ["failed"] * 4 + ["ok"]


@pytest.mark.parametrize(
    "how", ["lock", *(pytest.param(how, marks=pytest.mark.slow) for how in ("raise", "kill"))]
)
def test_where_nothing_gets_there_the_search_says_why(how: str) -> None:
    """The estimator itself cannot be sent."""
    estimator = Harming(folder="")
    estimator.late = Parcel(how, os.getpid())
    search = search_of(grid, range(4), estimator=estimator, scoring=number, n_jobs=2)
    if how == "kill":
        with pytest.raises(TerminatedWorkerError):
            fitted(search)
        return
    opened = []
    opens = JoblibPool._open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JoblibPool, "_open", lambda self: opened.append(0) or opens(self))
        with pytest.raises(PicklingError, match=f"the estimator's late, .*{REASONS[how][1]}"):
            fitted(search)
    assert len(opened) == 2 * (how == "raise")  # what cannot be pickled needs no worker to say so
    assert hasattr(search, "n_splits_") is (how == "raise")


# without workers


def trials_of(bundles: Any) -> list[int]:
    return [task.trial for bundle in bundles for task in bundle.tasks]


def sort_out(recovery: Recovery, state: Any, *numbers: int) -> tuple[list[int], list[int]]:
    """Have tasks lost before they were begun; return the suspects, and the others."""
    recovery.suspects.clear()
    recovery.rest.clear()
    for k in numbers:
        report = BundleReport(bundle_of(k), (), state, TerminatedWorkerError(""), {})
        recovery.sort_out(report.bundle, report.bundle.tasks, report, alone=False)
    return trials_of(recovery.suspects), trials_of(recovery.rest)


def test_who_is_lost_twice_before_it_is_begun_is_tried_alone() -> None:
    recovery = Recovery(Limits())
    assert sort_out(recovery, "lost", 0, 1) == ([], [0, 1])
    assert sort_out(recovery, "lost", 1, 2) == ([1], [2])


def test_where_one_could_not_be_read_all_are_tried_alone() -> None:
    assert sort_out(Recovery(Limits()), "unsent", 0, 1) == ([0, 1], [])


def test_what_could_not_be_sent_is_no_crash_and_not_tried_on_other_splits() -> None:
    recovery, error = Recovery(Limits()), PicklingError("unsent")
    error.__cause__ = RuntimeError('"""\nTraceback\n  a line\nTypeError: a lock\n"""')
    report = BundleReport(bundle_of(3), (), "unsent", error)
    found = []
    for _ in range(2):
        found += recovery.sort_out(report.bundle, report.bundle.tasks, report, alone=True)
    (outcome,) = found
    (failure,) = outcome.failures
    assert failure.stage == "fit"
    assert (
        failure.reason
        == "TypeError: a lock (it could not be sent to a worker; n_jobs=1 sends nothing)"
    )
    assert recovery.wanted(bundle_of(3)) is None
    (other,) = recovery.untried
    assert other.failures[0].stage == "fit"
    assert other.failures[0].reason.startswith(failure.reason)


class Fine:
    n_pickled = 0

    def __reduce__(self) -> Any:
        self.n_pickled += 1
        return Fine, ()


def test_a_candidate_that_cannot_be_pickled_is_not_handed_out() -> None:
    fine, bad = Fine(), Parcel("lock", os.getpid())
    candidates = [{"value": 1}, {"value": fine}, {"value": 2, "other": bad}, {"other": fine}]
    tasks = tuple(
        replace(task, params=params)
        for number, params in enumerate(candidates)
        for task in bundle_of(number).tasks
    )
    bundles = [replace(bundle_of(0), tasks=tasks), replace(bundle_of(0), tasks=tasks[2:3])]
    recovery = Recovery(Limits(), Values().error_of)
    first, second = map(recovery.wanted, bundles)
    assert first is not None
    assert [task.trial for task in first.tasks] == [0, 1, 3]
    assert second is None
    assert fine.n_pickled == 1  # each value once
    for outcome in recovery.untried:
        (failure,) = outcome.failures
        assert (outcome.trial, failure.stage) == (2, "fit")
        assert (
            failure.reason
            == "TypeError: it has a lock (it could not be sent to a worker; n_jobs=1 sends nothing)"
        )
