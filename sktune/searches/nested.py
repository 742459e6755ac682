"""Nested cross-validation: outer folds that no search has seen, and all that they tell of it."""

from __future__ import annotations

import copy
import os
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from math import ceil, nan
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn import get_config
from sklearn.base import clone, is_classifier
from sklearn.model_selection import cross_validate

from .. import _sklearn
from ..events import Observer, check_observers
from ..messages import in_short
from ..observers.nested import OneProgress, Relay
from ..problem import Split, check_lengths, draw_splits, make_splitter
from ..replay import replay
from ..results import NestedResults
from ..types import CV, Samples, Scoring, Target
from .fitted import FittedSearch
from .learning import LearningSearch
from .nested_records import Fold, FoldRecords, scores_of


def nested_cross_validate(
    search: Any,
    X: Samples,
    y: Target = None,
    *,
    groups: Any = None,
    scoring: Scoring = None,
    cv: CV = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: Mapping[str, Any] | None = None,
    return_train_score: bool = False,
    return_estimator: bool = False,
    return_indices: bool = False,
    error_score: float | str = np.nan,
    checkpoint: str | os.PathLike[str] | None = None,
    observers: Iterable[Observer] | None = None,
) -> NestedResults:
    """Cross-validate a search as a whole, on outer folds of samples that it has not seen.

    The scores are those of ``cross_validate(search, X, y, ...)``, to the bit. Beside them is what
    each outer fold has chosen, how stable that is, and by how much `best_score_` was too high.

    Parameters
    ----------
    search : search
        One of sktune's, or scikit-learn's `GridSearchCV` and the like; it is cloned for each fold.
    X, y : array-likes
        Samples and target; y may be None.
    groups : array-like, default=None
        For the outer splitter. For the search's own pass them in `params` too.
    scoring : str, callable, list, tuple or dict, default=None
        Of the outer folds; by default the search's own metric.
    cv : int, splitter or iterable, default=None
        Outer splits; 5 folds by default.
    n_jobs : int, default=None
        How many workers there are for all of it. They are given to the searches, or to outer
        folds, whichever keeps them busier. None leaves it to the search's own `n_jobs`.
    verbose : int, default=0
        1 shows how far all of it is.
    params : dict, default=None
        For the search's ``fit``, as for `cross_validate`.
    return_train_score, return_estimator, return_indices : bool, default=False
        As for `cross_validate`.
    error_score : 'raise' or numeric, default=np.nan
        What stands in for an outer score that could not be had, as in `cross_validate`: also where
        a search fails on an outer fold. The others go on, and are warned of it. 'raise' ends it
        all; what is done is kept in the checkpoint.
    checkpoint : path-like, default=None
        A directory: it gets a journal for each outer fold, and a record of what each has scored.
        The same call goes on from it, and fits nothing twice. With `return_estimator` it gets the
        fitted searches too, as pickles, which are read again: pass no one else's directory.
    observers : list of Observer, default=None
        Hear of each search in turn.

    Returns
    -------
    results : NestedResults
        A mapping with the keys of `cross_validate`, and more.

    Raises
    ------
    TypeError, ValueError
        Before the first fit, for what is no search, has no winner to score, or cannot be split.
        After the last, if the search failed on every outer fold.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, nested_cross_validate
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]})
    >>> results = nested_cross_validate(search, *load_iris(return_X_y=True))
    >>> results["test_score"].round(2)
    array([0.97, 1.  , 0.97, 0.93, 1.  ])
    >>> results.stability["C"]
    0.6
    """
    is_ours = _check(search, checkpoint, observers)
    X, y = check_lengths(X, y, {"groups": groups, **(params or {})})
    outer = make_splitter(cv, y, classifier=is_classifier(search))
    split_params = _split_params(outer, groups, params)
    splits = draw_splits(outer, outer.get_n_splits(X, y, **split_params), X, y, split_params)
    given = {
        "X": X, "y": y, "groups": groups, "params": dict(params or {}), "scoring": scoring,
        "return_train_score": return_train_score, "error_score of outer scores": error_score,
    }  # fmt: skip
    records = None if checkpoint is None else FoldRecords(checkpoint, search, given)
    known: dict[int, tuple[Fold, Any]] = {}
    if records is not None:
        for k, rows in enumerate(splits):
            if found := records.find(rows, fitted=return_estimator):
                known[k] = found
    left = [k for k in range(len(splits)) if k not in known]
    own = search.get_params(deep=False)
    listeners = [*(own.get("observers") or ()), *(observers or ())]
    progress = OneProgress(len(left)) if verbose or own.get("verbose") else None
    relay = Relay(listeners if progress is None else [*listeners, progress])
    n_workers = 1 if n_jobs is None else effective_n_jobs(n_jobs)
    outside = _is_outside(search, n_workers, len(left))
    if n_jobs is not None:
        own["n_jobs"] = 1 if outside else n_jobs
    if checkpoint is not None:
        own["checkpoint"] = os.path.join(os.fspath(checkpoint), "")
    live = is_ours and bool(len(relay)) and not outside
    if is_ours:
        own["observers"] = [relay] if live else None
    calls = (
        delayed(_fold)(
            clone(copy.copy(search).set_params(**own | {"verbose": 0})),
            X, y, _OneSplit(outer, splits[k]), records, keep=return_estimator,
            groups=groups, scoring=scoring, params=params,
            return_train_score=return_train_score, error_score=error_score,
        )
        for k in left
    )  # fmt: skip
    try:
        for k, found in zip(left, _done(calls, n_workers if outside else 1), strict=True):
            known[k] = found
            if not live and not found[0].error:
                relay.hear_of(found[1], replay)
    finally:
        if progress is not None:
            progress.over()
    folds, estimators = zip(*(known[k] for k in range(len(splits))), strict=True)
    scores = scores_of(folds, error_score)
    if return_estimator:
        scores["estimator"] = list(estimators)
    if return_indices:
        train, test = zip(*splits, strict=True)
        scores["indices"] = {"train": train, "test": test}
    best, biases = (np.array([getattr(f, n) for f in folds]) for n in ("best_score", "bias"))
    metric = _same_metric(search, scoring)
    chosen, errors = [fold.best_params for fold in folds], [fold.error or None for fold in folds]
    return NestedResults(scores, chosen, best, biases, metric if metric in scores else None, errors)


