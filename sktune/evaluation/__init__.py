"""Fitting and scoring: what runs in a worker."""

from .evaluator import Evaluator
from .tasks import Bundle, Task

__all__ = ["Bundle", "Evaluator", "Task"]
