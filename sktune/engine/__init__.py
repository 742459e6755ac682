"""The engine: asks the strategy, plans, dispatches, records."""

from .dispatching import Dispatcher
from .executors import Executor
from .executors.bringing import brought_here
from .executors.choosing import executor_for
from .executors.joblib_settings import n_ahead
from .fold_models import FoldModels
from .loop import run
from .racing import Racing
from .sending import check_can_be_sent
from .setup import Execution, Setup

__all__ = [
    "Dispatcher",
    "Execution",
    "Executor",
    "FoldModels",
    "Racing",
    "Setup",
    "brought_here",
    "check_can_be_sent",
    "executor_for",
    "n_ahead",
    "run",
]
