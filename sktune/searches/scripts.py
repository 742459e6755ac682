"""Verification by a script that fits a search."""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

from .base import BaseSearch
from .verifying import Verification, verify


class _Reached(BaseException):
    """Ends the script: no handler of its own for exceptions is to hear it."""

    def __init__(self, verification: Callable[[], Verification]) -> None:
        try:
            self.found: Verification | Exception = verification()
        except Exception as exc:  # noqa: BLE001 - which is raised when the script has ended
            self.found = exc


def verify_by_script(
    journal: str, script: str, arguments: Sequence[str] = (), *, n: int = 3, fit: int = 1
) -> Verification:
    """Verify a journal with the search and the data of a script, which is run up to their fit.

    Parameters
    ----------
    journal : str
    script : str
        A script that fits a search, or defines ``search``, ``X`` and ``y``.
    arguments : sequence of str
        For the script.
    n : int
        How many candidates to evaluate again.
    fit : int
        Which of the script's fits of searches is meant, from 1; those before it are made.

    Raises
    ------
    CheckpointError, OSError
        As `BaseSearch.verify`; if there is no such script.
    ValueError
        If the script fits no search, or raises.
    """
    journal = os.path.realpath(journal)  # the script may change the directory

    begun, as_ever = count(1), BaseSearch._fit

    def instead(search: Any, X: Any, y: Any, params: Mapping[str, Any], *more: Any) -> Any:
        if next(begun) != fit:
            return as_ever(search, X, y, params, *more)
        raise _Reached(partial(verify, search, journal, X, y, n, params))

    with _as_the_interpreter_would(script, arguments), _instead_of_fits(instead):
        try:
            # classes of the script are recognised by their module's name, as the search knew it
            names = runpy.run_path(script, run_name="__main__")
        except _Reached as reached:
            if isinstance(reached.found, Exception):
                raise reached.found from None
            return reached.found
        except SystemExit as exc:
            raise ValueError(
                f"{script!r} has ended (exit code {exc.code}) without a fit. Pass one that fits a "
                "search, with the arguments that it needs."
            ) from exc
        except FileNotFoundError:
            raise
        except Exception as exc:
            traceback.print_exc()
            raise ValueError(
                f"{script!r} has raised {type(exc).__name__} before a search was fitted. Read what "
                "it says above."
            ) from exc
    missing = [name for name in ("search", "X", "y") if name not in names]
    if missing:
        raise ValueError(
            f"{script!r} fits no search, and does not define {', '.join(missing)}. Pass a script "
            "that fits the search, or one that defines search, X and y."
        )
    return verify(names["search"], journal, names["X"], names["y"], n, {})


@contextmanager
def _instead_of_fits(instead: Any) -> Iterator[None]:
    """Have something called wherever a search would be fitted, once its options are checked."""
    fit = BaseSearch._fit
    BaseSearch._fit = instead  # type: ignore[method-assign] # which is put back
    try:
        yield
    finally:
        BaseSearch._fit = fit  # type: ignore[method-assign] # as it was


@contextmanager
def _as_the_interpreter_would(script: str, arguments: Sequence[str]) -> Iterator[None]:
    """Give a script its arguments, and the modules beside it."""
    argv, path = sys.argv, sys.path
    sys.argv = [script, *arguments]
    sys.path = [os.path.dirname(os.path.realpath(script)), *path]
    try:
        yield
    finally:
        sys.argv, sys.path = argv, path
