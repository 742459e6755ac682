"""Replays into stores that the command line names."""

from __future__ import annotations

from ..replay import replay
from .mlflow import MLflowTracker
from .optuna import OptunaTracker
from .tracker import Tracker
from .wandb import WandbTracker

STORES = ("mlflow", "optuna", "trackio", "wandb")
"""Names for the command line."""


def track(journal: str, to: str, at: str | None = None, name: str | None = None) -> Tracker:
    """Replay a checkpoint into a store: what is there already is not kept twice.

    Parameters
    ----------
    journal : str
        The file.
    to : str
        One of `STORES`.
    at : str, optional
        The address: a tracking URI of MLflow's, a storage of Optuna's.
    name : str, optional
        Of the experiment, the study or the project.

    Raises
    ------
    CheckpointError
        If there is no such file, or it cannot be relied on.
    ValueError
        If an address is missing, or there cannot be one.
    OSError
        If not everything could be kept.
    """
    tracker = _tracker(to, at, name)
    tracker.wait = float("inf")  # there is nothing else to do
    replay(journal, tracker)
    if tracker.n_missed_:
        raise OSError(f"{tracker.n_missed_} records are not kept, see the warning")
    return tracker


def _tracker(to: str, at: str | None, name: str | None) -> Tracker:
    if to == "mlflow":
        return MLflowTracker(name, tracking_uri=at, own_process=False)
    if to == "optuna":
        if at is None:
            raise ValueError("--to optuna needs a storage, such as --storage sqlite:///studies.db")
        return OptunaTracker(at, name, own_process=False)
    if at is not None:
        raise ValueError(f"--to {to} takes no --at: {to} is set up by variables of its own.")
    return WandbTracker(to) if name is None else WandbTracker(to, name)
