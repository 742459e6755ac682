"""The background of a search: what is known of it beside its scores, and advice rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn.pipeline import Pipeline

from .objective import possible_scores
from .space.identity import identity
from .trials import SINGLE, Trial


@dataclass(frozen=True)
class Background:
    """Facts of a search beside its scores.

    Attributes
    ----------
    in_order : bool
        Whether candidates come in the order of a grid, so that the last are those of a corner.
    steps : mapping of str to str or None
        Of a pipeline the steps before the last, and what keeps their work from being shared: "off"
        where it is not to be, "draws" where it is by chance, else the name of the step's module;
        None for those that do nothing.
    metric : str or None
        Of several metrics the one that decides, where `refit` names it.
    is_own : callable or None
        Tells of a trial whether it is the estimator as it was given; None if that is not known.
    limits : mapping of str to (float, float)
        By metric the least and the best score there may be, infinite where that is not known.
    """

    in_order: bool = True
    steps: Mapping[str, str | None] = field(default_factory=dict)
    metric: str | None = None
    is_own: Callable[[Trial], bool] | None = field(default=None, repr=False)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def background_of(search: Any) -> Background:
    """Return the background of a search of sktune's or scikit-learn's, fitted or not."""
    in_order = not any(hasattr(search, name) for name in ("n_iter", "n_iter_"))
    refit = getattr(search, "refit", None)
    metric = refit if isinstance(refit, str) else None
    estimator: Any = getattr(search, "estimator", None)
    if not hasattr(estimator, "get_params"):
        return Background(in_order, metric=metric)
    shares = getattr(search, "share_work", None)
    steps: dict[str, str | None] = {}
    if isinstance(estimator, Pipeline) and shares is not None:
        steps = {name: _hindrance(step, shares) for name, step in estimator.steps[:-1]}
    scoring = getattr(search, "scoring", None)
    several = isinstance(scoring, Mapping | list | tuple | set)
    names: Any = scoring if several else [SINGLE]
    limits = {name: possible_scores(scoring, name, estimator) for name in names}
    return Background(in_order, steps, metric, _IsOwn(estimator.get_params()), limits)


@dataclass(frozen=True)
class _IsOwn:
    """The question whether the parameters of a trial are these."""

    own: Mapping[str, Any]

    def __call__(self, trial: Trial) -> bool:
        return all(
            name in self.own and identity(self.own[name]) == identity(value)
            for name, value in trial.params.items()
        )


def _hindrance(step: Any, shares: bool) -> str | None:
    if step in (None, "passthrough"):
        return None
    if not shares:
        return "off"
    drawn = step.get_params() if hasattr(step, "get_params") else {}
    if any(k.rpartition("__")[2] == "random_state" and v is None for k, v in drawn.items()):
        return "draws"
    return type(step).__module__
