"""The engines for which there are executors, each in a module that is imported when it is used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

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
    """

    module: str
    backends: tuple[str, ...]
    packages: tuple[str, ...]
    addresses: tuple[str, ...]


ENGINES = (
    Engine("dask", ("DaskDistributedBackend",), ("distributed",), ("tcp://", "tls://")),
    Engine("ray", ("RayBackend",), ("ray",), ("ray://",)),
    Engine("spark", ("SparkDistributedBackend",), ("pyspark",), ("spark://", "sc://")),
)


def of_backend(backend: Any, n_jobs: int | None) -> Executor | None:
    """Return an engine's executor for a backend of joblib's; None if it is none of these."""
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


def _module(engine: Engine) -> Any:
    return import_module(f".{engine.module}", __package__)
