"""Fitting and scoring: what runs in a worker."""

from .evaluator import Evaluator
from .guarding import Guard, end_with
from .limits import Limits
from .models import SentModel
from .notes import Note, Notes
from .own_copies import OwnCopies
from .shared import SharedEvaluator
from .tasks import Bundle, CommonWork, Task

__all__ = [
    "Bundle",
    "CommonWork",
    "Evaluator",
    "Guard",
    "Limits",
    "Note",
    "Notes",
    "OwnCopies",
    "SentModel",
    "SharedEvaluator",
    "Task",
    "end_with",
]
