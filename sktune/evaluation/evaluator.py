"""Fit and score candidates. Runs in the worker, and never lets a failure escape.

The order of steps is that of scikit-learn's cross-validation, because the scores must be
the same to the last bit: clone, set, slice, fit, score the test set, score the training
set.
"""

from __future__ import annotations

import pickle
import time
from contextlib import nullcontext
from typing import Any

from sklearn.base import clone

from ..problem import Problem
from ..trials import Failure, Outcome
from .scores import Flaw, Scores, compute_scores
from .slicing import Slicer, SplitData
from .tasks import Bundle, Task


class Evaluator:
    """Gives the outcomes of bundles. Picklable; its answers depend on the problem alone.

    Parameters
    ----------
    problem : Problem
        What is measured.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._slicer = Slicer(problem)

    def __reduce__(self) -> tuple[type[Evaluator], tuple[Problem]]:
        return type(self), (self.problem,)  # what has been sliced stays here

    def __call__(self, bundle: Bundle) -> list[Outcome]:
        """Evaluate every task of a bundle, in order."""
        return [self._evaluate(task) for task in bundle.tasks]

    def _evaluate(self, task: Task) -> Outcome:
        problem = self.problem
        test = Scores()
        train = Scores()
        flaws: list[tuple[str, Flaw]] = []
        start, score_time = time.time(), 0.0
        try:
            estimator = clone(problem.estimator)
            # values that are estimators are cloned too, or fits would share them
            estimator.set_params(**clone(dict(task.params), safe=False))
            start = time.time()
            data = self._slicer.take(estimator, task.split)
            _fit(estimator, data, task)
            fit_time = time.time() - start
        except Exception as exc:  # noqa: BLE001 - whatever an estimator raises is an outcome
            fit_time = time.time() - start
            flaws.append(("fit", Flaw.of(exc)))
        else:
            scorer = problem.scorer
            test = compute_scores(scorer, estimator, data.X_test, data.y_test, data.test_params)
            score_time = time.time() - start - fit_time
            flaws += [("scoring" if flaw.raised else "score", flaw) for flaw in test.flaws]
            if problem.return_train_score:
                train = compute_scores(
                    scorer, estimator, data.X_train, data.y_train, data.train_params
                )
                flaws += [("train score", flaw) for flaw in train.flaws]
        return Outcome(
            trial=task.trial,
            split=task.split,
            test_scores=test.values,
            train_scores=train.values,
            multimetric=test.multimetric,
            fit_time=fit_time,
            score_time=score_time,
            failures=tuple(Failure(stage, flaw.reason, flaw.story) for stage, flaw in flaws),
            exception=_portable(flaws[0][1]) if flaws and problem.raise_errors else None,
        )


def _fit(estimator: Any, data: SplitData, task: Task) -> None:
    around = nullcontext() if task.context is None else task.context.around(estimator)
    with around:
        if data.y_train is None:
            estimator.fit(data.X_train, **data.fit_params)
        else:
            estimator.fit(data.X_train, data.y_train, **data.fit_params)


def _portable(flaw: Flaw) -> Exception:
    """The exception itself if it survives the way back from a worker, else its story."""
    try:
        pickle.loads(pickle.dumps(flaw.error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - anything may go wrong in an exception's __reduce__
        return RuntimeError(flaw.story)
    return flaw.error
