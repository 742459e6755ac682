"""Which family a class belongs to."""

from __future__ import annotations

import sys
from typing import Any

from ..space.setting import params_of
from .family import PathFamily

_FAMILIES: dict[type, PathFamily] = {}

_NAMED: dict[tuple[str, str], PathFamily] = {}
"""Families of classes that may not be installed, and are not imported for their sake."""

_ALONE = {"n_jobs": (None, 1), "warm_start": (False,), "oob_score": (False,)}
"""Parameters with the values that they must have, where an estimator has them: workers add up
in any order, a warm start goes on from what was there, and out-of-bag scores are of the whole."""


def register_path(kind: Any, family: Any) -> None:
    """Have fits of a class derived from others, in all searches from now on.

    Parameters
    ----------
    kind : type
        The class of estimators; its subclasses are not meant.
    family : PathFamily
        Replaces the one that the class had.

    Raises
    ------
    TypeError
        If `kind` is no class of estimators, or `family` is a class, or defines neither `derive`
        nor `assist`.
    """
    if not isinstance(kind, type) or not hasattr(kind, "fit"):
        raise TypeError(
            f"register_path: {kind!r} is no class of estimators. Pass the class itself, for "
            "example register_path(Lasso, MyFamily())."
        )
    if not isinstance(family, PathFamily):
        hint = "an instance: family()" if isinstance(family, type) else "a subclass's instance"
        raise TypeError(
            f"register_path: {family!r} is no sktune.PathFamily. Derive from it and pass {hint}."
        )
    if not (_defines(family, "derive") or _defines(family, "assist")):
        raise TypeError(
            f"register_path: {family!r} shares nothing. Define `derive`, which takes a fit out of "
            "one that contains it, or `assist`, which lets fits use what others have left."
        )
    _FAMILIES[kind] = family


def _defines(family: PathFamily, method: str) -> bool:
    """Whether a family has a method of its own, and not only the contract's."""
    of_contract = getattr(PathFamily, method)
    return getattr(getattr(family, method), "__func__", None) is not of_contract


def register_path_by_name(module: str, name: str, family: PathFamily) -> None:
    """Do as `register_path` does, for a class that is known by its name until somebody uses it.

    Parameters
    ----------
    module : str
        The module that defines the class.
    name : str
        The class's name in it.
    family : PathFamily
    """
    _NAMED[module, name] = family


def family_of(estimator: Any) -> tuple[PathFamily, tuple[str, ...]] | None:
    """Return the family of an estimator, and the parameters in which its members may differ.

    None if the estimator has to be fitted alone.
    """
    family = registered(estimator)
    if family is None or not _is_alone(estimator):
        return None
    free = tuple(family.applies(estimator))
    return (family, free) if free else None


def kin_of(estimator: Any) -> tuple[PathFamily, tuple[str, ...]] | None:
    """Return the family of an estimator, and the parameters in which its kin may differ."""
    family = registered(estimator)
    free = () if family is None else tuple(family.kin(estimator))
    return (family, free) if family is not None and free else None


def registered(estimator: Any) -> PathFamily | None:
    """Return the family that is registered for exactly the class of an estimator."""
    kind = type(estimator)
    family = _FAMILIES.get(kind)
    if family is not None or (kind.__module__, kind.__qualname__) not in _NAMED:
        return family
    # a user's class may call itself anything
    is_it = getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind
    return _NAMED[kind.__module__, kind.__qualname__] if is_it else None


def _is_alone(estimator: Any) -> bool:
    """Whether an estimator has no workers of its own, and goes on from nothing."""
    params = params_of(estimator)
    return all(
        any(type(params[name]) is type(value) and params[name] == value for value in values)
        for name, values in _ALONE.items()
        if name in params
    )
