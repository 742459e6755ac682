"""A request to fit a transformer, as a memo gets it; and a stand-in for data that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from ..types import Model, Samples, Target
from .arrays import private
from .sources import is_trusted

GONE: Any = object()
"""Stands for data that are not needed any more, because what is made of them is there."""


class Unshared(Exception):  # noqa: N818 - no error: the task is to be done the ordinary way
    """A piece cannot be had in the shared way."""


@contextmanager
def unchanged(name: str, estimator: Model, X: Samples) -> Iterator[None]:
    """Raise `Unshared` if an estimator changes a frame, or a list, that it is given meanwhile.

    Arrays are protected, and it raises itself. A frame's arrays may be exchanged for others.
    """
    is_array = isinstance(X, np.ndarray) or sparse.issparse(X)
    if is_array or X is GONE or is_trusted(type(estimator)):
        yield
        return
    before = private(X)
    yield
    if not _is_same(X, before):
        raise Unshared(name)


def _is_same(X: Samples, before: Any) -> bool:
    if hasattr(X, "equals"):
        labels = (list(map(str, getattr(frame, "columns", ()))) for frame in (X, before))
        return bool(X.equals(before)) and next(labels) == next(labels)
    return not isinstance(X, list) or bool(np.array_equal(np.asarray(X), np.asarray(before)))


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

    def run(self) -> tuple[Any, Any]:
        """Return what comes out, and the fitted transformer."""
        return self.call(self.transformer, self.X, self.y, *self.args, **self.options)

    def of(self, transformer: Model) -> FitRequest:
        """Ask the same of another transformer."""
        return replace(self, transformer=transformer)

    def on_own_data(self) -> FitRequest:
        """Ask the same on data that may be written into."""
        X, y, *args = (private(value) for value in (self.X, self.y, *self.args))
        return replace(self, X=X, y=y, args=args, options=private(self.options))

    @property
    def has_params(self) -> bool:
        """Whether the fit is given parameters, or what comes out a weight."""
        routed = self.options.get("params", self.options)
        return any(routed.values()) or self.options.get("weight") is not None
