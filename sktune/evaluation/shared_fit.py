"""Fit and score one candidate with what others have in common with it.

The fit is scikit-learn's own `Pipeline.fit`, which asks a memo for its steps. Where all that comes
before the last step is known, and `fit` is given no parameters that scikit-learn would have to
route, the last step is fitted on what reaches it, which is what `Pipeline.fit` would come to. An
estimator that is no pipeline has nothing before it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from ..early_stopping import HeldOut, Reach, StoppedFits, matching, of_samples
from ..paths import Fit, adopt
from ..problem import Problem
from ..sharing import Memo, Piece, Unshared
from ..sharing.arrays import lend, private
from ..sharing.deriving import Fitted
from ..sharing.fit_request import GONE, Failed, FitRequest, is_of_protection
from ..sharing.stand_ins import hold, prepare, put_back, restored
from ..space.setting import configured, configured_step
from ..trials import Rounds
from ..types import Model, Params, Samples, Target
from .refusals import failed_scores, pipeline_of, told_of_pipeline
from .samples import SplitSamples
from .scores import Flaw, Scores, compute_scores
from .tasks import Task

Score = Callable[[str], Scores]
"""Scores what was fitted, on "test" or "train" samples."""


@dataclass(slots=True)
class Result:
    """Scores, times and fits of one task.

    Attributes
    ----------
    fit : Flaw or None
        Why the fit failed.
    test, train : Scores
    fit_time, score_time : float
        Seconds, with those that others have spent.
    rounds : Rounds or None
        Where it was stopped early.
    model : fitted estimator or None
        If models are kept.
    """

    fit: Flaw | None
    test: Scores
    train: Scores
    fit_time: float
    score_time: float
    rounds: Rounds | None = None
    model: Model | None = None


class SharedFit:
    """One attempt at a task, whose candidate is a piece with parts or without."""

    def __init__(
        self, problem: Problem, task: Task, piece: Piece, samples: SplitSamples, memo: Memo
    ) -> None:
        self._problem = problem
        self._task = task
        self._piece = piece
        self._samples = samples
        self._memo = memo
        self._account = memo.account
        self._start = 0.0  # as scikit-learn takes it, with the estimator ready
        self._sets: tuple[str, ...] = ("test",)
        self._sets += ("train",) if problem.return_train_score else ()
        self._rounds: Rounds | None = None
        self._model: Callable[[], Model | None] = lambda: None
        if problem.stopping is not None and len(samples.rows) > 2:
            self._sets += ("validation",)

    def run(self) -> Result:
        """Fit and score; raise what goes wrong, unless it would without sharing."""
        account = self._account
        try:
            with self._memo.active():
                self._start = account.now
                self._memo.check_none_fails(self._piece.before_last)
                before = self._all_before()
                score = self._fit() if before is None else self._fit_alone(before)
                fitted = account.now
                test = score("test")
                scored = account.now
                # as in scikit-learn, train scores are not in the time of scoring
                train = score("train") if self._problem.return_train_score else Scores()
                model = self._model() if self._problem.keeps_models else None
        except Failed as failed:
            return Result(failed.told, Scores(), Scores(), account.now - self._start, 0.0)
        times = fitted - self._start, scored - fitted
        return Result(None, test, train, *times, rounds=self._rounds, model=model)

    def _all_before(self) -> tuple[Piece, ...] | None:
        """Return the pieces before the last step, if all of them are known; else None."""
        problem, piece = self._problem, self._piece
        if not piece.chain:
            return ()
        last, before = piece.parts[-1], piece.before_last
        plain = not (problem.needs_whole or problem.fit_params)
        if not plain or not before or last is None or last.parts or problem.estimator.verbose:
            return None
        steps = dict(problem.estimator.steps)
        if not {name.partition("__")[0] for name in self._task.params} <= steps.keys():
            return None  # it has parameters of the pipeline itself
        known = all(self._memo.has(before[-1], which) for which in ("fit", *self._sets))
        return before if known else None

    # --- the last step alone --------------------------------------------------------------

    def _fit_alone(self, before: tuple[Piece, ...]) -> Score:
        """Fit what is fitted last: all before it is known."""
        last = self._last_step()
        if not self._piece.chain:
            self._samples.estimator = last
        self._start = self._account.now
        y, params = self._samples.targets("train", "fit")
        X, y = self._memo.fitted(before, y) if before else (self._whole_samples("train"), y)
        with config_context(skip_parameter_validation=self._task.valid or None):
            fitted = self._fit_last(
                last, X, y, params, partial(self._known_samples, before, None),
                alone=not self._piece.chain,
            )  # fmt: skip
        self._model = partial(_as_asked, fitted, last)
        return partial(self._score_last, fitted, partial(self._known_samples, before, fitted))

    def _last_step(self) -> Model:
        """Return what a candidate fits last, unfitted."""
        estimator, params = self._problem.estimator, self._task.params
        if not self._piece.chain:
            return configured(estimator, params)
        name, step = estimator.steps[-1]
        return configured_step(name, step, params)

    def _known_samples(
        self, before: tuple[Piece, ...], fitted: Fitted | None, which: str
    ) -> Samples:
        """Return what reaches what is fitted last, of a set of samples."""
        if before:
            for part in before[:-1]:
                self._memo.spent_before(part, which)
            return self._memo.known_output(before[-1], which)
        return self._whole_samples(which) if fitted is None or which == "test" else fitted.fit.X

    def _whole_samples(self, which: str) -> Samples:
        """Return samples for what is no pipeline; if it is known, it does not write into them."""
        X = self._samples.of(which)
        return X if self._piece.known else lend(X)

    # --- a whole pipeline -----------------------------------------------------------------

    def _fit(self) -> Score:
        """Fit a pipeline: what is fitted last, on what the pipeline makes of the samples."""
        pipeline = configured(self._problem.estimator, self._task.params)
        self._samples.estimator = pipeline
        prepare(pipeline, self._piece)
        by_responses = self._problem.scored_by_responses
        if not self._problem.needs_whole:
            self._memo.finish = partial(self._pass_test_samples, pipeline)
        self._start = self._account.now
        first = next(part for part in self._piece.parts if part is not None)
        is_gone = first is not self._piece.parts[-1] and self._memo.has(first)
        X = GONE if is_gone else lend(self._samples.of("train"))
        y, params = self._samples.targets("train", "fit")
        held = hold(pipeline)
        if y is None:
            pipeline.fit(X, **params)
        else:
            pipeline.fit(X, y, **params)
        reaching = partial(self._reaching_last, pipeline)
        fitted = self._fit_last(held.inner, held.X, held.y, held.params, reaching)
        put_back(pipeline, _as_asked(fitted, held.inner))
        self._model = partial(restored, pipeline)
        if by_responses:
            return partial(self._score_last, fitted, reaching)
        return partial(self._score_whole, pipeline)

    def _pass_test_samples(self, estimator: Model, done: Piece, fitted: Model) -> None:
        """Pass test samples through, as soon as a pipeline's last transformer is fitted.

        What no other task will ask for is passed through when it is scored.
        """
        if not self._memo.is_wanted(done):
            return
        for pipeline, part, source in self._samples.nested(estimator):
            before = [p for p in part.parts[:-1] if p is not None]
            if before and before[-1] is done:
                start = self._account.now
                for which in self._sets:
                    with suppress(Failed):  # it fails again where it is used: in scoring
                        self._samples.before_last(pipeline, part, source, which, fitted)
                self._account.set_back(start)  # it counts where it is used: in scoring

    def _reaching_last(self, pipeline: Model, which: str) -> Samples:
        """Return what reaches what is fitted last, of a set of samples."""
        *_, (pipeline, part, source) = self._samples.nested(pipeline)
        return self._samples.before_last(pipeline, part, source, which)

    def _score_whole(self, pipeline: Model, which: str) -> Scores:
        """Give the scorer all of a pipeline, and samples as they are."""
        y, params = self._samples.targets(which, "score")
        args = (private(value) for value in (self._samples.of(which), y, params))
        ends = self._problem.raise_errors
        return compute_scores(self._problem.scorer, restored(pipeline), *args, ends=ends)

    # --- what both do ---------------------------------------------------------------------

    def _fit_last(
        self, last: Any, X: Samples, y: Target, params: Params, samples: Callable[[str], Samples],
        *, alone: bool = False,
    ) -> Fitted:  # fmt: skip
        """Fit an estimator, or take its fit out of another one; raise `Failed` if it fails.

        The samples are those that reach it, of a set.
        """
        piece, memo = self._piece.final, self._memo
        if (stopping := self._problem.stopping) is not None:
            held = self._held_out(params, samples)
            call = partial(_fit_stopped, stopping, held, self._task.reach)
            rounds, model = memo.fit_alone(piece, FitRequest(call, last, X, y, (), params))
            self._rounds = of_samples(rounds, self._samples.of("train"))
            return Fitted(model, Fit(model, X))
        request = FitRequest(_fit_alone if alone else _fit, last, X, y, (), params)

        def fit(lead: Model) -> tuple[Any, Any]:
            return memo.run(piece, request.of(lead))

        deriver = memo.deriver(piece, X)
        if deriver is not None and (found := deriver.derive(piece, fit, last, X, y, params)):
            return found
        _, model = memo.fit_alone(piece, request)
        return Fitted(model, Fit(model, X))

    def _held_out(self, params: Params, samples: Callable[[str], Samples]) -> HeldOut | None:
        """Return the validation samples as they reach what is fitted last, if there are any."""
        if "validation" not in self._sets:
            return None
        y, given = self._samples.targets("validation", "fit")
        _, of_train = self._samples.targets("train", "fit")
        return HeldOut(samples("validation"), y, matching(params, of_train, given))

    def _score_last(self, fitted: Fitted, samples: Callable[[str], Any], which: str) -> Scores:
        """Score what was fitted last, the same model only once."""
        known, problem, piece = fitted.scores, self._problem, self._piece
        if which in known:
            scores, seconds = known[which]
            self._account.saved += seconds
            return scores
        y, params = self._samples.targets(which, "score")
        y, params = private(y), params and private(params)  # a user's metric may write into them
        start, ends = self._account.now, problem.raise_errors
        model = fitted.responding(which)
        X: Any = None
        if piece.chain and not _is_fitted(fitted.model):
            model = pipeline_of(problem.estimator, model)  # it says so itself
        try:
            X = samples(which)
            scores = self._memo.respond(
                piece.final,
                lambda X: compute_scores(problem.scorer, model, X, y, params, ends=ends),
                X,
            )
        except Failed as failed:
            scores = failed_scores(failed.told, problem.scorer, ends=ends)
        if not scores.flaws:
            known[which] = scores, self._account.now - start
        elif piece.final.known and any(is_of_protection(flaw.reason) for flaw in scores.flaws):
            raise Unshared(piece.name)
        elif piece.chain:
            scores = told_of_pipeline(scores, problem, model, X, y, params)
        return scores


def _fit(estimator: Model, X: Samples, y: Target, /, **params: Any) -> tuple[None, Any]:
    return None, estimator.fit(X, y, **params)


def _fit_alone(estimator: Model, X: Samples, y: Target, /, **params: Any) -> tuple[None, Any]:
    args = (X,) if y is None else (X, y)
    return None, estimator.fit(*args, **private(params))


def _fit_stopped(
    stopping: StoppedFits, held: HeldOut | None, reach: Reach | None, estimator: Model, X: Samples,
    y: Target, /, **params: Any,
) -> tuple[Rounds, Any]:  # fmt: skip
    return stopping.fit(estimator, X, y, params, held, reach), estimator


def _as_asked(fitted: Fitted, asked: Model) -> Model:
    """Return a model with the parameters that were asked for, if a larger fit responds as it."""
    if fitted.family is None or fitted.model is not fitted.fit.model:
        return fitted.model
    return adopt(asked, fitted.model)


def _is_fitted(model: Model) -> bool:
    """Whether it looks fitted, as a pipeline asks before it predicts."""
    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return True
