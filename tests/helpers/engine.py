"""Problems, bundles and outcomes made by hand, and runs of the engine over them."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from joblib._parallel_backends import ThreadingBackend
from sklearn.metrics import accuracy_score, make_scorer

from sktune import engine
from sktune.engine import Dispatcher, Execution, Executor, Setup, executor_for
from sktune.evaluation import Bundle, Task
from sktune.events import Observer, Observers, SearchInfo
from sktune.objective import Objective
from sktune.policies import Ending
from sktune.problem import Problem
from sktune.space import Space
from sktune.strategies import Enumerated
from sktune.trials import Outcome, Trial, Trials
from tests.helpers.estimators import Counting


def problem(n_splits: int = 3, **options: Any) -> Problem:
    X, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
    rows = np.arange(30)
    splits = [(rows[rows % n_splits != k], rows[rows % n_splits == k]) for k in range(n_splits)]
    defaults: dict[str, Any] = {
        "estimator": Counting(),
        "X": X,
        "y": y,
        "splits": splits,
        "scorer": make_scorer(accuracy_score),
        "fit_params": {},
        "score_params": {},
        "return_train_score": False,
        "raise_errors": False,
    }
    return Problem(**{**defaults, **options})


def doubled(bundle: Bundle) -> list[Outcome]:
    return [Outcome(t.trial, t.split, {"score": 1.0}, {}, False, 0, 0) for t in bundle.tasks]


def dispatching(n_jobs: int | None, pre_dispatch: int | str = "2*n_jobs") -> Dispatcher:
    """Return what sends bundles to joblib's workers, to be entered."""
    return Dispatcher(executor_for(None, n_jobs), pre_dispatch)


class WithoutGenerators(ThreadingBackend):
    """A backend like Ray's and Spark's, which give everything at the end."""

    supports_return_generator = False


class Witness(Observer):
    """Notes what happens, and in which thread."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.threads: set[int] = set()

    def note(self, *event: Any) -> None:
        self.events.append(event)
        self.threads.add(threading.get_ident())

    def search_started(self, info: SearchInfo) -> None:
        self.note("search started", info.n_candidates)

    def split_started(self, trial: Trial, split: int) -> None:
        self.note("started", trial.number, split)

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        self.note("finished", trial.number, outcome.split)

    def trial_finished(self, trial: Trial) -> None:
        self.note("trial finished", trial.number)


class After(Ending):
    """Ends a search after some outcomes."""

    reason = "stop"

    def __init__(self, n: int) -> None:
        self.n = n

    def check(self, trials: Trials) -> int | None:
        done = sum(len(trial.finished) for trial in trials) >= self.n
        return len(trials) if done else None


def run(
    measured: Problem,
    strategy: Any,
    trials: Trials,
    executor: Executor,
    *,
    observers: Observers | None = None,
    endings: Any = (),
    pre_dispatch: int | str = "2*n_jobs",
) -> str:
    """Run the engine over a problem, with what else a setup has as it is by default."""
    setup = Setup(
        measured,
        strategy,
        Objective(),
        trials,
        Execution(executor, pre_dispatch),
        observers=observers or Observers(),
        endings=tuple(endings),
    )
    return engine.run(setup)


def searched(n_jobs: int, policies: Any = (), n: int = 8, **options: Any) -> tuple[Trials, Witness]:
    witness = Witness()
    measured = problem(**options)
    observers = Observers([witness])
    trials = Trials(len(measured.splits), observers)
    strategy = Enumerated(Space.of({"value": list(range(n))}))
    executor = executor_for(None, n_jobs)
    run(measured, strategy, trials, executor, observers=observers, endings=policies)
    return trials, witness


class Learns(Enumerated):
    """Notes what it is told, and how much had been asked by then."""

    def __init__(self, space: Space) -> None:
        super().__init__(space)
        self.learnt: list[tuple[int, int]] = []

    def learn(self, trials: Any) -> None:
        assert all(trial.complete for trial in trials)
        self.learnt += [(trial.number, self.asked) for trial in trials]


def outcome(trial: int, split: int, score: float = 0.5) -> Outcome:
    return Outcome(trial, split, {"score": score}, {}, False, 0.1, 0.1)


def bundle_of(*trials: int, **more: Any) -> Bundle:
    return Bundle(0, (0, 0), tuple(Task(trial, 0, {}, **more) for trial in trials))  # type: ignore[arg-type]
