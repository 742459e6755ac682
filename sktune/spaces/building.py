"""The space of an estimator: its rows, those of the estimators within it, scaled to the data."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Mapping
from typing import Any

from sklearn.base import is_classifier

from ..messages import in_short, listed
from ..types import Estimator, Samples, Target
from .known import branches_of, good_of, known_base
from .nested import nested
from .rows import Branch, Row, Share, Times
from .shown import KnownSpace, KnownSpaces
from .sizes import Sizes

_MOST_DICTS = 6
"""Dicts of a space: each is owed a try, so that with more a search would learn little of any."""


def space_for(
    estimator: Estimator, X: Samples | None = None, y: Target = None
) -> KnownSpace | KnownSpaces:
    """Return a search space for an estimator.

    Parameters
    ----------
    estimator : estimator object
        One of scikit-learn, LightGBM, XGBoost or CatBoost; or a pipeline, a ColumnTransformer, a
        FeatureUnion, a stacking, or any other that contains some of them: what is known of
        each is in the space, under its name (``svc__C``).
    X, y : array-like, default=None
        The data that the search will have, by which ranges are scaled: `n_neighbors` stays
        below the samples of a training split, `gamma` goes by the number of features and their
        variance. Without them ranges suit standardized data of usual sizes.

    Returns
    -------
    space : dict, or list of dict
        To be passed to `BayesSearch` or `RandomSearch`, or changed before. It prints as code,
        with the source of each range; ``space.good`` are candidates that were good on other data,
        with which `BayesSearch` begins (LightGBM and XGBoost). Of a list, a candidate takes one
        dict.

    Raises
    ------
    ValueError
        If nothing is known that is worth tuning.
    TypeError
        If `estimator` is none.

    See Also
    --------
    BayesSearch : With ``search_spaces="auto"`` makes the space of the data that it gets.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from sktune import space_for
    >>> space_for(SVC())
    {
        "C": (0.03, 1000.0, 'log-uniform'),  # van Rijn & Hutter 2018
        "gamma": (0.0001, 10.0, 'log-uniform'),  # van Rijn & Hutter 2018
    }
    """
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        made = f" Pass an instance: {estimator.__name__}()." if isinstance(estimator, type) else ""
        raise TypeError(f"space_for takes an estimator, not {in_short(estimator)}.{made}")
    sizes = Sizes.of(X, y, classifies=is_classifier(estimator))
    spaces = [space for space in _spaces(estimator, sizes) if space]
    if not spaces:
        raise ValueError(_why_none(estimator))
    return spaces[0] if len(spaces) == 1 else KnownSpaces(spaces)


def _spaces(estimator: Estimator, sizes: Sizes) -> list[KnownSpace]:
    """Return the dicts of an estimator and of all within it; an empty one if there is nothing."""
    own = [_space(branch, estimator, sizes) for branch in branches_of(type(estimator))]
    parts = [[space for space in own if space] or [KnownSpace({}, {}, {})]]
    for name, child, its_sizes in nested(estimator, sizes):
        within = [_prefixed(name, space) for space in _spaces(child, its_sizes)]
        n = math.prod(map(len, parts)) * len(within)
        parts.append(within if n <= _MOST_DICTS else within[:1])
    return [_together(chosen) for chosen in itertools.product(*parts)]


def _space(branch: Branch, estimator: Any, sizes: Sizes) -> KnownSpace:
    """Return a dict of an estimator, for data of these sizes."""
    params = estimator.get_params(deep=False)
    accepted = params.keys() | inspect.signature(type(estimator).__init__).parameters.keys()
    given, own = {}, {}
    for name, row in branch.items():
        if name not in accepted or not all(
            params.get(other) in values for other, values in row.when.items()
        ):
            continue
        meant = _meaning(row, params.get(name), sizes)
        values: Any = row.values
        if not isinstance(values, tuple | list):
            values = values.at(sizes, params.get(name))
        if values is not None:
            given[name] = values
            own[name] = _inside(values, meant)
    if all(isinstance(values, list) and len(values) == 1 for values in given.values()):
        given = given if len(branch) == len(given) and len(given) > 0 else {}
    good = [
        own | {name: _inside(given[name], value) for name, value in values.items() if name in given}
        for values in good_of(type(estimator))
    ]
    return KnownSpace(given, {name: branch[name].source for name in given}, own, good)


def _meaning(row: Row, own: Any, sizes: Sizes) -> Any:
    """Return the number that an estimator's own value comes to: of "sqrt", "scale", None."""
    if own is None or isinstance(own, str):
        if isinstance(row.values, Share) and own in ("sqrt", "log2", None):
            n = sizes.features or 10
            return {"sqrt": n**-0.5, "log2": math.log2(max(n, 2)) / n, None: 1.0}[own]
        if isinstance(row.values, Times) and row.values.unit == "gamma":
            return sizes.gamma if own == "scale" else sizes.gamma * sizes.variance
        return row.means.get(own, own)
    if isinstance(row.values, Share) and type(own) is int and sizes.features:
        return own / sizes.features
    return own


def _inside(values: Any, own: Any) -> Any:
    """Return the value in the space that is nearest to the estimator's own."""
    if isinstance(values, list):
        return values[0] if len(values) == 1 else own
    low, high = values[:2]
    if isinstance(own, bool) or not isinstance(own, int | float):
        return own
    return type(low)(min(max(own, low), high))


def _prefixed(name: str, space: KnownSpace) -> KnownSpace:
    def named(given: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{name}__{key}": value for key, value in given.items()}

    return KnownSpace(named(space), named(space.sources), named(space.own), map(named, space.good))


def _together(spaces: tuple[KnownSpace, ...]) -> KnownSpace:
    together = KnownSpace({}, {}, {})
    for space in spaces:
        together.update(space)
        together.sources.update(space.sources)
        together.own.update(space.own)
    for best in itertools.zip_longest(*(space.good for space in spaces)):
        together.good.append(dict(together.own))  # of those that have no more
        for good in filter(None, best):
            together.good[-1].update(good)
    return together


def _why_none(estimator: Any) -> str:
    """Return the message for an estimator without a space: what it is, and what to do."""
    kind = type(estimator)
    names = sorted(name for name in estimator.get_params(deep=False))
    own = f"A space of your own is a dict of its parameters: {listed(names)}." if names else ""
    if kind.__module__.partition(".")[0] in ("sklearn", "catboost", "lightgbm", "xgboost"):
        return f"{kind.__name__} has nothing worth tuning. {own or 'Fit it without a search.'}"
    told = f"Nothing is known of {kind.__name__}"
    if base := known_base(kind):
        told += f", which is derived from {base.__name__}. If it is tuned like that, pass "
        told += f"space_for({base.__name__}(), X, y) as the space"
    return f"{told}. {own}"
