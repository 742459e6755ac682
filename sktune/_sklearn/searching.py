"""Insides of scikit-learn that searches need: scoring, routing, data."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, TypeVar, cast

from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.metrics import accuracy_score, get_scorer, get_scorer_names
from sklearn.metrics._scorer import _MultimetricScorer, _PassthroughScorer, _Scorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import Bunch
from sklearn.utils._array_api import device, get_namespace
from sklearn.utils._param_validation import (
    InvalidParameterError,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

from ..messages import none_of
from ..types import PLAIN, Array, Model, Samples, Scorer, Target
from .names import VERSION, has, is_sklearns, package_of, require

__all__ = ["BaseSearchCV"]  # exported by scikit-learn to type checkers only

Method = TypeVar("Method", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type[Any])

require(BaseEstimator, "_get_param_names", "_validate_params", "_metadata_request")
require(TransformerMixin, "_sklearn_output_config")
require(MetadataRequest, "_serialize")
require(
    BaseSearchCV,
    *("_check_refit_for_multimetric", "_get_routed_params_for_fit", "_get_scorers"),
    *("_parameter_constraints", "_run_search"),
)
require(_MultimetricScorer, "_scorers")

_SCORERS_ARE_KNOWN = has(_Scorer, "_score_func", "_sign", "_kwargs", "_response_method")
"""Whether it can be seen what a scorer does; else the shorter ways are not taken."""

_PLAIN = frozenset(PLAIN)

_is_own = functools.lru_cache(maxsize=256)(is_sklearns)
"""Of a class, which is asked for every fit."""

RETURN = "return" if VERSION >= (1, 9) else "returned"
"""scikit-learn's word for it when a splitter contradicts itself; its tests go by the text."""


# --- estimators -----------------------------------------------------------------------


def fit_method(check: Callable[[Any], None]) -> Callable[[Method], Method]:
    """Validate the constructor's parameters before `fit`, tear callbacks down after it.

    `check` is called with the estimator before scikit-learn's own validation.
    """

    def decorate(method: Method) -> Method:
        validated = _fit_context(prefer_skip_nested_validation=False)(method)

        @functools.wraps(validated)
        def fit(estimator: Model, *args: Any, **params: Any) -> Any:
            check(estimator)
            return validated(estimator, *args, **params)

        return cast(Method, fit)

    return decorate


def also_takes(name: str, value: str) -> Callable[[Class], Class]:
    """Let a class's parameter be a text too, beside what scikit-learn's class takes."""

    def decorate(kind: Class) -> Class:
        known = kind._parameter_constraints
        kind._parameter_constraints = {**known, name: [*known[name], StrOptions({value})]}
        return kind

    return decorate


def runs_its_own_search(search: BaseSearchCV) -> bool:
    """Whether a subclass brings a `_run_search`, scikit-learn's way to another search."""
    return not type(search)._run_search.__module__.startswith(("sklearn.", "sktune."))


@functools.lru_cache(maxsize=256)
def param_names(kind: type[Any]) -> frozenset[str]:
    """Names of the parameters of a class, which the signature of its constructor tells."""
    return frozenset(kind._get_param_names())


@functools.lru_cache(maxsize=256)
def names_when_new(kind: type[Any]) -> frozenset[str]:
    """Names of the attributes that a class's constructor sets: parameters, and maybe more."""
    names = frozenset(kind._get_param_names())
    with warnings.catch_warnings(), contextlib.suppress(Exception):  # maybe it takes something
        warnings.simplefilter("ignore")
        names |= vars(kind()).keys()
    return names


def carried_by_clone(estimator: BaseEstimator) -> dict[str, Any] | None:
    """Return what `clone` carries over besides class and parameters, as plain values.

    None if that cannot be told: callbacks, or a way of cloning of its own, unless the estimator
    says that it comes to the same (`__sktune_clones_params__`).
    """
    own = vars(estimator)
    ways_own = type(estimator).__sklearn_clone__ is not BaseEstimator.__sklearn_clone__
    if ways_own and not getattr(estimator, "__sktune_clones_params__", False):
        return None
    if "_skl_callbacks" in own:
        return None
    carried = {"output": own.get("_sklearn_output_config")}
    if "_metadata_request" in own:
        carried["requests"] = own["_metadata_request"]._serialize()
    return {name: value for name, value in carried.items() if value}


