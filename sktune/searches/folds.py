"""Searches that go fold by fold: what does not go with it, and the work that candidates share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial

from sklearn.pipeline import Pipeline

from ..messages import in_short
from ..space.identity import identity
from ..types import Estimator, Params
from .options import Options


def check_folds(options: Options) -> None:
    """Refuse an unknown choice, and what does not go with one fold at a time."""
    if options.folds != "adaptive":
        raise ValueError(f"folds={in_short(options.folds)}; pass 'all' or 'adaptive'.")
    if options.early_termination is not None:
        raise ValueError(
            "folds='adaptive' and early_termination both say which candidates get their next "
            "split. Leave early_termination out, or pass folds='all'."
        )
    if options.stop is not None:
        raise ValueError(
            "stop goes by candidates that are done, in their order, and with folds='adaptive' any "
            "may be taken up again until the end. Pass timeout or a smaller n_iter, or folds='all'."
        )
    if options.strategy is not None:
        raise ValueError(
            "folds='adaptive' and strategy both say what is evaluated next. Leave strategy out, or "
            "pass folds='all'."
        )
    if options.sampling == "sobol":
        raise ValueError(
            "sampling='sobol' spreads a number of candidates that is known beforehand, and with "
            "folds='adaptive' it is not. Leave sampling out, or pass folds='all'."
        )


def first_steps_of(estimator: Estimator, share_work: bool) -> Callable[[Params], Hashable] | None:
    """Return a function from a candidate to a key of its first steps; None if none is shared."""
    if not (share_work and isinstance(estimator, Pipeline)):
        return None
    return partial(_first_steps, estimator.steps[-1][0])


def _first_steps(last: str, params: Params) -> Hashable:
    first = {name: value for name, value in params.items() if name.partition("__")[0] != last}
    return identity(first)
