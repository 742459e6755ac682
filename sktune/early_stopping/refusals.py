"""Why a booster of a library cannot be stopped early, and what to do."""

from __future__ import annotations

from typing import Any

from ..types import Model

_RANKS = (
    "{} ranks within groups of samples, which cannot be held out sample by sample. Leave "
    "early_stopping out and search n_estimators, or pass another objective."
)
DART = (
    "{} with dart changes earlier trees in every round, so that no earlier round can be had again. "
    "Leave early_stopping out, or pass another {}."
)
ITS_OWN = (
    "{} is set to stop early itself ({}). Leave that out: EarlyStopping(rounds=...) says it for "
    "all splits, on samples that have passed through the pipeline."
)
OBJECTIVE = (
    "metric='scoring' needs predictions round by round, which {} does not give with an objective "
    "of your own. Pass metric=None, for the booster's own metric."
)
UNMEASURED = (
    "{} with {} has no metric to be stopped by. Leave that out, or pass EarlyStopping(metric=...)."
)


def ranking(estimator: Model, objective: Any) -> str | None:
    """Refuse what ranks."""
    kind = type(estimator).__name__
    if "Ranker" in kind:
        return _RANKS.format(kind)
    if isinstance(objective, str) and any(w in objective.lower() for w in _RANKING):
        return _RANKS.format(f"{kind} with {objective!r}")
    return None


_RANKING = ("rank", "ndcg", "xendcg", "yetirank", "pairlogit", "querysoftmax", "queryrmse")
