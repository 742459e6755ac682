"""Observers of a search: progress, lines, checks, scikit-learn's callbacks."""

from .callbacks import Callbacks, FitHooks
from .fit_lines import FitLines, HeaderLine
from .printing import in_words, print_line
from .progress import Progress
from .refit_metric import RefitMetricCheck, check_guiding_metric

__all__ = [
    "Callbacks",
    "FitHooks",
    "FitLines",
    "HeaderLine",
    "Progress",
    "RefitMetricCheck",
    "check_guiding_metric",
    "in_words",
    "print_line",
]
