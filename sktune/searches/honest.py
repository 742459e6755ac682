"""The fits of its best candidate that a search keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine import FoldModels
from ..problem import Problem
from ..results import Results, respond_out_of_fold
from ..sharing.generators import State

_REMEDY = (
    "Fit it again on the splits with sklearn.model_selection.cross_val_predict(search."
    "best_estimator_, X, y, cv=search.cv), or cross_validate with return_estimator=True."
)


def kept_of(
    problem: Problem, kept: FoldModels, results: Results, best: int | None
) -> dict[str, Any]:
    """Return the models of the best row, and what they respond to samples they have not seen.

    In plain types, which skops need not trust; with a reason where there are none.
    """
    if best is None:
        return {"missing": "of several metrics none decides"}
    state = State()  # a model that draws must leave the refit what it would have without it
    models, splits, why = kept.of(results.trials[best])
    if why:
        return {"missing": why}
    told = respond_out_of_fold(problem, models, splits)
    state.restore()
    estimators = [models.get(split) for split in range(len(problem.splits))]
    return {"fold_estimators_": estimators, "out_of_fold_": dict(vars(told))}


def look_up(name: str, keep: str | None, kept: Mapping[str, Any] | None) -> Any:
    """Return what is kept under the name of an attribute.

    Raises
    ------
    AttributeError
        If it is not there, with the remedy.
    """
    if keep is None:
        raise AttributeError(f"{name} is not there: pass keep='best' and fit again.")
    if not kept:
        raise AttributeError(f"{name} is there when the search has been fitted.")
    if why := kept.get("missing"):
        raise AttributeError(f"{name} is not there: {why}. {_REMEDY}")
    return kept[name]
