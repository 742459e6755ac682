"""What a scorer returned, read as numbers.

A score is a finite float or nan. Anything else (infinities, text, None, arrays, complex
numbers, ints beyond any float) is a failure with a reason: such a value can win a search,
end it, or lose its results.
"""

from __future__ import annotations

import math
import numbers
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .. import _sklearn

SINGLE = "score"
"""The name of the metric where there is only one."""


class Flaw(NamedTuple):
    """Something that went wrong: one line, the whole story, and as an exception."""

    reason: str
    story: str
    error: Exception
    raised: bool = True

    @classmethod
    def of(cls, error: Exception) -> Flaw:
        """Tell an exception that was raised."""
        lines = traceback.format_exception(error)
        return cls(lines[-1].strip(), "".join(lines), error)

    @classmethod
    def that(cls, reason: str) -> Flaw:
        """Tell something that is wrong though nothing was raised."""
        line = f"ValueError: {reason}"
        return cls(line, line, ValueError(reason), raised=False)


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
    scorer: Callable[..., Any], estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Scores:
    """Call a scorer and read what it returns; what it raises is told as a flaw.

    Parameters
    ----------
    scorer : callable
        ``scorer(estimator, X, y, **params)``, without y if that is None.
    estimator : fitted estimator
    X, y : array-likes
    params : mapping
        Parameters routed to the scorer.
    """
    try:
        given = scorer(estimator, X, **params) if y is None else scorer(estimator, X, y, **params)
    except Exception as exc:  # noqa: BLE001 - whatever a scorer raises is an outcome
        return Scores(multimetric=_sklearn.metric_names(scorer) is not None, flaws=[Flaw.of(exc)])
    return read_scores(given, scorer)


def read_scores(given: Any, scorer: Callable[..., Any]) -> Scores:
    """Read what a scorer returned: a number, or a dict of them."""
    scores = Scores(multimetric=isinstance(given, Mapping))
    named = given if isinstance(given, Mapping) else {SINGLE: given}
    tells_tracebacks = _sklearn.metric_names(scorer) is not None
    if not named:
        scores.flaws.append(Flaw.that(f"scoring returned an empty dict (scorer={scorer})"))
    for name, value in named.items():
        if tells_tracebacks and isinstance(value, str):
            # scikit-learn's multi-metric scorer puts a scorer's traceback in its place
            line = f"{value.strip().splitlines()[-1]} (scorer={name})"
            scores.flaws.append(Flaw(line, value, RuntimeError(line)))
            scores.values[name] = None
            continue
        number, wrong = _as_number(value)
        scores.values[str(name)] = None if wrong else number
        if wrong:
            which = name if scores.multimetric else scorer
            message = f"scoring must return a number, {wrong} (scorer={which})"
            scores.flaws.append(Flaw.that(message))
    return scores


def _as_number(value: Any) -> tuple[float, str]:
    """Read a score; the second item says what is wrong with it, if anything is."""
    if hasattr(value, "item"):
        with suppress(ValueError):  # an array of several is told below
            value = value.item()
    if not isinstance(value, numbers.Real):
        return math.nan, f"got {_short(value)} ({type(value)}) instead."
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return math.nan, f"got {_short(value)}, which is beyond any float."
    if math.isinf(number):
        return math.nan, f"got {number}; infinite scores cannot be averaged or compared."
    return number, ""


def _short(value: Any) -> str:
    """A value's text, cut; not every value has one."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - for example ints of more than 4300 digits
        return f"a {type(value).__name__}"
    return text if len(text) <= 100 else text[:97] + "..."
