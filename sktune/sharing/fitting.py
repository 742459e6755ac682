"""Fits of one task's pieces, and what these make of samples: each is worked for only once."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..types import Model, Samples
from .account import Account
from .arrays import can_be_lent, lend, private, protect
from .deriving import Deriver
from .fit_request import GONE, Failed, FitRequest, Tell, Unfit, Unshared, sharing
from .groups import Leads
from .pieces import Piece
from .responses import drawn_from, response
from .store import Kept, TaskStore, drawn


class Fitter:
    """Fits pieces for one task, and has them respond; counts what that takes.

    Parameters
    ----------
    task_store : TaskStore
    account : Account
    leads : Leads
    tell : callable
        Makes of an exception what is told of it; None if it is not a fit's own.
    strict : bool, default=False
        Whether nothing is shared of what insists on writing into its data, because that
        would be seen.
    """

    def __init__(
        self,
        task_store: TaskStore,
        account: Account,
        leads: Leads,
        tell: Tell,
        *,
        strict: bool = False,
    ) -> None:
        self.account = account
        self._task_store = task_store
        self._deriver = Deriver(leads, account, task_store) if leads else None
        self._tell = tell
        self._strict = strict
        self._own: set[int] = set()
        self._skipped: list[Model] = []
        self._apart = False

    def deriver(self, piece: Piece, X: Samples) -> Deriver | None:
        """Return what takes a piece's fit out of another one; None if that cannot be."""
        return None if self._key(piece) is None or X is GONE else self._deriver

    def assist(self, piece: Piece, estimator: Model) -> None:
        """Let an unfitted estimator use what its kin have left, as soon as it is fitted."""
        kin = piece.kin
        if kin is None or self._key(piece) is None:
            return
        with suppress(Exception):  # it is fitted as it is
            if kin.family.assists_everywhere:
                memory = self._task_store.everywhere(kin.key)
            else:
                memory = self._task_store.memory(kin.key, "kin", dict)
            kin.family.assist(estimator, memory)

    def fit_alone(self, piece: Piece, request: FitRequest) -> tuple[Any, Any]:
        """Fit a piece for who asks.

        Raises
        ------
        Failed
            If the fit raises.
        """
        if request.X is GONE:
            raise Unshared(piece.name)
        start, n_fits = time.time(), len(self.account.fits)
        by: Piece | None = piece
        try:
            return self.run(piece, request)
        except Failed as failed:
            by = failed.piece
            raise
        finally:
            if by is piece and (name := piece.fitted_directly) is not None:
                inner = sum(seconds for _, seconds in self.account.fits[n_fits:])
                self.account.fits.append((name, time.time() - start - inner))

    def run(self, piece: Piece, request: FitRequest) -> tuple[Any, Any]:
        """Fit a piece likewise, without counting it."""
        self.assist(piece, request.transformer)
        return request.run(piece, self._tell, seen=self._strict)

    # --- what they make of samples --------------------------------------------------------

    def known_output(self, piece: Piece, which: str) -> Any:
        """Return what a fitted piece makes of a set of samples if that is known, else GONE.

        Raises
        ------
        Failed
            If it is known that it raises.
        """
        kept = self._task_store.find(self._key(piece), which)
        if kept is not None and kept.state == "failed":
            raise Failed(piece, kept.value)
        if kept is None or kept.state != "ok":
            return GONE
        self.account.saved += kept.seconds
        return lend(kept.value)

    def output(
        self, piece: Piece, which: str, transform: Callable[[Any], Any], X: Samples, by: Any
    ) -> Any:
        """Return what a fitted piece, `by`, makes of samples, working for it only once.

        Raises
        ------
        Unfit, Unshared
            If it draws, and so makes something else of them each time that scikit-learn asks; or
            if that is how it looks.
        Failed
            If it raises, here or where it was done.
        """
        with sharing(piece):
            return self._output(piece, which, transform, X, by)

    def _output(
        self, piece: Piece, which: str, transform: Callable[[Any], Any], X: Samples, by: Any
    ) -> Any:
        strict, key = self._strict, self._key(piece)

        def work() -> Any:
            return response(piece, transform, X, self._tell, seen=strict)

        def timed() -> Kept:
            before, start = drawn_from(piece, by, again=strict), self.account.now
            told = value = None
            try:
                value = work()
            except Failed as failed:
                told = failed.told
            seconds = self.account.now - start
            if drawn_from(piece, by, again=strict) != before:
                return Kept(None, seconds, drawn(piece.sure))
            if told is not None:
                return Kept(told, seconds, "failed")
            if not piece.known:
                if key is None or not can_be_lent(value):
                    return Kept(value, seconds, "own")
                value = private(value)  # which it cannot keep
            protect(value)
            return Kept(value, seconds)

        if key is None:
            if not strict:
                return work()
            kept, there = timed(), False
        else:
            kept, there = self._task_store.once(key, which, timed)
        if kept.state == "drew":
            raise Unshared(piece.name)
        if kept.state == "draws":
            raise Unfit(piece)
        if kept.state == "own":
            return work() if there else kept.value
        if there:
            self.account.saved += kept.seconds
        if kept.state == "failed":
            raise Failed(piece, kept.value)
        return self._given(piece, kept.value, is_ours=not there)

    def _given(self, piece: Piece, value: Any, *, is_ours: bool) -> Any:
        """Lend what others may be given too; what was made for this task alone needs no copy."""
        return value if is_ours and not self.is_wanted(piece) else lend(value)

    def respond(self, piece: Piece, respond: Callable[[Any], Any], X: Samples) -> Any:
        """Return what a fitted piece responds to samples, for this task alone."""
        return response(piece, respond, X, self._tell, seen=self._strict)

    def spent_before(self, piece: Piece, which: str) -> None:
        """Count what a piece's output took, though it is not used itself."""
        kept = self._task_store.find(self._key(piece), which)
        self.account.saved += 0.0 if kept is None else kept.seconds

    def has(self, piece: Piece, which: str = "fit") -> bool:
        """Whether a piece has been fitted, and what came out is there."""
        return self._task_store.has(self._key(piece), which)

    def is_wanted(self, piece: Piece) -> bool:
        """Whether other tasks may ask for what is made of a piece."""
        return self._task_store.is_wanted(self._key(piece))

    def _key(self, piece: Piece) -> int | None:
        """Return the key of a piece, if the piece and its data are the same for others."""
        own = piece.key in self._own or piece.source in self._own
        return None if self._apart or own else piece.key
