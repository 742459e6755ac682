"""What differs between two environments, and what of it may change results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sktune import GridSearch, same_environment
from sktune.environment import differences
from sktune.exceptions import CheckpointError
from tests.helpers.journal.resuming import Toy, X, y

THEN: dict[str, Any] = {
    "python": "3.11.1",
    "platform": "Linux",
    "cpu": "one",
    "n_cpus": 8,
    "blas": {
        "openblas (numpy)": {"version": "0.3.1", "architecture": "Haswell", "threads": 8},
        "openmp (sklearn)": {"version": None, "architecture": None, "threads": 8},
    },
    "git": {"commit": "a" * 40, "dirty": False},
    "versions": {"numpy": "2.0", "lightgbm": "4.6"},
    "n_jobs": 2,
    "seeds": {"random_state": 0},
    "data": {"X": "1", "y": "2"},
}


def changed(name: str, value: Any) -> dict[str, Any]:
    """Change an entry, whose name has a slash for each step down."""
    found: dict[str, Any] = json.loads(json.dumps(THEN))
    *way, last = name.split("/")
    at = found
    for step in way:
        at = at[step]
    at[last] = value
    return found


@pytest.mark.parametrize(
    ("name", "value", "matters"),
    [
        ("python", "3.12.0", True),
        ("cpu", "another", True),
        ("versions/numpy", "2.1", True),
        ("blas/openblas (numpy)/version", "0.3.2", True),
        ("blas/openblas (numpy)/threads", 1, True),
        ("blas/openmp (sklearn)/threads", 1, True),
        ("git/commit", "b" * 40, True),
        ("git/dirty", True, True),
        ("seeds/random_state", 1, True),
        ("data/X", "other", True),
        ("platform", "Windows", False),
        ("n_cpus", 4, False),
        ("n_jobs", 1, False),
    ],
)
def test_each_difference_is_found(name: str, value: Any, matters: bool) -> None:
    (found,) = differences(THEN, changed(name, value))
    assert (found.name, found.now) == (name.replace("/", "."), value)
    assert found.may_change_results is matters


def test_what_may_change_results_comes_first() -> None:
    now = changed("versions/numpy", "2.1") | {"platform": "CP/M", "cpu": "Z80", "n_jobs": 1}
    found = differences(THEN, now)
    assert [one.may_change_results for one in found] == [True, True, False, False]
    assert found[0].name == "versions.numpy"
    assert str(found).splitlines()[0] == "What differs, and may change results:"
    assert "  versions.numpy: 2.0 then, 2.1 now" in str(found)


def test_the_same_is_false_and_says_so() -> None:
    found = differences(THEN, changed("python", "3.11.1"))
    assert not found
    assert list(found) == []
    assert str(found) == "The environment is the same."


def test_what_only_one_has_is_no_difference_but_another_library_is() -> None:
    less = {name: THEN[name] for name in ("python", "versions")}
    assert not differences(THEN, less)
    assert not differences(less, THEN)
    more = changed("blas/mkl (torch)", {"version": "1", "architecture": "x", "threads": 1})
    assert not differences(THEN, more)
    other = THEN | {"blas": {"accelerate (system)": {"version": "1"}}}
    (found,) = differences(THEN, other)
    assert (found.name, found.then, found.now) == (
        "blas",
        "openblas (numpy)",
        "accelerate (system)",
    )


@pytest.mark.parametrize("odd", [None, 3, [], {}, "text", {"openblas": 3}])
def test_what_a_file_may_say_breaks_nothing(odd: Any) -> None:
    for name in THEN:
        str(differences(THEN | {name: odd}, THEN))
        str(same_environment(THEN | {name: odd}))


def test_a_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    search = GridSearch(Toy(), {"a": [1.0]}, cv=2, refit=False, checkpoint=path).fit(X, y)
    assert not same_environment(path)
    assert not same_environment(search)
    versions = search.environment_["versions"] | {"no_such_package": "1.0", "numpy": "0.1"}
    names = {
        one.name: one for one in same_environment(search.environment_ | {"versions": versions})
    }
    assert set(names) == {"versions.no_such_package", "versions.numpy"}
    assert names["versions.no_such_package"].now == "not installed"
    with pytest.raises(CheckpointError, match="no journal at"):
        same_environment(tmp_path / "b.jsonl")
    with pytest.raises(TypeError, match="source is a int; pass the path"):
        same_environment(3)


def test_each_environment_of_a_journal_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    search = GridSearch(Toy(), {"a": [1.0]}, cv=2, refit=False, checkpoint=path).fit(X, y)
    elsewhere = search.environment_ | {"cpu": "another one"}
    monkeypatch.setattr("sktune.searches.setup.environment_around", lambda *_: dict(elsewhere))
    search.set_params(param_grid={"a": [1.0, 2.0]}).fit(X, y)
    (found,) = same_environment(path)
    assert (found.name, found.then) == ("cpu", "another one")
