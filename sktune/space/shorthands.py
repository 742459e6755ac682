"""Ranges that a user may write for a parameter, beside scikit-learn's lists and distributions.

``(low, high)`` and ``(low, high, "uniform" or "log-uniform")`` are ranges, of integers if both
bounds are; dimensions of `skopt.space` are taken too. Lists are choices, always.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rv_continuous, rv_discrete

from ..messages import closest, in_short
from ..optional import is_of
from .choices import Choices
from .dimensions import Dimension, is_distribution, is_number
from .quantiles import Newer, Quantiles
from .ranges import Integer, Real, few_floats

_MOST = 1_000_000
"""Values that a list may have."""

_SKOPT = "skopt.space"

_PRIORS = {"uniform": False, "log-uniform": True}

_MEANT = {"log": "log-uniform", "uniform-log": "log-uniform", "log10": "log-uniform"}
_MEANT |= {"logarithmic": "log-uniform", "log-normal": "normal", "gaussian": "normal"}


def expand(name: str, given: Any, where: str, *, tuples_too: bool = False) -> Any:
    """Turn a range or a skopt dimension into a `Dimension`; leave everything else as it is.

    The name, and what the user calls the space, are for the messages. Tuples that are no ranges
    are choices, as in scikit-learn, if `tuples_too`, and else refused, as are ranges without or
    with impossible values (ValueError, TypeError).
    """
    if is_of(given, _SKOPT, "Dimension"):
        return _of_skopt(name, given, where)
    if isinstance(given, tuple) and (_is_range(given) or not tuples_too):
        return _range(name, given, where)
    if (meant := meant_range(given)) is not None:
        raise ValueError(
            f"{where}: {name!r} is {given!r}, a list of choices, of which each would be tried as a "
            f"value. Did you mean {meant}?"
        )
    return dimension(name, Newer(given), where) if Newer.takes(given) else given


def meant_range(given: object) -> str | None:
    """Return how to write what looks like a range, but is choices; None for anything else.

    Examples
    --------
    >>> meant_range([1, 100, "loguniform"]), meant_range([1, 100])
    ("(1, 100, 'log-uniform')", None)
    """
    if not isinstance(given, list | tuple) or not 3 <= len(given) <= 4:
        return None
    words = [value for value in given if isinstance(value, str)]
    bounds = [value for value in given if _may_bound(value)]
    if len(words) != 1 or len(words) + len(bounds) != len(given):
        return None
    prior = closest(words[0], [*_PRIORS, "normal"], meant=_MEANT)
    if prior == "normal":
        return f"scipy.stats.norm({bounds[0]!r}, {bounds[1]!r})"
    return None if prior is None else repr((*sorted(bounds[:2]), prior))


def range_in_skopt(given: object) -> str | None:
    """Return how to write the range that `BayesSearchCV` makes of a list of choices, if it does."""
    if isinstance(given, tuple) or not isinstance(given, Sequence | np.ndarray) or len(given) != 2:
        return None
    low, high = given
    if not (_may_bound(low) and _may_bound(high)) or not low < high:
        return None
    whole = isinstance(low, numbers.Integral) and isinstance(high, numbers.Integral)
    return None if whole and high - low == 1 else f"({low}, {high})"  # the same two, either way


def dimension(name: str, values: Any, where: str) -> Dimension:
    """Turn what `expand` leaves into a `Dimension`: lists and distributions.

    Raises
    ------
    TypeError, ValueError
        For a distribution that is not frozen, can only be drawn from, or has no finite values.
    """
    if isinstance(values, Dimension):
        return values
    if not (is_distribution(values) or isinstance(values, Newer)):
        if len(values) > _MOST:
            raise ValueError(
                f"{where}: {name!r} has {len(values):,} values, each of which would be kept in "
                "memory as a choice of its own. Pass a range (low, high), or fewer values."
            )
        return Choices(values)
    if isinstance(values, rv_continuous | rv_discrete) and not hasattr(values, "xk"):
        if not getattr(values, "numargs", 0):  # a histogram, or one of the user's own
            return dimension(name, values(), where)
        kind = values.name
        raise TypeError(
            f"{where}: {name!r} is the distribution {kind} without its parameters. Pass a frozen "
            f"one, scipy.stats.{kind}(...)."
        )
    if not (hasattr(values, "ppf") and hasattr(values, "cdf") and hasattr(values, "support")):
        raise TypeError(
            f"{where}: {name!r} is a {type(values).__name__}, which can be drawn from but has no "
            "ppf, cdf and support. Pass a frozen distribution of scipy.stats, a range such as "
            "(low, high), or a list of values."
        )
    table: Any = values if hasattr(values, "xk") else getattr(values, "dist", None)
    if hasattr(table, "xk"):  # rv_discrete(values=...): any numbers, each with its weight
        drawn = [(x.item(), p) for x, p in zip(table.xk, table.pk, strict=True) if p > 0]
        return Choices([x for x, _ in drawn], [p for _, p in drawn])
    try:
        made = Quantiles(values)
        few = None if made.discrete else few_floats(made.low, made.high)
        return made if few is None else Choices(few)
    except (TypeError, ValueError, RuntimeError) as exc:  # several in one; no end is found
        raise ValueError(
            f"{where}: {name!r} is a distribution that cannot be searched: {exc}. Check its "
            "parameters, or pass a range (low, high)."
        ) from exc


def _is_range(given: tuple[Any, ...]) -> bool:
    """Whether a tuple has the form of a range, possible or not."""
    bounds, prior = given[:2], given[2:]
    named = not prior or (len(prior) == 1 and isinstance(prior[0], str) and prior[0] in _PRIORS)
    return len(bounds) == 2 and all(map(_may_bound, bounds)) and named


def _range(name: str, given: tuple[Any, ...], where: str) -> Dimension:
    if not _is_range(given):
        meant = meant_range(given)
        remedy = f"For choices pass a list: {in_short(list(given))}."
        raise ValueError(
            f"{where}: {name!r} is the tuple {in_short(given)}. A tuple is a range: (low, high) or "
            '(low, high, "log-uniform") or (low, high, "uniform"). '
            f"{remedy if meant is None else f'Did you mean {meant}?'}"
        )
    low, high = given[:2]
    prior = given[2] if len(given) == 3 else "uniform"
    _check_bounds(name, low, high, _PRIORS[prior], f"the range {given!r}", where)
    if isinstance(low, numbers.Integral) and isinstance(high, numbers.Integral):
        return Integer(int(low), int(high), _PRIORS[prior])
    return _real(low, high, _PRIORS[prior])


def _of_skopt(name: str, given: Any, where: str) -> Dimension:
    if is_of(given, _SKOPT, "Categorical"):
        weights = [1.0] * len(given.categories) if given.prior is None else list(given.prior)
        drawn = [(c, w) for c, w in zip(given.categories, weights, strict=True) if w > 0]
        return Choices([c for c, _ in drawn], [w for _, w in drawn])
    if not is_of(given, _SKOPT, "Real", "Integer"):
        raise TypeError(
            f"{where}: {name!r} is a {type(given).__name__}; pass one of skopt's Real, Integer and "
            "Categorical, a range or a list."
        )
    log = given.prior == "log-uniform"
    _check_bounds(name, given.low, given.high, log, repr(given), where)
    if is_of(given, _SKOPT, "Integer"):
        return Integer(given.low, given.high, log)
    return _real(given.low, given.high, log)


def _real(low: Any, high: Any, log: bool) -> Dimension:
    """Return a range of floats; or the floats themselves if there are few, to repeat none."""
    few = few_floats(float(low), float(high))
    return Real(float(low), float(high), log) if few is None else Choices(few)


def _may_bound(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _check_bounds(name: str, low: Any, high: Any, log: bool, told: str, where: str) -> None:
    problem = None
    if not (is_number(low) and is_number(high)):
        problem = "has a bound that is not finite; pass finite ones"
    elif not low < high:
        problem = f"is empty, because {low!r} is not less than {high!r}; swap the bounds, or pass "
        problem += f"the list [{low!r}] for a single value"
    elif log and low <= 0:
        problem = f"touches {low!r}, but a log-uniform range must lie above 0; raise the lower "
        problem += 'bound, or use "uniform"'
    if problem:
        raise ValueError(f"{where}: {name!r}: {told} {problem}.")
