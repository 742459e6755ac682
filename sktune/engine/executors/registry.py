"""The engines for which there are executors, each in a module that is imported when it is used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from joblib import register_parallel_backend
from joblib.parallel import BACKENDS, get_active_backend

from ...optional import package
from .contract import Executor


@dataclass(frozen=True)
class Engine:
    """An engine beside joblib's own pools.

    Its module has two functions, each of which returns an `Executor`: `of_backend(backend, n_jobs)`
    for a backend of joblib's, as it is active, and `of_given(given)` for what a user has passed as
    `executor`.

    Attributes
    ----------
    module : str
        In this package.
    backends : tuple of str
        Names of the classes of joblib's backends.
    packages : tuple of str
        From which an object may be that is passed as `executor`.
    addresses : tuple of str
        With which an address begins that is passed as `executor`.
    backend : str
        Where joblib has to be told of its backend: the module that has it.
    """

    module: str
    backends: tuple[str, ...]
    packages: tuple[str, ...]
    addresses: tuple[str, ...]
    backend: str = ""


ENGINES = (
    Engine("dask", ("DaskDistributedBackend",), ("distributed",), ("tcp://", "tls://")),
    Engine("ray", ("RayBackend",), ("ray",), ("ray://",), "ray.util.joblib.ray_backend"),
    Engine(
        "spark",
        ("SparkDistributedBackend",),
        ("pyspark",),
        ("spark://",),
        "joblibspark.backend",
    ),
)


def of_backend(backend: Any, n_jobs: int | None) -> Executor | None:
    """Return an engine's executor for a backend of joblib's; None if it is none of these.

    Where nobody has said how many workers, neither the search nor its context, it is all.
    """
    if n_jobs is None:
        context = get_active_backend()[1]
        n_jobs = None if context == getattr(backend, "default_n_jobs", None) else context
    for engine in ENGINES:
        if type(backend).__name__ in engine.backends:
            return _module(engine).of_backend(backend, n_jobs)  # type: ignore[no-any-return]
    return None


def of_given(given: Any) -> Executor | None:
    """Return an engine's executor for what a user has passed; None if it is none of these."""
    package = type(given).__module__.partition(".")[0]
    for engine in ENGINES:
        named = isinstance(given, str) and given.startswith(engine.addresses)
        if named or package in engine.packages:
            return _module(engine).of_given(given)  # type: ignore[no-any-return]
    return None


def unreachable(engine: str, address: Any, error: BaseException) -> ConnectionError:
    """Return an error that says which cluster cannot be connected to, and what to look at."""
    which = repr(address) if isinstance(address, str) else f"A local {engine}"
    return ConnectionError(
        f"{which} cannot be connected to: {error}. Is the cluster there, and the address right?"
    )


def _module(engine: Engine) -> Any:
    """Import an engine's module.

    Raises
    ------
    ImportError
        If its package is missing.
    """
    package(engine.packages[0], f"Workers of {engine.module.capitalize()} need its package")
    return import_module(f".{engine.module}", __package__)


def register_backends() -> None:
    """Have joblib know the engines' backends by their names, as their own `register` would."""
    for engine in ENGINES:
        if engine.backend and engine.module not in BACKENDS:
            register_parallel_backend(engine.module, partial(_backend_of, engine))


def _backend_of(engine: Engine, **options: Any) -> Any:
    """Make a backend of joblib's.

    Raises
    ------
    ImportError
        If its package is missing; the message names it.
    """
    purpose = f"joblib's backend {engine.module!r} needs a package that is not there"
    return getattr(package(engine.backend, purpose), engine.backends[0])(**options)
