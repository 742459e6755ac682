"""A request to fit a transformer, as a memo gets it; and a stand-in for data that are gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..types import Model, Samples, Target
from .arrays import is_same, own, private
from .pieces import Piece

GONE: Any = object()
"""Stands for data that are not needed any more, because what is made of them is there."""


class Unshared(Exception):  # noqa: N818 - no error: the task is to be done the ordinary way
    """A piece cannot be had in the shared way."""


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

    def run(self, piece: Piece, *, seen: bool) -> tuple[Any, Any]:
        """Return what comes out, and the fitted transformer.

        What is not known gets data of its own.

        Raises
        ------
        Unshared
            If it writes into its targets or parameters, or into X where that is `seen` by others.
        """
        if piece.known:
            return self._called()
        mine = self.on_own_data(compared=seen)
        result = mine._called()
        given, written = [self.y, *self.args, self.options], [mine.y, *mine.args, mine.options]
        if not is_same(given, written) or (seen and not is_same(self.X, mine.X)):
            raise Unshared(piece.name)
        return result

    def _called(self) -> tuple[Any, Any]:
        return self.call(self.transformer, self.X, self.y, *self.args, **self.options)

    def of(self, transformer: Model) -> FitRequest:
        """Ask the same of another transformer."""
        return replace(self, transformer=transformer)

    def on_own_data(self, *, compared: bool = True) -> FitRequest:
        """Ask the same on data that may be written into, X to be `compared` or not."""
        y, *args = (private(value) for value in (self.y, *self.args))
        X = own(self.X, compared=compared)
        return replace(self, X=X, y=y, args=args, options=private(self.options))

    @property
    def has_params(self) -> bool:
        """Whether the fit is given parameters, or what comes out a weight."""
        routed = self.options.get("params", self.options)
        return any(routed.values()) or self.options.get("weight") is not None
