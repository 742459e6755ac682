"""Spaces that are known: what "auto" stands for, and with what such a search begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..messages import in_short
from ..optional import is_of, package
from ..types import Estimator, Samples, Target
from .options import Options
from .stopping import rounds_in


def known_if_auto(given: Any, where: str, search: Options, X: Samples, y: Target) -> Any:
    """Return the space that is known for the estimator and the data in the place of "auto".

    Raises
    ------
    ValueError
        If nothing is known that is worth tuning.
    TypeError
        For another text.
    """
    if not isinstance(given, str):
        return given
    if given != "auto":
        raise TypeError(
            f"{where} is {in_short(given)}. Pass 'auto' for what is known of the estimator, a dict "
            "of parameter names and what to try, or a list of such dicts."
        )
    spaces = package("sktune.spaces")  # most searches are given theirs
    space = spaces.space_for(search.estimator, X, y)
    resource = getattr(search.strategy, "resource", None)
    rounds = None if search.early_stopping is None else rounds_in(search.estimator)
    for branch in [space] if isinstance(space, spaces.KnownSpace) else space:
        branch.pop(str(resource), None)  # of which the rungs decide
        branch.pop(str(rounds), None)  # which each fit finds itself
    return space


def own_values(estimator: Estimator, given: Any) -> Mapping[str, Any]:
    """Return an estimator's own values, with which a search begins, as a known space has them."""
    own: Mapping[str, Any] = estimator.get_params() if hasattr(estimator, "get_params") else {}
    first = _first_dict(given)
    return {**own, **first.own} if is_of(first, "sktune.spaces", "KnownSpace") else own


def good_values(given: Any) -> list[dict[str, Any]]:
    """Return what was good on other data, of a known space, as far as the user has left it."""
    first = _first_dict(given)
    if not is_of(first, "sktune.spaces", "KnownSpace"):
        return []
    return [{n: v for n, v in good.items() if n in first} for good in first.good]


def _first_dict(given: Any) -> Any:
    return given[0] if is_of(given, "sktune.spaces", "KnownSpaces") and given else given
