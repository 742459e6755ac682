"""The environment of a search that is about to run."""

from __future__ import annotations

from typing import Any

from .. import _sklearn
from ..environment import Environment, Moment, completed, seeds_of
from ..journal import data_digests
from ..problem import Problem

_NO_PART = ("checkpoint", "executor", "observers", "warm_start_from")
"""Parameters of searches in which nothing takes part in a score."""


def environment_around(search: Any, problem: Problem, n_workers: int) -> Environment | Moment:
    """Return the environment of a search.

    What takes its time is found out only where it is written down, or looked at; data that a
    journal digests are left to it.
    """
    own = search.get_params(deep=False)
    things = [value for name, value in own.items() if name not in _NO_PART]
    things += [*_sklearn.functions_of(problem.scorer), type(problem.X), type(problem.y)]
    watched, recorded = bool(search.observers), search.checkpoint is not None
    data = {} if recorded else data_digests(problem, at_once=watched)
    seeds = seeds_of(search.get_params())
    seeds |= seeds_of({"cv__random_state": getattr(search.cv, "random_state", None)})
    moment = Moment(things, seeds, n_workers, data)
    return completed(moment.found) if watched or recorded else moment
