"""Whose fits are not repeated by fitting again.

scikit-learn's estimators without a seed draw from numpy's global source, so whether a fit
has drawn is seen from that source's state: `State`. What a user's own class or function draws
from elsewhere leaves no trace. If its code names a source of randomness, and no parameter is
a seed, it counts as drawing: `may_draw`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from inspect import signature
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from .._sklearn import package_of
from ..optional import is_of
from ..space.setting import is_flat, params_of

_SEEDS = ("random_state", "seed", "random_seed", "rng")

_SOURCES = frozenset(
    ("default_rng", "RandomState", "SeedSequence", "urandom", "secrets", "SystemRandom", "uuid4")
)
"""What gives a source of its own, seeded by the operating system unless told otherwise."""

_GLOBAL = frozenset(
    {"random", "check_random_state", "rand", "randn", "randint", "normal", "uniform"}
    | {"choice", "shuffle", "permutation"}
)
"""What draws from numpy's or Python's global source."""

_TRUSTED = ("sklearn", "numpy", "scipy", "pandas", "builtins")
"""Packages that draw from the global source or not at all."""


_WITH_FIXED_SEEDS = ("lightgbm", "xgboost")
"""Packages whose estimators have a seed also where they are given none."""


class State:
    """The state of the global sources of randomness, at a moment."""

    __slots__ = ("_numpys", "_pythons")

    def __init__(self) -> None:
        self._numpys = np.random.get_state()  # noqa: NPY002 - it is the global one that matters
        self._pythons = random.getstate()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State) or self._pythons != other._pythons:
            return False
        (name, key, *rest), (others_name, others_key, *others_rest) = self._numpys, other._numpys
        return (name, rest) == (others_name, others_rest) and bool(np.array_equal(key, others_key))

    __hash__ = None  # type: ignore[assignment] # it is compared, and used once

    def restore(self) -> None:
        """Bring the sources to this state again: what was drawn in vain is drawn again."""
        np.random.set_state(self._numpys)  # noqa: NPY002 - likewise
        random.setstate(self._pythons)


def may_draw(estimator: Any) -> bool:
    """Whether a fit of an estimator, or of one inside it, may draw without leaving a trace."""
    return any(map(_draws, _inside(estimator)))


def may_draw_globally(estimator: Any) -> bool:
    """Whether what a fit gives may depend on a global source of randomness."""
    return any(map(_draws_globally, _inside(estimator)))


def _draws_globally(part: Any) -> bool:
    if package_of(type(part)) in _WITH_FIXED_SEEDS:
        return False
    if isinstance(part, partial):
        return part.keywords.get("random_state") is None and _draws_globally(part.func)
    if isinstance(part, FunctionType):
        seed = signature(part).parameters.get("random_state")
        return (seed is not None and seed.default is None) or _names_any(part, _GLOBAL)
    if not isinstance(part, BaseEstimator):
        return False
    params = params_of(part)
    if any(params.get(name) is not None for name in _SEEDS):
        return False
    unseeded = "random_state" in params and not _is_inert(part)
    return unseeded or _names_any(type(part), _GLOBAL)


def _is_inert(estimator: BaseEstimator) -> bool:
    """Whether a well-known estimator makes no use of its source, as its parameters are."""
    if not is_trusted(type(estimator)):
        return False
    given = params_of(estimator)
    test = _INERT.get(type(estimator).__name__)
    return test is not None and bool(test(given))


_INERT: dict[str, Callable[[dict[str, Any]], bool]] = {
    **dict.fromkeys(("SVC", "NuSVC"), lambda p: p["probability"] is not True),
    "LogisticRegression": lambda p: p["solver"] in ("lbfgs", "newton-cg", "newton-cholesky"),
    **dict.fromkeys(("Ridge", "RidgeClassifier"), lambda p: p["solver"] not in ("sag", "saga")),
    **dict.fromkeys(("Lasso", "ElasticNet"), lambda p: p["selection"] == "cyclic"),
    **dict.fromkeys(("LinearSVC", "LinearSVR"), lambda p: p["dual"] is False),
    "PCA": lambda p: (
        p["svd_solver"] in ("full", "covariance_eigh")
        # with all components, auto is arpack for sparse data, which begins anywhere
        or (p["svd_solver"] == "auto" and isinstance(p["n_components"], float | str))
    ),
    "KBinsDiscretizer": lambda p: p["subsample"] is None and p["strategy"] != "kmeans",
}
"""Estimators that draw only with some of their parameters."""


def _inside(estimator: Any) -> Iterator[Any]:
    """Estimators and functions that an estimator is made of, itself first."""
    yield estimator
    get_params = getattr(estimator, "get_params", None)
    if get_params is None or isinstance(estimator, type) or is_flat(estimator):
        return
    if is_of(estimator, "sklearn.ensemble", "BaseEnsemble") and _is_seeded(estimator):
        return  # it seeds what it is made of
    yield from get_params(deep=True).values()


def _is_seeded(ensemble: Any) -> bool:
    """Whether one of scikit-learn's own ensembles gives its estimators seeds."""
    seed = getattr(ensemble, "random_state", None)
    # what gradient boosting begins with has seeds of its own
    return seed is not None and not hasattr(ensemble, "init") and is_trusted(type(ensemble))


def _draws(part: Any) -> bool:
    if isinstance(part, FunctionType):
        return _names_any(part, _SOURCES)
    if not isinstance(part, BaseEstimator) or is_trusted(type(part)):
        return False
    if get_tags(part).non_deterministic:
        return True
    params = params_of(part)
    seeded = any(params.get(name) is not None for name in _SEEDS)
    return not seeded and _names_any(type(part), _SOURCES)


def is_trusted(thing: Any) -> bool:
    """Whether something is of a package that draws from the global source or not at all."""
    return package_of(thing) in (*_TRUSTED, *_WITH_FIXED_SEEDS)


def _names_any(thing: Any, names: frozenset[str]) -> bool:
    """Whether the code of a user's own function, or of a class's methods, has any of names."""
    return not is_trusted(thing) and bool(names & _names(thing))


@lru_cache(maxsize=1024)
def _names(thing: Any) -> frozenset[str]:
    """The names in the code of a function or of a class's methods, and in what these call."""
    if isinstance(thing, type):
        owners = [kind for kind in thing.__mro__ if not is_trusted(kind)]
        functions = [value for kind in owners for value in vars(kind).values()]
    else:
        functions = [thing]
    found: set[str] = set()
    waiting = [getattr(function, "__func__", function) for function in functions]
    seen: list[Any] = []
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or function in seen or is_trusted(function):
            continue
        seen.append(function)
        names = set(_names_in(function.__code__))
        found |= names
        waiting += [function.__globals__.get(name) for name in names]
    return frozenset(found)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
