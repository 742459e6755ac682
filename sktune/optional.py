"""Packages that are imported only when they are used."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def package(name: str, purpose: str | None = None) -> Any:
    """Import a package, or a module of one, and return it.

    Parameters
    ----------
    name : str
    purpose : str, optional
        For the message if it is not there: what needs it.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as exc:
        if purpose is None:
            raise
        raise ImportError(f"{purpose}: pip install {name.partition('.')[0]}") from exc


def is_of(value: object, module: str, *names: str) -> bool:
    """Whether a value is an instance of one of a module's classes, which is not imported for it."""
    found = sys.modules.get(module)
    return found is not None and isinstance(value, tuple(getattr(found, name) for name in names))


def is_class(kind: type, module: str, name: str) -> bool:
    """Whether a class is exactly the one of that name in a module, which is not imported for it."""
    return getattr(sys.modules.get(module), name, None) is kind
