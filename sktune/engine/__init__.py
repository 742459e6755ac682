"""Who runs the search: asks the strategy, plans, executes, records."""

from .executing import Executor
from .loop import run

__all__ = ["Executor", "run"]