def _done(calls: Iterable[Any], n_workers: int) -> Iterator[tuple[Fold, Any]]:
    """Give what each fold has come to, in their order."""
    if n_workers > 1:
        yield from Parallel(n_jobs=n_workers, return_as="generator")(calls)
        return
    for function, args, options in calls:
        yield function(*args, **options)


class _OneSplit:
    """One of an outer splitter's splits, with what that asks of metadata."""

    def __init__(self, outer: Any, rows: Split) -> None:
        self._outer, self.rows = outer, rows

    def split(self, X: Samples, y: Target = None, groups: Any = None) -> list[Split]:
        return [self.rows]

    def get_n_splits(self, X: Any = None, y: Target = None, groups: Any = None) -> int:
        return 1

    def get_metadata_routing(self) -> Any:
        return self._outer.get_metadata_routing()


class _WatchedFit:
    """The fit of a search while it is cross-validated: keeps the traceback if it fails."""

    def __init__(self, search: Any) -> None:
        self._fit, self.story = search.fit, ""

    def __call__(self, *args: Any, **params: Any) -> Any:
        try:
            return self._fit(*args, **params)
        except Exception:
            self.story = traceback.format_exc()
            raise


def _fold(
    search: Any,
    X: Samples,
    y: Target,
    one: _OneSplit,
    records: FoldRecords | None,
    *,
    keep: bool,
    **options: Any,
) -> tuple[Fold, Any]:
    """Search on an outer fold, score its winner, and record it; return the fitted search too."""
    began, fit = time.time(), _WatchedFit(search)
    search.fit, search.__sklearn_clone__ = fit, lambda: search  # it is this one's alone, and fitted
    try:  # here, whatever workers there are: they are the search's
        told = cross_validate(search, X, y, cv=one, n_jobs=1, return_estimator=True, **options)
    except Exception:  # as where no score is left but error_score
        if not fit.story or options["error_score"] == "raise":
            raise
    finally:
        del search.fit, search.__sklearn_clone__
    if fit.story:
        times = {"fit_time": time.time() - began, "score_time": 0.0}
        return Fold(times, {}, nan, nan, fit.story), search
    (fitted,) = told.pop("estimator")
    best = getattr(fitted, "best_score_", nan)
    bias = fitted.best_score_bias_ if hasattr(fitted, "best_score_bias_") else nan
    scores = {name: float(values[0]) for name, values in told.items()}
    fold = Fold(scores, dict(fitted.best_params_), float(best), float(bias))
    if records is not None:
        records.write(one.rows, fold, fitted if keep else None)
    return fold, fitted


