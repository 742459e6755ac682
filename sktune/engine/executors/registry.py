"""The engines for which there are executors, each in a module that is imported when it is used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from ...optional import package
from .contract import Executor
from .joblib_settings import add_backend


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
    package : str
        That is needed, and from which an object may be that is passed as `executor`.
    addresses : tuple of str
        With which an address begins that is passed as `executor`.
    backend : str
        The name of the class of joblib's backend.
    backend_in : str
        Where joblib has to be told of its backend: the module that has it.
    """

    module: str
    package: str
    addresses: tuple[str, ...]
    backend: str
    backend_in: str = ""


ENGINES = (
    Engine("dask", "distributed", ("tcp://", "tls://"), "DaskDistributedBackend"),
    Engine("ray", "ray", ("ray://",), "RayBackend", "ray.util.joblib.ray_backend"),
    Engine("spark", "pyspark", ("spark://",), "SparkDistributedBackend", "joblibspark.backend"),
)


def of_backend(backend: Any, n_jobs: int | None) -> Executor | None:
    """Return an engine's executor for a backend of joblib's; None if it is none of these.

    Where nobody has said how many workers, neither the search nor its context, it is all.
    """
    for engine in ENGINES:
        if type(backend).__name__ == engine.backend:
            return _module(engine).of_backend(backend, n_jobs)  # type: ignore[no-any-return]
    return None


def of_given(given: Any) -> Executor | None:
    """Return an engine's executor for what a user has passed; None if it is none of these."""
    origin = type(given).__module__.partition(".")[0]
    for engine in ENGINES:
        named = isinstance(given, str) and given.startswith(engine.addresses)
        if named or origin == engine.package:
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
    package(engine.package, f"Workers of {engine.module.capitalize()} need its package")
    return import_module(f".{engine.module}", __package__)


def register_backends() -> None:
    """Have joblib know the engines' backends by their names, as their own `register` would."""
    for engine in ENGINES:
        if engine.backend_in:
            add_backend(engine.module, partial(_backend_of, engine))


def _backend_of(engine: Engine, **options: Any) -> Any:
    """Make a backend of joblib's.

    Raises
    ------
    ImportError
        If its package is missing; the message names it.
    """
    purpose = f"joblib's backend {engine.module!r} needs a package that is not there"
    return getattr(package(engine.backend_in, purpose), engine.backend)(**options)
