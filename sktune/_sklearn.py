"""The only module that uses scikit-learn's private names.

Each function here says what it stands for, so that the rest of the package reads without
knowing scikit-learn's insides, and a new scikit-learn release has one file to break.
Supported: scikit-learn 1.7 to 1.9.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

import sklearn
from sklearn.base import BaseEstimator, _fit_context
from sklearn.metrics._scorer import _MultimetricScorer, _PassthroughScorer, _Scorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import Bunch
from sklearn.utils._array_api import device, get_namespace
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

__all__ = ["BaseSearchCV"]  # exported by scikit-learn to type checkers only

Method = TypeVar("Method", bound=Callable[..., Any])

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])

RETURN = "return" if VERSION >= (1, 9) else "returned"
"""How scikit-learn puts it when a splitter contradicts itself; its tests go by the text."""


# --- estimators -----------------------------------------------------------------------


def fit_method(check: Callable[[Any], None]) -> Callable[[Method], Method]:
    """Validate the constructor's parameters before `fit`, tear callbacks down after it.

    `check` is called with the estimator before scikit-learn's own validation.
    """

    def decorate(method: Method) -> Method:
        validated = _fit_context(prefer_skip_nested_validation=False)(method)

        @functools.wraps(validated)
        def fit(estimator: Any, *args: Any, **params: Any) -> Any:
            check(estimator)
            return validated(estimator, *args, **params)

        return cast(Method, fit)

    return decorate


def runs_its_own_search(search: Any) -> bool:
    """Whether a subclass brings a `_run_search`, scikit-learn's way to another search."""
    return not type(search)._run_search.__module__.startswith(("sklearn.", "sktune."))


def carried_by_clone(estimator: BaseEstimator) -> dict[str, Any] | None:
    """What `clone` carries over besides class and parameters, as plain values.

    None if that cannot be told: callbacks, or a way of cloning of its own.
    """
    own = vars(estimator)
    if type(estimator).__sklearn_clone__ is not BaseEstimator.__sklearn_clone__:
        return None
    if "_skl_callbacks" in own:
        return None
    carried = {"output": own.get("_sklearn_output_config")}
    if "_metadata_request" in own:
        carried["requests"] = own["_metadata_request"]._serialize()
    return {name: value for name, value in carried.items() if value}


# --- scoring and routing --------------------------------------------------------------


def resolve_scoring(search: Any) -> tuple[Callable[..., Any], str]:
    """Turn `scoring` into one callable; also the metric that `refit` goes by."""
    scorer, refit_metric = search._get_scorers()
    return scorer, refit_metric


def metric_names(scorer: Callable[..., Any]) -> tuple[str, ...] | None:
    """The names in what a scorer returns, or None where only a call can tell."""
    if isinstance(scorer, _MultimetricScorer):
        return tuple(scorer._scorers)
    return None


def asks_for_responses_only(scorer: Callable[..., Any], *, params: bool) -> bool:
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


def single_scorers(scorer: Callable[..., Any]) -> Any:
    """What `scorer_` holds: a dict of scorers for several metrics, else the scorer."""
    return scorer._scorers if isinstance(scorer, _MultimetricScorer) else scorer


def check_refit_names_a_metric(search: Any, names: Any) -> None:
    """Raise ValueError if several metrics are scored and `refit` picks none of them."""
    search._check_refit_for_multimetric(names)


def route_fit_params(search: Any, params: Mapping[str, Any]) -> Bunch:
    """Sort what `fit` was given into estimator.fit, splitter.split and scorer.score."""
    return search._get_routed_params_for_fit(params)


# --- data -----------------------------------------------------------------------------


def n_samples(X: Any) -> int:
    """Number of rows of anything scikit-learn takes for data."""
    return int(_num_samples(X))


