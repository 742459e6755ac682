"""One command lists all comparisons with other libraries, and says which peers are missing."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import drop_in


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
