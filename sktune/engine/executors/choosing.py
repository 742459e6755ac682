"""The choice of an executor: the one that is passed, or that of joblib's active backend."""

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING, Any

from ...evaluation import Limits
from ...messages import in_short
from ...optional import package
from .contract import Executor
from .here import Here
from .joblib_settings import active_backend, n_workers
from .registry import of_backend, of_given

if TYPE_CHECKING:
    from .pools import Kind

_OWN_BACKENDS = "joblib._parallel_backends"
"""Of joblib's own backends, which leave a single worker's work to this thread."""

_OF_PROCESSES: dict[str, Kind] = {
    "LokyBackend": "loky",
    "MultiprocessingBackend": "multiprocessing",
    "SequentialBackend": "loky",
}
"""Those whose workers, if there are any, are processes of this one's."""


def executor_for(
    given: Any = None, n_jobs: int | None = None, limits: Limits | None = None
) -> Executor:
    """Return the executor of a search.

    Parameters
    ----------
    given : Executor, concurrent.futures.Executor, object of an engine, or None
        What the user has passed.
    n_jobs : int or None
        As everywhere in scikit-learn.
    limits : Limits, optional
        With any of them, a single worker is a process of its own where that can be.

    Raises
    ------
    TypeError
        If no executor can be made of what was passed.
    """
    if given is None:
        return _of_joblib(n_jobs, Limits() if limits is None else limits)
    if isinstance(given, Executor):
        return given
    engines = of_given(given)
    if engines is not None:
        return engines
    if isinstance(given, futures.Executor):
        return _made("futures", "Futures", given, n_jobs)
    raise TypeError(
        f"executor={in_short(given)} is nothing that fits can be sent to. Pass a Dask client, what "
        "ray.init() returns, a Spark session, an address (tcp://, tls://, ray://, spark://), a "
        "concurrent.futures.Executor, or an Executor of your own."
    )


def _of_joblib(n_jobs: int | None, limits: Limits) -> Executor:
    backend, told = active_backend()
    found = of_backend(backend, told if n_jobs is None else n_jobs)
    if found is not None:
        return found
    count = n_workers(n_jobs)
    if n_jobs is not None and n_jobs < 0:
        n_jobs = count
    own, kind = type(backend).__module__ == _OWN_BACKENDS, None
    if own and not backend.nesting_level:
        kind = _OF_PROCESSES.get(type(backend).__name__)
    if count == 1 and kind is not None and limits != Limits():
        return apart()
    if count == 1 and own:  # joblib would call in this thread too, with some time of its own
        return Here()
    threads = getattr(backend, "supports_sharedmem", False)
    if not (own or backend.supports_return_generator):
        return _made("waves", "Waves", n_jobs, count, "threads" if threads else "hosts")
    others = "threads" if threads else "others"
    return _made("pools", "JoblibPool", n_jobs, count, kind or others)


def apart() -> Executor:
    """Return an executor of one worker, in a process that is not this one."""
    return _made("pools", "JoblibPool", None, 1, "loky", apart=True)


def _made(module: str, name: str, *given: Any, **options: Any) -> Executor:
    """Make an executor of a module that is loaded only now: most searches have a single worker."""
    made: Executor = getattr(package(f"{__package__}.{module}"), name)(*given, **options)
    return made
