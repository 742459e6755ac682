"""Two hosts of two workers each, which share no files: what is common is done once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.cluster_runs import on_two_hosts
from tests.helpers.harming import noted


@pytest.mark.parametrize("kind", ["grid", "bayes"])
@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("dask", marks=pytest.mark.dask),
        pytest.param("ray", marks=[pytest.mark.ray, pytest.mark.slow]),
    ],
)
def test_each_prefix_is_fitted_once(engine: str, kind: str, tmp_path: Path) -> None:
    package = {"dask": "distributed", "ray": "ray"}[engine]
    pytest.importorskip(package, reason=f"the tests of {engine} need its package")
    said = on_two_hosts(engine, kind, tmp_path)
    fits = noted(tmp_path / "fits", "step")
    assert set(said["status"]) == {"ok"}
    assert max(fits.values()) <= 2
    assert sum(fits.values()) <= 1.1 * len(fits)
    assert said["hosts"] == 2
    assert said["left"] == []
