"""Samples on their way through the steps of a pipeline, from the deepest that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ..sharing import Memo, Piece
from ..sharing.arrays import lend
from ..sharing.fit_request import GONE
from ..types import Model, Samples

SamplesOf = Callable[[str], Any]
"""From "test" or "train" to the samples that a pipeline is given."""


def nested(
    memo: Memo, pipeline: Model, piece: Piece, samples: SamplesOf
) -> Iterator[tuple[Any, Piece, SamplesOf]]:
    """Give a pipeline, the pipeline that is its last step, and so on."""
    source: SamplesOf = lambda which: lend(samples(which))  # noqa: E731 - replaced below
    while True:
        yield pipeline, piece, source
        last, inner = pipeline.steps[-1][1], piece.parts[-1]
        if inner is None or not inner.chain:
            return
        source = partial(before_last, memo, pipeline, piece, samples=source)
        pipeline, piece = last, inner


def before_last(
    memo: Memo,
    pipeline: Model,
    piece: Piece,
    which: str,
    samples: SamplesOf,
    newest: Model | None = None,
) -> Any:
    """Pass samples through all steps but the last, from the deepest that is known.

    The newest is the fitted estimator of the last of these steps where the pipeline itself
    does not have it yet.
    """
    steps = [
        [step, part]
        for (_, step), part in zip(pipeline.steps[:-1], piece.parts[:-1], strict=True)
        if part is not None
    ]
    if newest is not None:
        steps[-1][0] = newest
    X = GONE
    first = len(steps)
    while X is GONE and first:
        X = memo.known_output(steps[first - 1][1], which)
        first -= X is GONE
    for _, part in steps[: max(first - 1, 0)]:
        memo.spent_before(part, which)
    if X is GONE:
        X = samples(which)
    for step, part in steps[first:]:
        X = memo.output(part, which, partial(_through, memo, step, part, which), X, step)
    return X


def _through(memo: Memo, step: Model, part: Piece, which: str, X: Samples) -> Any:
    """Pass samples through a fitted step."""
    if part.chain:
        X = before_last(memo, step, part, which, lambda _: X)
        if part.parts[-1] is None:
            return X
        return _through(memo, step.steps[-1][1], part.parts[-1], which, X)
    if not part.parts:
        return step.transform(X)
    memo.which = which
    try:
        return step.transform(X)
    finally:
        memo.which = None
