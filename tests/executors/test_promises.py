"""The table of what holds where names tests that are there, for the engines that say yes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "clusters.md"
_ENGINES = {
    "loky": ("loky", "Loky"),
    "threads": ("ThreadPoolExecutor", "threading", "ThreadPoolExecutor"),
    "Dask": ("dask", "Dask"),
    "Ray": ("ray", "Ray"),
    "Spark": ("spark", "Spark"),
    "other pools": ("ProcessPoolExecutor", "MPIPoolExecutor", "MPI"),
}


@pytest.fixture(scope="module")
def collected() -> str:
    """All tests of executors, by their ids."""
    asked = ["-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "tests/executors"]
    told = subprocess.run(
        [sys.executable, *asked], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout


def rows() -> list[list[str]]:
    """The rows of the table, its head first."""
    table = _PAGE.read_text().partition("## What holds where")[2]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [cells[0], *cells[2:]]


@pytest.mark.slow
def test_every_yes_is_a_test(collected: str) -> None:
    head, *promises = rows()
    assert head[2:] == list(_ENGINES)
    assert len(promises) > 8
    for promise, test, *cells in promises:
        assert len(cells) == len(_ENGINES), promise
        if not test:
            assert "yes" not in cells[1:], promise
            continue
        file, name = test.strip("`").split("::")
        for engine, cell in zip(_ENGINES, cells, strict=True):
            assert cell, (promise, engine)
            if not cell.startswith("yes"):
                continue
            found = [
                one
                for one in collected.splitlines()
                if file in one and name in one and any(key in one for key in _ENGINES[engine])
            ]
            assert found, (promise, engine, test)
            assert re.search(r"\w", found[0])
