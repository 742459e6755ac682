"""Objects of its own for each task, where tasks run in threads and would change one another's.

A worker that is a process gets all it needs pickled, and so as copies. Here what would be pickled
is copied in the same way, but for data, which can be large, and for code.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from .. import _sklearn
from ..problem import Problem
from ..sharing.sources import is_trusted
from ..space.setting import is_plain
from .tasks import Task


class OwnCopies:
    """Gives each task copies of what it is given besides data: callbacks, scorers, closures.

    Parameters
    ----------
    problem : Problem

    Raises
    ------
    Exception
        Of any kind, if something cannot be copied, such as a lock.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._data = dict(_data_in(problem))
        self._parts = _Copied(_parts_of(problem), self._data)
        self._parts.new()
        self._estimator = self._where_closures(problem.estimator)

    @classmethod
    def what_fails(cls, problem: Problem) -> str | None:
        """Return which of the objects cannot be copied, if any, and why."""
        data = dict(_data_in(problem))
        parts = _parts_of(problem)
        named = {
            "scoring": parts.pop("scorer", None),
            "early_stopping": parts.pop("stopping", None),
        }
        for given in parts.values():
            named |= {f"parameter {name!r}": value for name, value in given.items()}
        for name, value in named.items():
            try:
                _Copied(value, data).new()
            except Exception as exc:  # noqa: BLE001 - anything may go wrong in an object's own methods
                return f"{name} ({type(exc).__name__}: {exc})"
        return None

    def problem(self) -> Problem:
        """Return the problem with copies in the place of what a task could change."""
        own = copy.copy(self._problem)  # with what it has worked out
        vars(own).update(self._parts.new())
        if self._estimator is not None:
            vars(own)["estimator"] = self._estimator.new()
        return own

    def task(self, task: Task) -> Task:
        """Return a task likewise; what is no function is copied when its estimator is cloned."""
        copied = None if is_plain(task.params) else self._where_closures(task.params)
        return task if copied is None else replace(task, params=copied.new())

    def _where_closures(self, value: Any) -> _Copied | None:
        """Copy an estimator, or parameters, if functions in them keep something between calls."""
        try:
            copied = _Copied(value, self._data)
        except Exception:  # noqa: BLE001 - likewise; it is cloned as it is
            return None
        return copied if copied.has_closures else None


class _Copied:
    """A value, pickled but for what it has in common with its copies."""

    def __init__(self, value: Any, data: Mapping[int, Any]) -> None:
        file = BytesIO()
        pickler = _CopyPickler(file, data)
        pickler.dump(value)
        self._bytes, self._kept = file.getvalue(), pickler.kept
        self.has_closures = pickler.has_closures

    def new(self) -> Any:
        return _Unpickler(self._bytes, self._kept).load()


class _CopyPickler(pickle.Pickler):
    """Pickles objects, and functions that keep something in a closure; refers to data and code."""

    def __init__(self, file: BytesIO, data: Mapping[int, Any]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.kept = dict(data)
        self.has_closures = False

    def persistent_id(self, value: Any) -> int | None:
        is_code = isinstance(value, type | ModuleType | CodeType)
        if is_code or (isinstance(value, FunctionType) and not _keeps_something(value)):
            self.kept[id(value)] = value
        return id(value) if id(value) in self.kept else None

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, CellType):  # which several functions may have in common
            return CellType, (), value.cell_contents, None, None, _fill
        if not isinstance(value, FunctionType):
            return NotImplemented
        self.has_closures = True
        self.kept[id(value.__globals__)] = value.__globals__
        made_of = (value.__code__, value.__globals__, value.__name__, value.__defaults__)
        state = {"__kwdefaults__": value.__kwdefaults__, "__dict__": vars(value)}
        return FunctionType, (*made_of, value.__closure__), state, None, None, _set_all


class _Unpickler(pickle.Unpickler):
    def __init__(self, pickled: bytes, kept: Mapping[int, Any]) -> None:
        super().__init__(BytesIO(pickled))
        self._kept = kept

    def persistent_load(self, pid: int) -> Any:
        return self._kept[pid]


def _fill(cell: CellType, value: Any) -> None:
    cell.cell_contents = value


def _set_all(function: FunctionType, state: Mapping[str, Any]) -> None:
    for name, value in state.items():
        setattr(function, name, value)


def _keeps_something(function: FunctionType) -> bool:
    """Whether a function has a closure in which it may keep something between calls.

    A function of a module has one where it is decorated; it is the same in every process.
    """
    made_inside = "<locals>" in function.__qualname__
    return function.__closure__ is not None and made_inside and not is_trusted(function)


def _parts_of(problem: Problem) -> dict[str, Any]:
    """Return what a task could change; an estimator's own score is as the estimator."""
    parts: dict[str, Any] = {"fit_params": problem.fit_params, "score_params": problem.score_params}
    if problem.stopping is not None:
        parts["stopping"] = problem.stopping
    calls = _sklearn.functions_of(problem.scorer)
    return {**parts, "scorer": problem.scorer} if calls else parts


def _data_in(problem: Problem) -> Iterator[tuple[int, Any]]:
    """Give the data that a fit is given, by their addresses: they are not copied."""
    n_samples = _sklearn.n_samples(problem.X)
    waiting: list[Any] = [problem.X, problem.y]
    for given in (problem.fit_params, problem.score_params):
        waiting += given.values()
    while waiting:
        value = waiting.pop()
        is_array = any(hasattr(value, name) for name in ("shape", "__array__", "__dataframe__"))
        if is_array or (hasattr(value, "__len__") and len(value) == n_samples):
            yield id(value), value
        elif isinstance(value, list | tuple | dict):
            waiting += _values(value)


def _values(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
