"""Names of parameters that an estimator does not have: what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..messages import closest, listed, plain
from ..types import Model

_MOST_PLACES = 4


def explain(name: str, estimator: Model, told: str = "") -> str:
    """Say where a parameter is that was looked for in the wrong place, or what there is instead.

    Parameters
    ----------
    name : str
        That the estimator does not have.
    estimator : estimator
    told : str
        How the estimator was set, for the message.

    Examples
    --------
    >>> from sklearn.pipeline import Pipeline
    >>> from sklearn.svm import SVC
    >>> explain("C", Pipeline([("clf", SVC())])).partition(". ")[0]
    "'C' is a parameter of step 'clf' (SVC): write 'clf__C'"
    >>> explain("kernal", SVC())
    "'kernal' cannot be set: Invalid parameter 'kernal' for estimator SVC. Did you mean 'kernel'?"
    """
    known = estimator.get_params()
    owner, _, last = name.rpartition("__")
    inner = known.get(owner, estimator)
    # scikit-learn's words, without the estimator's repr and all of its parameters
    reason = f"{name!r} cannot be set{told}: Invalid parameter "
    reason += f"{last if owner in known else name!r} for estimator {type(inner).__name__}."
    if owner in known and not hasattr(inner, "get_params"):
        return f"{name!r} cannot be set{told}: {owner!r} is {inner!r}, which has no parameters."
    if places := _near(owner, _ending_in(last, known), known):
        return f"{_told(last, places, known, estimator)} {reason}"
    if meant := _misspelt(name, known):
        return f"{reason} {meant}"
    return f"{reason} {_inventory(inner, owner if owner in known else '')}"


def _misspelt(name: str, known: Mapping[str, Any]) -> str:
    """Ask whether a name that is spelled much like it is meant, in the place that was meant."""
    owner, _, last = name.rpartition("__")
    prefix = f"{owner}__"
    if same := [other for other in known if plain(other) == plain(name)]:
        return _asked(same)
    if owner in known:
        siblings = [other.removeprefix(prefix) for other in known if other.startswith(prefix)]
        close = closest(last, siblings)
        return _asked([prefix + close] if close else [])
    close = closest(last, {other.rpartition("__")[2] for other in known})
    if close is None and not owner:
        close = closest(name, known)  # the separator is wrong, too
        return _asked([close] if close else [])
    return _asked(_near(owner, _ending_in(close, known), known) if close else [])


def _ending_in(last: str, known: Iterable[str]) -> list[str]:
    return [other for other in known if other.rpartition("__")[2] == last]


def _near(owner: str, places: list[str], known: Mapping[str, Any]) -> list[str]:
    """Of several places, return those whose step is of that class, or has about that name."""
    typed = plain(owner.rpartition("__")[2])
    owners = {place: place.rpartition("__")[0] for place in places}
    of_class = [p for p, o in owners.items() if o and plain(type(known[o]).__name__) == typed]
    alike = [p for p, o in owners.items() if o and closest(typed, [o.rpartition("__")[2]])]
    return of_class or alike or places


def _asked(names: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(map(repr, names[:_MOST_PLACES]))}?" if names else ""


def _told(last: str, places: list[str], known: Mapping[str, Any], estimator: Model) -> str:
    told = [f"of {_owner(place, known, estimator)}: write {place!r}" for place in places]
    more = f", and {len(told) - _MOST_PLACES} more" if len(told) > _MOST_PLACES else ""
    return f"{last!r} is a parameter {', or '.join(told[:_MOST_PLACES])}{more}."


def _owner(name: str, known: Mapping[str, Any], estimator: Model) -> str:
    """Describe what has a parameter: a step, another estimator inside, or the whole."""
    owner = name.rpartition("__")[0]
    if not owner:
        return f"the {type(estimator).__name__} itself"
    around, _, own_name = owner.rpartition("__")
    container = known[around] if around else estimator
    step = "" if own_name in container.get_params(deep=False) else "step "
    return f"{step}{owner!r} ({type(known[owner]).__name__})"


def _inventory(estimator: Model, where: str) -> str:
    """List what there is."""
    own = sorted(estimator.get_params(deep=False))
    steps = [n for n in estimator.get_params() if "__" not in n and n not in own]
    parts = [f"the steps {listed(steps)}"] if steps else []
    parts += [f"the parameters {listed(own)}"] if own else []
    subject = f"{where!r} ({type(estimator).__name__})" if where else type(estimator).__name__
    return f"{subject} has {' and '.join(parts) or 'no parameters'}."
