"""Evaluate the tasks of a bundle with what they have in common with others.

If anything goes wrong in the shared way, a task is evaluated the ordinary way, whatever it was.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial

from .. import _sklearn
from ..sharing import Memo, PendingUses, Piece, ProcessStore, TaskStore
from ..sharing.account import Account
from ..sharing.arrays import n_bytes
from ..sharing.files import Files
from ..sharing.fit_request import Unfit, Unshared
from ..sharing.generators import State
from ..sharing.store import MOST_BYTES
from ..sharing.watching import Watch
from ..space.setting import configured
from ..trials import Outcome
from ..types import Model
from .evaluator import Evaluator
from .guarding import Guard
from .samples import SplitSamples
from .shared_fit import SharedFit
from .tasks import Bundle, CommonWork, Task
from .verifying import can_be_compared, told_culprits, verified


class SharedEvaluator:
    """Gives the outcomes of bundles whose tasks have work in common. Picklable.

    Parameters
    ----------
    ordinary : Evaluator
        Evaluates tasks that have nothing in common with others, or cannot make use of it.
    files : Files, optional
        Where workers hand on what they have in common.
    """

    def __init__(self, ordinary: Evaluator, files: Files | None = None) -> None:
        self._ordinary = ordinary
        self.files = files
        self.problem = ordinary.problem
        size = n_bytes(self.problem.X)
        self._store = ProcessStore(max(MOST_BYTES, size), files if ordinary.away else None)
        self._expected = size if ordinary.away else 0  # of each split, where it is not seen here
        self._watch = Watch()

    @property
    def guard(self) -> Guard:
        """The guard that stands beside every task."""
        return self._ordinary.guard

    @guard.setter
    def guard(self, guard: Guard) -> None:
        self._ordinary.guard = guard

    @property
    def in_order(self) -> bool:
        """Whether it has turned out that the order of tasks matters."""
        return self._watch.in_order

    def held(self, n_splits: int) -> float:
        """Return the share of the memory that so many splits take, by what is kept of one."""
        return self._store.held(n_splits, self._expected)

    def __reduce__(self) -> tuple[type, tuple[Evaluator, Files | None]]:
        return SharedEvaluator, (self._ordinary, self.files)

    def __call__(self, bundle: Bundle) -> Iterator[Outcome]:
        """Evaluate the tasks of a bundle, in order; fewer if the search is over meanwhile."""
        if bundle.shared is None:
            yield from self._ordinary(bundle)
            return
        work, whole = bundle.shared, self.problem.needs_whole
        pieces = [(task.trial, work.pieces.get(task.trial)) for task in bundle.tasks]
        pending = PendingUses(pieces, whole=whole)
        ours = frozenset[int]().union(*(piece.keys for _, piece in pieces if piece is not None))
        elsewhere = frozenset() if self._ordinary.away else work.common
        for n, (task, (trial, piece)) in enumerate(zip(bundle.tasks, pieces, strict=True)):
            if n and self._ordinary.guard.is_over:
                break
            pending.done(trial, piece)
            keep = pending.keys | work.keep
            if piece is None:
                outcome = self._ordinary.guarded(task, bundle)
            else:
                outcome = self._guarded(task, bundle, piece, work, keep)
            self._store.release(bundle.split, ours - keep - elsewhere)
            yield outcome

    def _guarded(
        self, task: Task, bundle: Bundle, piece: Piece, work: CommonWork, keep: Collection[int]
    ) -> Outcome:
        """Evaluate a task within its limits."""
        evaluate = partial(self._evaluate, piece=piece, work=work, keep=keep)
        outcome = self._ordinary.guarded(task, bundle, evaluate)
        if work.leads and any(failure.stage == "timeout" for failure in outcome.failures):
            # it may have been at a larger fit, out of which it is taken
            alone = partial(self._ordinary.evaluate, names=piece.leaves)
            return self._ordinary.guarded(task, bundle, alone)
        return outcome

    def _evaluate(
        self, task: Task, bundle: Bundle, *, piece: Piece, work: CommonWork, keep: Collection[int]
    ) -> Outcome:
        if not piece.codes:
            return self._attempt(task, bundle, piece, work, keep)
        again = _sklearn.asks_again(self.problem.scorer)
        sure = not self.problem.fit_params and all(part.sure for part in piece.walk)
        with self._watch.over(piece.codes, partial(self._configured, task), sure=sure):
            is_unfit = not self._store.unfit.isdisjoint(piece.kinds)
            if is_unfit or self._watch.doubts(piece.codes, again=again):
                return self._ordinary.evaluate(task, bundle, names=piece.leaves)
            return self._attempt(task, bundle, piece, work, keep)

    def _configured(self, task: Task) -> Model:
        return configured(self.problem.estimator, task.params)

    def _attempt(
        self, task: Task, bundle: Bundle, piece: Piece, work: CommonWork, keep: Collection[int]
    ) -> Outcome:
        start, ordinary, account = time.time(), self._ordinary, Account()
        problem = ordinary.own_problem()
        task_store = TaskStore(self._store, task.split, keep, work.common, account)
        memo = Memo(task_store, account, work.leads, ordinary.tell, strict=problem.uses_data_again)
        samples = SplitSamples(problem, piece, bundle.rows, task_store, memo)
        is_checked = task.trial in work.checks
        # pieces that are sure to draw nothing leave nothing to restore
        sure = all(part.sure and part.known for part in piece.walk)
        before = None if sure and not is_checked else State()
        try:
            result = SharedFit(problem, task, piece, samples, memo).run()
        except BaseException as exc:  # also `Unshared`: what the ordinary way says counts
            if not ordinary.is_its_own(exc):
                raise
            if before is not None:
                before.restore()
            if isinstance(exc, Unfit):
                self._store.unfit.add(exc.piece.kind)
            elif account.fits and not isinstance(exc, Unshared):  # whoever it was
                self._store.unfit |= piece.codes or piece.kinds
            result = None
        if result is None:
            spent = time.time() - start - account.waited
            outcome = ordinary.evaluate(task, bundle, names=piece.leaves)
            return replace(
                outcome,
                own_time=outcome.own_time + spent,
                saved_time=-spent,
                fits=(*account.fits, *outcome.fits),
                **ordinary.guard.stamp(start),
            )
        outcome = ordinary.outcome(
            task, result.fit, result.test, result.train, result.fit_time, result.score_time,
            model=ordinary.kept(result.model), own_time=time.time() - start - account.waited,
            saved_time=account.saved, **ordinary.guard.stamp(start),
            fits=tuple(account.fits), reused=tuple(account.reused), rounds=result.rounds,
        )  # fmt: skip
        if before is None or not (is_checked and can_be_compared(piece)):
            return outcome
        derived = any(part.users_family is not None for part in piece.walk)
        if not (account.reused or account.saved or derived):
            return outcome
        return verified(
            outcome, lambda: ordinary.evaluate(task, bundle), before, params=task.params,
            culprits=lambda: told_culprits(piece, account.reused, self._configured(task)),
        )  # fmt: skip
