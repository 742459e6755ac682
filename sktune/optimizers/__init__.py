"""Optimizers: they choose the next candidate from those whose scores are known."""

from collections.abc import Mapping
from typing import Any

from ..messages import did_you_mean, in_short, listed
from ..space import ConditionalSpace
from .ask_tell import AskTell, AskTells
from .base import Optimizer, ScoreModel, Seen, one_thread
from .gaussian_process import GaussianProcess
from .gp import GPOptimizer
from .optuna_sampler import OptunaSampler
from .skopt_optimizer import SkoptOptimizer, are_skopts
from .surrogate import Surrogates

__all__ = [
    "AskTell",
    "AskTells",
    "GPOptimizer",
    "GaussianProcess",
    "Optimizer",
    "OptunaSampler",
    "ScoreModel",
    "Seen",
    "SkoptOptimizer",
    "Surrogates",
    "make_optimizer",
    "one_thread",
]


_MEANT = {
    "gaussian process": "gp", "bayesian": "gp", "bayes": "gp", "scikit-optimize": "skopt",
    "rf": "skopt", "et": "skopt", "gbrt": "skopt",
}  # fmt: skip


def make_optimizer(
    chosen: str | Optimizer | AskTells, space: ConditionalSpace, options: Mapping[str, Any]
) -> Optimizer:
    """Make the optimizer that a user chose, by name or as an object.

    Only ``"skopt"`` has any options, and they stand for it, as in `skopt.BayesSearchCV`. Raises
    ValueError or TypeError for other names and objects, and for options that there are not.
    """
    if isinstance(chosen, str) and (chosen == "skopt" or (chosen == "gp" and are_skopts(options))):
        return SkoptOptimizer(space, options)
    if options:
        raise ValueError(
            f"optimizer_kwargs: {listed(sorted(options))} mean nothing to "
            f"optimizer={in_short(chosen)}; those of skopt.Optimizer go with optimizer='skopt', "
            f"n_initial_points goes with all.{did_you_mean(min(options), ['n_initial_points'])}"
        )
    if isinstance(chosen, str):
        if chosen != "gp":
            raise ValueError(
                f"optimizer={chosen!r} is not known; pass 'gp', 'skopt' or an object with ask "
                f"and tell.{did_you_mean(chosen, ('gp', 'skopt'), meant=_MEANT)}"
            )
        return GPOptimizer(space)
    if isinstance(chosen, type):
        raise TypeError(f"optimizer={chosen!r} is a class; pass an instance of it.")
    if isinstance(chosen, Optimizer):
        return chosen.for_search(space)
    asked = AskTell(space, chosen)
    asked.try_out()
    return asked
