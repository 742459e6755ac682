"""Callbacks (scikit-learn >= 1.9).

Before 1.9 there are none: `open_context` returns None and nothing else here is called with
anything but None.
"""

from __future__ import annotations

import copy
import inspect
from contextlib import AbstractContextManager
from typing import Any

from ..types import Model
from .names import VERSION, require

if VERSION >= (1, 9):
    from sklearn.callback import CallbackContext, CallbackSupportMixin

    require(CallbackSupportMixin, "_init_callback_context", "_skl_callbacks")
    require(CallbackContext, "_propagated_callbacks", "_children_map", "_callbacks")


def has_callbacks(*estimators: object) -> bool:
    """Whether callbacks are set on an estimator or on anything inside it."""
    return any(
        "_skl_callbacks" in getattr(part, "__dict__", ())
        for estimator in estimators
        for part in (estimator, *_parts(estimator))
    )


def _parts(estimator: object) -> list[Any]:
    get_params = getattr(estimator, "get_params", None)
    if get_params is None or inspect.isclass(estimator):
        return []
    return list(get_params(deep=True).values())


def open_context(estimator: Model, *, max_subtasks: int) -> CallbackContext | None:
    """Open an estimator's root callback context; None where there are no callbacks."""
    init = getattr(estimator, "_init_callback_context", None)
    return None if init is None else init(max_subtasks=max_subtasks)


def open_child(context: CallbackContext, task_name: str, **about: Any) -> CallbackContext:
    """Open the context of a task inside another."""
    return context.subcontext(task_name=task_name, **about)


def call_begin(context: CallbackContext, estimator: Model, **data: Any) -> None:
    """Fire the hooks for the beginning of a task."""
    context.call_on_fit_task_begin(estimator=estimator, **data)


def call_end(context: CallbackContext, estimator: Model, **data: Any) -> bool:
    """Fire the hooks for the end of a task; whether one of them asks to stop."""
    return bool(context.call_on_fit_task_end(estimator=estimator, **data))


def propagated_callbacks(context: CallbackContext, estimator: Model) -> list[Any] | None:
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


def leave_to_estimator(context: CallbackContext, callbacks: list[Any]) -> None:
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

    def __init__(self, context: CallbackContext) -> None:
        self.context = context

    def around(self, estimator: Model) -> AbstractContextManager[None]:
        """Give the estimator this context and the callbacks meant for it, for a while."""
        return self.context.propagate_callback_context(estimator)

    def __getstate__(self) -> dict[str, CallbackContext]:
        propagated = getattr(self.context, "_propagated_callbacks", [])
        return {"context": _path_to_root(self.context, propagated)}


def _path_to_root(context: CallbackContext, callbacks: list[Any]) -> CallbackContext:
    """Copy a context and its ancestors, without what else they hold."""
    slim = copy.copy(context)
    slim._children_map = {}
    slim._callbacks = callbacks
    if slim.parent is not None:
        slim.parent = _path_to_root(slim.parent, [])
    return slim
