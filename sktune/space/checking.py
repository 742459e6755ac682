"""Bad spaces are refused before the first fit, with the culprit and the remedy named.

scikit-learn finds a misspelt name when the first fit of its sub-grid starts, which may be
days into a search. Here every sub-grid's names are set on a clone of the estimator first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from ..exceptions import warn
from ..messages import in_short
from ..types import Estimator
from .choices import Choices
from .dimensions import is_distribution
from .names import explain
from .parameters import Space, name_of
from .setting import configured
from .shorthands import meant_range, range_in_skopt

_MOST_SETTINGS = 5000
"""Ways to set the steps around one name that are tried; further ones may fail in their fit."""


def check_space(
    space: Space, estimator: Estimator, where: str, *, enumerable: bool = False
) -> None:
    """Refuse a space that the estimator cannot take.

    Nothing is drawn from its distributions: that would shift the draws of the search. The
    estimator is left as it is. Raises what `check_values` raises, ValueError for a name that
    the estimator does not know, and what `sklearn.base.clone` raises of the estimator.
    """
    check_values(space, where, enumerable=enumerable)
    if isinstance(estimator, type):
        clone(estimator)  # which says so
    for index, sub in enumerate(space.subspaces):
        _check_names(sub, estimator, name_of(where, index, len(space.subspaces)))


def check_values(space: Space, where: str, *, enumerable: bool = False) -> None:
    """Refuse a space that cannot be searched, whatever the estimator.

    `where` is what the user calls the space, for the messages; distributions are refused if it
    must be enumerable. Raises ValueError or TypeError for no candidates at all, a sub-grid that
    is no dict, a name that is no str, and values that are no sequence, none or scalar.
    """
    if not space.subspaces:
        raise ValueError(
            f"{where} is empty, so there are no candidates. Pass a dict of parameter "
            "names and values, or {} for the estimator as it is."
        )
    for index, sub in enumerate(space.subspaces):
        within = name_of(where, index, len(space.subspaces))
        if not isinstance(sub, dict):
            raise TypeError(
                f"{within}: Parameter grid is not a dict ({in_short(sub)}). Pass a dict of "
                "parameter names and values, or a list of such dicts."
            )
        for name, values in sub.items():
            if not isinstance(name, str):
                raise TypeError(
                    f"{within}: parameter names are str, got {in_short(name)} "
                    f"({type(name).__name__}). Write the parameter's name."
                )
            check = _check_distribution if is_distribution(values) else _check_list
            check(name, values, within, enumerable=enumerable)


def _check_distribution(name: str, values: Any, where: str, *, enumerable: bool) -> None:
    if enumerable and isinstance(values, Choices):
        raise TypeError(
            f"{where}: {name!r} is a range with {values.n_values} steps, to be drawn from. A grid "
            "takes them as a list: quantized(...).values."
        )
    if enumerable:
        raise TypeError(
            f"{where}: {name!r} is a distribution ({type(values).__name__}), which has no end of "
            "values. Pass a list of those to try, such as np.geomspace(low, high, 5), or use "
            "RandomSearch or BayesSearch."
        )
    if getattr(values, "numargs", 0):
        raise TypeError(
            f"{where}: {name!r} is the distribution {values.name} without its parameters. Pass "
            f"a frozen one, scipy.stats.{values.name}(...)."
        )


def warn_of_skopt_ranges(space: Space, where: str) -> None:
    """Warn of lists of two numbers: choices here, ranges for those who come from skopt."""
    found = {}
    for index, sub in enumerate(space.subspaces):
        for name, values in sub.items():
            if (meant := range_in_skopt(values)) is not None:
                found[f"{name_of(where, index, len(space.subspaces))}: {name!r}"] = meant
    if found:
        told = "; ".join(f"{name}, for the range write {meant}" for name, meant in found.items())
        warn(
            "A list of two numbers is two choices here, and a range in skopt's BayesSearchCV. "
            f"{told}; for the two choices, without this warning, sktune.space.Choices([...])."
        )


def _check_list(name: str, values: Any, where: str, *, enumerable: bool) -> None:
    if enumerable and (meant := meant_range(values)) is not None:
        low, high = sorted([value for value in values if not isinstance(value, str)][:2])
        spaced = "geomspace" if "log" in meant else "linspace"
        raise ValueError(
            f"{where}: {name!r} is {values!r}, and a grid has no ranges: each of these would be a "
            f"value to try. Pass np.{spaced}({low!r}, {high!r}, 5), or {meant} to RandomSearch or "
            "BayesSearch."
        )
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise ValueError(
            f"{where}: Parameter array for {name!r} should be one-dimensional, got: "
            f"{in_short(values)} with shape {values.shape}. Pass a list of the values to try."
        )
    if isinstance(values, Mapping) and values:
        inner = ", ".join(f"'{name}__{key}': ..." for key in list(values)[:3])
        raise TypeError(
            f"{where}: {name!r} is a dict, and needs to be a list of values. For parameters of "
            f"that step write {{{inner}}}."
        )
    if isinstance(values, str) or not isinstance(values, np.ndarray | Sequence):
        raise TypeError(
            f"{where}: Parameter grid for parameter {name!r} needs to be a list or a numpy array, "
            f"but got {in_short(values)} (of type {type(values).__name__}) instead. "
            f"{_as_list(values)}"
        )
    if len(values) == 0:
        raise ValueError(
            f"{where}: Parameter grid for parameter {name!r} need to be a non-empty sequence, "
            f"got: {values!r}. Leave the name out to keep the estimator's own value."
        )


def _as_list(values: object) -> str:
    """Say how to make a list of what is none."""
    if isinstance(values, Iterable) and not isinstance(values, str | bytes):
        return "Write list(...) around it."
    return "Single values need to be wrapped in a list with one element."


def _check_names(sub: Mapping[str, Any], estimator: Estimator, where: str) -> None:
    """Set every name, in every setting of the steps that it reaches into."""
    known = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    listed = {name: values for name, values in sub.items() if not is_distribution(values)}
    for name in sub:
        if any(name.startswith(other + "__") for other in sub.keys() - listed.keys()):
            continue  # whether it exists depends on what is drawn
        value = listed[name][0] if name in listed else known.get(name)
        for setting in itertools.islice(settings_around(name, listed), _MOST_SETTINGS):
            try:
                configured(estimator, {**setting, name: value})
            except Exception as exc:  # noqa: BLE001 - whatever an estimator raises
                _check_can_be_cloned(estimator, setting, where)
                if message := _unknown(name, setting, estimator, exc):
                    raise ValueError(f"{where}: {message}") from None
                # it exists, but not with this value alone; the candidate's fit will tell


def _check_can_be_cloned(estimator: Estimator, setting: Mapping[str, Any], where: str) -> None:
    """Tell an estimator that cannot be cloned, or a value, from a name that cannot be set."""
    try:
        clone(estimator)
    except TypeError as exc:  # of a copy, which does not say of what
        bad = [name for name, value in estimator.get_params().items() if not _is_copied(value)]
        deepest = max(bad, key=lambda name: name.count("__"), default="")
        if not deepest:
            raise
        raise TypeError(f"the estimator's {deepest!r} cannot be cloned: {exc}") from exc
    for name, value in setting.items():
        try:
            clone(value, safe=False)
        except Exception as exc:  # noqa: BLE001 - whatever its class raises
            told = f"{where}: {name}={in_short(value)} cannot be cloned: {exc}"
            raise ValueError(told) from None


def _is_copied(value: object) -> bool:
    try:
        clone(value, safe=False)
    except Exception:  # noqa: BLE001 - whatever its class raises
        return False
    return True


def settings_around(name: str, listed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the ways in which listed values set what a name reaches into.

    ``clf__C`` depends on the value of ``clf``, and on that of ``steps``, which replaces all
    steps; on nothing else, so that a name is tried in few settings.
    """
    around = [
        other
        for other, values in listed.items()
        if other != name
        and (
            name.startswith(other + "__")
            or (name.startswith(_owner(other)) and _may_be_steps(values))
        )
    ]
    for chosen in itertools.product(*(listed[other] for other in around)):
        yield dict(zip(around, chosen, strict=True))


