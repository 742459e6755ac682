"""The responses of fitted pieces to samples that others are given too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..types import Samples
from .arrays import is_same, own, private
from .fit_request import Unshared
from .generators import State
from .pieces import Piece
from .sources import generators_in

Respond = Callable[[Any], Any]


def response(piece: Piece, respond: Respond, X: Samples, *, seen: bool) -> Any:
    """Return what a fitted piece responds to samples; what is not known has its own.

    Raises
    ------
    Unshared
        If it writes into samples that are `seen` by others.
    """
    if piece.known:
        return respond(X)
    mine = own(X, compared=seen)
    responded = respond(mine)
    if seen and not is_same(X, mine):
        raise Unshared(piece.name)
    return responded


def shared_response(piece: Piece, respond: Respond, X: Samples, *, seen: bool) -> Any:
    """Return what others may be given too; what insists on writing has samples of its own."""
    if not piece.known:
        return private(response(piece, respond, X, seen=seen))
    try:
        return respond(X)
    except Unshared:
        raise
    except Exception as exc:
        if seen:
            raise Unshared(piece.name) from exc
        return respond(private(X))


def drawn_from(piece: Piece, fitted: Any, *, again: bool) -> tuple[Any, ...]:
    """Return the states of all generators that a fitted piece may draw from.

    Its own count where it may be asked `again`: the first time, they are where its fit left them.
    """
    everywhere = None if piece.sure and piece.known else State()
    return everywhere, generators_in(fitted) if again else ()
