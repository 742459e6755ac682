"""The commit that is checked out, read from the repository's files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECONDS = 1.0
"""How long git may take to answer."""

_read_here: set[str] = set()
"""Commits that were read by this process, so that it knows whether they are dirty."""


def git_state() -> dict[str, str | bool | None] | None:
    """Return the commit of the script, or else of the working directory; None if there is none.

    Whether it is dirty takes a process of git's, and is None until `is_dirty` is asked.
    """
    root = _repository()
    commit = None if root is None else _commit(root)
    if commit is None:
        return None
    _read_here.add(commit)
    return {"commit": commit, "dirty": None}


def is_dirty(commit: str) -> bool | None:
    """Whether files that git knows differ from a commit that this process has read.

    None where that cannot be told: the commit is not checked out here, there is no git, or it
    takes too long.
    """
    root = _repository()
    if root is None or commit not in _read_here or _commit(root) != commit:
        return None
    changed = _ask(root, "status", "--porcelain", "-uno", "--ignore-submodules=dirty")
    return None if changed is None else bool(changed)


def _repository() -> Path | None:
    """Return the folder that has a ``.git``, of the script or of the working directory.

    A script of an installed package, such as Jupyter's, is none of the user's.
    """
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        script = Path(file).resolve() if isinstance(file, str) else None
        starts = [Path.cwd()]
        if script is not None and not script.is_relative_to(Path(sys.prefix).resolve()):
            starts.insert(0, script.parent)
        folders = [folder for start in starts for folder in (start, *start.parents)]
        return next((folder for folder in folders if (folder / ".git").exists()), None)
    except OSError:
        return None


def _commit(root: Path) -> str | None:
    try:
        git = root / ".git"
        if git.is_file():  # of a worktree or a submodule
            git = root / git.read_text().removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text().strip()
        if _HASH.fullmatch(head):
            return head
        common = git / "commondir"
        shared = git / common.read_text().strip() if common.is_file() else git
        found = _of_reference(head.removeprefix("ref:").strip(), [git, shared])
    except (OSError, ValueError):
        return None
    found = found or _ask(root, "rev-parse", "--verify", "-q", "HEAD")  # of another format
    return found if found and _HASH.fullmatch(found) else None


def _of_reference(name: str, folders: list[Path]) -> str | None:
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).read_text().strip()
        if (folder / "packed-refs").is_file():
            for line in (folder / "packed-refs").read_text().splitlines():
                commit, _, reference = line.partition(" ")
                if reference == name:
                    return commit
    return None


def _ask(root: Path, *command: str) -> str | None:
    """Ask git, which writes nothing and runs nothing of the repository's own; None if it fails."""
    # no lock, and no monitor, which would be a program that the repository names
    safe = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false"]
    try:
        answer = subprocess.run(  # noqa: S603 - of fixed arguments
            [*safe, *command], cwd=root, timeout=_SECONDS, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.decode(errors="replace").strip()
