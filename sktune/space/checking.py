"""Bad spaces are refused before the first fit, with the culprit and the remedy named.

scikit-learn finds a misspelt name when the first fit of its sub-grid starts, which may be
days into a search. Here every sub-grid's names are set on a clone of the estimator first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

import numpy as np
from sklearn.base import clone

from .parameters import Space, is_distribution

_MOST_STRUCTURES = 1000
"""Combinations of replaced steps that are tried per sub-grid; beyond, the first ones."""


def check_space(space: Space, estimator: Any, argument: str) -> None:
    """Refuse a space that the estimator cannot take.

    Parameters
    ----------
    space : Space
        What to check.
    estimator : estimator
        What the candidates will be set on; left as it is.
    argument : str
        What the user calls the space, for the messages.

    Raises
    ------
    ValueError, TypeError
        For no candidates at all, a sub-grid that is not a dict, a name that is no str or
        that the estimator does not know, values that are no sequence, none or scalar.
    """
    if not space.subspaces:
        raise ValueError(
            f"{argument} is empty, so there are no candidates. Pass a dict of parameter "
            "names and values, or {} for the estimator as it is."
        )
    for index, sub in enumerate(space.subspaces):
        where = argument if len(space.subspaces) == 1 else f"{argument}[{index}]"
        if not isinstance(sub, dict):
            raise TypeError(
                f"{where}: Parameter grid is not a dict ({sub!r}). Pass a dict of parameter "
                "names and values, or a list of such dicts."
            )
        for name, values in sub.items():
            _check_values(name, values, where)
        _check_names(sub, estimator, where)


def _check_values(name: Any, values: Any, where: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{where}: parameter names are str, got {name!r} ({type(name).__name__}).")
    if is_distribution(values):
        return
    if isinstance(values, np.ndarray) and values.ndim > 1:
        raise ValueError(
            f"{where}: Parameter array for {name!r} should be one-dimensional, got: "
            f"{values!r} with shape {values.shape}. Pass a list of the values to try."
        )
    if isinstance(values, str) or not (hasattr(values, "__len__") and hasattr(values, "__iter__")):
        raise TypeError(
            f"{where}: Parameter grid for parameter {name!r} needs to be a list or a numpy "
            f"array, but got {values!r} (of type {type(values).__name__}) instead. Single "
            "values need to be wrapped in a list with one element."
        )
    if len(values) == 0:
        raise ValueError(
            f"{where}: Parameter grid for parameter {name!r} need to be a non-empty sequence, "
            f"got: {values!r}. Leave the name out to keep the estimator's own value."
        )


def _check_names(sub: Mapping[str, Any], estimator: Any, where: str) -> None:
    for params in itertools.islice(_structures(sub), _MOST_STRUCTURES):
        try:
            clone(estimator).set_params(**clone(params, safe=False))
        except Exception as exc:
            names = _settable(estimator, params)
            culprits = [name for name in params if name not in names] if names else []
            raise ValueError(_name_message(exc, culprits, names, estimator, where)) from exc


def _structures(sub: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One candidate for each way in which the estimator's steps can be set.

    Names are valid or not whatever the values, except where a value replaces the part of
    the estimator that other names reach into, as in ``{"clf": [...], "clf__C": [...]}``.
    """
    names = sorted(sub)
    tried = [_some(sub[name], every=_reached_into(name, names, sub[name])) for name in names]
    for values in itertools.product(*tried):
        yield dict(zip(names, values, strict=True))


def _some(values: Any, *, every: bool) -> list[Any]:
    if is_distribution(values):
        return [values.rvs(random_state=np.random.RandomState(0))]
    return list(values) if every else [values[0]] if hasattr(values, "__getitem__") else []


def _reached_into(name: str, names: list[str], values: Any) -> bool:
    if any(other.startswith(name + "__") for other in names):
        return True
    # `steps`, `transformers`, `estimators`: a list of (name, estimator) replaces them all
    return not is_distribution(values) and any(isinstance(value, list) for value in values)


def _settable(estimator: Any, params: Mapping[str, Any]) -> list[str]:
    """The names that the estimator knows once its steps are those of `params`."""
    changed = clone(estimator)
    for name in sorted(params, key=lambda name: name.count("__")):
        with suppress(Exception):  # this is how the culprits are found
            changed.set_params(**{name: clone(params[name], safe=False)})
    try:
        return sorted(changed.get_params(deep=True))
    except Exception:  # noqa: BLE001 - only the message gets shorter
        return []


def _name_message(
    exc: Exception, culprits: list[str], names: list[str], estimator: Any, where: str
) -> str:
    if not culprits:
        return f"{where}: the estimator does not take these parameters: {exc}"
    culprit = culprits[0]
    close = get_close_matches(culprit, names, n=1)
    remedy = f" Did you mean {close[0]!r}?" if close else ""
    return (
        f"{where}: Invalid parameter {culprit!r} for estimator {estimator}.{remedy} "
        f"Valid parameters are: {names}."
    )
