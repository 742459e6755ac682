"""The work that candidates of a pipeline have in common: all steps but the last."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

from sklearn.pipeline import Pipeline

from ..space.identity import identity
from ..types import Estimator, Params


def first_steps_of(estimator: Estimator, share_work: bool) -> Callable[[Params], Hashable] | None:
    """Return a function from a candidate to a key of its first steps; None if none is shared."""
    if not (share_work and isinstance(estimator, Pipeline)):
        return None
    return partial(_first_steps, estimator.steps[-1][0])


def _first_steps(last: str, params: Params) -> Hashable:
    first = {name: value for name, value in params.items() if name.partition("__")[0] != last}
    return identity(first)
