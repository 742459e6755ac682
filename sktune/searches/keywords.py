"""Keywords that a search does not take, and those by which it takes what is meant."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from ..messages import closest, listed
from ..space import SPACES
from ..space.names import explain

_WORDS = {
    "space": "param_space params parameters param_dict param_grid param_distributions "
    "param_distribution search_spaces search_space space grid dimensions tuned_parameters config",
    "estimator": "model clf classifier regressor pipeline pipe learner",
    "scoring": "metric metrics scorer scorers score score_func eval_metric",
    "cv": "folds n_folds k_folds kfold n_splits splitter cross_validation",
    "n_iter": "n_trials num_trials trials num_samples n_samples n_calls max_evals max_iter "
    "n_candidates iterations budget",
    "n_jobs": "n_workers num_workers workers n_cores cores n_cpus n_threads num_threads processes",
    "random_state": "seed random_seed rng rstate",
    "timeout": "time_budget time_budget_s max_time time_limit max_run_time max_time_mins",
    "fit_timeout": "trial_timeout max_eval_time_mins per_run_time_limit",
    "memory_limit": "max_memory mem_limit max_mem_size",
    "checkpoint": "storage journal local_dir log_file save_path checkpoint_path resume cache_dir",
    "observers": "callbacks loggers",
    "executor": "client pool cluster scheduler",
    "early_termination": "pruner pruning enable_pruning early_termination_policy",
    "early_stopping": "early_stopping_rounds early_stop n_iter_no_change",
    "stop": "stopper patience stopping_rule terminator",
    "share_work": "cache_cv memory cache",
    "initial_points": "x0 points_to_evaluate enqueue_trials",
    "warm_start_from": "warm_start study y0",
    "optimizer": "sampler algo search_optimization search_alg",
    "constraints": "constraint space_constraint constraints_func",
    "cost": "cost_fn cost_function cost_func",
    "n_points": "batch_size max_concurrent",
    "refit": "refit_metric",
}
_TAKERS = {
    "n_iter": "RandomSearch and BayesSearch",
    "random_state": "RandomSearch and BayesSearch",
    "strategy": "GridSearch and RandomSearch",
    "folds": "RandomSearch and BayesSearch",
    "sampling": "RandomSearch",
    "n_points": "RandomSearch and BayesSearch",
    "optimizer": "BayesSearch",
    "optimizer_kwargs": "BayesSearch",
    "initial_points": "BayesSearch",
    "warm_start_from": "BayesSearch",
    "constraints": "BayesSearch",
    "cost": "BayesSearch",
}
"""Options that not all searches have."""

_MEANT = {word: name for name, words in _WORDS.items() for word in words.split()}

_ELSEWHERE = {
    "sample_weight groups fit_params fit_kwargs": "What goes to the estimator's fit is passed to "
    "fit: search.fit(X, y, **fit_params).",
    "callback": "BayesSearch takes skopt's in fit(X, y, callback=...); others are observers=[...].",
    "factor resource min_resources max_resources aggressive_elimination":
    "It belongs to successive halving: strategy=SuccessiveHalving({name}=...).",
    "base_estimator n_initial_points n_random_starts acq_func acq_optimizer acq_func_kwargs":
    'It belongs to the optimizer of BayesSearch: optimizer_kwargs={{"{name}": ...}}.',
    "iid": "It has had no effect since scikit-learn 0.24: leave it out.",
    "direction mode maximize greater_is_better": "More is always better: where less is, take one "
    "of the scorers that begin with 'neg_', or make_scorer(..., greater_is_better=False).",
    "backend": "The workers are joblib's: with joblib.parallel_config('dask'): "
    "search.fit(X, y).",
}  # fmt: skip
_TOLD = {word: told for words, told in _ELSEWHERE.items() for word in words.split()}


def check_keywords(kind: Any, given: Iterable[str]) -> None:
    """Refuse keywords that a search's constructor does not take, with the one that is meant.

    Raises
    ------
    TypeError
        As Python does, for the first of them.
    """
    known = _keywords_of(kind)
    if known is None:
        return
    for name in given:
        if name not in known:
            raise TypeError(
                f"{kind.__name__}.__init__() got an unexpected keyword argument "
                f"{name!r}.{remedy(name, known)}"
            )


def wrong_parameter(search: Any, name: str) -> str:
    """Say which parameter is meant, of a search or of its estimator."""
    deep = any(other.endswith(f"__{name}") for other in search.get_params())
    if deep or "__" in name:
        return explain(name, search)
    known = _keywords_of(search.__class__) or ()
    return f"Invalid parameter {name!r} for estimator {type(search).__name__}.{remedy(name, known)}"


@lru_cache(maxsize=64)
def _keywords_of(kind: Any) -> tuple[str, ...] | None:
    """The keywords of a class's constructor, in their order; None if it takes any."""
    parameters = list(inspect.signature(kind).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return tuple(parameter.name for parameter in parameters)


def remedy(name: str, known: Sequence[str]) -> str:
    """Return " Did you mean ...?", or another sentence on where a search takes what is meant."""
    if name in _TOLD:
        return " " + _TOLD[name].format(name=name)
    if name in _TAKERS:
        found: str | None = name
    else:
        found = closest(name, [*known, *_TAKERS], meant=_MEANT)
    if found == "space":
        found = next((name for name in SPACES if name in known), None)
    if found is None:
        return f" It takes {listed(known)}."
    if found in known:
        return f" Did you mean {found!r}?"
    return f" {found!r} is an option of {_TAKERS[found]}."
