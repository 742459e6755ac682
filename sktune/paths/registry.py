"""The families by class: of the user's, and of known classes, loaded when one of these is met."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from .._sklearn import package_of
from ..exceptions import warn
from ..optional import package
from ..space.setting import params_of
from ..types import Estimator, Model
from .family import PathFamily

_ANY = "any"
"""In the place of names of parameters: fits that differ in whatever may have work in common."""

_TABLE = """
boosting | sklearn.ensemble | GradientBoostingClassifier GradientBoostingRegressor | n_estimators
boosting | sklearn.ensemble | HistGradientBoostingClassifier HistGradientBoostingRegressor | any
boosting_libraries | lightgbm | LGBMClassifier LGBMRegressor LGBMRanker | n_estimators
boosting_libraries | xgboost | XGBClassifier XGBRegressor | n_estimators
decomposition | sklearn.cross_decomposition | PLSRegression PLSCanonical | n_components
decomposition | sklearn.cross_decomposition | CCA PLSSVD | n_components
decomposition | sklearn.decomposition | PCA | n_components
decomposition | sklearn.discriminant_analysis | LinearDiscriminantAnalysis | n_components
ensembles | sklearn.ensemble | AdaBoostClassifier AdaBoostRegressor | n_estimators
ensembles | sklearn.ensemble | BaggingClassifier BaggingRegressor | n_estimators
ensembles | sklearn.ensemble | IsolationForest | n_estimators contamination
forests | sklearn.ensemble | RandomForestClassifier RandomForestRegressor | n_estimators {growth}
forests | sklearn.ensemble | ExtraTreesClassifier ExtraTreesRegressor | n_estimators {growth}
linear | sklearn.linear_model | Ridge RidgeClassifier | alpha solver max_iter tol
neighbors | sklearn.neighbors | KNeighborsClassifier KNeighborsRegressor | n_neighbors weights
neighbors | sklearn.neighbors | RadiusNeighborsClassifier | radius weights
neighbors | sklearn.neighbors | RadiusNeighborsRegressor | radius weights
saturation | sklearn.cluster | KMeans MiniBatchKMeans | max_iter
saturation | sklearn.linear_model | BayesianRidge ElasticNet HuberRegressor Lasso | max_iter
saturation | sklearn.linear_model | GammaRegressor PoissonRegressor TweedieRegressor | max_iter
saturation | sklearn.linear_model | LogisticRegression Perceptron | max_iter
saturation | sklearn.linear_model | SGDClassifier SGDRegressor | max_iter {descent}
saturation | sklearn.mixture | BayesianGaussianMixture GaussianMixture | max_iter
saturation | sklearn.neural_network | MLPClassifier MLPRegressor | max_iter max_fun {perceptron}
saturation | sklearn.svm | LinearSVC LinearSVR | max_iter
saturation | sklearn.svm | SVC NuSVC SVR NuSVR OneClassSVM | max_iter gamma degree coef0
selection | sklearn.feature_selection | GenericUnivariateSelect | mode param
selection | sklearn.feature_selection | RFE SequentialFeatureSelector | n_features_to_select
selection | sklearn.feature_selection | SelectFdr SelectFpr SelectFwe | alpha
selection | sklearn.feature_selection | SelectFromModel | threshold max_features
selection | sklearn.feature_selection | SelectKBest | k
selection | sklearn.feature_selection | SelectPercentile | percentile
selection | sklearn.feature_selection | VarianceThreshold | threshold
text | sklearn.feature_extraction.text | CountVectorizer TfidfVectorizer | any
trees | sklearn.tree | DecisionTreeClassifier DecisionTreeRegressor | {growth}
trees | sklearn.tree | ExtraTreeClassifier ExtraTreeRegressor | {growth}
""".format(
    growth="max_depth min_samples_split min_samples_leaf ccp_alpha",
    descent="l1_ratio eta0 power_t epsilon validation_fraction",
    perceptron="learning_rate learning_rate_init power_t momentum nesterovs_momentum beta_1 beta_2 "
    "epsilon n_iter_no_change shuffle",
)
"""The file here that has the family | the module from which a user imports the classes | their
names | all parameters in which their fits may contain one another or have work in common."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The family of a class before it is loaded: a row of the table."""

    file: str
    module: str
    params: frozenset[str] | None


_KNOWN = {
    name: _Known(file, module, None if params == _ANY else frozenset(params.split()))
    for file, module, names, params in (row.split(" | ") for row in _TABLE.strip().splitlines())
    for name in names.split()
}

_FAMILIES: dict[type, PathFamily] = {}
"""Those that were registered by `register_path`."""

_LOADED: dict[type, PathFamily | None] = {}
"""Those of known classes that were met; None if the family is switched off."""

_OFF: set[str] = set()
"""Files of families that could not be loaded."""

_ALONE = {"n_jobs": (None, 1), "warm_start": (False,), "oob_score": (False,)}
"""Parameters with the values that they must have, where an estimator has them: workers add up
in any order, a warm start goes on from what was there, and out-of-bag scores are of the whole."""


