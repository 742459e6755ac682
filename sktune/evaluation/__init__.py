"""Fitting and scoring: what runs in a worker."""

from .evaluator import Evaluator
from .guarding import Guard, end_with
from .limits import Limits
from .notes import Note, Notes
from .tasks import Bundle, Task

__all__ = ["Bundle", "Evaluator", "Guard", "Limits", "Note", "Notes", "Task", "end_with"]
