"""What is told of the trials in the end: functions of the store."""

from .best import best_index, best_of_most_splits, mean_so_far
from .bias import selection_bias
from .choosing import one_standard_error, practically_equal
from .comparing import correlated_t, split_scores
from .cv_results import ADDED_COLUMNS, cv_results
from .failures import check_not_all_failed, report_failures, report_non_finite
from .rungs import first_rows, halving_attributes, last_rung, n_ranked, report_rungs
from .shared_work import SharedWork
from .table import Table

__all__ = [
    "ADDED_COLUMNS",
    "SharedWork",
    "Table",
    "best_index",
    "best_of_most_splits",
    "check_not_all_failed",
    "correlated_t",
    "cv_results",
    "first_rows",
    "halving_attributes",
    "last_rung",
    "mean_so_far",
    "n_ranked",
    "one_standard_error",
    "practically_equal",
    "report_failures",
    "report_non_finite",
    "report_rungs",
    "selection_bias",
    "split_scores",
]
