"""Values that do not get to a worker, or kill it on arrival, before any fit has begun."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from pickle import PicklingError
from typing import Any

import pytest
from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

from sktune.engine import Executor
from sktune.engine.recovering import InFlight
from sktune.engine.sending import Values
from sktune.evaluation import Limits, Notes
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
    renewed = []
    renew = Executor._renew
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Executor, "_renew", lambda self: renewed.append(0) or renew(self))
        with pytest.raises(PicklingError, match=f"the estimator's late, .*{REASONS[how][1]}"):
            fitted(search)
    assert len(renewed) == (how == "raise")  # what cannot be pickled needs no worker to say so
    assert hasattr(search, "n_splits_") is (how == "raise")


# without workers


def lost_unbegun(in_flight: InFlight, *numbers: int) -> Any:
    for k in numbers:
        in_flight.note_sent(bundle_of(k))
    return in_flight.sort_out()


def trials_of(bundles: Any) -> list[int]:
    return [task.trial for bundle in bundles for task in bundle.tasks]


def test_who_is_lost_twice_before_it_is_begun_is_tried_alone(tmp_path: Path) -> None:
    in_flight, error = InFlight(Notes(str(tmp_path)), Limits()), TerminatedWorkerError("")
    first = in_flight.doubted(lost_unbegun(in_flight, 0, 1), error)
    assert (trials_of(first.suspects), trials_of(first.rest)) == ([], [0, 1])
    second = in_flight.doubted(lost_unbegun(in_flight, 1, 2), error)
    assert (trials_of(second.suspects), trials_of(second.rest)) == ([1], [2])


@pytest.mark.parametrize("error", [BrokenProcessPool("unread"), PicklingError("unsent")])
def test_where_one_could_not_be_read_all_are_tried_alone(tmp_path: Path, error: Any) -> None:
    in_flight = InFlight(Notes(str(tmp_path)), Limits())
    lost = in_flight.doubted(lost_unbegun(in_flight, 0, 1), error)
    assert (trials_of(lost.suspects), trials_of(lost.rest)) == ([0, 1], [])


def test_what_could_not_be_sent_is_no_crash_and_not_tried_on_other_splits(tmp_path: Path) -> None:
    in_flight, error = InFlight(Notes(str(tmp_path)), Limits()), PicklingError("unsent")
    error.__cause__ = RuntimeError('"""\nTraceback\n  a line\nTypeError: a lock\n"""')
    (outcome,) = in_flight.died(bundle_of(3), error)
    (failure,) = outcome.failures
    assert failure.stage == "fit"
    assert failure.reason == "TypeError: a lock (it could not be sent to a worker)"
    assert not any(in_flight.wanted([bundle_of(3)]))
    (other,) = in_flight.untried()
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
    in_flight = InFlight(None, Limits(), Values().error_of)
    first, second = in_flight.wanted(bundles)
    assert first is not None
    assert [task.trial for task in first.tasks] == [0, 1, 3]
    assert second is None
    assert fine.n_pickled == 1  # each value once
    for outcome in in_flight.untried():
        (failure,) = outcome.failures
        assert (outcome.trial, failure.stage) == (2, "fit")
        assert failure.reason == "TypeError: it has a lock (it could not be sent to a worker)"
