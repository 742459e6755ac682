"""Fitting and scoring: what runs in a worker."""

from .evaluator import Evaluator
from .guarding import Guard, end_with
from .limits import Limits
from .notes import Note, Notes
from .shared import SharedEvaluator
from .tasks import Bundle, SharedWork, Task

__all__ = [
    "Bundle",
    "Evaluator",
    "Guard",
    "Limits",
    "Note",
    "Notes",
    "SharedEvaluator",
    "SharedWork",
    "Task",
    "end_with",
]
