"""The commit that is checked out, in every state that a repository may be in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sktune.environment import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def run(folder: Path, *command: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "repository"
    (folder / "inner").mkdir(parents=True)
    run(folder, "init", "-q")
    (folder / "train.py").write_text("1")
    run(folder, "add", "train.py")
    run(folder, "commit", "-qm", "first")
    return folder


@pytest.fixture
def repository(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(git, "_read_here", set())
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    return folder


def state() -> Any:
    found = git.git_state()
    return found and found | {"dirty": git.is_dirty(str(found["commit"]))}


def a_branch(folder: Path) -> None: ...
def packed(folder: Path) -> None:
    run(folder, "pack-refs", "--all")


def detached(folder: Path) -> None:
    run(folder, "checkout", "-q", "--detach")


def another_branch(folder: Path) -> None:
    run(folder, "checkout", "-qb", "feature/a")


@pytest.mark.parametrize("make", [a_branch, packed, detached, another_branch])
@pytest.mark.parametrize("inner", [".", "inner"])
def test_the_commit_is_gits(
    repository: Path, monkeypatch: pytest.MonkeyPatch, make: Any, inner: str
) -> None:
    make(repository)
    monkeypatch.chdir(repository / inner)
    assert state() == {"commit": run(repository, "rev-parse", "HEAD"), "dirty": False}


def test_a_worktree_has_its_own(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repository.parent / "other"
    run(repository, "worktree", "add", "-q", str(other))
    monkeypatch.chdir(other)
    run(other, "commit", "-qm", "second", "--allow-empty")
    assert state() == {"commit": run(other, "rev-parse", "HEAD"), "dirty": False}
    assert state()["commit"] != run(repository, "rev-parse", "HEAD")


def test_what_git_knows_and_has_changed_is_dirty(repository: Path) -> None:
    (repository / "results.csv").write_text("which git does not know")
    assert state()["dirty"] is False
    (repository / "train.py").write_text("2")
    assert state()["dirty"] is True


def test_a_commit_that_another_process_has_read_is_not_asked_for(repository: Path) -> None:
    commit = run(repository, "rev-parse", "HEAD")
    assert git.is_dirty(commit) is None
    git.git_state()
    assert git.is_dirty(commit) is False
    run(repository, "commit", "-qm", "second", "--allow-empty")
    assert git.is_dirty(commit) is None


def test_the_scripts_repository_comes_before_the_working_directorys(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = run(repository, "rev-parse", "HEAD")
    monkeypatch.chdir(tmp_path)
    assert state() is None
    script = str(repository / "inner" / "train.py")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", script, raising=False)
    assert state()["commit"] == commit
    monkeypatch.setattr(sys, "prefix", str(repository))  # an installed package, such as Jupyter's
    assert state() is None


def nothing(folder: Path) -> None:
    shutil.rmtree(folder / ".git")


def without_a_commit(folder: Path) -> None:
    nothing(folder)
    run(folder, "init", "-q")


def damaged(folder: Path) -> None:
    (folder / ".git" / "HEAD").write_bytes(b"\xff\xfe")


def pointing_nowhere(folder: Path) -> None:
    nothing(folder)
    (folder / ".git").write_text("gitdir: /nowhere/at/all")


@pytest.mark.parametrize("harm", [nothing, without_a_commit, damaged, pointing_nowhere])
def test_where_there_is_no_commit_there_is_none(repository: Path, harm: Any) -> None:
    harm(repository)
    assert state() is None


def test_a_git_that_is_slow_or_missing_says_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = run(repository, "rev-parse", "HEAD")
    monkeypatch.setattr(git, "_SECONDS", 1e-9)
    assert state() == {"commit": commit, "dirty": None}
    monkeypatch.setattr(git, "_SECONDS", 1.0)
    monkeypatch.setenv("PATH", "")
    assert state() == {"commit": commit, "dirty": None}


def test_nothing_of_the_repositorys_own_is_run(repository: Path) -> None:
    program = repository / "monitor"
    program.write_text("#!/bin/sh\ntouch was_run\n")
    program.chmod(0o755)
    run(repository, "config", "core.fsmonitor", str(program))
    assert state()["dirty"] is False
    assert not (repository / "was_run").exists()
