"""Who watches a search."""

from .base import Observer
from .callbacks import Callbacks, callbacks_for, weights
from .progress import Progress
from .refit_metric import RefitMetricCheck
from .verbose import FitLines, Header

__all__ = [
    "Callbacks",
    "FitLines",
    "Header",
    "Observer",
    "Progress",
    "RefitMetricCheck",
    "callbacks_for",
    "weights",
]
