"""Tell which fits draw random numbers, so that fitting again does not repeat them.

scikit-learn's estimators without a seed draw from numpy's global source, so whether a fit
has drawn is seen from that source's state (`generators.py`). What a user's own class or function
draws from elsewhere leaves no trace; there it is told from what the code refers to (`sources.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from .._sklearn import package_of
from ..optional import is_of
from ..space.setting import all_params, is_flat, params_of
from ..types import PLAIN, Model
from .sources import (
    SEEDS,
    WITH_FIXED_SEEDS,
    Draws,
    draws_of,
    is_seed,
    is_trusted,
    says_it_is_deterministic,
)


class Randomness:
    """Tells how estimators draw, and remembers what it has found of classes and functions."""

    def __init__(self) -> None:
        self._of_code: dict[tuple[type | FunctionType, bool], Draws] = {}

    def of(self, estimator: Model) -> Draws:
        """Say how a fit of an estimator may draw, or of one inside it."""
        found = Draws.NOT
        for part in _inside(estimator):
            found |= self._of_part(part)
        return found

    def _of_part(self, part: Any) -> Draws:
        if says_it_is_deterministic(part):
            return Draws.NOT
        if isinstance(part, BaseEstimator):
            known = is_trusted(type(part))
            return _of_known(part) if known else self._of_users(part)
        if isinstance(part, type | FunctionType):
            return self._of(part, seeded=False)
        return draws_of([part], seeded=False)

    def _of(self, code: type | FunctionType, *, seeded: bool) -> Draws:
        if (code, seeded) not in self._of_code:
            self._of_code[code, seeded] = draws_of([code], seeded=seeded)
        return self._of_code[code, seeded]

    def _of_users(self, part: BaseEstimator) -> Draws:
        if get_tags(part).non_deterministic:
            return Draws.HIDDEN
        params = params_of(part)
        seeded = _is_seeded(params)
        # a clone may have more than parameters: what `__init__` makes, or `__sklearn_clone__` keeps
        more = [value for name, value in vars(part).items() if name not in params]
        unseeded = "random_state" in params and not seeded
        found = self._of(type(part), seeded=seeded) | draws_of(more, seeded=seeded)
        return found | Draws.GLOBALLY if unseeded else found


def _is_seeded(params: dict[str, Any]) -> bool:
    return any(is_seed(params[name]) for name in SEEDS if name in params)


def _of_known(part: BaseEstimator) -> Draws:
    """Say how one of a well-known package's estimators draws, as its parameters are."""
    params = params_of(part)
    if package_of(type(part)) in WITH_FIXED_SEEDS or "random_state" not in params:
        return Draws.NOT
    is_inert = _INERT.get(type(part).__name__)
    if params["random_state"] is not None or (is_inert is not None and is_inert(params)):
        return Draws.NOT
    return Draws.GLOBALLY


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
"""Estimators that make use of their source only with some of their parameters."""


def _inside(estimator: Model) -> Iterator[Any]:
    """Give the estimators and values that an estimator is made of, itself first."""
    yield estimator
    for owner, name, value in () if is_flat(estimator) else all_params(estimator):
        if isinstance(value, PLAIN):
            continue
        if isinstance(value, BaseEstimator) and is_trusted(type(value)) and _seeds(owner):
            continue  # what the ensemble gives a seed, and which draws from nowhere else
        if not (name in SEEDS and is_seed(value)):
            yield value


def is_trusted_throughout(estimator: Model) -> bool:
    """Whether it, and all that it is made of, draw from the global source or not at all."""
    return not unknown_in(estimator)


def unknown_in(estimator: Model) -> list[Any]:
    """Return what an estimator is made of, itself included, that is from no well-known package."""
    return [part for part in _inside(estimator) if not _is_trusted(part)]


def _is_trusted(part: Any) -> bool:
    """Whether a part is, with what is in it if it is a container of parts."""
    if isinstance(part, Mapping):
        part = list(part.values())
    if isinstance(part, list | tuple | set | frozenset):
        return all(isinstance(item, PLAIN) or _is_trusted(item) for item in part)
    return is_trusted(part if isinstance(part, FunctionType | type) else type(part))


def _seeds(owner: Model) -> bool:
    """Whether it is one of scikit-learn's own ensembles that gives its estimators seeds."""
    if not is_of(owner, "sklearn.ensemble", "BaseEnsemble") or not is_trusted(type(owner)):
        return False
    # what gradient boosting begins with has seeds of its own
    return getattr(owner, "random_state", None) is not None and not hasattr(owner, "init")