def _owner(name: str) -> str:
    """The prefix of the names that share a name's estimator: 'a__' for 'a__steps'."""
    head, separator, _ = name.rpartition("__")
    return head + separator


def _may_be_steps(values: Sequence[Any]) -> bool:
    dtype = getattr(values, "dtype", None)
    if isinstance(values, range) or (dtype is not None and not dtype.hasobject):
        return False  # these may be long, and there are no lists in them
    return any(map(_is_list_of_steps, values))


def _is_list_of_steps(value: object) -> bool:
    """Whether a value is ``[(name, estimator, ...), ...]``, as of a Pipeline's ``steps``."""
    return isinstance(value, list) and all(
        isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str) for item in value
    )


def _unknown(
    name: str, setting: Mapping[str, Any], estimator: Estimator, exc: Exception
) -> str | None:
    """Say what is wrong with a name; None if the estimator has such a parameter."""
    told = ", ".join(f"{other}={in_short(value)}" for other, value in setting.items())
    told = f" where {told}" if told else ""
    try:
        whole = configured(estimator, setting)
        if name in whole.get_params():
            return None
        message = explain(name, whole, told)
    except Exception:  # noqa: BLE001 - then what it raises says more
        return f"{name!r} cannot be set{told}: {exc}"
    if told:
        message += " Pass a list of dicts, one for each choice and the parameters that go with it."
    return message