# --- scoring and routing --------------------------------------------------------------


def resolve_scoring(search: BaseSearchCV) -> tuple[Scorer, str]:
    """Turn `scoring` into one callable; also the metric that `refit` goes by."""
    scorer, refit_metric = search._get_scorers()
    return scorer, refit_metric


def metric_names(scorer: Scorer) -> tuple[str, ...] | None:
    """The names in what a scorer returns, or None where only a call can tell."""
    if isinstance(scorer, _MultimetricScorer):
        return tuple(scorer._scorers)
    return None


def asks_for_responses_only(scorer: Scorer, *, params: bool) -> bool:
    """Whether a scorer is scikit-learn's own, and sees no more of an estimator than it predicts.

    Parameters
    ----------
    scorer : callable
    params : bool
        Whether parameters are routed to it: an estimator's own ``score`` may route them on.
    """
    if isinstance(scorer, _MultimetricScorer):
        return all(asks_for_responses_only(s, params=params) for s in scorer._scorers.values())
    if type(scorer) is _PassthroughScorer:
        return not params
    return type(scorer) is _Scorer


def asks_again(scorer: Scorer) -> bool:
    """Whether metrics ask for several responses, each of which passes the samples on anew."""
    if not isinstance(scorer, _MultimetricScorer):
        return False
    asked = {str(getattr(one, "_response_method", one)) for one in scorer._scorers.values()}
    return len(asked) > 1


def functions_of(scorer: Any) -> list[Any]:
    """Return what a scorer calls besides the estimator, and with what: all of it, if unknown."""
    if isinstance(scorer, _MultimetricScorer):
        return [value for one in scorer._scorers.values() for value in functions_of(one)]
    if type(scorer) is _PassthroughScorer:
        return []
    known = _SCORERS_ARE_KNOWN and type(scorer) is _Scorer
    return [scorer._score_func, *scorer._kwargs.values()] if known else [scorer]


def shorter_way(scorer: Any, estimator: Model) -> Literal["accuracy", "no options"] | None:
    """Return what is known of a scorer by which a score of scikit-learn's estimators comes sooner.

    "accuracy": it gives the share of samples that `predict` gets right. "no options": it calls
    another metric, without options of the user's. None if it may do anything else.
    """
    kind: Any = type(estimator)
    if not _is_own(kind):
        return None
    if type(scorer) is _PassthroughScorer:
        score = getattr(kind, "score", None)
        if score is ClassifierMixin.score:
            return "accuracy"
        return "no options" if score is RegressorMixin.score else None
    if not (_SCORERS_ARE_KNOWN and type(scorer) is _Scorer) or scorer._kwargs:
        return None
    as_accuracy = scorer._score_func, scorer._sign, scorer._response_method
    return "accuracy" if as_accuracy == (accuracy_score, 1, "predict") else "no options"


def metric_of(scorer: Any) -> Callable[..., Any] | None:
    """Return the metric of scikit-learn's that a scorer of scikit-learn's calls, if it does."""
    if not (_SCORERS_ARE_KNOWN and type(scorer) is _Scorer):
        return None
    metric: Callable[..., Any] = scorer._score_func
    return metric if package_of(metric) == "sklearn" else None


@functools.lru_cache(maxsize=256)
def scorer_name(scorer: Any) -> str | None:
    """Return scikit-learn's name of a scorer that does what one of its named scorers does."""
    if not (_SCORERS_ARE_KNOWN and type(scorer) is _Scorer):
        return None

    def does(known: Any) -> tuple[Any, ...]:
        options = {name: v for name, v in known._kwargs.items() if v is not None}
        return known._score_func, known._sign, options, known._response_method

    for name in get_scorer_names():
        known = get_scorer(name)
        with contextlib.suppress(ValueError):  # options that are arrays do not compare
            if type(known) is _Scorer and does(known) == does(scorer):
                return str(name)
    return None


