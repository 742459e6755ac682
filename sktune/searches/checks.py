"""Checks of a search's options, before anything else is looked at."""

from __future__ import annotations

import os
from typing import Any

from .. import _sklearn
from ..events import check_observers
from ..observers import check_guiding_metric
from ..policies import check_rule, make_policy, needs_expectation
from ..problem import check_scorer_names
from ..space.dimensions import is_count, is_number
from ..strategies import Strategy
from .halving import check_strategy
from .options import Options


def check_options(options: Options) -> None:
    """Refuse what scikit-learn would refuse with less to go by, or ignore."""
    check_scorer_names(options.scoring)
    if options.checkpoint is not None:
        _check_path(options.checkpoint)
    for name in ("fit_timeout", "timeout"):
        value = getattr(options, name)
        if value is not None and not is_number(value, least=1e-3):
            raise ValueError(f"{name}={value!r}; pass seconds, more than 0, or None for no limit.")
    if options.memory_limit is not None and not is_count(options.memory_limit):
        raise ValueError(
            f"memory_limit={options.memory_limit!r}; pass a whole number of bytes, for example "
            "4 * 2**30, or None for no limit."
        )
    make_policy(options.early_termination)
    check_strategy(options)
    check_rule(options.stop)
    if options.observers is not None:
        check_observers(options.observers)
    if options._is_guided and isinstance(options.scoring, list | tuple | set | dict):
        check_guiding_metric(options.refit, options.scoring)
    if _sklearn.runs_its_own_search(options):
        raise TypeError(
            f"{type(options).__name__} overrides _run_search, which is not called here. Derive "
            "from scikit-learn's class, or pass the candidates as a list of dicts."
        )


def _check_path(checkpoint: Any) -> None:
    path = checkpoint.__fspath__() if isinstance(checkpoint, os.PathLike) else checkpoint
    if not (isinstance(path, str) and path and "\0" not in path):
        raise TypeError(
            f"checkpoint is {checkpoint!r}; pass the path of a file, or of a directory, in which "
            "every problem has a file of its own."
        )


def check_expectation(stop: Any, strategy: Strategy) -> None:
    """Refuse a rule about what is expected where nothing is.

    Raises
    ------
    ValueError
        Naming the remedy.
    """
    if stop is not None and needs_expectation(stop) and not strategy.expects:
        raise ValueError(
            "ImprovementExhausted goes by what a search expects of its next candidate, and this "
            "one expects nothing; pass it to BayesSearch with optimizer='gp', or NoImprovement."
        )