def indexable_params(X: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Make the array-likes as long as X indexable; leave everything else as it is."""
    return _check_method_params(X, params=params)  # type: ignore[no-any-return]


def slice_params(X: Any, params: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """Take `rows` of the array-likes as long as X; leave everything else as it is."""
    return _check_method_params(X, params=params, indices=rows)  # type: ignore[no-any-return]


def split_indices(X: Any, train: Any, test: Any) -> tuple[Any, Any]:
    """Bring a split's indices to the array namespace and device of X."""
    xp, _ = get_namespace(X)
    on = device(X)
    return xp.asarray(train, device=on), xp.asarray(test, device=on)


def slice_xy(estimator: Any, X: Any, y: Any, rows: Any, train: Any = None) -> tuple[Any, Any]:
    """Take `rows` of X and y; of a pairwise X also the columns of `train`."""
    return _safe_split(estimator, X, y, rows, train)  # type: ignore[no-any-return]


# --- callbacks (scikit-learn >= 1.9) --------------------------------------------------
# Before 1.9 there are no callbacks: `open_context` returns None and nothing else here is
# called with anything but None.


def has_callbacks(*estimators: Any) -> bool:
    """Whether callbacks are set on an estimator or on anything inside it."""
    return any(
        "_skl_callbacks" in getattr(part, "__dict__", ())
        for estimator in estimators
        for part in (estimator, *_parts(estimator))
    )


def _parts(estimator: Any) -> list[Any]:
    get_params = getattr(estimator, "get_params", None)
    if get_params is None or inspect.isclass(estimator):
        return []
    return list(get_params(deep=True).values())


def open_context(estimator: Any, *, max_subtasks: int) -> Any:
    """Open an estimator's root callback context; None where there are no callbacks."""
    init = getattr(estimator, "_init_callback_context", None)
    return None if init is None else init(max_subtasks=max_subtasks)


def open_child(context: Any, task_name: str, **about: Any) -> Any:
    """Open the context of a task inside another."""
    return context.subcontext(task_name=task_name, **about)


def call_begin(context: Any, estimator: Any, **data: Any) -> None:
    """Fire the hooks for the beginning of a task."""
    context.call_on_fit_task_begin(estimator=estimator, **data)


def call_end(context: Any, estimator: Any, **data: Any) -> bool:
    """Fire the hooks for the end of a task; whether one of them asks to stop."""
    return bool(context.call_on_fit_task_end(estimator=estimator, **data))


def propagated_callbacks(context: Any, estimator: Any) -> list[Any] | None:
    """The callbacks whose hooks an estimator fires itself for a task that is its fit.

    Returns None if the estimator takes no part in callbacks, so that its fits need no
    context. Warns and raises as scikit-learn does for callbacks it cannot take.
    """
    probe = copy.copy(context)
    with probe.propagate_callback_context(estimator):
        pass
    if not hasattr(estimator, "set_callbacks"):
        return None
    return list(getattr(probe, "_propagated_callbacks", []))


def leave_to_estimator(context: Any, callbacks: list[Any]) -> None:
    """Do not fire these callbacks' hooks for this task: the estimator does."""
    if callbacks:
        context._propagated_callbacks = callbacks


class FitContext:
    """A callback context that can travel to a worker.

    A context links to its parent, which links to all its children: pickled as it is,
    every task would carry the whole search, and whatever its callbacks have noted. What
    travels is the path to the root, with the callbacks that go on to the estimator.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        The context of one fit.
    """

    def __init__(self, context: Any) -> None:
        self.context = context

    def around(self, estimator: Any) -> AbstractContextManager[None]:
        """Give the estimator this context and the callbacks meant for it, for a while."""
        return self.context.propagate_callback_context(estimator)  # type: ignore[no-any-return]

    def __getstate__(self) -> Any:
        propagated = getattr(self.context, "_propagated_callbacks", [])
        return {"context": _path_to_root(self.context, propagated)}


def _path_to_root(context: Any, callbacks: list[Any]) -> Any:
    """Copy a context and its ancestors, without what else they hold."""
    slim = copy.copy(context)
    slim._children_map = {}
    slim._callbacks = callbacks
    if slim.parent is not None:
        slim.parent = _path_to_root(slim.parent, [])
    return slim
