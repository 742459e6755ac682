"""Raises what an estimator has raised in a worker, with its story."""

from __future__ import annotations

from typing import NoReturn


def raise_as_own(exception: Exception, story: str) -> NoReturn:
    """Raise an estimator's exception; if it comes from a worker, with what it said there."""
    if exception.__traceback__ is None:
        raise exception from _InWorker(story)
    raise exception


class _InWorker(Exception):  # noqa: N818 - told as a cause, never raised
    """Shows the traceback of a worker."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
