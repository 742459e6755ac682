"""Fits of one task's pieces: each by itself, or taken out of another."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from ..types import Model, Samples
from .account import Account
from .deriving import Deriver
from .fit_request import GONE, Failed, FitRequest, Tell, Unshared
from .groups import Leads
from .pieces import Piece
from .store import TaskStore


class Fitter:
    """Fits pieces for one task, and counts them.

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

    def _key(self, piece: Piece) -> int | None:
        """Return the key of a piece, if the piece and its data are the same for others."""
        own = piece.key in self._own or piece.source in self._own
        return None if self._apart or own else piece.key
