"""Estimators, transformers and scorers that misbehave in one candidate; importable by workers."""

from __future__ import annotations

import contextlib
import locale
import math
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from sktune.evaluation import guarding

GOOD = ("good", "better", "best")


class Odd(ClassifierMixin, BaseEstimator):
    """Does what `how` says; one that is good tells classes by one column, named by `how`."""

    def __init__(self, how: Any = "good", other: Any = 0) -> None:
        self.how = how
        self.other = other

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.means_ = np.array([X[y == label].mean(axis=0) for label in self.classes_])
        return WAYS[self.how](self) if self.how in WAYS else self

    def predict(self, X: Any) -> Any:
        if self.how in PREDICTED:
            return PREDICTED[self.how](len(X))
        column = (GOOD.index(self.how) if self.how in GOOD else 0) + self.other
        distances = np.abs(X[:, [column]] - self.means_[:, column])
        return self.classes_[distances.argmin(axis=1)]


class Same(TransformerMixin, BaseEstimator):
    """Scales to halves; what candidates have in common."""

    def fit(self, X: Any, y: Any = None) -> Same:
        return self

    def transform(self, X: Any) -> Any:
        return X / 2


class WordlessError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


class FastError(Exception):
    """Cannot be made again from its arguments, nor be pickled."""

    def __init__(self, what: str, where: Any) -> None:
        super().__init__(what)
        self.where = threading.Lock()

    def __reduce__(self) -> Any:
        raise TypeError("not to be pickled")


def _raise(error: Callable[[], BaseException]) -> Callable[[Odd], Any]:
    def fit(self: Odd) -> Any:
        raise error()

    return fit


def _deeper(self: Odd, n: int = 0) -> Any:
    return _deeper(self, n + 1) + 1


def _warn(self: Odd) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.warn("as an error", stacklevel=1)


def _allocate(self: Odd) -> Any:
    return np.empty(2**62, dtype=np.uint8)


def _chained(self: Odd) -> Any:
    try:
        raise KeyError("the cause")
    except KeyError as exc:
        raise ValueError("told of another") from exc


FAILS: dict[str, tuple[Callable[[Odd], Any], str]] = {
    "raises": (_raise(lambda: RuntimeError("so it is")), "RuntimeError: so it is"),
    "memory": (_raise(lambda: MemoryError("too much")), "MemoryError: too much"),
    "allocates": (_allocate, "MemoryError"),
    "stops": (_raise(lambda: StopIteration("over")), "StopIteration: over"),
    "recursion": (_deeper, "RecursionError"),
    "async stop": (_raise(StopAsyncIteration), "StopAsyncIteration"),
    "warning": (_warn, "UserWarning: as an error"),
    "assert": (_raise(AssertionError), "AssertionError"),
    "os": (_raise(lambda: OSError(28, "No space left")), "OSError: [Errno 28] No space left"),
    "pipe": (_raise(lambda: BrokenPipeError(32, "Broken")), "BrokenPipeError"),
    "eof": (_raise(EOFError), "EOFError"),
    "time": (_raise(lambda: TimeoutError("its own")), "TimeoutError: its own"),
    "lost": (_raise(lambda: _terminated("as if")), "TerminatedWorkerError: as if"),
    "wordless": (_raise(WordlessError), "WordlessError"),
    "unpicklable": (_raise(lambda: FastError("odd", None)), "FastError: odd"),
    "chained": (_chained, "ValueError: told of another"),
    "group": (_raise(lambda: ExceptionGroup("some", [ValueError(1), KeyError(2)])), "some"),
    "long": (_raise(lambda: ValueError("begin" + 10**7 * "x" + "end")), "ValueError: beginxxx"),
    "lines": (_raise(lambda: ValueError(10**5 * "line\n" + "end")), "ValueError: line"),
    "surrogate": (_raise(lambda: ValueError("\udcff\0")), "ValueError: "),
}
"""What fails in the fit, and how its reason begins."""


def _terminated(message: str) -> Exception:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    return TerminatedWorkerError(message)


def _returns(value: Any) -> Callable[[Odd], Any]:
    return lambda self: value


def _chdir(self: Odd) -> Odd:
    os.chdir("/")
    return self


def _rmdir(self: Odd) -> Odd:
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)
    return self


def _filters(self: Odd) -> Odd:
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    return self


def _seed(self: Odd) -> Odd:
    np.random.seed(0)  # noqa: NPY002 - that is the fault
    random.seed(0)
    return self


def _numpy_errors(self: Odd) -> Odd:
    np.seterr(all="raise")
    return self


def _recursion_limit(self: Odd) -> Odd:
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    sys.setrecursionlimit(depth + 30)
    return self


def _environ(self: Odd) -> Odd:
    os.environ["SKTUNE_TEST_ODD"] = "1"
    os.environ.pop("PATH", None)
    return self


def _locale(self: Odd) -> Odd:
    locale.setlocale(locale.LC_ALL, "C")
    return self


def _path(self: Odd) -> Odd:
    sys.path.insert(0, "/nowhere")
    return self


def _sklearn_config(self: Odd) -> Odd:
    import sklearn

    sklearn.set_config(transform_output="pandas", enable_metadata_routing=True)
    return self


def _threads(self: Odd) -> Odd:
    threading.Thread(target=time.sleep, args=(0.5,)).start()
    return self


def _fork(self: Odd) -> Odd:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return self


def _fork_exit(self: Odd) -> Odd:
    """The child leaves by an exception, through all that is its parent's."""
    if (pid := os.fork()) == 0:
        sys.exit(0)
    os.waitpid(pid, 0)
    return self


