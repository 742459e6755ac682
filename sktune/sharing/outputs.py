"""The outputs of fitted pieces for samples, each worked for only once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..types import Samples
from .arrays import can_be_lent, lend, private, protect
from .fit_request import GONE, Failed, Unfit, Unshared, sharing
from .fitting import Fitter
from .pieces import Piece
from .responses import drawn_from, response
from .store import Kept, drawn


class Outputs(Fitter):
    """The outputs of a task's pieces: each is given if others have made it, and else made.

    Its parameters are those of `Fitter`.
    """

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