def register_path(kind: type[Estimator], family: object) -> None:
    """Have fits of a class derived from others, in all searches from now on.

    Parameters
    ----------
    kind : type
        The class of estimators; its subclasses are not meant.
    family : PathFamily
        Replaces the one that the class had.

    Raises
    ------
    TypeError
        If `kind` is no class of estimators, or `family` is a class, or defines neither `derive`
        nor `assist`.

    See Also
    --------
    PathFamily : What a family is, with an example of one.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sktune import PathFamily, register_path
    >>> from sktune.paths import adopt
    >>> class MyRidge(Ridge):
    ...     pass
    >>> class CopyDoesNotMatter(PathFamily):
    ...     def applies(self, estimator):
    ...         return ("copy_X",)
    ...
    ...     def derive(self, fit, estimator):
    ...         return adopt(estimator, fit.model)
    >>> register_path(MyRidge, CopyDoesNotMatter())
    """
    if not isinstance(kind, type) or not hasattr(kind, "fit"):
        raise TypeError(
            f"register_path: {kind!r} is no class of estimators. Pass the class itself, for "
            "example register_path(Lasso, MyFamily())."
        )
    if not isinstance(family, PathFamily):
        hint = "an instance: family()" if isinstance(family, type) else "a subclass's instance"
        raise TypeError(
            f"register_path: {family!r} is no sktune.PathFamily. Derive from it and pass {hint}."
        )
    if not (_defines(family, "derive") or _defines(family, "assist")):
        raise TypeError(
            f"register_path: {family!r} shares nothing. Define `derive`, which takes a fit out of "
            "one that contains it, or `assist`, which lets fits use what others have left."
        )
    _FAMILIES[kind] = family


def _defines(family: PathFamily, method: str) -> bool:
    """Whether a family has a method of its own, and not only the contract's."""
    of_contract = getattr(PathFamily, method)
    return getattr(getattr(family, method), "__func__", None) is not of_contract


def family_of(estimator: Model) -> tuple[PathFamily, tuple[str, ...]] | None:
    """Return the family of an estimator, and the parameters in which its members may differ.

    None if the estimator has to be fitted alone.
    """
    family = registered(estimator)
    if family is None or not _is_alone(estimator):
        return None
    free = tuple(family.applies(estimator))
    return (family, free) if free else None


def kin_of(estimator: Model) -> tuple[PathFamily, tuple[str, ...]] | None:
    """Return the family of an estimator, and the parameters in which its kin may differ."""
    family = registered(estimator)
    free = () if family is None else tuple(family.kin(estimator))
    return (family, free) if family is not None and free else None


def are_searched(estimator: Model, params: Iterable[str]) -> bool:
    """Whether fits can have work in common that differ in parameters that are searched."""
    kin, found = kin_of(estimator), family_of(estimator)
    if kin is not None and kin[0].assists_everywhere:
        return True
    free = (() if found is None else found[1]) + (() if kin is None else kin[1])
    return not set(free).isdisjoint(params)


def registered(estimator: Model) -> PathFamily | None:
    """Return the family of exactly the class of an estimator, which is loaded if need be."""
    kind = type(estimator)
    if kind in _FAMILIES:
        return _FAMILIES[kind]
    if kind not in _LOADED:
        known = _known(kind)
        if known is None:
            return None
        _LOADED[kind] = _load(known, kind)
    return _LOADED[kind]


def searched_in_common(kind: type) -> frozenset[str] | None:
    """Return the parameters in which fits of a class may differ and have work in common; None: any.

    By the name of the class alone: loads no family; none where asking one would be in vain.
    """
    if kind in _FAMILIES:
        return None
    known = _known(kind)
    return frozenset() if known is None or known.file in _OFF else known.params


def _known(kind: type) -> _Known | None:
    known = _KNOWN.get(kind.__name__)
    # a user's class may call itself anything
    if known is None or package_of(kind) != known.module.partition(".")[0]:
        return None
    public = getattr(sys.modules.get(known.module), kind.__name__, None)
    return known if public is kind else None


def _load(known: _Known, kind: type) -> PathFamily | None:
    """Return the family of a class; None, and a warning, if it cannot be used."""
    if known.file in _OFF:
        return None
    try:
        module = package(f"{__package__}.{known.file}")
        family: PathFamily = module.FAMILIES[kind.__name__]
    except Exception as exc:  # noqa: BLE001 - whatever it is, the search can do without
        _OFF.add(known.file)
        library = package_of(kind)
        version = getattr(sys.modules[library], "__version__", "of unknown version")
        warn(
            f"Fits of {kind.__name__} are not derived from one another: the family "
            f"{__package__}.{known.file} cannot be used with {library} {version} ({exc}). "
            "The search runs without it: results are the same, from more fits."
        )
        return None
    return family


def _is_alone(estimator: Model) -> bool:
    """Whether an estimator has no workers of its own, and goes on from nothing."""
    params = params_of(estimator)
    return all(
        any(type(params[name]) is type(value) and params[name] == value for value in values)
        for name, values in _ALONE.items()
        if name in params
    )
