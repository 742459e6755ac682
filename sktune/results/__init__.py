"""The results of a search: functions of its trials."""

from .bias import LEAST_BIAS, selection_bias
from .choosing import (
    check_metric,
    check_refit_rule,
    one_standard_error,
    practically_equal,
)
from .comparing import compare, correlated_t, split_scores
from .cv_results import ADDED_COLUMNS, cv_results, status_and_error, train_ranks
from .ending import REFIT_BY_HAND, ending_in_words, summary_line, why_in_words
from .frames import best_first, trials_frame
from .nested import NestedResults
from .out_of_fold import OutOfFold, respond_out_of_fold
from .results import EndedBy, Results
from .shared_work import SharedWork
from .table import Table

__all__ = [
    "ADDED_COLUMNS",
    "LEAST_BIAS",
    "REFIT_BY_HAND",
    "EndedBy",
    "NestedResults",
    "OutOfFold",
    "Results",
    "SharedWork",
    "Table",
    "best_first",
    "check_metric",
    "check_refit_rule",
    "compare",
    "correlated_t",
    "cv_results",
    "ending_in_words",
    "one_standard_error",
    "practically_equal",
    "respond_out_of_fold",
    "selection_bias",
    "split_scores",
    "status_and_error",
    "summary_line",
    "train_ranks",
    "trials_frame",
    "why_in_words",
]
