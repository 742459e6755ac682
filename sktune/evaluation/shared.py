"""Evaluate a candidate with what others have in common with it.

The fit is scikit-learn's own `Pipeline.fit`, which asks a memo for its steps. Scorers that
see no more than responses are given the last step and transformed samples; any other gets
the whole pipeline, and samples as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..problem import Problem
from ..sharing import Memo, Piece, Store, Unshared
from ..sharing.account import Account
from ..sharing.arrays import lend, private
from ..sharing.deriving import Alone, Derived
from ..sharing.memo import active
from ..sharing.randomness import State, is_trusted
from ..sharing.stand_ins import hold, prepare, put_back, restored
from ..space.setting import configured
from .direct import last_step, ready
from .lean import without_validation
from .passing import before_last, nested
from .protected import ProtectedData
from .scores import Flaw, Scores, compute_scores
from .tasks import Bundle, Task

Fitted = Alone | Derived


@dataclass(slots=True)
class Result:
    """What came of a task.

    Attributes
    ----------
    fit : Flaw or None
        Why the fit failed.
    test, train : Scores
    fit_time, score_time : float
        Seconds, with those that others have spent.
    account : Account
        What it took, and what was shared.
    """

    fit: Flaw | None
    test: Scores
    train: Scores
    fit_time: float
    score_time: float
    account: Account


class Sharing:
    """Evaluates tasks whose pieces are known.

    Parameters
    ----------
    problem : Problem
    store : Store
    """

    def __init__(self, problem: Problem, store: Store) -> None:
        self._problem = problem
        self._store = store
        self._sets = ("test", "train") if problem.return_train_score else ("test",)

    def evaluate(self, task: Task, bundle: Bundle, keep: Collection[int]) -> Result | None:
        """Fit and score; None if the task is to be done the ordinary way.

        Parameters
        ----------
        task : Task
            With a piece.
        bundle : Bundle
        keep : collection of int
            Keys of pieces that later tasks need.
        """
        assert task.piece is not None  # noqa: S101 - for the type checker
        data = ProtectedData(self._problem, self._store, task, task.piece, bundle.rows, keep)
        # who is sure to draw nothing leaves nothing to restore
        before = None if all(part.sure for part in task.piece.walk()) else State()
        in_vain: list[tuple[str, float]] = []
        for own_copies in (False, True):  # an estimator may insist on writing into its data
            memo = Memo(
                self._store, task.split, keep, bundle.common, bundle.leads,
                own_copies=own_copies, strict=self._problem.uses_data_again,
            )  # fmt: skip
            result = self._attempt(task, task.piece, data, memo)
            if result is not None and (result.fit is None or own_copies):
                memo.account.correct(in_vain)
                return result
            if before is not None:
                before.restore()
            if result is None or self._problem.uses_data_again:
                return None
            in_vain = memo.account.fits
        return None

    def _attempt(self, task: Task, piece: Piece, data: ProtectedData, memo: Memo) -> Result | None:
        """Fit and score; None if anything but the last step's fit goes wrong."""
        try:
            before = None if memo.own_copies else ready(self._problem, task.params, piece, memo)
            if before is not None:
                with memo.active():
                    return self._finish(task, piece, before, data, memo)
            estimator = configured(self._problem.estimator, task.params)
            prepare(estimator, piece)
            if self._problem.scored_by_responses:
                memo.finish = self._finisher(estimator, piece, data)
            with memo.active():
                return self._evaluate(estimator, piece, data, memo)
        except _FitFailed as failed:
            if not piece.chain:
                # nothing has been fitted before it: the ordinary way is the second attempt
                return None
            flaw = Flaw.of(failed.error, ends=self._problem.raise_errors)
            return Result(flaw, Scores(), Scores(), failed.seconds, 0.0, memo.account)
        except Exception:  # noqa: BLE001 - what the ordinary way says counts; also Unshared
            return None

    def _finisher(
        self, estimator: Any, piece: Piece, data: ProtectedData
    ) -> Callable[[Piece, Any], None]:
        """What passes test samples through, as soon as a pipeline's last transformer is fitted."""

        def finish(done: Piece, fitted: Any) -> None:
            memo = active()
            assert memo is not None  # noqa: S101 - who calls is it
            for pipeline, part, source in nested(memo, estimator, piece, data.samples):
                before = [p for p in part.parts[:-1] if p is not None]
                if before and before[-1] is done:
                    start = memo.account.now
                    try:
                        for which in self._sets:
                            before_last(memo, pipeline, part, which, source, fitted)
                    except Exception as exc:  # which candidate's it is shows when it is alone
                        raise Unshared(done.name) from exc
                    memo.account.set_back(start)  # it counts where it is used: in scoring

        return finish

    def _finish(
        self, task: Task, piece: Piece, before: list[Piece], data: ProtectedData, memo: Memo
    ) -> Result:
        """Fit and score what is fitted last: all before it is known."""
        account, start = memo.account, memo.account.now
        last = last_step(self._problem, task.params, piece)
        X = memo.fitted(before) if before else data.samples("train")
        y, params = data.targets("train", "fit")
        with without_validation(task.valid):
            fitted = self._fit_last(last, piece.final, memo, X, y, params, alone=not piece.chain)
        fit_time = account.now - start
        scores, times = {"train": Scores()}, {}
        for which in self._sets:
            start = account.now
            for part in before[:-1]:
                memo.spent_before(part, which)
            y, params = data.targets(which, "score")
            samples = partial(self._samples, before, data, memo, which, fitted)
            scores[which] = self._score_last(fitted, memo, which, samples, y, params)
            times[which] = account.now - start
        return Result(None, scores["test"], scores["train"], fit_time, times["test"], memo.account)

    def _samples(
        self, before: list[Piece], data: ProtectedData, memo: Memo, which: str, fitted: Fitted
    ) -> Any:
        """What reaches what is fitted last, of a set of samples."""
        if before:
            return memo.known(before[-1], which)
        X = data.samples(which) if which == "test" or fitted.X is None else fitted.X
        return X if is_trusted(type(fitted.model)) else lend(X)

    def _evaluate(self, estimator: Any, piece: Piece, data: ProtectedData, memo: Memo) -> Result:
        account, start = memo.account, memo.account.now
        fitted = self._fit(estimator, piece, data, memo)
        fit_time, start = account.now - start, account.now
        test = self._score(estimator, fitted, piece, data, memo, "test")
        score_time = account.now - start
        # as in scikit-learn, train scores are not in the time of scoring
        train = Scores()
        if self._problem.return_train_score:
            train = self._score(estimator, fitted, piece, data, memo, "train")
        return Result(None, test, train, fit_time, score_time, memo.account)

    def _fit(self, estimator: Any, piece: Piece, data: ProtectedData, memo: Memo) -> Fitted:
        """Fit a pipeline: what is fitted last, on what the pipeline makes of the samples."""
        X = data.to_fit(memo)
        y, params = data.targets("train", "fit")
        if memo.own_copies:
            y, params = private(y), private(params)
        held = hold(estimator)
        if y is None:
            estimator.fit(X, **params)
        else:
            estimator.fit(X, y, **params)
        last = held.inner
        fitted = self._fit_last(last, piece.final, memo, held.X, held.y, held.params)
        put_back(estimator, fitted.model)
        return fitted

    def _fit_last(
        self, last: Any, piece: Piece, memo: Memo, X: Any, y: Any, params: Any, *,
        alone: bool = False,
    ) -> Fitted:  # fmt: skip
        """Fit an estimator, or take its fit out of another one.

        Raises
        ------
        _FitFailed
            With the estimator's own exception.
        """
        account, start = memo.account, memo.account.now

        def fit(estimator: Any) -> tuple[None, Any]:
            memo.assist(piece, estimator)
            if not alone:
                with memo.watching(piece.name, estimator, X):
                    return None, estimator.fit(X, y, **params)
            # that very object is scored later, and scikit-learn's own do not write into it
            of_its_own = (lambda value: value) if is_trusted(type(estimator)) else private
            args = (X,) if y is None else (X, y)
            return None, estimator.fit(*map(of_its_own, args), **private(params))

        if not memo.own_copies and (found := memo.derive(piece, fit, last, X, y, params)):
            return found
        try:
            fit(last)
        except Unshared:
            raise
        except Exception as exc:
            raise _FitFailed(exc, account.now - start) from exc
        if not piece.parts:
            account.fits.append((piece.name, account.now - start))
        return Alone(last, X)

    def _score_last(
        self,
        fitted: Fitted,
        memo: Memo,
        which: str,
        samples: Callable[[], Any],
        y: Any,
        params: Any,
    ) -> Scores:
        """Score what was fitted last; the same model only once.

        Raises
        ------
        Unshared
            If anything is wrong with the scores.
        """
        known = fitted.scores if fitted.is_the_fit else {}
        if which in known:
            scores, seconds = known[which]
            memo.account.saved += seconds
            return scores  # type: ignore[no-any-return] # as they were put there
        start = memo.account.now
        model = fitted.responding(which)
        scores = compute_scores(self._problem.scorer, model, samples(), y, params)
        if scores.flaws:
            raise Unshared
        known[which] = scores, memo.account.now - start
        return scores

    def _score(
        self,
        estimator: Any,
        fitted: Fitted,
        piece: Piece,
        data: ProtectedData,
        memo: Memo,
        which: str,
    ) -> Scores:
        problem = self._problem
        y, params = data.targets(which, "score")
        if problem.scored_by_responses:
            samples = partial(self._reach, estimator, piece, data, memo, which)
            return self._score_last(fitted, memo, which, samples, y, params)
        whole = restored(estimator)
        X = private(data.samples(which))
        return compute_scores(
            problem.scorer, whole, X, private(y), private(params), ends=problem.raise_errors
        )

    def _reach(
        self, pipeline: Any, piece: Piece, data: ProtectedData, memo: Memo, which: str
    ) -> Any:
        """What reaches what is fitted last, of a set of samples."""
        *_, (pipeline, part, source) = nested(memo, pipeline, piece, data.samples)
        return before_last(memo, pipeline, part, which, source)


class _FitFailed(Exception):  # noqa: N818 - passed on at once
    def __init__(self, error: Exception, seconds: float) -> None:
        super().__init__()
        self.error, self.seconds = error, seconds
