"""The end of a search: results, the best candidate, the refit."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any

from sklearn.pipeline import Pipeline

from .. import _sklearn
from ..exceptions import tell
from ..problem import Problem
from ..results import (
    SharedWork,
    Table,
    best_index,
    best_of_most_splits,
    check_not_all_failed,
    cv_results,
    first_rows,
    halving_attributes,
    last_rung,
    mean_so_far,
    n_ranked,
)
from ..space.setting import configured
from ..trials import Trials


class Concluding:
    """Sets what scikit-learn's searches have once they are fitted, and more. Mixed in."""

    estimator: Any
    refit: Any
    error_score: Any
    return_train_score: bool
    pre_dispatch: int | str
    timeout: float | None
    strategy: Any
    cv_results_: dict[str, Any]

    def _conclude(self, problem: Problem, trials: Trials, metric: Any) -> Table:
        """Make `cv_results_` and `best_*` from the trials."""
        raises = problem.raise_errors
        table = Table.of(
            trials,
            error_score=float("nan") if raises else float(self.error_score),
            metrics=_sklearn.metric_names(problem.scorer),
            return_train_score=self.return_train_score,
        )
        if not table.rows:
            raise ValueError(
                f"timeout={self.timeout!r} seconds were over before any fit had ended. Allow more."
                if self.timeout is not None
                else "No fits were performed. Were there no candidates? Does "
                f"pre_dispatch={self.pre_dispatch!r} let any be handed out?"
            )
        self.sharing_ = SharedWork.of(trials, type(self.estimator).__name__)
        own_times = isinstance(self.estimator, Pipeline) or self.sharing_.shared
        self.cv_results_ = cv_results(table, own_times=own_times)
        self.multimetric_ = table.multimetric
        if table.multimetric:
            _sklearn.check_refit_names_a_metric(self, table.metrics)
            metric = self.refit
        check_not_all_failed(table.rows, metric if isinstance(metric, str) else None)
        if table.rows[0].rung is not None:
            vars(self).update(halving_attributes(table, self.strategy.factor))
        if self.refit or not table.multimetric:
            self._pick_best(table, metric)
        return table

    def _pick_best(self, table: Table, metric: Any) -> None:
        n = n_ranked(table, metric)
        ranked = first_rows(self.cv_results_, n)
        if table.rows[0].rung is not None:
            self._rivals = slice(int(last_rung(ranked).argmax()), n)
        if callable(self.refit) or table.known[:n].all(axis=1).any():
            self.best_index_ = best_index(ranked, self.refit, metric)
        else:
            self.best_index_ = best_of_most_splits(table, metric)
            tell(
                "The search ended before any candidate had all its splits; the best is "
                "taken from those that have most of them."
            )
        if not callable(self.refit):
            means = self.cv_results_[f"mean_test_{metric}"]
            whole = table.known[self.best_index_].all()
            self.best_score_ = (
                means[self.best_index_] if whole else mean_so_far(table, metric, self.best_index_)
            )
        self.best_params_ = self.cv_results_["params"][self.best_index_]

    def _refit(self, problem: Problem, root: Any, data: dict[str, Any]) -> None:
        """Fit the best candidate on all data."""
        best = configured(problem.estimator, self.best_params_)
        context = None
        if root is not None:
            context = _sklearn.open_child(root, "refit-with-best-params")
        with nullcontext() if context is None else _sklearn.FitContext(context).around(best):
            if context is not None:
                _sklearn.call_begin(context, self, **data)
            start = time.time()
            if problem.y is None:
                best.fit(problem.X, **problem.fit_params)
            else:
                best.fit(problem.X, problem.y, **problem.fit_params)
            self.refit_time_ = time.time() - start
        self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
        if context is not None:
            _sklearn.call_end(context, self, **data)
