"""What is common is done once: on one host, and on two of two workers each that share no files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from sklearn.pipeline import Pipeline

from sktune import GridSearch
from tests.helpers.cluster_runs import Noted, last_score, on_two_hosts
from tests.helpers.engines import engines
from tests.helpers.harming import N_SPLITS, Harming, X, noted, y


@engines(
    "loky", "multiprocessing", "ThreadPoolExecutor", "ProcessPoolExecutor", "dask", "ray", "spark"
)
def test_each_prefix_is_fitted_once_a_host(engine: str, on: Any, tmp_path: Path) -> None:
    pipeline = Pipeline([("first", Noted(str(tmp_path))), ("last", Harming(seconds=0.02))])
    space = {"first__value": [0, 1, 2], "last__value": list(range(4))}
    search = GridSearch(pipeline, space, cv=N_SPLITS, scoring=last_score, refit=False, **on)
    assert set(search.fit(X, y).cv_results_["status"]) == {"ok"}
    assert noted(tmp_path, "step") == {
        f"step-{value}-{split}": 1 for value in range(3) for split in range(N_SPLITS)
    }


TWO_HOSTS = pytest.mark.parametrize(
    "engine",
    [
        pytest.param("dask", marks=pytest.mark.dask),
        pytest.param("ray", marks=[pytest.mark.ray, pytest.mark.slow]),
        pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow]),
    ],
)


def searched_on_two(
    engine: str, kind: str, folder: Path, ok: Collection[str] = frozenset({"ok"})
) -> dict[str, Any]:
    if engine == "spark":
        pytest.skip("Spark cannot be told which host is to do a job")
    package = {"dask": "distributed", "ray": "ray"}[engine]
    pytest.importorskip(package, reason=f"the tests of {engine} need its package")
    said = on_two_hosts(engine, kind, folder)
    assert set(said["status"]) == set(ok)
    assert said["left"] == []
    return said


@TWO_HOSTS
@pytest.mark.parametrize("kind", ["grid", "bayes"])
def test_each_prefix_is_fitted_once_on_two_hosts(engine: str, kind: str, tmp_path: Path) -> None:
    said = searched_on_two(engine, kind, tmp_path)
    fits = noted(tmp_path / "fits", "step")
    assert max(fits.values()) <= 2
    assert sum(fits.values()) <= 1.1 * len(fits)
    assert said["hosts"] == 2


@TWO_HOSTS
def test_what_one_host_has_fitted_is_brought_to_the_other(engine: str, tmp_path: Path) -> None:
    said = searched_on_two(engine, "travels", tmp_path)
    assert noted(tmp_path / "fits", "step") == {"step-0-0": 1}
    assert said["hosts"] == 1
    assert said["last"] == 2


DASK = pytest.mark.parametrize("engine", [pytest.param("dask", marks=pytest.mark.dask)])
"""What follows is what the parent does, alike on all engines; Dask's workers start soonest."""


@DASK
def test_a_host_is_lost_while_a_piece_travels_from_it(engine: str, tmp_path: Path) -> None:
    """Who was to be brought it fits it, and the search ends with the scores that it should have."""
    said = searched_on_two(engine, "killed", tmp_path)
    assert (tmp_path / "asked").exists()
    assert said["scores"]["split0_test_score"] == [repr(float(value)) for value in range(80)]


@DASK
@pytest.mark.parametrize("kind", ["racing", "resumed"])
def test_who_survives_a_race_does_not_depend_on_hosts(
    engine: str, kind: str, tmp_path: Path
) -> None:
    said = searched_on_two(engine, kind, tmp_path, ok={"ok", "stopped"})
    assert said["here"] == {name: said[name] for name in said["here"]}
    assert said["hosts"] == (3 if kind == "resumed" else 2)  # this one, too
