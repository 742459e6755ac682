"""The environment of a search, put together from the machine, the packages and the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from .git import git_state, is_dirty
from .machine import blas, machine
from .packages import packages_of, version_here, versions

Environment = dict[str, Any]
"""Plain data; see `sktune.environment`."""

_SEEDS = ("random_state", "seed", "random_seed")


class Moment(Mapping[str, Any]):
    """The environment of a search that begins; what cannot change any more is found out later.

    What the machine is, and which versions are loaded, is asked for when this is looked at, since
    that takes milliseconds, and data that wait are digested then. Threads and the commit are those
    of now.

    Parameters
    ----------
    things : iterable of object
        All that takes part in the search, see `kinds_of`.
    seeds : mapping of str to int
        By the names of parameters.
    n_jobs : int
        How many fits run at the same time.
    data : mapping of str to callable
        Each gives a digest: of X, y and splits.
    """

    def __init__(
        self,
        things: Iterable[object],
        seeds: Mapping[str, int],
        n_jobs: int,
        data: Mapping[str, Callable[[], str]],
    ) -> None:
        self._found: Environment | None = None
        self._now = _of_now()
        self._packages: list[str] = []
        with suppress(Exception):  # objects of the user's may do anything where they are looked at
            self._packages = packages_of(things)
        self._seeds, self._n_jobs, self._data = seeds, n_jobs, data

    @property
    def found(self) -> Environment:
        """All of it; what cannot be found out is empty."""
        if self._found is None:
            data = {}
            for name, digest in self._data.items():
                with suppress(Exception):  # data of the user's may be anything
                    data[name] = digest()
            self._found = {
                **machine(),
                **self._now,
                "versions": versions(self._packages),
                "n_jobs": self._n_jobs,
                "seeds": dict(self._seeds),
                "data": data,
            }
            self._data = {}
        return self._found

    def __getitem__(self, name: str) -> Any:
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[Environment]]:
        return dict, (self.found,)


def seeds_of(params: Mapping[str, Any]) -> dict[str, int]:
    """Return the seeds among parameters: what has the name of one and is a whole number."""
    return {
        name: int(value)
        for name, value in params.items()
        if name.rpartition("__")[2] in _SEEDS
        and isinstance(value, int | np.integer)
        and not isinstance(value, bool)
    }


def completed(environment: Environment | Moment) -> Environment:
    """Find out what is not yet, and whether the commit is dirty, which takes a process of git's."""
    found = environment.found if isinstance(environment, Moment) else environment
    git = found.get("git")
    if git and git["dirty"] is None:
        git["dirty"] = is_dirty(git["commit"])
    return found


def here(then: Mapping[str, Any]) -> Environment:
    """Return the environment of this process, with the packages that another one has.

    What depends on a search is not there: its seeds, its data, how many fits run together.
    """
    names = then.get("versions")
    found = {
        name: version_here(name) or "not installed"
        for name in (names if isinstance(names, Mapping) else ())
    }
    return completed({**machine(), **_of_now(), "versions": found})


def _of_now() -> Environment:
    """Return what may change while a process runs."""
    found: Environment = {"blas": {}}
    with suppress(Exception):  # a library that cannot be asked
        found["blas"] = blas()
    return found | {"git": git_state()}
