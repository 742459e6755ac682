"""Fit and score candidates. Runs in the worker, and never lets a failure escape.

The order of steps is that of scikit-learn's cross-validation, because the scores must be
the same to the last bit: clone, set, slice, fit, score the test set, score the training
set.
"""

from __future__ import annotations

import pickle
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from joblib import wrap_non_picklable_objects

from ..problem import Problem
from ..sharing import Needs, Store
from ..sharing.arrays import n_bytes
from ..sharing.files import Files
from ..sharing.store import MOST_BYTES
from ..space.setting import configured
from ..trials import Failure, Outcome
from .guarding import Guard
from .lean import without_validation
from .limits import TimeIsUpError
from .scores import LONGEST_STORY, Flaw, Scores, compute_scores, shortened
from .shared import Sharing
from .slicing import Slicer, SplitData
from .tasks import Bundle, Task
from .verifying import checked


class Evaluator:
    """Gives the outcomes of bundles. Picklable; its answers depend on the problem alone.

    Parameters
    ----------
    problem : Problem
        What is measured.
    files : Files, optional
        Where workers hand on what they have in common.
    guard : Guard, optional
        Stands beside every task.
    away : bool, default=False
        Whether this is a copy in a worker, from where outcomes have to be sent back.
    """

    def __init__(
        self,
        problem: Problem,
        files: Files | None = None,
        guard: Guard | None = None,
        *,
        away: bool = False,
    ) -> None:
        self._problem = problem
        self._guard = guard or Guard()
        self._slicer = Slicer(problem)
        self._files = files
        self._away = away
        most = max(MOST_BYTES, n_bytes(problem.X))
        away_files = files if away else None
        self._store = Store(
            most,
            away_files if away_files and away_files.reachable else None,
            away_files.folder if away_files else None,
        )
        self._sharing = Sharing(problem, self._store)

    def __reduce__(self) -> tuple[Any, ...]:
        # neither what has been sliced nor the other splits travel with a bundle
        return _arrive, (replace(self._problem, splits=()), self._files, self._guard)

    def __call__(self, bundle: Bundle) -> list[Outcome]:
        """Evaluate every task of a bundle, in order; fewer if the search is over meanwhile."""
        pieces = [(task.trial, task.piece) for task in bundle.tasks]
        needs = Needs(pieces, whole=not self._problem.scored_by_responses)
        ours = {key for _, piece in pieces if piece is not None for key in piece.keys}
        elsewhere = frozenset() if self._away else bundle.common
        outcomes: list[Outcome] = []
        for task in bundle.tasks:
            if outcomes and self._guard.is_over:
                break
            needs.done(task.trial, task.piece)
            keep = needs.keys | bundle.keep
            outcomes.append(self._guarded(task, bundle, keep))
            self._store.release(bundle.split, ours - keep - elsewhere)
        return outcomes

    def _guarded(self, task: Task, bundle: Bundle, keep: frozenset[int]) -> Outcome:
        """Evaluate a task within its limits."""
        start = time.time()
        try:
            with self._guard.around(task.trial, task.split):
                return self._evaluate(task, bundle, keep)
        except TimeIsUpError:
            if bundle.leads and task.piece is not None:
                # it may have been at a larger fit, out of which it is taken
                return self._guarded(replace(task, piece=None), bundle, keep)
            reason = f"TimeoutError: fit_timeout={self._guard.limits.seconds:g} seconds are over"
            failure = Failure("timeout", reason, reason)
        except MemoryError as exc:  # not even its story could be told
            failure = Failure("fit", f"MemoryError: {exc}", f"MemoryError: {exc}")
        except BaseException as exc:
            if task.piece is None or not self._is_its_own(exc):
                raise
            # of a fit that is shared: whose fault it is shows when members run alone
            return self._guarded(replace(task, piece=None), bundle, keep)
        spent = time.time() - start
        return Outcome(
            task.trial, task.split, {}, fit_time=spent, own_time=spent, failures=(failure,)
        )

    def _evaluate(self, task: Task, bundle: Bundle, keep: frozenset[int]) -> Outcome:
        if task.piece is None:
            return self._evaluate_alone(task, bundle)
        start = time.time()
        result = self._sharing.evaluate(task, bundle, keep)
        if result is None:
            return self._evaluate_alone(task, bundle, time.time() - start)
        outcome = self._outcome(
            task, result.fit, result.test, result.train, result.fit_time, result.score_time,
            own_time=time.time() - start - result.account.waited,
            saved_time=result.account.saved,
            fits=tuple(result.account.fits), reused=tuple(result.account.reused),
        )  # fmt: skip
        if task.check and (result.account.reused or result.account.saved):
            return checked(outcome, self._evaluate_alone(task, bundle), task.params)
        return outcome

    def _evaluate_alone(self, task: Task, bundle: Bundle, spent: float = 0.0) -> Outcome:
        timer = _Timer()
        start = time.time()
        fitted = self._fit(task, bundle, timer)
        fit_time, score_time = timer.lap(), 0.0
        test, train = Scores(), Scores()
        flaw = None
        if isinstance(fitted, Flaw):
            flaw = fitted
        else:
            estimator, data = fitted
            test = self._score(estimator, data.X_test, data.y_test, data.test_params)
            score_time = timer.lap()
            if self._problem.return_train_score:
                train = self._score(estimator, data.X_train, data.y_train, data.train_params)
        names = [""] if task.piece is None else task.piece.leaves
        return self._outcome(
            task, flaw, test, train, fit_time, score_time,
            own_time=time.time() - start + spent,
            fits=tuple((name, fit_time / len(names)) for name in names),
        )  # fmt: skip

    def _outcome(
        self,
        task: Task,
        fit: Flaw | None,
        test: Scores,
        train: Scores,
        fit_time: float,
        score_time: float,
        **more: Any,
    ) -> Outcome:
        flaws = [] if fit is None else [("fit", fit)]
        flaws += [("scoring" if flaw.raised else "score", flaw) for flaw in test.flaws]
        flaws += [("train score", flaw) for flaw in train.flaws]
        most = LONGEST_STORY // max(1, len(flaws))  # a hundred metrics can fail at once
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

    def _fit(self, task: Task, bundle: Bundle, timer: _Timer) -> tuple[Any, SplitData] | Flaw:
        """Fit a candidate; an exception is told as a flaw."""
        try:
            estimator = configured(self._problem.estimator, task.params)
            timer.lap()  # from here on, as in scikit-learn
            data = self._slicer.take(estimator, bundle.split, bundle.rows)
            around = nullcontext() if task.context is None else task.context.around(estimator)
            with around, without_validation(task.valid):
                if data.y_train is None:
                    estimator.fit(data.X_train, **data.fit_params)
                else:
                    estimator.fit(data.X_train, data.y_train, **data.fit_params)
        except BaseException as exc:
            if not self._is_its_own(exc):
                raise
            return Flaw.of(exc, ends=self._problem.raise_errors)
        return estimator, data

    def _score(self, estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> Scores:
        scorer, ends = self._problem.scorer, self._problem.raise_errors
        try:
            return compute_scores(scorer, estimator, X, y, params, ends=ends)
        except BaseException as exc:
            if not self._is_its_own(exc):
                raise
            return Scores(flaws=[Flaw.of(exc, ends=ends)])

    def _is_its_own(self, error: BaseException) -> bool:
        """Whether what was raised in a fit or a scorer is an outcome, whatever it is.

        An interrupt and the end of its time come from outside; and in the main thread of the
        search's own process all that is no `Exception` may: handlers of SIGTERM call
        ``sys.exit()``. If all that is raised is to end the search, so is this.
        """
        if isinstance(error, Exception):
            return True
        if isinstance(error, KeyboardInterrupt | TimeIsUpError) or self._problem.raise_errors:
            return False
        return self._away or threading.current_thread() is not threading.main_thread()

    def _exception(self, flaws: list[Flaw]) -> Exception | None:
        """What the search is to raise, if anything."""
        for flaw in flaws:
            if flaw.error is not None:
                return _portable(flaw.error, flaw.story) if self._away else flaw.error
        return None


def _arrive(problem: Problem, files: Files | None, guard: Guard) -> Evaluator:
    guard.arrive()
    return Evaluator(problem, files, guard, away=True)


class _Timer:
    """Seconds on the wall clock, from lap to lap, as scikit-learn takes them."""

    def __init__(self) -> None:
        self._last = time.time()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.time()
        lap, self._last = now - self._last, now
        return lap


def _portable(error: Exception, story: str) -> Exception:
    """The exception itself if it survives the way back from a worker, else its story."""
    try:
        # joblib's way of pickling takes classes that are defined in a script too
        wrapped = wrap_non_picklable_objects(error, keep_wrapper=False)
        pickle.loads(pickle.dumps(wrapped))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - anything may go wrong in an exception's __reduce__
        return RuntimeError(story)
    return error
