"""A request to fit a transformer, as a memo gets it; and a stand-in for data that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from ..types import Model, Samples, Target
from .arrays import is_same, own, private
from .pieces import Piece

GONE: Any = object()
"""Stands for data that are not needed any more, because what is made of them is there."""


class Unshared(Exception):  # noqa: N818 - no error: the task is to be done the ordinary way
    """A piece cannot be had in the shared way."""


class Unfit(Unshared):
    """A piece is not fit for being shared, and others of its kind will not be either."""

    def __init__(self, piece: Piece) -> None:
        super().__init__(piece.name)
        self.piece = piece


class Failed(Exception):  # noqa: N818 - it is told as the outcome
    """A fit or a transformation has raised by itself, as it would without sharing.

    Attributes
    ----------
    piece : Piece
        What has raised.
    told : object
        What is told of it.
    """

    def __init__(self, piece: Piece, told: Any) -> None:
        super().__init__(piece.name)
        self.piece = piece
        self.told = told


Tell = Callable[[BaseException], Any]
"""Makes of an exception what is told of it; None if it is not that of a fit or a response."""


@contextmanager
def telling(piece: Piece, tell: Tell) -> Iterator[None]:
    """Tell what a piece's own code raises meanwhile, unless it may be because of what is shared."""
    try:
        yield
    except (Unshared, Failed):
        raise
    except BaseException as exc:
        told = tell(exc.with_traceback(_from_without(exc.__traceback__)))
        if told is None:
            raise
        if piece.known and is_of_protection(told.reason):
            raise Unshared(piece.name) from exc
        raise Failed(piece, told) from exc


def _from_without(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from where it has left this package."""
    while trace is not None and trace.tb_next is not None:
        if not trace.tb_frame.f_globals.get("__name__", "").startswith(__package__):
            break
        trace = trace.tb_next
    return trace


@contextmanager
def sharing(piece: Piece) -> Iterator[None]:
    """Have what goes wrong in sharing itself cost the sharing, and nothing else."""
    try:
        yield
    except (Unshared, Failed):
        raise
    except Exception as exc:
        raise Unfit(piece) from exc


def is_of_protection(text: str) -> bool:
    """Whether an error's text speaks of data that must not be written into."""
    return any(word in text.lower() for word in ("read-only", "readonly", "writeable", "writable"))


@dataclass(frozen=True, slots=True)
class FitRequest:
    """A transformer to be fitted, a clone of the task's own, and the data.

    ``call(transformer, X, y, *args, **options)`` gives (Xt, fitted transformer).
    """

    call: Callable[..., tuple[Any, Any]]
    transformer: Model
    X: Samples
    y: Target
    args: Sequence[Any]
    options: Mapping[str, Any]

    def run(self, piece: Piece, tell: Tell, *, seen: bool) -> tuple[Any, Any]:
        """Return what comes out, and the fitted transformer.

        What is not known gets data of its own.

        Raises
        ------
        Failed
            If the fit raises.
        Unfit
            If it writes into its targets or parameters, or into X where that is `seen` by others.
        """
        mine = self if piece.known else self._on_own_data(compared=seen)
        with telling(piece, tell):
            result = mine.call(mine.transformer, mine.X, mine.y, *mine.args, **mine.options)
        if mine is self:
            return result
        given, written = [self.y, *self.args, self.options], [mine.y, *mine.args, mine.options]
        if not is_same(given, written) or (seen and not is_same(self.X, mine.X)):
            raise Unfit(piece)
        return result

    def of(self, transformer: Model) -> FitRequest:
        """Ask the same of another transformer."""
        return replace(self, transformer=transformer)

    def _on_own_data(self, *, compared: bool) -> FitRequest:
        """Ask the same on data that may be written into, X to be `compared` or not."""
        y, *args = (private(value) for value in (self.y, *self.args))
        X = own(self.X, compared=compared)
        return replace(self, X=X, y=y, args=args, options=private(self.options))

    @property
    def has_params(self) -> bool:
        """Whether the fit is given parameters, or what comes out a weight."""
        routed = self.options.get("params", self.options)
        values = routed.values()
        nothing = (value is None or (isinstance(value, Mapping) and not value) for value in values)
        return not all(nothing) or self.options.get("weight") is not None
