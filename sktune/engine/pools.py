"""The choice of the joblib pool that bundles go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joblib._utils import eval_expr
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel

_OWN_BACKENDS = "joblib._parallel_backends"
"""Of joblib's own backends, which leave a single worker's work to this thread."""

_OF_PROCESSES = ("LokyBackend", "SequentialBackend")
"""Those whose workers, if there are any, are processes of which it is told when they die."""

APART: dict[str, Any] = {
    "n_jobs": 2,  # of a single worker joblib makes none
    "backend": "loky",
    "batch_size": 1,
    "return_as": "generator_unordered",
}
"""A pool for one task at a time, in a process that is not this one."""


@dataclass(frozen=True)
class PoolChoice:
    """The choice of a pool: where a search's bundles run.

    Attributes
    ----------
    here : bool
        Whether bundles run in this process, in the thread that asks for outcomes.
    processes : bool
        Whether workers, if there are any, are processes of which it is told when they die.
    options : dict
        For `Parallel`.
    backend : str
        The name of its class.
    threads : bool
        Whether workers are threads, which are given the same objects.
    """

    here: bool
    processes: bool
    options: dict[str, Any]
    backend: str = ""
    threads: bool = False

    @classmethod
    def of(cls, n_jobs: int | None, n_workers: int, *, apart: bool) -> PoolChoice:
        """Look at the backend that is active; `n_workers` is what `n_jobs` comes to.

        With `apart`, a single worker is to be a process of its own, where that can be.
        """
        backend = get_active_backend()[0]
        own, name = type(backend).__module__ == _OWN_BACKENDS, type(backend).__name__
        processes = own and name in _OF_PROCESSES and not backend.nesting_level
        if n_workers == 1 and apart and processes:
            return cls(False, True, {**APART, "pre_dispatch": 1}, name)
        # joblib would call in this thread too, with a tenth of a millisecond of its own
        here = n_workers == 1 and own
        threads = getattr(backend, "supports_sharedmem", False) and not here
        return cls(here, processes, {"n_jobs": n_jobs}, name, threads)


def make_parallel(options: dict[str, Any]) -> tuple[Any, bool]:
    """Make a `Parallel`; also whether it gives outcomes one by one.

    Ray's and Spark's backends return everything at the end of a call.
    """
    try:
        return Parallel(**{"return_as": "generator_unordered", **options}), True
    except ValueError:
        return Parallel(**{n: v for n, v in options.items() if n != "return_as"}), False


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
