"""Neural networks: fits that end before scikit-learn would end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any

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
