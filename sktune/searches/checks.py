"""What a search refuses or warns of before its first fit, whatever its candidates."""

from __future__ import annotations

import os
from typing import Any

from .. import _sklearn
from ..exceptions import tell
from ..observers import check_guiding_metric
from ..policies import check_rule, make_policy, needs_expectation
from ..problem import check_scorer_names
from ..space.dimensions import is_count, is_number
from ..strategies import Strategy
from .halving import check_halving


def check_before_all(search: Any) -> None:
    """Refuse what scikit-learn would refuse with less to go by, or ignore."""
    check_scorer_names(search.scoring)
    if search.checkpoint is not None:
        _check_path(search.checkpoint)
    if search.fit_timeout is not None and not is_number(search.fit_timeout, least=1e-3):
        raise ValueError(
            f"fit_timeout={search.fit_timeout!r}; pass seconds, more than 0, or None for no limit."
        )
    if search.memory_limit is not None and not is_count(search.memory_limit):
        raise ValueError(
            f"memory_limit={search.memory_limit!r}; pass a whole number of bytes, for example "
            "4 * 2**30, or None for no limit."
        )
    if search.timeout is not None and not is_number(search.timeout, least=1e-3):
        raise ValueError(
            f"timeout={search.timeout!r}; pass seconds, more than 0, or None for no limit."
        )
    make_policy(search.early_termination)
    check_halving(search)
    check_rule(search.stop)
    if search._is_guided and isinstance(search.scoring, list | tuple | set | dict):
        check_guiding_metric(search.refit, search.scoring)
    if _sklearn.runs_its_own_search(search):
        raise TypeError(
            f"{type(search).__name__} overrides _run_search, which is not called here. Derive "
            "from scikit-learn's class, or pass the candidates as a list of dicts."
        )


def _check_path(checkpoint: Any) -> None:
    path = checkpoint.__fspath__() if isinstance(checkpoint, os.PathLike) else checkpoint
    if not (isinstance(path, str) and path and "\0" not in path):
        raise TypeError(
            f"checkpoint is {checkpoint!r}; pass the path of a file, or of a directory, in which "
            "every problem has a file of its own."
        )


def check_window(strategy: Strategy, n_splits: int, n_workers: int, *, in_turn: bool) -> None:
    """Warn where the strategy cannot keep all workers busy."""
    window = strategy.window
    at_once = 1 if in_turn else n_splits
    if window is not None and window * at_once < n_workers:
        splits = "one split after the other" if in_turn else f"on {n_splits} splits"
        tell(
            f"{window} candidates at a time {splits} keep {window * at_once} of "
            f"{n_workers} workers busy. Raise n_points to {-(-n_workers // at_once)} at least."
        )


def check_expectation(stop: Any, strategy: Strategy) -> None:
    """Refuse a rule about what is expected where nothing is.

    Raises
    ------
    ValueError
        Naming the remedy.
    """
    if needs_expectation(stop) and not strategy.expects:
        raise ValueError(
            "ImprovementExhausted goes by what a search expects of its next candidate, and this "
            "one expects nothing; pass it to BayesSearch with optimizer='gp', or NoImprovement."
        )
