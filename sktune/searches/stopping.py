"""Early stopping of a search: what it refuses, the samples that are held out, and the refit."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from .. import _sklearn
from ..early_stopping import (
    SCORING,
    BoostingFamily,
    EarlyStopping,
    HeldOut,
    Parts,
    StoppedFits,
    booster_in,
    boosting_family,
    divided,
    users_families,
)
from ..messages import in_short
from ..objective import Objective
from ..problem import Problem
from ..space import Space
from ..space.dimensions import is_distribution
from ..strategies import SuccessiveHalving
from ..types import Estimator, Model
from .options import Options


def check_early_stopping(option: object) -> None:
    """Refuse what is no `EarlyStopping`, or one that cannot work.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(option, EarlyStopping):
        raise TypeError(
            f"early_stopping={in_short(option)}; pass EarlyStopping(rounds=50) for boosting that "
            "is to find its own number of rounds. What stops candidates that lose is "
            "early_termination."
        )
    option.check()


def stopped(
    search: Options, problem: Problem, objective: Objective, space: Space | None, groups: Any
) -> Problem:
    """Return the problem with a part of each split's training samples held out.

    Raises
    ------
    ValueError, TypeError
        For what cannot be stopped early, before the first fit.
    """
    option = search.early_stopping
    assert option is not None  # noqa: S101 - for the type checker
    classes = is_classifier(problem.estimator) and problem.y is not None
    scorer = _scorer_of(option, problem, objective)
    stopping = StoppedFits(option, users_families(), scorer, classes)
    families = [
        _checked(search, stopping, booster, where, problem.fit_params, space)
        for booster, where in _boosters(problem.estimator, space)
    ]
    if option.metric == SCORING and stopping.scorer is None:
        raise ValueError(
            "early_stopping: metric='scoring' goes by the metric that decides, and of several "
            "there is none. Pass refit='...', or metric=None for the booster's own."
        )
    if families and all(family.holds_out for family in families):
        return replace(problem, stopping=stopping)
    by_class = classes and type_of_target(np.asarray(problem.y)) in ("binary", "multiclass")
    data = problem.X, problem.y, groups
    splits = divided(option, problem.splits, *data, classes=by_class)
    if option.refit == "validate":
        pairs = [(np.concatenate([rest, held]), test) for rest, test, held in splits]
        parts = Parts(option, *data, pairs, classes=by_class)
        on_all = parts.of(np.arange(_sklearn.n_samples(problem.X)), None, "the refit")
        stopping = replace(stopping, on_all=on_all)
    return replace(problem, splits=splits, stopping=stopping)


def rounds_in(estimator: Estimator) -> str | None:
    """Return the parameter of an estimator that early stopping decides on, if there is one."""
    [(booster, where)] = _boosters(estimator, None)
    family = boosting_family(booster)
    if family is None:
        return None
    return f"{where}__{family.rounds_param(booster)}".removeprefix("__")


def refit_stopped(
    problem: Problem, stopping: StoppedFits, best: Model, n_rounds: int | None
) -> int | None:
    """Fit the best candidate on all data; return its number of rounds.

    That is given, or found anew on a part of all data.
    """
    X, y, params = problem.X, problem.y, problem.fit_params
    if stopping.option.refit != "validate":
        family, booster = stopping.family_in(best)
        if n_rounds is not None:
            family.fix(booster, n_rounds)
        with warnings.catch_warnings():
            # passes end where it was found that they are enough
            warnings.simplefilter("ignore", ConvergenceWarning)
            best.fit(X, y, **params)
        return n_rounds
    if stopping.on_all is None:
        return stopping.fit(best, X, y, params, None).n
    rest, rows = stopping.on_all
    X_held, y_held = _sklearn.slice_xy(best, X, y, rows, rest)
    held = HeldOut(X_held, y_held, _sklearn.slice_params(X, params, rows))
    of_rest = _sklearn.slice_params(X, params, rest)
    return stopping.fit(best, *_sklearn.slice_xy(best, X, y, rest), of_rest, held).n


