"""Fitting and scoring: what runs in a worker."""

from .evaluator import Evaluator
from .guarding import ELSEWHERE, Guard, end_with
from .limits import Limits
from .models import SentModel
from .notes import Notes, ReadNotes
from .own_copies import OwnCopies
from .shared import SharedEvaluator
from .tasks import Bundle, CommonWork, Task

__all__ = [
    "ELSEWHERE",
    "Bundle",
    "CommonWork",
    "Evaluator",
    "Guard",
    "Limits",
    "Notes",
    "OwnCopies",
    "ReadNotes",
    "SentModel",
    "SharedEvaluator",
    "Task",
    "end_with",
]
