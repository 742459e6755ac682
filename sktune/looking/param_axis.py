"""The axis of a parameter: where each of its values is drawn, and what is written there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ..space.identity import identity
from ..types import Bools, Floats

_LOG_RATIO = 20.0
"""A logarithmic axis shows values that are closer together than this no better."""

_LONGEST_LABEL = 18


@dataclass(frozen=True, eq=False)
class ParamAxis:
    """Where the values of a parameter are drawn.

    Attributes
    ----------
    name : str
        The parameter.
    places : float array of shape (n_candidates,)
        A number itself, any other value by its number among the labels; nan for candidates that do
        not have the parameter.
    labels : sequence of str or None
        What is written at 0, 1, ...; None for numbers.
    log : bool
        Whether the axis is logarithmic.

    Examples
    --------
    >>> axis = ParamAxis.of("C", [{"C": 0.1}, {"C": 1}, {"C": 10}, {"C": 100.0}, {}])
    >>> axis.places, axis.log
    (array([  0.1,   1. ,  10. , 100. ,   nan]), True)
    >>> axis = ParamAxis.of("kernel", [{"kernel": "rbf"}, {"kernel": None}, {"kernel": "rbf"}])
    >>> axis.places, axis.labels
    (array([1., 0., 1.]), ('None', 'rbf'))
    """

    name: str
    places: Floats
    labels: tuple[str, ...] | None = None
    log: bool = False

    @classmethod
    def of(cls, name: str, params: Sequence[dict[str, Any]]) -> ParamAxis:
        """Choose the axis by the values that candidates have."""
        has = np.array([name in candidate for candidate in params], dtype=bool)
        values = [candidate[name] for candidate in params if name in candidate]
        places = np.full(len(params), np.nan)
        if all(map(_is_finite_number, values)):
            numbers = np.array(values, dtype=float)
            places[has] = numbers
            return cls(name, places, None, _is_better_log(np.unique(numbers)))
        keys = [identity(value) for value in values]
        texts = {key: _label(value) for key, value in zip(keys, values, strict=True)}
        _tell_apart(texts)
        # numbers by size, before all else by its text
        first = dict(zip(keys, values, strict=True))
        ordered = sorted(texts, key=lambda key: _order(first[key], texts[key]))
        number = {key: place for place, key in enumerate(ordered)}
        places[has] = [number[key] for key in keys]
        return cls(name, places, tuple(texts[key] for key in ordered))

    @property
    def known(self) -> Bools:
        """Mask of the candidates that have the parameter."""
        return ~np.isnan(self.places)

    @property
    def is_whole(self) -> bool:
        """Whether all places are whole numbers."""
        return bool((self.places[self.known] % 1 == 0).all())

    @property
    def n_values(self) -> int:
        """How many values of the parameter were tried."""
        return len(np.unique(self.places[self.known]))

    @property
    def shares(self) -> Floats:
        """Places from 0 to 1, along the axis as it is drawn."""
        places = np.log(self.places) if self.log else self.places
        if not self.known.any():
            return np.asarray(places)
        low, high = np.nanmin(places), np.nanmax(places)
        return np.asarray((places - low) / (high - low) if high > low else places * 0 + 0.5)


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Name parameters without their steps, where this tells them apart.

    Examples
    --------
    >>> short_names(["svc__C", "svc__gamma"])
    {'svc__C': 'C', 'svc__gamma': 'gamma'}
    >>> short_names(["ridge__alpha", "lasso__alpha"])
    {'ridge__alpha': 'ridge__alpha', 'lasso__alpha': 'lasso__alpha'}
    """
    short = {name: name.rpartition("__")[2] for name in names}
    counts = list(short.values())
    return {name: text if counts.count(text) == 1 else name for name, text in short.items()}


def written(value: float) -> str:
    """Write a number in short.

    Examples
    --------
    >>> written(1000.0), written(0.123456), written(1e9)
    ('1000', '0.123', '1e+09')
    """
    text = f"{value:.3g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e5 else text


def _is_finite_number(value: object) -> bool:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return False
    try:
        return bool(np.isfinite(float(value)))
    except (OverflowError, TypeError, ValueError):
        return False


def _is_better_log(values: Floats) -> bool:
    """Whether values are spread more evenly over a logarithmic axis than over a linear one."""
    if len(values) < 3 or values[0] <= 0 or values[-1] / values[0] < _LOG_RATIO:
        return False
    middle = float(np.median(values))
    linear = (middle - values[0]) / (values[-1] - values[0])
    logarithmic = np.log(middle / values[0]) / np.log(values[-1] / values[0])
    return bool(abs(logarithmic - 0.5) < abs(linear - 0.5))


def _order(value: object, text: str) -> tuple[bool, float, str]:
    is_number = _is_finite_number(value)
    return not is_number, float(value) if is_number else 0.0, text  # type: ignore[arg-type] # looked at


def _tell_apart(texts: dict[Any, str]) -> None:
    """Number those of different values that are the same, as they come."""
    alike: dict[str, list[Any]] = {}
    for key, text in texts.items():
        alike.setdefault(text, []).append(key)
    for text, keys in alike.items():
        for number, key in enumerate(keys, 1) if len(keys) > 1 else ():
            texts[key] = f"{text} ({number})"


def _label(value: object) -> str:
    """Write a value in a line; estimators by their class."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return type(value).__name__
    name = getattr(value, "__name__", None)
    try:
        text = name if isinstance(name, str) else str(value)
    except Exception:  # noqa: BLE001 - not every value has a text
        text = type(value).__name__
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
