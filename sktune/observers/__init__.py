"""Who watches a search."""

from .base import Observer
from .callbacks import Callbacks, callbacks_for, weights
from .progress import Progress
from .refit_metric import RefitMetricCheck, check_guiding_metric
from .saying import in_words, say
from .told import OnTold, StopAfter
from .verbose import FitLines, Header

__all__ = [
    "Callbacks",
    "FitLines",
    "Header",
    "Observer",
    "OnTold",
    "Progress",
    "RefitMetricCheck",
    "StopAfter",
    "callbacks_for",
    "check_guiding_metric",
    "in_words",
    "say",
    "weights",
]