def _scorer_of(option: EarlyStopping, problem: Problem, objective: Objective) -> Any:
    """Return the scorer that stops fits, if it is the search's."""
    if option.metric != SCORING:
        return None
    scorers: Any = _sklearn.single_scorers(problem.scorer)
    if isinstance(scorers, dict):
        return scorers.get(objective.metric)
    return partial(_that_decides, scorers, objective.metric)


def _that_decides(scoring: Any, metric: str | None, *of: Any) -> Any:
    """Return a score, or that of the metric that decides, where a function gives several."""
    told = scoring(*of)
    return told.get(metric) if isinstance(told, Mapping) else told


def _boosters(estimator: Estimator, space: Space | None) -> Iterator[tuple[Any, str]]:
    """Give what candidates may fit last, unfitted, and where it is: "model__clf"."""
    places: list[str] = []
    inner: Any = estimator
    while isinstance(inner, Pipeline):
        name, inner = inner.steps[-1]
        places.append(f"{places[-1]}__{name}" if places else name)
    replaced = False
    for sub in () if space is None else space.subspaces:
        given = [value for place in places for value in _values(sub.get(place, ()))]
        replaced |= bool(given)
        yield from ((booster_in(value), places[-1]) for value in given)
        if not given and not replaced:
            yield inner, "__".join(places[-1:])
            replaced = True
    if space is None:
        yield inner, places[-1] if places else ""


def _values(values: Any) -> Iterable[Any]:
    return getattr(values, "values", ()) if is_distribution(values) else values


def _checked(
    search: Options,
    stopping: StoppedFits,
    booster: Any,
    where: str,
    given: Iterable[str],
    space: Space | None,
) -> BoostingFamily:
    """Return the family of a booster; refuse what cannot be stopped early."""
    family, _ = stopping.family_in(booster)
    within = f"{where}__" if where else ""
    for name in given:
        if name.startswith(within) and name.removeprefix(within) in family.takes:
            raise ValueError(
                f"early_stopping holds out validation samples itself, of each split and passed "
                f"through the pipeline, so that fit cannot be given {name!r} too. Leave it out; "
                "which samples are held out is told by EarlyStopping(validation=...)."
            )
    rounds = f"{within}{family.rounds_param(booster)}"
    if isinstance(search.strategy, SuccessiveHalving) and search.strategy.resource == rounds:
        raise ValueError(
            f"SuccessiveHalving({rounds!r}) and early_stopping both decide on the rounds. Take "
            "another resource, such as 'n_samples', or leave early_stopping out."
        )
    for sub in () if space is None else space.subspaces:
        _check_searched(sub, rounds, [f"{within}{name}" for name in family.sets])
        _check_kinds(stopping, booster, within, sub)
    return family


def _check_kinds(stopping: StoppedFits, booster: Any, within: str, sub: Any) -> None:
    """Refuse a search over kinds of boosting, objectives, ... with one that cannot be stopped."""
    own = [name for name in sub if name.startswith(within)]
    for name, param in ((name, name.removeprefix(within)) for name in own):
        kinds = [value for value in _values(sub[name]) if isinstance(value, str) or callable(value)]
        for kind in kinds if "__" not in param else ():
            try:
                tried = clone(booster).set_params(**{param: kind})
            except ValueError:  # no parameter of this one of several boosters
                continue
            stopping.family_in(tried)


def _check_searched(sub: Any, rounds: str, sets: list[str]) -> None:
    """Refuse a search for what early stopping finds itself."""
    if rounds in sub and (is_distribution(sub[rounds]) or len(sub[rounds]) > 1):
        raise ValueError(
            f"early_stopping finds the number of rounds, so that there is nothing to search for in "
            f"{rounds!r}. Take it out of what is searched, and set it on the estimator: it is the "
            "most rounds that there may be."
        )
    for name in sets:
        if name in sub:
            raise ValueError(
                f"early_stopping sets {name!r} itself, so that it cannot be searched. Take it out."
            )
