"""Estimators that do harm to the process they are fitted in; importable, so that workers find them.

What a candidate does is its `value`: a number does no harm; text names a harm, and after an "@"
the only split on which it does it: "kill@1".
"""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import signal
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

SECONDS = 240
"""After which a test has not ended."""

N_SPLITS = 3
X = np.arange(24.0).reshape(12, 2)
y = np.array([0, 1] * 6)


def split_of(X: Any) -> int:
    """Which split's training samples these are, of `KFold` without shuffling."""
    first, *_, last = (int(row) // 2 for row in X[:, 0])
    return 0 if first else 2 if last < len(y) - 1 else 1


def _sleep(seconds: float = 60.0) -> None:
    time.sleep(seconds)


def _busy() -> None:
    while True:
        pass


def _swallow() -> None:
    """Hear no exception at all."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(BaseException):
            time.sleep(60)


def _swallow_once() -> None:
    with suppress(BaseException):
        time.sleep(60)


def _mask() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL})
    time.sleep(60)


def _hold_in_c() -> None:
    """Never let Python run, nor look at signals; a sleep would end at the first of them."""
    deque(itertools.repeat(0), maxlen=0)


def _regex() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def _array() -> None:
    np.ones(2**28)  # 2 GiB


def _lists() -> None:
    hoard: list[Any] = []
    while True:
        hoard.append(bytearray(10_000))


HARMS: dict[str, Callable[[], Any]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segv": lambda: ctypes.string_at(0),
    "exit0": lambda: os._exit(0),
    "exit3": lambda: os._exit(3),
    "abort": os.abort,
    "sleep": _sleep,
    "busy": _busy,
    "swallow": _swallow,
    "swallow once": _swallow_once,
    "mask": _mask,
    "c": _hold_in_c,
    "regex": _regex,
    "array": _array,
    "lists": _lists,
}

EXIT_CODES = {
    "kill": "SIGKILL(-9)",
    "segv": "SIGSEGV(-11)",
    "exit0": "EXIT(0)",
    "exit3": "EXIT(3)",
    "abort": "SIGABRT(-6)",
}


def harm(value: Any, split: int) -> None:
    """Do what a value says."""
    if isinstance(value, str):
        name, _, only = value.partition("@")
        if only in ("", str(split)):
            HARMS[name]()


class Noting:
    """Notes what is done, one byte a time, which no kill can take back."""

    folder: str

    def note(self, *what: Any) -> None:
        if self.folder:
            name = "-".join(map(str, what))
            with open(Path(self.folder, name), "ab", buffering=0) as file:
                file.write(b".")


def noted(folder: Any, *what: Any) -> Counter[str]:
    """How often each thing was done whose name begins so."""
    begin = "-".join(map(str, what))
    return Counter(
        {
            path.name: path.stat().st_size
            for path in Path(folder).iterdir()
            if path.name.startswith(begin)
        }
    )


class Harming(Noting, ClassifierMixin, BaseEstimator):
    """Does what `value` says when it is fitted or, if `late`, when it predicts."""

    def __init__(
        self, folder: str = "", value: Any = 0, seconds: float = 0.0, late: bool = False
    ) -> None:
        self.folder = folder
        self.value = value
        self.seconds = seconds
        self.late = late

    def fit(self, X: Any, y: Any) -> Harming:
        self.split_ = split_of(X)
        self.note("fit", self.value, self.split_)
        self.classes_ = np.unique(y)
        if self.seconds:
            time.sleep(self.seconds)
        if not self.late:
            harm(self.value, self.split_)
        return self

    def predict(self, X: Any) -> Any:
        if self.late:
            harm(self.value, self.split_)
        return np.zeros(len(X), dtype=int)


class HarmingStep(Noting, TransformerMixin, BaseEstimator):
    """Does what `value` says when it is fitted; changes nothing."""

    def __init__(self, folder: str = "", value: Any = 0) -> None:
        self.folder = folder
        self.value = value

    def fit(self, X: Any, y: Any = None) -> HarmingStep:
        self.note("step", self.value, split_of(X))
        harm(self.value, split_of(X))
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X


def score(estimator: Any, X: Any, y: Any) -> float:
    """Tell candidates and splits apart; those that do harm are numbers too."""
    estimator.predict(X)
    return expected(estimator.value, estimator.split_)


def expected(value: Any, split: int) -> float:
    """What a candidate scores that does no harm there."""
    own = 1000.0 + sum(map(ord, value)) if isinstance(value, str) else float(value)
    return own + split / 8


def linger(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that never ends with text."""
    if isinstance(estimator.value, str):
        time.sleep(60)
    return expected(estimator.value, estimator.split_)


class KillsWhenUnpickled(Harming):
    """No worker ever has it; `home` is the process that may."""

    def __init__(self, folder: str = "", value: Any = 0, home: int = 0) -> None:
        super().__init__(folder, value)
        self.home = home

    def __setstate__(self, state: Any) -> None:
        if state["home"] != os.getpid():
            os._exit(7)
        super().__setstate__(state)


class Waiting(Harming):
    """Waits for `value` seconds."""

    def fit(self, X: Any, y: Any) -> Waiting:
        time.sleep(self.value)
        super().fit(X, y)
        return self
