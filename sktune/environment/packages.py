"""The packages that have a part in a search, found from the modules of its objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from itertools import islice
from typing import Any

import numpy as np

_LIBRARIES = ("sktune", "sklearn", "numpy", "scipy", "joblib", "skopt")

_DISTRIBUTIONS = {"sklearn": "scikit-learn", "skopt": "scikit-optimize"}
"""Names by which packages are installed, where they may not be imported yet."""

_OURS = f"{__name__.partition('.')[0]}."

_MOST_VALUES = 100
"""Values of a list that are looked at: a list of numbers may be long."""


def versions_of(*things: object) -> dict[str, str]:
    """Return the versions of the packages that things are made of, by the names of their modules.

    Things are estimators with all that is in them, functions, classes, spaces. Those of the user's
    own modules have no version.
    """
    return versions(packages_of(things))


def packages_of(things: Iterable[object]) -> list[str]:
    """Return the names of the packages that things are made of, and of those that always are."""
    modules = (getattr(kind, "__module__", None) for kind in kinds_of(things))
    tops = [*_LIBRARIES, *(m.partition(".")[0] for m in modules if isinstance(m, str))]
    return [top for top in dict.fromkeys(tops) if top and top not in sys.stdlib_module_names]


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions that packages have, where they have one."""
    found = {package: _version(package) for package in packages}
    return {package: known for package, known in found.items() if known is not None}


def version_here(top: str) -> str | None:
    """Return the version of a package, which may not be imported; None if there is none."""
    if (known := _version(top)) is not None:
        return known
    # which reads what all packages have
    names = packages_distributions().get(top, [])
    return _installed(names[0]) if names else None


def kinds_of(things: Iterable[object]) -> Iterator[Any]:
    """Return all that things are made of, with the classes that they derive from."""
    waiting, seen = list(things), set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        waiting += _within(thing)
        yield thing  # a function has a module too, and an object its class's
        for kind in (thing if isinstance(thing, type) else type(thing)).__mro__:
            if id(kind) not in seen:
                seen.add(id(kind))
                yield kind


def _within(thing: Any) -> list[Any]:
    if isinstance(thing, Mapping):
        return list(islice(thing.values(), _MOST_VALUES))
    if isinstance(thing, list | tuple | set | frozenset):
        return list(islice(thing, _MOST_VALUES))
    if isinstance(thing, np.ndarray):
        return list(thing.flat[:_MOST_VALUES]) if thing.dtype == object else []
    if isinstance(thing, partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if hasattr(thing, "get_params") and not isinstance(thing, type):
        return list(thing.get_params(deep=False).values())
    if type(thing).__module__.startswith(_OURS) and hasattr(thing, "__dict__"):
        return list(vars(thing).values())  # what proposes for us, and what it is made of
    return []


def _version(top: str) -> str | None:
    known = getattr(sys.modules.get(top), "__version__", None)
    return known if isinstance(known, str) else _installed(_DISTRIBUTIONS.get(top, top))


@cache
def _installed(name: str) -> str | None:
    try:
        return version(name)
    except (PackageNotFoundError, ValueError):
        return None
