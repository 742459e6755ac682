"""The machine: its processor, and the libraries of linear algebra that are loaded."""

from __future__ import annotations

import platform
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from joblib import cpu_count
from threadpoolctl import ThreadpoolController


@cache
def machine() -> dict[str, Any]:
    """Return what this machine is, which does not change while a process runs."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "n_cpus": cpu_count(),
    }


def blas() -> dict[str, dict[str, Any]]:
    """Return the libraries of linear algebra and threads that are loaded now, by name."""
    found = {}
    for library in libraries().info():
        name = f"{library['internal_api']} ({_owner(library['filepath'])})"
        found[name] = {
            "version": library["version"],
            "architecture": library.get("architecture"),
            "threads": library["num_threads"],
        }
    return dict(sorted(found.items()))


_known: list[tuple[int, ThreadpoolController]] = []
"""The libraries that were found last, and the number of modules by then."""


def libraries() -> ThreadpoolController:
    """Return what knows the libraries; to look for them takes milliseconds, to ask them nothing.

    They are looked for again when modules were imported since, but in the main thread alone: to
    look holds the loader's lock and waits for the interpreter, which another thread may hold that
    imports a library, and waits for the loader. Neither would ever go on.
    """
    n_modules, is_main = len(sys.modules), threading.current_thread() is threading.main_thread()
    if not _known or (is_main and _known[-1][0] != n_modules):
        _known[:] = [(n_modules, ThreadpoolController())]
    return _known[-1][1]


def _owner(path: str) -> str:
    """Return the package that a library came with, or else the library's own name."""
    parts = PurePath(path).parts
    for folder in ("site-packages", "dist-packages"):
        if folder in parts:
            return parts[parts.index(folder) + 1].removesuffix(".libs")
    return PurePath(path).name.partition(".")[0]


def _cpu() -> str:
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
