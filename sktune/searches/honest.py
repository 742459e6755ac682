"""What a search keeps of the fits of its best candidate."""

from __future__ import annotations

from typing import Any

from ..engine import Setup
from ..results import OutOfFold, Results, respond_out_of_fold
from ..sharing.generators import State

_REMEDY = (
    "Fit it again on the splits with sklearn.model_selection.cross_val_predict(search."
    "best_estimator_, X, y, cv=search.cv), or cross_validate with return_estimator=True."
)


def install_models(search: Any, setup: Setup, results: Results) -> None:
    """Keep the best candidate's models, and what they respond to samples they have not seen."""
    if setup.models is None:
        return
    if not hasattr(search, "best_index_"):
        search._models_missing = "of several metrics none decides"
        return
    state = State()  # a model that draws must leave the refit what it would have without it
    models, splits, why = setup.models.of(results.trials[search.best_index_])
    search._models_missing = why
    if not why:
        search._fold_estimators = [models.get(split) for split in range(search.n_splits_)]
        told = respond_out_of_fold(setup.problem, models, splits)
        search._out_of_fold = dict(vars(told))  # in plain types, which skops need not trust
    state.restore()


def fold_estimators(search: Any) -> list[Any]:
    """Return the models that are kept.

    Raises
    ------
    AttributeError
        If there are none, with the remedy.
    """
    _check_kept(search, "fold_estimators_")
    return list(search._fold_estimators)


def out_of_fold(search: Any) -> OutOfFold:
    """Return what they respond, likewise."""
    _check_kept(search, "out_of_fold_")
    return OutOfFold(**search._out_of_fold)


def _check_kept(search: Any, name: str) -> None:
    if search.keep is None:
        raise AttributeError(f"{name} is not there: pass keep='best' and fit again.")
    why = getattr(search, "_models_missing", None)
    if why is None:
        raise AttributeError(f"{name} is there when the search has been fitted.")
    if why:
        raise AttributeError(f"{name} is not there: {why}. {_REMEDY}")
