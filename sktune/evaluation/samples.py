"""The samples of a split as tasks share them, and on their way through a pipeline's steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from .. import _sklearn
from ..problem import Problem, Split
from ..sharing import Memo, Piece, TaskStore
from ..sharing.arrays import lend, protect
from ..sharing.fit_request import GONE, Unshared
from ..sharing.store import Kept

TARGETS = -1
"""Stands in the place of a key for what every task of a split needs."""

_SETS = ("train", "test", "validation")

Source = Callable[[str], Any]
"""From the name of a set to the samples that a pipeline is given."""


class SplitSamples:
    """The samples of a split for one task: sliced once for all tasks, and protected.

    Attributes
    ----------
    estimator : estimator
        The candidate, or what is fitted of it first, which tells whether X is a kernel.
    rows : tuple of array
        Indices of the samples of each set.
    """

    def __init__(
        self,
        problem: Problem,
        piece: Piece,
        rows: Split,
        task_store: TaskStore,
        memo: Memo,
    ) -> None:
        self.estimator = problem.estimator
        self._problem = problem
        self._piece = piece
        self.rows = rows
        self._task_store = task_store
        self._memo = memo

    def of(self, which: str) -> Any:
        """Return rows of X for "train", "test" or "validation"."""

        def work() -> Kept:
            problem = self._problem
            train = self._indices("train")
            rows = (train,) if which == "train" else (self._indices(which), train)
            X, _ = _sklearn.slice_xy(self.estimator, problem.X, None, *rows)
            protect(X)
            return Kept(X, 0.0)

        root = self._piece.source
        assert root is not None  # noqa: S101 - a candidate begins with the samples of the split
        return self._task_store.once(root, f"data {which}", work, here=True)[0].value

    def targets(self, which: str, to: str) -> tuple[Any, dict[str, Any]]:
        """Return rows of y, and of the parameters for "fit" or "score".

        Parameters that are not as long as X are the task's own objects.
        """
        problem = self._problem
        given = problem.fit_params if to == "fit" else problem.score_params

        def work() -> Kept:
            rows = self._indices(which)
            params = _sklearn.slice_params(problem.X, given, rows) if given else {}
            sliced = {name: value for name, value in params.items() if value is not given[name]}
            y = _sklearn.slice_params(problem.X, {"y": problem.y}, rows)["y"]
            for value in (y, *sliced.values()):
                protect(value)
            return Kept((y, sliced), 0.0)

        kept, _ = self._task_store.once(TARGETS, f"{which} {to}", work, here=True)
        y, sliced = kept.value
        return lend(y), {**given, **sliced}

    def _indices(self, which: str) -> Any:
        return _sklearn.split_indices(self._problem.X, self.rows[_SETS.index(which)])[0]

    def nested(self, pipeline: Any) -> Iterator[tuple[Any, Piece, Source]]:
        """Give a candidate's pipeline, the pipeline that is its last step, and so on."""
        piece = self._piece
        source: Source = lambda which: lend(self.of(which))  # noqa: E731 - replaced below
        while True:
            yield pipeline, piece, source
            last, inner = pipeline.steps[-1][1], piece.parts[-1]
            if inner is None or not inner.chain:
                return
            source = partial(self.before_last, pipeline, piece, source)
            pipeline, piece = last, inner

    def before_last(
        self, pipeline: Any, piece: Piece, source: Source, which: str, newest: Any = None
    ) -> Any:
        """Pass samples through all steps but the last, from the deepest that is known.

        The newest is the fitted estimator of the last of these steps where the pipeline itself
        does not have it yet.
        """
        memo = self._memo
        steps = [
            [step, part]
            for (_, step), part in zip(pipeline.steps[:-1], piece.parts[:-1], strict=True)
            if part is not None
        ]
        if newest is not None:
            steps[-1][0] = newest
        X = GONE
        first = len(steps)
        while X is GONE and first:
            X = memo.known_output(steps[first - 1][1], which)
            first -= X is GONE
        for _, part in steps[: max(first - 1, 0)]:
            memo.spent_before(part, which)
        if X is GONE:
            X = source(which)
        for step, part in steps[first:]:
            X = memo.output(part, which, partial(self._through, step, part, which), X, step)
        return X

    def _through(self, step: Any, part: Piece, which: str, X: Any) -> Any:
        """Pass samples through a fitted step; a sampler is for samples that are fitted on."""
        if part.resamples:
            return X
        if self._memo.skipped(step):  # what was there when it was skipped is not enough
            raise Unshared(part.name)
        if part.chain:
            try:
                check_is_fitted(step)  # as it asks itself before it transforms
            except NotFittedError:  # of which older releases only warn
                raise Unshared(part.name) from None
            X = self.before_last(step, part, lambda _: X, which)
            last = part.parts[-1]
            if last is None:
                return X
            through = partial(self._through, step.steps[-1][1], last, which)
            return self._memo.respond(last, through, X)
        if not part.parts:
            return step.transform(X)
        self._memo.which = which
        try:
            return step.transform(X)
        finally:
            self._memo.which = None
