"""The work of one task, as far as others have done it, and what it took.

Pipelines and compositions ask the memo that is active in their thread for each of their
pieces (`sktune.sharing.stand_ins`), so that scikit-learn itself routes parameters, stacks
columns and checks what it always does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from ..types import Model, Target
from .arrays import Resampled, can_be_lent, is_same, lend, private, protect
from .fit_request import GONE, Failed, FitRequest, Unfit, Unshared, sharing
from .fitting import Fitter
from .generators import State
from .pieces import Piece
from .store import Kept, drawn

_ACTIVE: ContextVar[Memo | None] = ContextVar("memo", default=None)


class Memo(Fitter):
    """The pieces of one task: each is given if others have fitted it, and else fitted.

    Its parameters are those of `Fitter`.

    Attributes
    ----------
    finish : callable or None
        Called with a piece and its fitted estimator before any other is given it, to make
        of it what all will want. Without it every task gets the fitted estimators of all of
        its pieces; with it only of those that it fits itself.
    which : {"test", "train"} or None
        What `transform` is being called with, as far as the memo is concerned.
    """

    finish: Callable[[Piece, Any], None] | None = None
    which: str | None = None

    @contextmanager
    def in_branch(self) -> Iterator[None]:
        """Share nothing that writes into its data meanwhile: other branches have them too."""
        strict, self._strict = self._strict, True
        try:
            yield
        finally:
            self._strict = strict

    @contextmanager
    def active(self) -> Iterator[None]:
        """Be asked by what is fitted meanwhile in this thread."""
        token = _ACTIVE.set(self)
        try:
            yield
        finally:
            _ACTIVE.reset(token)
            self._task_store.free_all()

    def fit_transform(
        self, piece: Piece, request: FitRequest, following: Sequence[Piece] = ()
    ) -> tuple[Any, Any]:
        """Fit a piece, unless that has been done.

        The following pieces are fitted on what comes out, one after the other.

        Raises
        ------
        Failed
            If the fit raises, here or where it was done.
        """
        with sharing(piece):
            return self._fit_transform(piece, request, following)

    def _fit_transform(
        self, piece: Piece, request: FitRequest, following: Sequence[Piece]
    ) -> tuple[Any, Any]:
        if (key := self._key(piece)) is None:
            return self._apart_from_all(piece, request)
        if any(self._task_store.state(key, which) == "draws" for which in ("test", "train")):
            raise Unfit(piece)

        def work() -> Kept:
            kept = self._derived(piece, request) or self._work(piece, request)
            return self._finished(piece, kept) if kept.state == "ok" else kept

        if self.finish is not None and not self.has(piece) and self._skips(following):
            self._reuse(piece, self._task_store.find(key, "fit"))
            self._skipped.append(request.transformer)
            return GONE, request.transformer
        try:
            kept, there = self._task_store.once(key, "fit", work)
        finally:
            self._task_store.free(key, "fit")
        if kept.state == "raised":
            raise Unshared(piece.name)
        if kept.state == "draws" and there:
            return self._apart_from_all(piece, request)
        if there:
            self._reuse(piece, kept)
        if kept.state == "failed":
            raise Failed(piece, kept.value)
        Xt, fitted = kept.value
        if kept.state in ("drew", "draws"):
            self._own.add(key)
            return Xt, fitted
        is_ours = not there and piece.member is None
        return self._given(piece, Xt, is_ours=is_ours), fitted

    def _finished(self, piece: Piece, kept: Kept) -> Kept:
        """Make what comes out of a fit ready for others; a piece must not change it any more."""
        made, fitted = kept.value
        if not (piece.known or (can_be_lent(made) and self._can_be_seen(fitted))):
            self._task_store.give_up(piece.kind)
            return replace(kept, state="draws")
        if not piece.known:
            kept = replace(kept, value=(private(made), fitted))
        output = kept.value[0]
        protect(output)
        if piece.resamples and piece.key is not None:
            self._task_store.once(piece.key, "target", lambda: Kept(output.y, 0.0))
        if self.finish is not None:
            self.finish(piece, fitted)
        return kept if is_same(made, output) else Kept(None, kept.seconds, "raised")

    def _can_be_seen(self, fitted: Model) -> bool:
        """Whether scorers may see what was fitted, of which each is given a copy, or do not."""
        if self.finish is not None:
            return True
        try:
            copy.deepcopy(fitted)
        except Exception:  # noqa: BLE001 - an object's own methods, or locks and the like
            return False
        return True

    def fit_resample(
        self, piece: Piece, request: FitRequest, following: Sequence[Piece]
    ) -> tuple[Any, Target, Any]:
        """Fit a sampler likewise; return X, y and the sampler. The request's call gives X and y."""
        if not self.has(piece, "target"):  # all that follows needs it
            following = ()
        found, fitted = self.fit_transform(piece, request, following)
        if found is GONE:
            return GONE, self._target(piece), fitted
        return *found, fitted

    def _derived(self, piece: Piece, request: FitRequest) -> Kept | None:
        """Take a transformer's fit out of another one; None if that cannot be."""
        start = self.account.now
        deriver = self.deriver(piece, request.X)
        if deriver is None or request.has_params:
            return None  # families know nothing of parameters for transformers

        def fit(lead: Model) -> Any:
            return self.run(piece, request.of(lead))

        found = deriver.derive(piece, fit, request.transformer, request.X, request.y, {})
        if found is None:
            return None
        seconds = self.account.now - start  # with that of an output, as a fit has given one
        output = found.output
        self.account.set_back(start + seconds)
        return Kept((output, found.model), seconds)

    def fitted(self, pieces: Sequence[Piece], y: Target) -> Resampled:
        """Return what comes out of the last of pieces that are fitted one on the other.

        It must be there: see `has`. With it comes the target, which is y unless one resamples.
        """
        kept = None
        for piece in pieces:
            kept = self._task_store.find(piece.key, "fit")
            self._reuse(piece, kept)
            y = self._target(piece) if piece.resamples else y
        if kept is None or kept.state != "ok":
            raise Unshared(pieces[-1].name)
        Xt = lend(kept.value[0])
        return Resampled(Xt.X if pieces[-1].resamples else Xt, y)

    def check_none_fails(self, pieces: Sequence[Piece]) -> None:
        """Raise `Failed` if one of pieces that are fitted one on the other is known to fail.

        Asked before any is fitted, so that none is the task's own.
        """
        for n, piece in enumerate(pieces, 1):
            if self._task_store.state(piece.key, "fit") == "failed":
                found = [self._task_store.find(before.key, "fit") for before in pieces[:n]]
                for before, kept in zip(pieces, found, strict=False):
                    self._reuse(before, kept)
                raise Failed(piece, found[-1].value if found[-1] else None)

    def _target(self, piece: Piece) -> Target:
        """Return the target that comes out of a sampler; it must be there."""
        kept = self._task_store.find(self._key(piece), "target")
        if kept is None or kept.state != "ok":
            raise Unshared(piece.name)
        return lend(kept.value)  # type: ignore[no-any-return] # without types

    def _apart_from_all(self, piece: Piece, request: FitRequest) -> tuple[Any, Any]:
        """Fit for this task alone, and with it all that is inside."""
        if piece.key is not None:
            self._own.add(piece.key)
        apart, self._apart = self._apart, True
        try:
            return self.fit_alone(piece, request)
        finally:
            self._apart = apart

    def skipped(self, step: Model) -> bool:
        """Whether a step has not been fitted, because what is made of its output was there."""
        return any(step is skipped for skipped in self._skipped)

    def _skips(self, following: Sequence[Piece]) -> bool:
        """Whether what is made of a piece's output is there, or others are making it now."""
        if self._is_there(following):
            return True
        key = following[-1].key if following else None
        held = key is not None and self._task_store.hold(key, "fit")
        return held and self._is_there(following)

    def _is_there(self, following: Sequence[Piece]) -> bool:
        """Whether any of the following is there, and the targets of samplers before it."""
        for piece in following:
            if self.has(piece):
                return True
            if piece.resamples and not self.has(piece, "target"):
                return False
        return False

    def _reuse(self, piece: Piece, kept: Kept | None) -> None:
        self.account.reuse(piece.leaves, 0.0 if kept is None else kept.seconds)

    def _work(self, piece: Piece, request: FitRequest) -> Kept:
        """Fit for all; what it raises is raised for all."""
        sure = piece.sure and not request.has_params  # which may draw, too
        before, start = State(sure=sure), self.account.now
        try:
            made = self.fit_alone(piece, request)
        except Failed as failed:
            if State(sure=sure) != before:
                raise  # others draw, and fail, themselves
            return Kept(failed.told, self.account.now - start, "failed")
        seconds = self.account.now - start
        is_own = any(part.key in self._own for part in piece.walk)
        return Kept(made, seconds, drawn(sure) if is_own or State(sure=sure) != before else "ok")


def active() -> Memo | None:
    """The memo of the task that runs in this thread."""
    return _ACTIVE.get()
