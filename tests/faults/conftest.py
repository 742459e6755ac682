"""A hang ends with a failure, not for ever."""

from __future__ import annotations

import locale
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.harming import SECONDS


@pytest.fixture
def ends() -> Iterator[None]:
    """Raise in a test that has not ended in a long time."""

    def late(*_: Any) -> None:
        raise TimeoutError(f"it has not ended in {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _everything_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What candidates change and remove on purpose is nobody else's matter."""
    environment, place = dict(os.environ), locale.setlocale(locale.LC_ALL)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield
    locale.setlocale(locale.LC_ALL, place)
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