def response_methods(scorer: Any) -> tuple[str, ...]:
    """Return the methods of which a scorer of scikit-learn's calls the first that there is."""
    methods = scorer._response_method
    return (methods,) if isinstance(methods, str) else tuple(methods)


def has_valid_params(estimator: Model, names: Collection[str] | None = None) -> bool:
    """Whether an estimator of scikit-learn's would find nothing wrong with its parameters.

    Or with some of them, by their `names`, where it says what it takes.
    """
    kind: Any = type(estimator)
    try:
        if _is_own(kind) and kind._validate_params is BaseEstimator._validate_params:
            # what it comes to, without looking at the signature
            params = {name: getattr(estimator, name) for name in names or param_names(kind)}
            kinds = tuple(map(type, params.values()))
            if _PLAIN.issuperset(kinds):  # many candidates have the same
                _validate_plain(kind, kinds, *params.items())
            else:
                validate_parameter_constraints(kind._parameter_constraints, params, kind.__name__)
        else:
            estimator._validate_params()
    except Exception:  # noqa: BLE001 - its fit will say so
        return False
    return True


@functools.lru_cache(maxsize=256)
def _validate_plain(kind: Any, _: tuple[type, ...], *params: tuple[str, Any]) -> None:
    # an error is not kept: each value has another
    validate_parameter_constraints(kind._parameter_constraints, dict(params), kind.__name__)


def why_refused(estimator: Model, name: str, value: object) -> str | None:
    """Return why an estimator of scikit-learn's refuses a value; None if it does not, or may not.

    Of other classes it is not known, nor of those that do not say what they take.
    """
    kind: Any = type(estimator)
    if not is_sklearns(kind):
        return None
    try:
        known = getattr(kind, "_parameter_constraints", {})
        validate_parameter_constraints(known, {name: value}, kind.__name__)
    except InvalidParameterError as exc:
        return str(exc)
    return None


def single_scorers(scorer: Scorer) -> Scorer | dict[str, Scorer]:
    """Return what `scorer_` holds: a dict of scorers for several metrics, else the scorer."""
    return scorer._scorers if isinstance(scorer, _MultimetricScorer) else scorer


def check_refit_names_a_metric(search: BaseSearchCV, names: Collection[str]) -> None:
    """Raise ValueError if several metrics are scored and `refit` picks none of them."""
    try:
        search._check_refit_for_multimetric(names)
    except ValueError as exc:
        raise ValueError(none_of(search.refit, names) + f" {exc}") from None


def route_fit_params(search: BaseSearchCV, params: Mapping[str, Any]) -> Bunch:
    """Sort what `fit` was given into estimator.fit, splitter.split and scorer.score."""
    return search._get_routed_params_for_fit(params)


# --- data -----------------------------------------------------------------------------


def n_samples(X: Samples) -> int:
    """Number of rows of anything scikit-learn takes for data."""
    return int(_num_samples(X))


def indexable_params(X: Samples, params: Mapping[str, Any]) -> dict[str, Any]:
    """Make the array-likes as long as X indexable; leave everything else as it is."""
    return _check_method_params(X, params=params)


def slice_params(X: Samples, params: Mapping[str, Any], rows: Array) -> dict[str, Any]:
    """Take `rows` of the array-likes as long as X; leave everything else as it is."""
    return _check_method_params(X, params=params, indices=rows)


def split_indices(X: Samples, *rows: Array) -> tuple[Any, ...]:
    """Bring a split's indices to the array namespace and device of X."""
    xp, _ = get_namespace(X)
    on = device(X)
    return tuple(map(functools.partial(xp.asarray, device=on), rows))


def slice_xy(
    estimator: Model, X: Samples, y: Target, rows: Array, train: Array | None = None
) -> tuple[Samples, Target]:
    """Take `rows` of X and y; of a pairwise X also the columns of `train`."""
    return _safe_split(estimator, X, y, rows, train)
