"""Call scorers, and read what they return as numbers.

A score is a finite float or nan. Anything else (infinities, text, None, arrays, complex
numbers, ints beyond any float) is a failure with a reason: such a value can win a search,
end it, or lose its results.
"""

from __future__ import annotations

import math
import numbers
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from sklearn import config_context

from .. import _sklearn
from ..messages import LONGEST_REASON, shortened
from ..trials import SINGLE
from ..types import Array, Model, Samples, Scorer, Target

_LABELS = "biuU"
"""Kinds of arrays whose values can be nothing but labels."""


class Flaw(NamedTuple):
    """Something that went wrong.

    Attributes
    ----------
    reason : str
        One line.
    story : str
        All of it, but for the middle if it is very long.
    error : Exception or None
        The exception, if it is to end the search. Otherwise it is let go: its traceback
        holds the frames, and so the data, of the fit, and they hold it.
    raised : bool
        Whether it was raised, or is told of a score that came back.
    """

    reason: str
    story: str
    error: Exception | None = None
    raised: bool = True

    @classmethod
    def of(cls, error: BaseException, *, ends: bool) -> Flaw:
        """Tell an exception that was raised, and whether it ends the search."""
        story = "".join(traceback.format_exception(error))
        kept = error if ends and isinstance(error, Exception) else None
        return cls(_in_one_line(error), shortened(story), kept)

    @classmethod
    def that(cls, reason: str, *, ends: bool) -> Flaw:
        """Tell something that is wrong though nothing was raised."""
        line = shortened(f"ValueError: {reason}", LONGEST_REASON)
        return cls(line, line, ValueError(reason) if ends else None, raised=False)


def _in_one_line(error: BaseException) -> str:
    """Type and first line of the message; an exception's notes and causes are in its story."""
    try:
        message = str(error).strip()
    except Exception:  # noqa: BLE001 - not every exception can be put into words
        message = ""
    name = type(error).__qualname__
    line = f"{name}: {message.splitlines()[0]}" if message else name
    return shortened(line, LONGEST_REASON)


@dataclass(slots=True)
class Scores:
    """The scores of one fitted candidate on one set of samples.

    Attributes
    ----------
    values : dict of str to float or None
        None for what is no score; empty if the scorer raised.
    multimetric : bool
        Whether the scorer returned a dict.
    flaws : list of Flaw
        Why there are scores that could not be had.
    """

    values: dict[str, float | None] = field(default_factory=dict)
    multimetric: bool = False
    flaws: list[Flaw] = field(default_factory=list)


def compute_scores(
    scorer: Scorer,
    estimator: Model,
    X: Samples,
    y: Target,
    params: Mapping[str, Any],
    *,
    ends: bool = False,
) -> Scores:
    """Call a scorer and read what it returns; what it raises is told as a flaw.

    It is called without y if that is None, and with the parameters that are routed to it. With
    `ends` a flaw ends the search.
    """
    try:
        given = call_scorer(scorer, estimator, X, y, params)
        return read_scores(given, scorer, ends=ends)
    except Exception as exc:  # noqa: BLE001 - whatever a scorer raises is an outcome
        # scikit-learn's multi-metric scorer catches what its scorers raise: what comes out
        # of it is an error of routing, which is the same for every candidate
        several = _sklearn.metric_names(scorer) is not None
        return Scores(multimetric=several, flaws=[Flaw.of(exc, ends=ends or several)])


def call_scorer(
    scorer: Scorer, estimator: Model, X: Samples, y: Target, params: Mapping[str, Any]
) -> Any:
    """Return what a scorer gives, by the shortest way to it.

    Beside a tiny fit, what is checked again for every call is what costs: parameters of metrics
    without options, and by ``accuracy_score`` what kinds of labels it is given. Where these are
    plainly labels, the mean accuracy is worked out as it would be in the end.
    """
    args = (X,) if y is None else (X, y)
    way = None if params else _sklearn.shorter_way(scorer, estimator)
    if way is None:
        return scorer(estimator, *args, **params)
    with config_context(skip_parameter_validation=True):
        if way == "accuracy" and _are_labels(y):
            predicted = estimator.predict(X)
            alike = _are_labels(predicted) and predicted.shape == y.shape
            if alike and predicted.dtype.kind == y.dtype.kind:
                return float(np.average(y == predicted))
        return scorer(estimator, *args)


def _are_labels(y: object) -> TypeGuard[Array]:
    return type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in _LABELS


def read_scores(given: Any, scorer: Scorer, *, ends: bool = False) -> Scores:
    """Read what a scorer returned: a number, or a dict of them."""
    scores = Scores(multimetric=isinstance(given, Mapping))
    named = given if isinstance(given, Mapping) else {SINGLE: given}
    if not named:
        message = f"scoring returned an empty dict (scorer={_short(scorer)})"
        scores.flaws.append(Flaw.that(message, ends=ends))
    for name, value in named.items():
        number, wrong = _as_number(value)
        scores.values[str(name)] = None if wrong else number
        if _is_traceback(value):
            last = value.strip().splitlines()[-1]
            line = f"{shortened(last, LONGEST_REASON)} (scorer={name})"
            scores.flaws.append(Flaw(line, shortened(value), RuntimeError(line) if ends else None))
        elif wrong:
            which = name if scores.multimetric else _short(scorer)
            message = f"scoring must return a number, {wrong} (scorer={which})"
            scores.flaws.append(Flaw.that(message, ends=ends))
    return scores


def _is_traceback(value: object) -> bool:
    """Whether scikit-learn's multi-metric scorer has put a traceback in a score's place."""
    return isinstance(value, str) and value.startswith("Traceback (most recent call last)")


def _as_number(value: object) -> tuple[float, str]:
    """Read a score; the second item says what is wrong with it, if anything is."""
    if np.ma.is_masked(value):
        return math.nan, "got a masked value instead."
    if hasattr(value, "item"):
        with suppress(Exception):  # for example an array of several, which is told below
            value = value.item()
    if not isinstance(value, numbers.Number) or isinstance(value, complex):
        return math.nan, f"got {_short(value)} ({type(value)}) instead."
    try:
        number = float(value)  # type: ignore[arg-type] # which numbers have one is seen here
    except Exception:  # noqa: BLE001 - a number may refuse in any way
        return math.nan, f"got {_short(value)}, which is beyond any float."
    if math.isinf(number):
        return math.nan, f"got {number}; infinite scores cannot be averaged or compared."
    return number, ""


def _short(value: object) -> str:
    """A value's text, cut; not every value has one."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - for example ints of more than 4300 digits
        return f"a {type(value).__name__}"
    return text if len(text) <= 100 else text[:97] + "..."
