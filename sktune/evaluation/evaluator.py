"""Fit and score candidates. Runs in the worker, and never lets a failure escape.

The order of steps is that of scikit-learn's cross-validation, because the scores must be
the same to the last bit: clone, set, slice, fit, score the test set, score the training
set.
"""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from joblib import wrap_non_picklable_objects
from sklearn import config_context

from ..messages import LONGEST_STORY, shortened
from ..problem import Problem
from ..space.setting import configured
from ..trials import Failure, Outcome, Rounds
from ..types import Model, Samples, Target
from .guarding import Guard
from .limits import TimeIsUpError
from .models import SentModel
from .own_copies import OwnCopies
from .scores import Flaw, Scores, compute_scores
from .slicing import Slicer, SplitData
from .tasks import Bundle, Task


class Evaluator:
    """Gives the outcomes of bundles. Picklable; its answers depend on the problem alone.

    Each task is evaluated by itself; see `SharedEvaluator` for those that have work in common.

    Parameters
    ----------
    problem : Problem
        What is measured.
    guard : Guard, optional
        Stands beside every task.
    away : bool, default=False
        Whether this is a copy in a worker, from where outcomes have to be sent back.
    copies : OwnCopies, optional
        Where tasks run in threads, gives each what it could change for the others.
    """

    def __init__(
        self,
        problem: Problem,
        guard: Guard | None = None,
        *,
        away: bool = False,
        copies: OwnCopies | None = None,
    ) -> None:
        self.problem = problem
        self.copies = copies
        self.guard = guard or Guard()
        self.away = away
        self._slicer = Slicer(problem)

    def __reduce__(self) -> tuple[Any, ...]:
        # neither what has been sliced nor the other splits travel with a bundle
        return _arrive, (replace(self.problem, splits=()), self.guard)

    def __call__(self, bundle: Bundle) -> Iterator[Outcome]:
        """Evaluate the tasks of a bundle, in order; fewer if the search is over meanwhile."""
        for n, task in enumerate(bundle.tasks):
            if n and self.guard.is_over:
                break
            yield self.guarded(task, bundle)

    def guarded(
        self, task: Task, bundle: Bundle, evaluate: Callable[[Task, Bundle], Outcome] | None = None
    ) -> Outcome:
        """Evaluate a task within its limits, the ordinary way by default."""
        start = time.time()
        try:
            if self.copies is not None:
                task = self.copies.task(task)
            with self.guard.around(task.trial, task.split):
                return self.evaluate(task, bundle) if evaluate is None else evaluate(task, bundle)
        except TimeIsUpError:
            reason = f"TimeoutError: fit_timeout={self.guard.limits.seconds:g} seconds are over"
            failure = Failure("timeout", reason, reason)
        except MemoryError as exc:  # not even its story could be told
            failure = Failure("fit", f"MemoryError: {exc}", f"MemoryError: {exc}")
        spent = time.time() - start
        return Outcome(
            task.trial, task.split, {}, fit_time=spent, own_time=spent, failures=(failure,),
            **self.guard.stamp(start),
        )  # fmt: skip

    def evaluate(self, task: Task, bundle: Bundle, *, names: Sequence[str] = ("",)) -> Outcome:
        """Fit and score a candidate by itself; `names` are those of what is fitted."""
        start, problem = time.time(), self.own_problem()
        fitted, fit_time = self._fit(problem, task, bundle)
        test, train, score_time, rounds = Scores(), Scores(), 0.0, None
        model = None
        if not isinstance(fitted, Flaw):
            estimator, data, rounds = fitted
            begun = time.time()
            test = self._score(problem, estimator, data.X_test, data.y_test, data.test_params)
            score_time = time.time() - begun
            if self.problem.return_train_score:
                train = self._score(
                    problem, estimator, data.X_train, data.y_train, data.train_params
                )
            model = self.kept(estimator)
        flaw = fitted if isinstance(fitted, Flaw) else None
        return self.outcome(
            task, flaw, test, train, fit_time, score_time,
            own_time=time.time() - start, **self.guard.stamp(start),
            fits=tuple((name, fit_time / len(names)) for name in names), rounds=rounds,
            model=model,
        )  # fmt: skip

    def outcome(
        self,
        task: Task,
        fit: Flaw | None,
        test: Scores,
        train: Scores,
        fit_time: float,
        score_time: float,
        **more: Any,
    ) -> Outcome:
        """Put together what came of a task, and what went wrong."""
        flaws = [] if fit is None else [("fit", fit)]
        flaws += [("scoring" if flaw.raised else "score", flaw) for flaw in test.flaws]
        flaws += [("train score", flaw) for flaw in train.flaws]
        most = LONGEST_STORY // max(len(flaws), 1)  # a hundred metrics can fail at once
        return Outcome(
            trial=task.trial,
            split=task.split,
            test_scores=test.values,
            train_scores=train.values,
            multimetric=test.multimetric,
            fit_time=fit_time,
            score_time=score_time,
            failures=tuple(
                Failure(stage, flaw.reason, shortened(flaw.story, most)) for stage, flaw in flaws
            ),
            exception=self._exception([flaw for _, flaw in flaws]),
            **more,
        )

    def kept(self, model: Model | None) -> Model | SentModel | None:
        """Return a fitted model as an outcome has it; None where models are not kept."""
        if model is None or not self.problem.keeps_models:
            return None
        return SentModel.of(model) if self.away else model

    def own_problem(self) -> Problem:
        """Return the problem, in threads with copies of what a task could change for others."""
        return self.problem if self.copies is None else self.copies.problem()

    def _fit(
        self, problem: Problem, task: Task, bundle: Bundle
    ) -> tuple[tuple[Any, SplitData, Rounds | None] | Flaw, float]:
        """Fit a candidate; an exception is told as a flaw. Also the seconds that it took."""
        start, rounds = time.time(), None
        try:
            estimator = configured(problem.estimator, task.params)
            start = time.time()  # as in scikit-learn
            # what is kept are arrays alone, of which a task has nothing of its own
            slicer = self._slicer if self.copies is None or self._slicer.keeps else Slicer(problem)
            data = slicer.take(estimator, bundle.split, bundle.rows)
            around = nullcontext() if task.context is None else task.context.around(estimator)
            with around, config_context(skip_parameter_validation=task.valid or None):
                if problem.stopping is not None:
                    given = data.X_train, data.y_train, data.fit_params
                    rounds = problem.stopping.fit(estimator, *given, data.held_out, task.reach)
                elif data.y_train is None:
                    estimator.fit(data.X_train, **data.fit_params)
                else:
                    estimator.fit(data.X_train, data.y_train, **data.fit_params)
        except BaseException as exc:
            told = self.tell(exc)
            if told is None:
                raise
            return told, time.time() - start
        return (estimator, data, rounds), time.time() - start

    def _score(
        self,
        problem: Problem,
        estimator: Model,
        X: Samples,
        y: Target,
        params: dict[str, Any],
    ) -> Scores:
        ends = problem.raise_errors
        try:
            return compute_scores(problem.scorer, estimator, X, y, params, ends=ends)
        except BaseException as exc:
            told = self.tell(exc)
            if told is None:
                raise
            return Scores(flaws=[told])

    def tell(self, error: BaseException) -> Flaw | None:
        """Tell what was raised in a fit or a scorer; None if it is not its own."""
        return Flaw.of(error, ends=self.problem.raise_errors) if self.is_its_own(error) else None

    def is_its_own(self, error: BaseException) -> bool:
        """Whether what was raised in a fit or a scorer is an outcome, whatever it is.

        An interrupt and the end of its time come from outside; and in the main thread of the
        search's own process all that is no `Exception` may: handlers of SIGTERM call
        ``sys.exit()``. If all that is raised is to end the search, so is this.
        """
        if isinstance(error, Exception):
            return True
        if isinstance(error, KeyboardInterrupt | TimeIsUpError) or self.problem.raise_errors:
            return False
        return self.away or threading.current_thread() is not threading.main_thread()

    def _exception(self, flaws: list[Flaw]) -> Exception | None:
        """Return the exception that the search is to raise, if any."""
        for flaw in flaws:
            if flaw.error is not None:
                return _portable(flaw.error, flaw.story) if self.away else flaw.error
        return None


def _arrive(problem: Problem, guard: Guard) -> Evaluator:
    guard.arrive()
    return Evaluator(problem, guard, away=True)


def _portable(error: Exception, story: str) -> Exception:
    """Return the exception itself if it survives the way back from a worker, else its story."""
    try:
        # joblib's way of pickling takes classes that are defined in a script too
        wrapped = wrap_non_picklable_objects(error, keep_wrapper=False)
        pickle.loads(pickle.dumps(wrapped))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - anything may go wrong in an exception's __reduce__
        return RuntimeError(story)
    return error
