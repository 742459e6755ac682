"""A trial of all that goes to workers with every task, so that what cannot go is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pickle import Pickler, PicklingError, loads
from typing import Any

import cloudpickle
import numpy as np

from .. import _sklearn
from ..evaluation import Bundle
from ..messages import in_short
from ..problem import Problem
from ..space.setting import is_plain
from ..trials import Outcome
from ..types import Params
from .executors import BundleReport, Executor

_DATA = ("numpy", "pandas", "polars", "pyarrow", "scipy")
"""Packages whose arrays and tables can be sent, and may be too large to try it."""

_DEEPEST = 5
"""Levels of estimators in estimators that are looked into."""

_REMEDY = (
    "Make it in fit, or leave it out of what is pickled (__getstate__); or pass n_jobs=1, or have "
    "threads for workers: joblib.parallel_config('threading')."
)

_NOT_PICKLED = "cannot be pickled"

Part = tuple[str, Any]
"""Something that is sent, after what the user calls it."""


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, data: Any) -> int:
        return len(data)


def _sent_with(problem: Problem, callbacks: Sequence[Any] = ()) -> list[Part]:
    """Return what goes to workers with every task, but for data that can be sent for sure."""
    scorers = _sklearn.single_scorers(problem.scorer)
    if not isinstance(scorers, Mapping):
        scorers = {"": scorers}
    parts: list[Part] = [("the estimator", problem.estimator)]
    parts += [(f"scoring{name and f'[{name!r}]'}", scorer) for name, scorer in scorers.items()]
    parts += [(f"fit's {name}", value) for name, value in problem.fit_params.items()]
    parts += [(f"the scorer's {name}", value) for name, value in problem.score_params.items()]
    parts += [("a callback", callback) for callback in callbacks]
    parts += [("early_stopping", problem.stopping)] if problem.stopping is not None else []
    parts += [("X", problem.X), ("y", problem.y)]
    return [part for part in parts if _sklearn.package_of(type(part[1])) not in _DATA]


def check_can_be_sent(problem: Problem, callbacks: Sequence[Any], executor: Executor) -> None:
    """Refuse what cannot be pickled; for where tasks go to other processes.

    Raises
    ------
    PicklingError
        Naming it, and the remedy.
    """
    for name, whole in _sent_with(problem, callbacks):
        error = _error_of(whole, executor.pickler)
        if error is None:
            continue
        for called, value in _inside(name, whole):
            inner = _error_of(value, executor.pickler)
            if inner is not None:
                raise _refusal(called, in_short(value), _NOT_PICKLED, _in_line(inner)) from inner
        raise _refusal(name, in_short(whole), _NOT_PICKLED, _in_line(error)) from error


class Values:
    """The values of candidates, of which each is pickled once for a look."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, Exception | None]] = {}

    def error_of(self, params: Params) -> Exception | None:
        """Return what is raised when a candidate is pickled; None if it can be."""
        for value in () if is_plain(params) else params.values():
            if id(value) not in self._known:
                self._known[id(value)] = value, _error_of(value, cloudpickle.Pickler)
            error = self._known[id(value)][1]
            if error is not None:
                return error
        return None


def check_is_read(problem: Problem | None, executor: Executor, error: BaseException) -> None:
    """Ask a worker whether it can read what goes there with every task, after an error.

    Without a problem it is not asked.

    Raises
    ------
    PicklingError
        Naming what it cannot read, and the remedy.
    """
    pickled = []
    for name, whole in () if problem is None else _sent_with(problem):
        for called, value in (*_inside(name, whole), (name, whole)):
            with suppress(Exception):  # of what a class leaves out
                executor.pickler(file := BytesIO()).dump(value)
                pickled.append((called, in_short(value), file.getvalue()))
    if not pickled:
        return
    executor.hold(_Reading(pickled))
    executor.submit([Bundle(0, ([], []), ())])  # of no samples
    reports: Sequence[BundleReport] = ()
    while not reports:
        reports = executor.wait()
    for report in reports:  # if it kills its worker, each task tells of that
        if isinstance(report.error, PicklingError):
            raise report.error from error


class _Reading:
    """Reads pickled things in a worker, in the place of what evaluates."""

    def __init__(self, pickled: Sequence[tuple[str, str, bytes]]) -> None:
        self._pickled = pickled

    def __call__(self, bundle: Bundle) -> list[Outcome]:
        wrong = _first_unread(self._pickled)
        if wrong is not None:
            raise wrong
        return []


def _first_unread(pickled: Sequence[tuple[str, str, bytes]]) -> PicklingError | None:
    """Return an error that names what cannot be read in this process, the innermost; or None."""
    for called, shown, content in pickled:
        try:
            loads(content)  # noqa: S301 - our own bytes
        except Exception as exc:  # noqa: BLE001 - whatever its methods raise
            return _refusal(called, shown, "cannot be read in one", _in_line(exc))
    return None


def _error_of(value: object, pickler: type[Pickler]) -> Exception | None:
    """Return what is raised when a value is pickled; None if it can be."""
    try:
        _without_numbers(pickler)(_Nowhere()).dump(value)
    except Exception as exc:  # noqa: BLE001 - whatever its methods raise
        return exc
    return None


def _without_numbers(pickler: type[Pickler]) -> type[Pickler]:
    """Return one that pickles arrays that can be pickled for sure as empty ones."""
    before = getattr(pickler, "reducer_override", None)

    def reducer_override(self: Pickler, value: Any) -> Any:
        if type(value) is np.ndarray and not value.dtype.hasobject:
            return np.empty, (0,)
        return NotImplemented if before is None else before(self, value)

    return type(pickler.__name__, (pickler,), {"reducer_override": reducer_override})


def _inside(name: str, value: Any, level: int = 0) -> Iterator[Part]:
    """Give what a value is made of, the innermost first, under the names of its parameters."""
    if level == _DEEPEST or isinstance(value, type) or (level and not hasattr(value, "get_params")):
        return
    parts: dict[str, Any] = dict(getattr(value, "__dict__", {}))
    with suppress(Exception):  # an object that has no parameters, or does not tell
        params = value.get_params(deep=True)
        parts |= {param: params[param] for param in params if "__" not in param}
    # a pipeline's steps are in its `steps` too, which says less
    for inner in sorted(parts, key=lambda inner: not hasattr(parts[inner], "get_params")):
        called = f"{name}__{inner}" if level else f"{name}'s {inner}"
        yield from _inside(called, parts[inner], level + 1)
        yield called, parts[inner]


def _in_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _refusal(called: str, shown: str, wrong: str, why: str) -> PicklingError:
    return PicklingError(
        f"Workers are other processes, and {called}, {shown}, {wrong}: {why}. {_REMEDY}"
    )
