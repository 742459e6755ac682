"""One command lists all comparisons with other libraries, and says which peers are missing."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import drop_in
from tests.benchmarks.simulation import SEND, Costs, Shape, Terms, cluster_of, simulate


def test_each_comparison_is_a_module() -> None:
    for one in benchmarks.COMPARISONS:
        assert find_spec(f"tests.benchmarks.{one.module}")
        assert set(one.needs) <= benchmarks.pins().keys()


def test_peers_are_told_with_their_versions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"scikit-learn": "1.9.1", "optuna": "4.5.0"}
    monkeypatch.setattr(benchmarks, "installed", found.get)
    assert benchmarks.main(["--list"]) == 0
    told = capsys.readouterr().out
    assert "  scikit-learn 1.9.1\n" in told
    assert "  optuna 4.5.0 (the tables: 5.0.0)\n" in told
    assert "  dask-ml missing (the tables: 2025.1.0)\n" in told
    assert "HEBO\nleft out, without HEBO\n" in told


def test_a_comparison_that_fails_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = benchmarks.Comparison("no_such_module", "nothing")
    monkeypatch.setattr(benchmarks, "COMPARISONS", (missing,))
    assert benchmarks.main([]) == 1
    assert benchmarks.main(["--only", "another"]) == 0


@pytest.mark.parametrize("task", drop_in.TASKS)
def test_what_is_searched_as_a_drop_in_can_be_made(task: str) -> None:
    _, _, space, options, X, y = drop_in.TASKS[task][1]()
    assert space
    assert "n_jobs" in options
    assert len(X) == len(y)


def test_tables_name_the_versions_of_peers() -> None:
    page = (Path(__file__).parents[1] / "docs" / "benchmarks.md").read_text("utf-8")
    tables = re.findall(r"^(?:\|.*\n)+", page, flags=re.MULTILINE)
    peer = r"\b(?:\w+SearchCV|Optuna|HEBO|SMAC|FLAML|Hyperactive|dask-ml)\b"
    named = [table for table in tables if re.search(peer, table)]
    assert len(named) > 15
    for table in named:
        bare = re.findall(rf"{peer}(?! \(?[\w-]* ?\d)", table)
        assert not bare, f"without a version: {set(bare)}\n{table[:200]}"


SECONDS = st.sampled_from([0.001, 0.01, 0.5, 3.0])


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(1, n) for n in (4, 3, 6, 3)]), st.tuples(*[SECONDS] * 4), st.data())
def test_no_plan_is_better_than_the_best_possible(sizes: Any, seconds: Any, data: Any) -> None:
    n_workers, spread = data.draw(st.integers(1, 40)), data.draw(st.sampled_from([1.0, 10.0]))
    shape = Shape("", *sizes, seconds)
    cluster, costs = cluster_of(shape, 0, n_workers, Terms(spread, load=0.0), 1)
    cluster.run()
    assert cluster.clock.now >= costs.bound(shape, n_workers) - 1e-9


@pytest.mark.parametrize("n_workers", [1, 3])
def test_the_best_possible_is_reached_where_there_is_but_one_plan(n_workers: int) -> None:
    shape = Shape("", 1, 1, n_workers, 1, (0.0, 0.0, 0.0, 2.0))
    assert Costs(shape, 0, 1.0).bound(shape, n_workers) == SEND + 2.0
    assert simulate(shape, 0, n_workers, Terms(1, load=0.0)).ratio == pytest.approx(1.0)
