"""Output that is gone, and values without words, cost a search nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from sktune.observers import in_words, print_line
from tests.helpers.misbehaving import GOOD, Odd
from tests.helpers.searches import every_search, more

_ROOT = Path(__file__).parents[2]


@every_search
@pytest.mark.parametrize("verbose", [1, 2, 10])
def test_a_fit_that_closes_the_output_costs_no_results(
    make: Any, verbose: int, monkeypatch: pytest.MonkeyPatch, iris: Any
) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    search = make(
        Odd(), {"how": [*GOOD, "stdout"]}, cv=2, verbose=verbose, **more(make, n_iter=4)
    ).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok"] * 4
    assert sys.stdout.closed


class Wordless:
    """A value that has no text, and with which no fit is possible."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __deepcopy__(self, memo: Any) -> Wordless:
        return self


@every_search
@pytest.mark.parametrize("verbose", [0, 10])
def test_a_value_without_words_fails_alone(make: Any, verbose: int, iris: Any) -> None:
    space = {"other": [0, 1, Wordless()]}
    search = make(Odd(), space, cv=2, refit=False, verbose=verbose, **more(make, n_iter=3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    assert sorted(search.cv_results_["status"]) == ["failed", "ok", "ok"]
    assert any("<Wordless>" in str(warning.message) for warning in caught)


def test_what_cannot_be_written_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", buffering=1) as full:
        print_line("a line", full)
        monkeypatch.setattr(full, "flush", lambda: None)  # nor when it is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())
    print_line("\udcff", io.TextIOWrapper(io.BytesIO(), "ascii"))
    monkeypatch.setattr(sys, "stdout", None)
    print_line("a line")
    assert in_words(Wordless()) == "<Wordless>"


GIGABYTE = """
import resource, sys
import numpy as np
from sklearn.base import ClassifierMixin, BaseEstimator
from sktune import GridSearch

class Prints(ClassifierMixin, BaseEstimator):
    def __init__(self, much=False): self.much = much
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        for _ in range(1024 if self.much else 0):
            print("x" * 2**20)
        return self
    def predict(self, X): return np.zeros(len(X), dtype=int)

if __name__ == "__main__":
    X, y = np.zeros((20, 1)), np.arange(20) % 2
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    search = GridSearch(Prints(), {"much": [False, True]}, cv=2, n_jobs=int(sys.argv[1]))
    search.fit(X, y)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert list(search.cv_results_["status"]) == ["ok", "ok"]
    print((after - before) / 1024, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", ["1", "2"])
def test_a_fit_that_prints_gigabytes_takes_no_memory(n_jobs: str, tmp_path: Path) -> None:
    script = tmp_path / "prints.py"  # a file, so that workers find the class
    script.write_text(GIGABYTE)
    done = subprocess.run(
        [sys.executable, script, n_jobs], env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert float(done.stderr.splitlines()[-1]) < 200  # MB
