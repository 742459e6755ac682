"""The objects through which compositions ask the memo: a pipeline's memory, stand-ins for branches.

`Pipeline(memory=...)` is scikit-learn's own way of having steps fitted elsewhere, and
imbalanced-learn's of having samples drawn there too.
ColumnTransformer and FeatureUnion have none, so their branches are replaced, for the time
of a search's fit, by objects that look like them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import FeatureUnion
from sklearn.utils.validation import check_is_fitted, check_memory

from ..optional import is_class
from ..types import Model, Samples, Target
from .arrays import Resampled, private
from .fit_request import FitRequest, Unshared, sharing
from .lineage import NOTHING, is_pipeline
from .memo import active
from .pieces import Piece


class Remembered:
    """The memory of a pipeline whose steps, the parts, are shared; the user's is asked next.

    Attributes
    ----------
    holds : bool
        Whether the pipeline's last step is held back.
    skips : bool
        Whether steps need not be fitted whose output nobody needs: not in a branch, where the
        pipeline itself transforms with all of them.
    """

    def __init__(self, parts: Sequence[Piece | None], users: object, *, skips: bool) -> None:
        self.parts = parts
        self.users = users
        self.skips = skips
        self._turn: Iterator[int] = iter(())
        self.holds = False

    def cache(self, func: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        """Wrap what fits a step, or resamples; called for the steps in turn, but for the last."""
        call = check_memory(self.users).cache(func, **options)
        steps = [part for part in self.parts[:-1] if part is not None]
        self._turn = iter(range(len(steps)))  # of all functions that a fit wraps before its first

        def fit(step: Model, X: Samples, y: Target, *args: Any, **params: Any) -> Any:
            memo, k = active(), next(self._turn)
            if memo is None:
                return call(step, X, y, *args, **params)
            following, last = steps[k + 1 :], self.parts[-1]
            instead = following if self.skips else ()
            if steps[k].resamples:
                request = FitRequest(partial(_resample, call), step, X, y, args, params)
                found: Any = memo.fit_resample(steps[k], request, instead)
            else:
                request = FitRequest(call, step, X, y, args, params)
                found = memo.fit_transform(steps[k], request, instead)
            if following or self.holds or last is None or last.known:
                return found
            *data, fitted = found
            with sharing(last):
                # the pipeline itself fits its last step on it
                return *map(private, data), fitted

        return fit

    def __deepcopy__(self, memo: dict[int, Any]) -> Remembered:
        return self  # so that clones of the pipeline ask too


def _resample(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[Resampled, Any]:
    X, y, fitted = call(*args, **params)
    return Resampled(X, y), fitted


class StandIn:
    """Looks like a transformer, and has it fitted and called through the memo."""

    def __init__(self, inner: Model, piece: Piece) -> None:
        self.inner = inner
        self.piece = piece

    def fit_transform(self, X: Samples, y: Target = None, **params: Any) -> Any:
        memo = active()
        if memo is None:
            return self.inner.fit_transform(X, y, **params)
        with memo.in_branch():
            request = FitRequest(_fit_transform, self.inner, X, y, (), params)
            Xt, self.inner = memo.fit_transform(self.piece, request)
        return Xt

    def transform(self, X: Samples, **params: Any) -> Any:
        memo = active()
        if memo is None or memo.which is None or params:
            return self.inner.transform(X, **params)
        with memo.in_branch():
            return memo.output(self.piece, memo.which, self.inner.transform, X, self.inner)

    def __sklearn_clone__(self) -> StandIn:
        return StandIn(clone(self.inner), self.piece)

    def __sklearn_is_fitted__(self) -> bool:
        check_is_fitted(self.inner)
        return True

    def __getattr__(self, name: str) -> Any:
        if name == "inner":  # not yet there while it is unpickled
            raise AttributeError(name)
        return getattr(self.inner, name)


def _fit_transform(transformer: Model, X: Samples, y: Target, **params: Any) -> tuple[Any, Any]:
    return transformer.fit_transform(X, y, **params), transformer


def prepare(estimator: Model, piece: Piece, *, skips: bool = True) -> None:
    """Let an unfitted composition ask the memo for its pieces; changes the estimator."""
    parts = iter(piece.parts)

    def prepared(inner: Model) -> Any:
        part = next(parts)
        if part is None:
            return inner
        prepare(inner, part, skips=skips and piece.chain)
        return inner if piece.chain else StandIn(inner, part)

    if piece.parts:
        _change_inner(estimator, prepared)
    if piece.chain:
        estimator.memory = Remembered(piece.parts, estimator.memory, skips=skips)


def _change_inner(estimator: Model, change: Callable[[Any], Any]) -> None:
    """Put others in the place of a composition's steps or branches, in the order of its parts."""
    kind = type(estimator)
    if is_pipeline(kind):
        estimator.steps = [(name, change(step)) for name, step in estimator.steps]
    elif kind is FeatureUnion:
        estimator.transformer_list = [(name, change(t)) for name, t in estimator.transformer_list]
    elif is_class(kind, "sklearn.compose", "ColumnTransformer"):
        estimator.transformers = [(name, change(t), c) for name, t, c in estimator.transformers]
        estimator.remainder = change(estimator.remainder)
        if hasattr(estimator, "transformers_"):
            fitted = [(name, change(t), c) for name, t, c in estimator.transformers_]
            estimator.transformers_ = fitted


class Held:
    """Stands for what a pipeline fits last, and notes what it would be fitted on."""

    def __init__(self, inner: Model) -> None:
        self.inner = inner
        self.X: Any = None
        self.y: Any = None
        self.params: dict[str, Any] = {}

    def fit(self, X: Samples, y: Target = None, **params: Any) -> Held:
        """Note the data."""
        self.X, self.y, self.params = X, y, params
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def hold(pipeline: Any) -> Held:
    """Keep a pipeline from fitting its last step, if it has one; changes the pipeline."""
    name, last = pipeline.steps[-1]
    if is_pipeline(type(last)):
        return hold(last)
    if last in NOTHING:
        raise Unshared(name)
    held = Held(last)
    pipeline.steps[-1] = name, held
    if isinstance(pipeline.memory, Remembered):
        pipeline.memory.holds = True
    return held


def put_back(pipeline: Model, fitted: Model) -> None:
    """Give a pipeline its last step, fitted."""
    name, last = pipeline.steps[-1]
    if is_pipeline(type(last)):
        put_back(last, fitted)
    else:
        pipeline.steps[-1] = name, fitted


def restored(estimator: Model) -> Model:
    """Make a fitted composition what it would be without the memo; changes and returns it.

    What was fitted for several is copied, so that no task can change it for the others.
    """
    if is_pipeline(type(estimator)) and isinstance(estimator.memory, Remembered):
        *before, (name, last) = estimator.steps
        estimator.steps = [(n, _bare(_copied(step))) for n, step in before]
        estimator.steps.append((name, restored(last)))
        estimator.memory = estimator.memory.users
        return estimator
    return _bare(estimator)


def _copied(step: Any) -> Any:
    """Copy a fitted step; one that cannot be copied was fitted for this task alone."""
    try:
        return copy.deepcopy(step)
    except Exception:  # noqa: BLE001 - anything may go wrong in an object's own methods
        return step


def _bare(estimator: Model) -> Model:
    if isinstance(estimator, StandIn):
        return _bare(estimator.inner)
    _change_inner(estimator, _bare)
    if is_pipeline(type(estimator)) and isinstance(estimator.memory, Remembered):
        estimator.memory = estimator.memory.users
    return estimator
