"""The samples of a split as tasks share them: sliced once, and not to be written into."""

from __future__ import annotations

from typing import Any

from .. import _sklearn
from ..problem import Problem, Split
from ..sharing import Piece, TaskStore
from ..sharing.arrays import lend, protect
from ..sharing.store import Kept
from ..space.setting import configured
from ..types import Samples
from .tasks import Task

TARGETS = -1
"""Stands in the place of a key for what every task of a split needs."""


class ProtectedData:
    """The samples of a split, sliced once for all tasks and protected."""

    def __init__(
        self, problem: Problem, task_store: TaskStore, task: Task, piece: Piece, rows: Split
    ) -> None:
        self._problem, self._task_store, self._rows = problem, task_store, rows
        self._task, self._piece = task, piece

    def samples(self, which: str) -> Samples:
        """Return rows of X for "train" or "test"."""

        def work() -> Kept:
            problem = self._problem
            train, test = _sklearn.split_indices(problem.X, *self._rows)
            estimator = configured(problem.estimator, self._task.params)
            rows = (train,) if which == "train" else (test, train)
            X, _ = _sklearn.slice_xy(estimator, problem.X, None, *rows)
            protect(X)
            return Kept(X, 0.0)

        root = self._piece.source
        assert root is not None  # noqa: S101 - a candidate begins with the samples of the split
        return self._task_store.once(root, f"data {which}", work, here=True)[0].value

    def targets(self, which: str, to: str) -> tuple[Any, dict[str, Any]]:
        """Return rows of y, and of the parameters for "fit" or "score"."""

        def work() -> Kept:
            problem = self._problem
            train, test = _sklearn.split_indices(problem.X, *self._rows)
            rows = train if which == "train" else test
            given = problem.fit_params if to == "fit" else problem.score_params
            params = _sklearn.slice_params(problem.X, given, rows)
            y = _sklearn.slice_params(problem.X, {"y": problem.y}, rows)["y"]
            for value in (y, *params.values()):
                if all(value is not whole for whole in given.values()):
                    protect(value)
            return Kept((y, params), 0.0)

        kept, _ = self._task_store.once(TARGETS, f"{which} {to}", work, here=True)
        y, params = kept.value
        return lend(y), dict(params)
