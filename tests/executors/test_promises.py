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
    "loky, multiprocessing": [("loky", "Loky"), ("multiprocessing", "Multiprocessing")],
    "threads": [("ThreadPoolExecutor",)],
    "Dask": [("dask", "Dask")],
    "Ray": [("ray", "Ray")],
    "Spark": [("spark", "Spark")],
    "pools": [("ProcessPoolExecutor",)],
}
"""The columns: of each engine in it, what is in the names of its tests."""


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
def test_every_cell_is_a_test(collected: str) -> None:
    """Also of what does not hold: it shows that, or is left out with the reason."""
    head, *promises = rows()
    assert head[2:] == list(_ENGINES)
    assert len(promises) > 15
    for promise, tests, *cells in promises:
        assert len(cells) == len(_ENGINES), promise
        named = [one.split("::") for one in re.findall("`([^`]+)`", tests)]
        assert named, promise
        found = [
            line
            for line in collected.splitlines()
            if any(f"{file}::" in line and name.rstrip("]") in line for file, name in named)
        ]
        for engine, cell in zip(_ENGINES, cells, strict=True):
            assert re.match("yes|no: |by |-$", cell), (promise, engine)
            for keys in _ENGINES[engine]:
                is_there = any(key in line for line in found for key in keys)
                assert is_there != (cell == "-"), (promise, engine, keys)
