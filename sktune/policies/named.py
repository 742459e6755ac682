"""Policies by name."""

from __future__ import annotations

from collections.abc import Callable

from ..messages import did_you_mean, in_short
from .base import Policy
from .hyperdrive import BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy
from .racing import RacingPolicy

NAMED: dict[str, Callable[[], Policy]] = {
    "racing": RacingPolicy,
    "median": MedianStoppingPolicy,
    "bandit": BanditPolicy,
    "truncation": TruncationSelectionPolicy,
}


def make_policy(given: str | Policy) -> Policy:
    """Make a policy of what a user gives as `early_termination`.

    Raises
    ------
    ValueError, TypeError
        For an unknown name, a class, or what cannot be called.
    """
    known = ", ".join(map(repr, NAMED))
    if isinstance(given, str):
        if given not in NAMED:
            raise ValueError(
                f"early_termination={given!r} is no policy; there are {known}."
                f"{did_you_mean(given, NAMED)}"
            )
        return NAMED[given]()
    if isinstance(given, type) or not callable(given):
        raise TypeError(
            f"early_termination={in_short(given)}; pass one of {known}, a policy such as "
            "RacingPolicy(), or a function (trials, trial) -> bool."
        )
    return given


def check_rule(given: object) -> None:
    """Refuse what cannot be a `stop` rule.

    Raises
    ------
    TypeError
        Naming the remedy.
    """
    if isinstance(given, type) or not callable(given):
        raise TypeError(
            f"stop={in_short(given)}; pass a rule such as NoImprovement(20), rules combined with | "
            "and &, or a function (trials) -> bool."
        )
