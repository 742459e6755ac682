"""Settings that users make by joblib, and what they come to: backend, `n_jobs`, `pre_dispatch`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from joblib import effective_n_jobs
from joblib._utils import eval_expr
from joblib.parallel import BACKENDS, get_active_backend

from .inner_threads import share_of_this_thread


def active_backend() -> tuple[Any, int | None]:
    """Return the backend that is active, and the number of workers, if its context has one."""
    backend, n_jobs = get_active_backend()
    return backend, None if n_jobs == backend.default_n_jobs else n_jobs


def add_backend(name: str, make: Callable[..., Any]) -> None:
    """Have joblib know a backend by a name, if it knows none by it."""
    BACKENDS.setdefault(name, make)


def n_workers(n_jobs: int | None) -> int:
    """Return how many workers that comes to, in a thread that may be one of a search's own."""
    count: int = effective_n_jobs(n_jobs)
    share = share_of_this_thread()
    return count if share is None or n_jobs is None or n_jobs > 0 else min(count, share)


@lru_cache(maxsize=64)
def n_ahead(pre_dispatch: int | str, n_workers: int) -> int:
    """Return how many bundles are handed out ahead, by an expression such as '2*n_jobs'.

    Raises
    ------
    ValueError
        If it is none, or nothing would ever be handed out.
    """
    most: Any = pre_dispatch
    if isinstance(pre_dispatch, str):
        try:
            most = eval_expr(pre_dispatch.replace("n_jobs", str(n_workers)))
        except (ValueError, SyntaxError, TypeError, KeyError, ArithmeticError):
            most = None
    if most is None or most < 1:
        raise ValueError(
            f"pre_dispatch={pre_dispatch!r} would never hand out anything; pass at least 1, "
            "or an expression such as '2*n_jobs'."
        )
    return int(most)
