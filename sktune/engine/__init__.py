"""The engine: asks the strategy, plans, executes, records."""

from .executing import Executor
from .fold_models import FoldModels
from .loop import run
from .pools import n_ahead
from .racing import Racing
from .sending import check_can_be_sent
from .setup import Setup, Workers

__all__ = [
    "Executor",
    "FoldModels",
    "Racing",
    "Setup",
    "Workers",
    "check_can_be_sent",
    "n_ahead",
    "run",
]