def _same_metric(search: Any, scoring: Any) -> str | None:
    """Return which outer score is of the metric that the search goes by; None if none may be."""
    own = search.refit if isinstance(search.refit, str) else search.scoring
    several = isinstance(scoring, list | tuple | set | dict)
    if scoring is None or (not several and scoring == own):
        return "test_score"
    is_named = isinstance(own, str) and (scoring == search.scoring or not isinstance(scoring, dict))
    return f"test_{own}" if several and is_named else None


def _check(search: Any, checkpoint: Any, observers: Any) -> bool:
    """Refuse what cannot be nested; return whether it is a search of sktune's."""
    is_ours = isinstance(search, FittedSearch)
    if isinstance(search, type) or not (is_ours or isinstance(search, _sklearn.BaseSearchCV)):
        raise TypeError(
            f"search={in_short(search)} is no search; pass GridSearch(...) or the like. What has "
            "nothing to choose is cross-validated by sklearn.model_selection.cross_validate."
        )
    if search.refit is False:
        raise ValueError(
            "refit=False leaves no best_estimator_ that outer folds could score; pass refit=True, "
            "or of several metrics the name of the one that decides."
        )
    if checkpoint is not None and not is_ours:
        raise ValueError(
            f"checkpoint: {type(search).__name__} keeps no journal; pass sktune's search, which "
            "gives the same results, or leave checkpoint out."
        )
    if is_ours and search.checkpoint is not None:
        raise ValueError(
            "The search's own checkpoint would be one for all outer folds; pass "
            "nested_cross_validate(..., checkpoint=directory) instead."
        )
    if observers is not None:
        check_observers(observers)
    return is_ours


def _split_params(outer: Any, groups: Any, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the outer splitter gets."""
    if not get_config()["enable_metadata_routing"]:
        return {} if groups is None else {"groups": groups}
    asked = (
        outer.get_metadata_routing().split.requests
        if hasattr(outer, "get_metadata_routing")
        else {}
    )
    return {name: value for name, value in (params or {}).items() if asked.get(name)}


def _is_outside(search: Any, n_workers: int, n_folds: int) -> bool:
    """Whether workers are busier with an outer fold each than with a search together."""
    if n_workers == 1 or n_folds < 2:
        return False
    rounds = ceil(n_folds / n_workers)
    cv = getattr(search.cv, "n_splits", search.cv)
    n_splits = cv if isinstance(cv, int) else 5
    # of a search that learns, how many are under way: what comes next depends on their scores
    n_tasks: int
    if getattr(search, "folds", "all") != "all":
        n_tasks = search.n_points
    elif isinstance(search, LearningSearch):
        n_tasks = n_splits * search.n_points
    else:
        n_tasks = n_splits * _n_candidates(search)
    inside = (n_tasks + 1) / (n_tasks + n_workers)  # the refit has one worker
    return n_folds / (rounds * n_workers) > inside


def _n_candidates(search: Any) -> int:
    """Return how many candidates a search has, about."""
    n_iter = getattr(search, "n_iter", None)
    if isinstance(n_iter, int) and n_iter:
        return n_iter
    grid = getattr(search, "param_grid", {})
    grids = [grid] if isinstance(grid, Mapping) else grid
    sizes = [[len(v) for v in one.values() if hasattr(v, "__len__")] for one in grids]
    return max(1, sum(int(np.prod(of_one, dtype=float)) for of_one in sizes))
