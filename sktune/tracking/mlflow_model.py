"""The best candidate as MLflow's model."""

from __future__ import annotations

import os
from functools import partial
from importlib.metadata import packages_distributions, version
from typing import Any

from ..environment import versions_of
from ..optional import package
from .records import Refitted


def saved(refitted: Refitted, folder: str) -> str:
    """Save a model as MLflow does, or else, where that takes no classes of others, pickled.

    Returns
    -------
    path : str
        Of the model's own folder.
    """
    path = os.path.join(folder, "model")
    save = partial(
        package("mlflow.sklearn").save_model,
        refitted.model,
        signature=_signature_of(refitted),
        pip_requirements=_requirements(refitted.model),
    )
    try:
        save(path)
    except Exception:  # noqa: BLE001 - of several kinds, by what is in it
        path += "-pickled"
        save(path, serialization_format="cloudpickle")
    return path


def _signature_of(refitted: Refitted) -> Any:
    """Return what a model takes and gives; None if the first rows do not tell."""
    model, sample = refitted.model, refitted.sample
    method = getattr(model, "predict", None) or getattr(model, "transform", None)
    if sample is None or method is None:
        return None
    try:
        return package("mlflow.models").infer_signature(sample, method(sample))
    except Exception:  # noqa: BLE001 - text, graphs, kernels: whatever MLflow has no types for
        return None


def _requirements(model: Any) -> list[str]:
    """Return what a model needs, with versions; MLflow would load it in a process to find out."""
    of = packages_distributions()
    versions = versions_of(model)
    if not type(model).__module__.startswith("sktune."):
        versions = {name: v for name, v in versions.items() if name not in ("sktune", "skopt")}
    needs = {f"{of[name][0]}=={v}" for name, v in versions.items() if name in of}
    # with which MLflow saves and loads it
    return sorted(
        needs | {f"{name}=={version(name)}" for name in ("cloudpickle", "skops") if name in of}
    )
