"""The responses of fitted pieces to samples that others are given too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cloudpickle

from ..types import Model, Samples
from .arrays import is_same, own
from .fit_request import Tell, Unfit, telling
from .generators import State
from .pieces import Piece
from .sources import generators_in

Respond = Callable[[Any], Any]


def response(piece: Piece, respond: Respond, X: Samples, tell: Tell, *, seen: bool) -> Any:
    """Return what a fitted piece responds to samples; what is not known has its own.

    Raises
    ------
    Failed
        If it raises.
    Unfit
        If it writes into samples that are `seen` by others.
    """
    mine = X if piece.known else own(X, compared=seen)
    with telling(piece, tell):
        responded = respond(mine)
    if seen and mine is not X and not is_same(X, mine):
        raise Unfit(piece)
    return responded


def drawn_from(piece: Piece, fitted: Any, *, again: bool) -> tuple[Any, ...]:
    """Return the states of all generators that a fitted piece may draw from.

    Its own count where it may be asked `again`: the first time, they are where its fit left them.
    So does all that users' code has in its attributes, which may go on with each response.
    """
    everywhere = None if piece.sure and piece.known else State(sure=piece.sure)
    if not again:
        return everywhere, ()
    return everywhere, generators_in(fitted) if piece.known else _state(fitted)


def _state(fitted: Model) -> bytes | None:
    """Return all that an object has in its attributes, if it can be told."""
    try:
        return bytes(cloudpickle.dumps(fitted))  # which takes classes that are defined anywhere
    except Exception:  # noqa: BLE001 - anything may go wrong in an object's own methods
        return None