def _fork_error(self: Odd) -> Odd:
    if (pid := os.fork()) == 0:
        raise RuntimeError("in the child")
    os.waitpid(pid, 0)
    return self


def _stdout(self: Odd) -> Odd:
    sys.stdout.close()
    return self


def _descriptor(self: Odd) -> Odd:
    with contextlib.suppress(OSError):
        os.close(1)
    return self


def _print(self: Odd) -> Odd:
    for _ in range(64):
        print("x" * 2**20)
    return self


def _temp_folders(self: Odd) -> Odd:
    """Removes what the search has put aside."""
    for folder in guarding._left_behind:  # not those of other searches on this machine
        shutil.rmtree(folder, ignore_errors=True)
    return self


def _lambda(self: Odd) -> Odd:
    self.odd_ = lambda: None
    self.lock_ = threading.Lock()
    return self


def _writes(self: Odd) -> Odd:
    self.means_[:] = self.means_ * 1
    return self


ODD: dict[str, Callable[[Odd], Any]] = {
    "returns None": _returns(None),
    "returns another": _returns(Odd("best")),
    "returns 1": _returns(1),
    "directory": _chdir,
    "removed directory": _rmdir,
    "filters": _filters,
    "seed": _seed,
    "numpy errors": _numpy_errors,
    "recursion limit": _recursion_limit,
    "environment": _environ,
    "locale": _locale,
    "path": _path,
    "sklearn": _sklearn_config,
    "threads": _threads,
    "forks": _fork,
    "no pickle": _lambda,
    "temp folders": _temp_folders,
}
"""What is odd in the fit and no failure, and must do nothing to others."""

RISKY: dict[str, Callable[[Odd], Any]] = {
    "fork exits": _fork_exit,
    "fork raises": _fork_error,
    "stdout": _stdout,
    "descriptor": _descriptor,
    "prints": _print,
}
"""The same, for processes that may be spoiled."""


class BareError(BaseException):
    """No `except Exception` catches it."""


ENDS: dict[str, Callable[[Odd], Any]] = {
    "exit": _raise(lambda: SystemExit(3)),
    "generator exit": _raise(GeneratorExit),
    "bare": _raise(lambda: BareError("so it is")),
    "interrupt": _raise(KeyboardInterrupt),
}
"""What ends the search where the fit is in its own process, as in scikit-learn."""

FAILS_AWAY = {"exit": "SystemExit: 3", "generator exit": "GeneratorExit", "bare": "BareError: so"}
"""How their reasons begin where it is in another one."""

WAYS = {name: way for name, (way, _) in FAILS.items()} | ODD | RISKY | ENDS

PREDICTED: dict[str, Callable[[int], Any]] = {
    "short": lambda n: np.zeros(n - 1, dtype=int),
    "long prediction": lambda n: np.zeros(n + 1, dtype=int),
    "none": lambda n: None,
    "number": lambda n: 0,
    "objects": lambda n: np.array([object()] * n),
    "columns": lambda n: np.zeros((n, 2)),
    "nans": lambda n: np.full(n, np.nan),
    "complex": lambda n: np.full(n, 1j),
    "generator": lambda n: (0 for _ in range(n)),
}
"""What is predicted that cannot be scored."""

NO_SCORES: dict[str, Any] = {
    "+inf": math.inf,
    "-inf": -math.inf,
    "numpy inf": np.float32("inf"),
    "text": "0.99",
    "bytes": b"1",
    "None": None,
    "array": np.array([0.9, 0.99]),
    "empty": np.array([]),
    "complex": 1 + 2j,
    "large": 10**400,
    "list": [0.9],
    "masked": np.ma.masked,
    "masked array": np.ma.masked_array(0.5, mask=True),
    "object": object(),
    "signal nan": Decimal("sNaN"),
    "large fraction": Fraction(10**400),
    "dict": {"a": 1.0},
    "empty dict": {},
    "date": np.datetime64("2020-01-01"),
    "type": float,
}

SCORES: dict[str, Any] = {
    "0-d": np.array(0.25),
    "float16": np.float16(0.25),
    "Decimal": Decimal("0.25"),
    "Fraction": Fraction(1, 4),
    "False": False,
    "numpy bool": np.bool_(True),
    "int": 10**300,
    "one masked": np.ma.masked_array(0.25, mask=False),
    "longdouble": np.longdouble(0.25),
    "[0.25]": np.array([0.25]),
}


class Odds:
    """A scorer: accuracy, but for what it is told to return; may write into what it is given."""

    def __call__(self, estimator: Any, X: Any, y: Any) -> Any:
        how = getattr(estimator, "how", None) or getattr(estimator[-1], "how", None)
        if how in NO_SCORES:
            return NO_SCORES[how]
        if how in SCORES:
            return SCORES[how]
        if how == "exits":
            sys.exit(4)
        score = float(np.mean(estimator.predict(X) == y))
        if how == "better":
            X[:] = 0
            y[:] = 0
        return score


class ByTrees:
    """Accuracy, but for a forest of so many trees."""

    def __init__(self, bad: int, how: str) -> None:
        self.bad = bad
        self.how = how

    def __call__(self, estimator: Any, X: Any, y: Any) -> Any:
        if estimator.n_estimators == self.bad:
            if self.how == "inf":
                return math.inf
            raise MemoryError if self.how == "memory" else RuntimeError("no score")
        return float(np.mean(estimator.predict(X) == y))
