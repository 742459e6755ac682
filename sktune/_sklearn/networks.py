"""Neural networks and linear models: fits in passes, ended before scikit-learn would end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from math import inf
from typing import Any

from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ..types import Model
from .names import has

_CAN_BE_ENDED = all(
    has(kind, "_update_no_improvement_count", "_no_improvement_count", "_optimizer")
    for kind in (MLPClassifier, MLPRegressor)
)
"""Whether this release has the names by which a fit is ended; without them it goes to its end."""


@contextmanager
def passes_ended_by(model: Model, is_over: Callable[[Sequence[float]], bool]) -> Iterator[None]:
    """Have a fit with validation samples end where the scores after each pass say so too."""
    if not _CAN_BE_ENDED:
        yield
        return
    own = model._update_no_improvement_count

    def count(*args: Any) -> None:
        own(*args)
        if is_over(model.validation_scores_):
            model._no_improvement_count = inf
            model._optimizer.learning_rate = 0.0  # else an adaptive one is lowered first

    model._update_no_improvement_count = count
    try:
        yield
    finally:
        del model._update_no_improvement_count


_CAN_BE_HEARD = all(
    has(kind, "_make_validation_score_cb") for kind in (Perceptron, SGDClassifier, SGDRegressor)
)
"""The same, of linear models."""


class _EndedError(Exception):
    """Ends a fit from within."""


@contextmanager
def descent_ended_by(
    model: Model, is_over: Callable[[Sequence[float]], bool]
) -> Iterator[Sequence[float]]:
    """Hear the validation scores of a fit of a single linear model, and end it where they say so.

    They are in what is yielded, after each pass. A fit that was ended leaves half a model.
    """
    scores: list[float] = []
    if not _CAN_BE_HEARD:
        yield scores
        return
    own = model._make_validation_score_cb

    def make(*args: Any, **kwargs: Any) -> Callable[..., float]:
        measure = own(*args, **kwargs)

        def score(*weights: Any) -> float:
            scores.append(float(measure(*weights)))
            if is_over(scores):
                raise _EndedError
            return scores[-1]

        return score

    model._make_validation_score_cb = make
    try:
        with suppress(_EndedError):
            yield scores
    finally:
        del model._make_validation_score_cb
