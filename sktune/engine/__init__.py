"""Who runs the search: asks the strategy, plans, executes, records."""

from .executing import Executor
from .loop import run
from .racing import Racing

__all__ = ["Executor", "Racing", "run"]
