"""The families of boosters by class: of the user's, and of known ones, loaded when one is met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._sklearn import package_of
from ..optional import package
from .family import BoostingFamily

_TABLE = """
libraries | lightgbm | LGBMClassifier LGBMRegressor LGBMRanker
libraries | xgboost | XGBClassifier XGBRegressor XGBRanker
catboosts | catboost | CatBoostClassifier CatBoostRegressor CatBoostRanker CatBoost
sklearns | sklearn | HistGradientBoostingClassifier HistGradientBoostingRegressor
sklearns | sklearn | GradientBoostingClassifier GradientBoostingRegressor
sklearns | sklearn | MLPClassifier MLPRegressor SGDClassifier SGDRegressor Perceptron
"""
"""The file here that has the family | the package of the classes | their names."""

_KNOWN = {
    (library, name): file
    for file, library, names in (row.split(" | ") for row in _TABLE.strip().splitlines())
    for name in names.split()
}

_FAMILIES: dict[type, BoostingFamily] = {}
"""Those that were registered by `register_boosting`."""


def register_boosting(kind: type[Any], family: object) -> None:
    """Let `EarlyStopping` stop fits of a class, in all searches from now on.

    Parameters
    ----------
    kind : type
        The class of estimators; its subclasses are not meant.
    family : BoostingFamily
        Replaces the one that the class had.

    Raises
    ------
    TypeError
        If `kind` is no class of estimators, or `family` no instance of a family with a `fit`.

    See Also
    --------
    BoostingFamily : What a family is, with an example of one.

    Examples
    --------
    >>> from sklearn.ensemble import GradientBoostingRegressor
    >>> from sktune import BoostingFamily, Curve, register_boosting
    >>> class MyBoosting(GradientBoostingRegressor):
    ...     pass
    >>> class MyFamily(BoostingFamily):
    ...     def fit(self, estimator, X, y, params, watch):
    ...         estimator.fit(X, y, **params)
    ...         found = estimator.staged_predict(watch.X)
    ...         return Curve([((watch.y - y) ** 2).mean() for y in found])
    >>> register_boosting(MyBoosting, MyFamily())
    """
    if not isinstance(kind, type) or not hasattr(kind, "fit"):
        raise TypeError(f"register_boosting: {kind!r} is no class of estimators. Pass the class.")
    if not isinstance(family, BoostingFamily):
        hint = "an instance: family()" if isinstance(family, type) else "a subclass's instance"
        raise TypeError(
            f"register_boosting: {family!r} is no sktune.BoostingFamily. Derive from it and pass "
            f"{hint}."
        )
    if type(family).fit is BoostingFamily.fit:
        raise TypeError(
            f"register_boosting: {family!r} defines no fit, by which it is watched. Define one."
        )
    _FAMILIES[kind] = family


def users_families() -> Mapping[type, BoostingFamily]:
    """Return those that were registered, which workers do not know of."""
    return dict(_FAMILIES)


def boosting_family(
    estimator: object, users: Mapping[type, BoostingFamily] | None = None
) -> BoostingFamily | None:
    """Return the family of exactly the class of an estimator, if it has one."""
    kind = type(estimator)
    known = _FAMILIES if users is None else users
    if kind in known:
        return known[kind]
    file = _KNOWN.get((package_of(kind), kind.__name__))
    if file is None:
        return None
    family: BoostingFamily = package(f"{__package__}.{file}").FAMILIES[kind.__name__]
    return family
