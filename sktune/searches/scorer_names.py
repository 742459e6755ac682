"""Names of scorers, and what people write for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sklearn.metrics
from sklearn.metrics import get_scorer_names

from ..messages import closest, plain
from ..types import Scoring

_MEANT = {
    "acc": "accuracy",
    "ap": "average_precision",
    "ari": "adjusted_rand_score",
    "auc": "roc_auc",
    "auprc": "average_precision",
    "auroc": "roc_auc",
    "bacc": "balanced_accuracy",
    "balanced_acc": "balanced_accuracy",
    "cross_entropy": "neg_log_loss",
    "evs": "explained_variance",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mcc": "matthews_corrcoef",
    "medae": "neg_median_absolute_error",
    "mse": "neg_mean_squared_error",
    "msle": "neg_mean_squared_log_error",
    "nll": "neg_log_loss",
    "nmi": "normalized_mutual_info_score",
    "pr_auc": "average_precision",
    "ppv": "precision",
    "rmse": "neg_root_mean_squared_error",
    "rmsle": "neg_root_mean_squared_log_error",
    "roc": "roc_auc",
    "sensitivity": "recall",
    "tpr": "recall",
}


def check_scorer_names(scoring: Scoring) -> None:
    """Refuse names of scorers that scikit-learn does not know, with the one that is meant.

    `scoring` is as the user gives it: a name, names, a dict of names, or anything else.
    """
    named = {"": scoring} if isinstance(scoring, str) else {}
    if isinstance(scoring, Mapping):
        named = {f"[{key!r}]": value for key, value in scoring.items()}
    elif isinstance(scoring, list | tuple | set):
        named = {f", the entry {value!r}": value for value in scoring}
    known = get_scorer_names()
    for where, name in named.items():
        if isinstance(name, str) and name not in known:
            raise ValueError(
                f"scoring{where}: {name!r} is not the name of a scorer.{_remedy(name, known)} "
                "sklearn.metrics.get_scorer_names() lists them; a callable "
                "scorer(estimator, X, y) will do too."
            )


def _remedy(name: str, known: list[str]) -> str:
    """Say which scorer was meant, or how to make one of a metric that has none."""
    bare = {_bare(scorer): scorer for scorer in known}
    meant = {_bare(word): scorer for word, scorer in _MEANT.items() if scorer in known}
    # only what is written in full may be misspelt: of few letters, any others are close
    found = (meant | bare).get(_bare(name))
    if found is None and (close := closest(_bare(name), bare)):
        found = bare[close]
    if found is not None:
        negated = found.startswith("neg_") and not name.startswith("neg_")
        why = " Of scores more is better, so that errors are negative." if negated else ""
        return f" Did you mean {found!r}?{why}"
    for metric in (name, f"{name}_score"):
        if callable(getattr(sklearn.metrics, metric, None)):
            less = ", greater_is_better=False" if re.search("(loss|error)$", metric) else ""
            return f" It is a metric: pass make_scorer(sklearn.metrics.{metric}{less})."
    return ""


def _bare(name: str) -> str:
    """Return a name without what is put before and behind it in one of its spellings."""
    return re.sub(r"^(neg(ative)?)|(score|error|loss)+$", "", plain(name))
