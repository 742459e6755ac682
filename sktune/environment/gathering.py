"""The environment of a search, put together from the machine, the packages and the repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from .git import git_state, is_dirty
from .machine import blas, machine
from .packages import version_here, versions_of

Environment = dict[str, Any]
"""Plain data; see `sktune.environment`."""

_SEEDS = ("random_state", "seed", "random_seed")


def environment_of(
    things: Iterable[object], seeds: Mapping[str, int], n_jobs: int, data: Mapping[str, str]
) -> Environment:
    """Return the environment of a search; what cannot be found out is empty.

    Parameters
    ----------
    things : iterable of object
        All that takes part in it, see `versions_of`.
    seeds : mapping of str to int
        By the names of parameters.
    n_jobs : int
        How many fits run at the same time.
    data : mapping of str to str
        Digests of X, y and splits.
    """
    versions: dict[str, str] = {}
    with suppress(Exception):  # objects of the user's may do anything where they are looked at
        versions = versions_of(*things)
    return {
        **_of_process(),
        "versions": versions,
        "n_jobs": n_jobs,
        "seeds": dict(seeds),
        "data": dict(data),
    }


def seeds_of(params: Mapping[str, Any]) -> dict[str, int]:
    """Return the seeds among parameters: what has the name of one and is a whole number."""
    return {
        name: int(value)
        for name, value in params.items()
        if name.rpartition("__")[2] in _SEEDS
        and isinstance(value, int | np.integer)
        and not isinstance(value, bool)
    }


def completed(environment: Environment) -> Environment:
    """Find out whether the commit is dirty, which takes a process of git's; return the same."""
    git = environment.get("git")
    if git and git["dirty"] is None:
        git["dirty"] = is_dirty(git["commit"])
    return environment


def here(then: Mapping[str, Any]) -> Environment:
    """Return the environment of this process, with the packages that another one has.

    What depends on a search is not there: its seeds, its data, how many fits run together.
    """
    names = then.get("versions")
    versions = {
        name: version_here(name) or "not installed"
        for name in (names if isinstance(names, Mapping) else ())
    }
    return completed(_of_process() | {"versions": versions})


def _of_process() -> Environment:
    environment: Environment = dict(machine())
    environment["blas"] = {}
    with suppress(Exception):  # a library that cannot be asked
        environment["blas"] = blas()
    environment["git"] = git_state()
    return environment
