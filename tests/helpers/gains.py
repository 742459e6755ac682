"""The gain that each example shows, in what it prints."""

from __future__ import annotations

import re

WHOLE = r"([\d.]+)"
DEFAULT, BEST = rf"default.*?: +{WHOLE}", rf"best.*?: +{WHOLE}"
ASKED, DONE = r"(\d+) \w+ asked for", r"asked for, (\d+) done"

GAINS: dict[str, tuple[str, str, float]] = {
    "blending": (rf"linear: .* {WHOLE}", rf"blend: .* {WHOLE}", 1 / 1.3),
    "dask_cluster": ("without the cluster: (True)", "", 0),
    "early_stopping": (rf"default: .* data {WHOLE}", rf"found: .* data {WHOLE}", 1 / 1.2),
    "early_stopping_xgboost": (rf"comes: {WHOLE}", rf"loss on new data: {WHOLE}", 1 / 1.1),
    "figures": (rf"default {WHOLE}", rf"best {WHOLE}", 1.01),
    "from_optuna": (rf"of Optuna: R² {WHOLE}", rf"of sktune: +R² {WHOLE}", 1.0),
    "halving": (r"in full: (\d+) trees", r"halved: (\d+) trees", 1 / 2),
    "honest_winners": (rf"25 searches: {WHOLE}", rf"less best_score_bias_: {WHOLE}", 1 / 1.01),
    "nested_cross_validation": (rf"best_score_ .*: {WHOLE} ±", rf"^score: {WHOLE} ±", 1 / 1.01),
    "plot_columns": (ASKED, DONE, 1 / 4),
    "plot_custom_scorer": (rf"by accuracy: .* cost {WHOLE}", rf"by cost: .* cost {WHOLE}", 1 / 1.2),
    "plot_four_searches": (r"grid +(\d+) fits", r"halving +(\d+) fits", 1 / 2),
    "plot_from_bayes_search_cv": (rf"CV: .* {WHOLE} s", rf"BayesSearch: .* {WHOLE} s", 1 / 2),
    "plot_from_grid_search_cv": (ASKED, DONE, 1 / 2),
    "plot_groups": (rf"mixed: {WHOLE}%", rf"apart: {WHOLE}%", 1.5),
    "plot_imbalanced": (rf"without resampling: {WHOLE}", rf"best with resampling: +{WHOLE}", 1.01),
    "plot_lightgbm": (DEFAULT, BEST, 1.1),
    "plot_logistic_regression": (DEFAULT, BEST, 1 / 1.02),
    "plot_own_observer": (r"of (\d+) candidates", r"(\d+) of \d+ candidates", 1 / 1.5),
    "plot_own_path_family": (ASKED, DONE, 1 / 10),
    "plot_own_policy": (r"None: (\d+) of", r"beaten_everywhere: (\d+) of", 1 / 1.3),
    "plot_random_forest": (ASKED, DONE, 1 / 3),
    "plot_resume_after_a_kill": (r"([1-9]\d*) of 60 fits were in the file", "", 0),
    "plot_several_metrics": (rf"accurate.* leaves {WHOLE}", rf"rule.* leaves {WHOLE}", 1 / 2),
    "plot_several_models": (rf"SVR .*default {WHOLE}", rf"SVR .*times: {WHOLE}", 1.1),
    "plot_svm": (DEFAULT, BEST, 1.1),
    "plot_text": (rf"as written: {WHOLE}", BEST, 1.01),
    "plot_time_series": (rf"year before: +{WHOLE}", BEST, 1 / 1.2),
    "plot_xgboost": (DEFAULT, BEST, 1.1),
    "quickstart": (rf"as it is: {WHOLE}", rf"^accuracy {WHOLE}", 1.01),
    "racing": (r"=None: (\d+) fits", r"='racing': (\d+) fits", 1 / 1.7),
    "report": (rf"default {WHOLE}", rf"best {WHOLE}", 1.01),
    "thresholds": (rf"as it is: .* {WHOLE}$", rf"out of fold: .* {WHOLE}$", 1.02),
    "tracking": (r"^([\d.]+) .*'0.1'", rf"best score {WHOLE}", 1.01),
    "tune_catboost": (DEFAULT, BEST, 1.02),
    "tune_skorch_network": (r"done of (\d+)", r"(\d+) fits done", 1 / 1.5),
    "watching": (r"\w+: \d+ of 16 candidates, best accuracy 0", "", 0),
}
"""Two figures that it prints, without and with what it shows, and the factor between them at least:
more than 1 where a larger figure is better, less than 1 where a smaller one is. Where the second
pattern is empty there is nothing to compare, and what matches the first is the gain."""


def check_gain(example: str, printed: str) -> None:
    """Fail where an example does not print a gain that is worth having."""
    without, with_it, factor = GAINS[example]
    found = re.search(without, printed, re.MULTILINE)
    assert found, printed
    if not with_it:
        return
    better = re.search(with_it, printed, re.MULTILINE)
    assert better, printed
    ratio = float(better[1]) / float(found[1])
    assert (ratio <= factor) if factor < 1 else (ratio >= factor), (ratio, printed)
