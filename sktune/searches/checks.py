"""Checks of a search's options, before anything else is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sklearn.utils import check_random_state

from .. import _sklearn
from ..events import check_observers
from ..exceptions import warn
from ..messages import in_short
from ..observers import check_guiding_metric
from ..policies import check_rule, make_policy, needs_expectation, out_of_reach
from ..problem import Problem, draws_other_splits
from ..results import check_refit_rule
from ..sharing.generators import State as GlobalSources
from ..space import Space
from ..space.dimensions import is_count, is_number
from ..strategies import Strategy, SuccessiveHalving
from ..trials import SINGLE
from ..types import Scorer, Splitter
from .folds import check_folds
from .options import Options
from .scorer_names import check_scorer_names
from .stopping import check_early_stopping

_LEAST_BYTES = 2**20

_NUMBER = r"(\d+(?:\.\d*)?(?:e\d+)?)"
_SECONDS = {
    "ms|msecs?|milliseconds?": 0.001,
    "|s|secs?|seconds?": 1,
    "m|mins?|minutes?": 60,
    "h|hrs?|hours?": 3600,
    "d|days?": 86400,
}
_SAMPLINGS = ("random", "sobol")
_POWERS = {"k": 10, "m": 20, "g": 30, "t": 40}


def check_options(options: Options) -> None:
    """Refuse what scikit-learn would refuse with less to go by, or ignore."""
    if options.scoring is not None:
        check_scorer_names(options.scoring)
    if options.n_jobs == 0:
        raise ValueError("n_jobs=0; pass a number of workers, -1 for all cores, or None.")
    _check_seed(getattr(options, "random_state", None))
    if options.checkpoint is not None:
        _check_path(options.checkpoint)
    check_seconds("fit_timeout", options.fit_timeout)
    check_seconds("timeout", options.timeout)
    check_bytes("memory_limit", options.memory_limit)
    if options.early_termination is not None:
        make_policy(options.early_termination)
    if options.early_stopping is not None:
        check_early_stopping(options.early_stopping)
    if options.strategy is not None or options.n_iter == "exhaust":
        _check_strategy(options)
    if options.stop is not None:
        check_rule(options.stop)
    for name in ("include_defaults", "retry_failed"):
        if not isinstance(value := getattr(options, name), bool):
            raise TypeError(f"{name}={value!r}; pass True or False")
    if options.keep not in (None, "best"):
        raise ValueError(f"keep={in_short(options.keep)}; pass 'best', or None to keep nothing.")
    if options.include_defaults and isinstance(options.strategy, Strategy):
        raise ValueError(
            "include_defaults: a strategy of your own proposes all candidates. Let it propose the "
            "estimator's own values first, or leave include_defaults out."
        )
    if options.folds != "all":
        check_folds(options)
    if options.sampling not in _SAMPLINGS:
        raise ValueError(
            f"sampling={in_short(options.sampling)}; pass 'random' or 'sobol'. GridSearch tries "
            "all values of lists, and BayesSearch learns from what it has tried."
        )
    if options.observers is not None:
        check_observers(options.observers)
    _check_refit(options)
    if _sklearn.runs_its_own_search(options):
        raise TypeError(
            f"{type(options).__name__} overrides _run_search, which is not called here. Derive "
            "from scikit-learn's class, or pass the candidates as a list of dicts."
        )


def _check_seed(seed: object) -> None:
    try:
        check_random_state(seed)
    except ValueError:
        raise ValueError(
            f"random_state={in_short(seed)}; pass a whole number from 0 to 2**32 - 1, a "
            "RandomState, or None."
        ) from None


def _check_refit(options: Options) -> None:
    """Refuse a `refit` that is none of several metrics; warn of one that has nothing to choose."""
    refit, scoring = options.refit, options.scoring
    if isinstance(scoring, list | tuple | set | dict):
        if options.keep is not None and refit is False:
            raise ValueError(
                "keep='best' goes by the metric that decides, and none of several does: pass "
                f"refit={next(iter(scoring), '')!r}."
            )
        if not all(isinstance(name, str) for name in scoring):
            return  # what is none of a scorer's names is told of as that
        if options._is_guided:
            check_guiding_metric(refit, scoring)
        elif scoring:
            _sklearn.check_refit_names_a_metric(options, scoring)
    elif isinstance(refit, str) and not callable(scoring) and refit not in (scoring, "score"):
        decides = "the estimator's own score" if scoring is None else repr(scoring)
        warn(
            f"refit={refit!r} chooses nothing: there is one metric, {decides}. Pass "
            f"scoring={refit!r} to go by that, or refit=True."
        )


def _check_path(checkpoint: object) -> None:
    path = checkpoint.__fspath__() if isinstance(checkpoint, os.PathLike) else checkpoint
    if not (isinstance(path, str) and path and "\0" not in path):
        raise TypeError(
            f"checkpoint is {in_short(checkpoint)}; pass the path of a file, or of a directory, in "
            "which every problem has a file of its own."
        )


def _check_strategy(options: Options) -> None:
    """Refuse a strategy that is none, or does not go with the search's other options.

    Raises
    ------
    TypeError, ValueError
        Naming the remedy.
    """
    given, exhaust = options.strategy, options.n_iter == "exhaust"
    if exhaust and not isinstance(given, SuccessiveHalving):
        raise ValueError(
            "n_iter='exhaust' takes as many candidates as the resources of successive halving "
            "allow; pass strategy=SuccessiveHalving(...) too, or a number."
        )
    if isinstance(given, Strategy):
        if given.asked:
            raise ValueError(
                f"strategy={in_short(given)} has proposed {given.asked} candidates already; pass a "
                "new one."
            )
        return
    if not isinstance(given, SuccessiveHalving):
        raise TypeError(
            f"strategy={in_short(given)}; pass SuccessiveHalving(...), a Strategy of your own, or "
            "None to evaluate every candidate once."
        )
    if options.stop is not None:
        raise ValueError(
            "stop goes by candidates that are evaluated on the same terms, and those of two rungs "
            "are not. With successive halving pass timeout or early_termination instead."
        )
    if exhaust and given.min_resources == "exhaust":
        raise ValueError(
            "n_iter and min_resources cannot be both set to 'exhaust': each would follow from the "
            "other. Give one of them, or min_resources='smallest'."
        )


def check_target(stop: object, best_possible: float) -> None:
    """Refuse a target that no score can meet.

    Raises
    ------
    ValueError
        Naming what scores are like.
    """
    rule = out_of_reach(stop, best_possible)
    if rule is not None:
        hint = f"They are shares: 95 % is TargetScore(0.95), not {rule!r}."
        if best_possible == 0:
            hint = f"They are errors with a minus sign: TargetScore({-abs(rule.score)!r})."
        raise ValueError(
            f"stop: {rule!r} can never be met, because by this search's scoring no score is more "
            f"than {best_possible:g}. {hint}"
        )


def check_expectation(stop: object, strategy: Strategy) -> None:
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


def warn_of_other_splits(cv: Splitter, problem: Problem, split_params: Mapping[str, Any]) -> None:
    """Warn of splits that no other search can go on with."""
    state = GlobalSources()
    others = draws_other_splits(cv, problem.splits, problem.X, problem.y, split_params)
    state.restore()
    if others:
        warn(
            f"checkpoint: cv={cv!r} draws other splits each time, so that no later search can go "
            "on with what this one records. Give it a number for random_state."
        )


def check_refit(options: Options, scorer: Scorer, space: Space | None) -> None:
    """Refuse a rule for `refit` that goes by what there is not; `space` is that of all candidates.

    Raises
    ------
    TypeError, ValueError
        Naming the remedy.
    """
    metrics = _sklearn.metric_names(scorer)
    if metrics is None and not callable(options.scoring):  # of which only a call can tell
        metrics = (SINGLE,)
    halving = options.strategy if isinstance(options.strategy, SuccessiveHalving) else None
    check_refit_rule(
        options.refit,
        metrics,
        space,
        resource=None if halving is None else halving.resource,
        train=options.return_train_score,
    )


# --- seconds and bytes ------------------------------------------------------------------


def check_seconds(name: str, value: Any) -> None:
    """Refuse what is neither a number of seconds nor None.

    Raises
    ------
    ValueError
        With the number that is meant, if that can be told.
    """
    if value is None or is_number(value, least=1e-3):
        return
    meant = value.total_seconds() if isinstance(value, timedelta) else _seconds_in(value)
    told = f"seconds: {meant:.12g}" if meant else "seconds, more than 0"
    raise ValueError(f"{name}={in_short(value)}; pass {told}, or None for no limit.")


def check_bytes(name: str, value: Any) -> None:
    """Refuse what is neither a number of bytes nor None; likewise."""
    if value is None or is_count(value, least=_LEAST_BYTES):
        return
    meant = _bytes_in(value)
    told = f"pass {meant}" if meant else "pass a whole number of bytes, for example 4 * 2**30"
    raise ValueError(
        f"{name}={in_short(value)}, which goes by bytes; {told}, or None for no limit."
    )


def _seconds_in(value: object) -> float | None:
    """Return the seconds in "10min", "1h 30m", "0:10:00" or "600"."""
    text = value.lower().strip() if isinstance(value, str) else ""
    if clock := re.fullmatch(r"(?:(\d+):)?(\d+):(\d+)", text):
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return 3600 * hours + 60 * minutes + seconds
    if not re.fullmatch(rf"(?:{_NUMBER}\s*[a-z]*\s*)+", text):
        return None
    total = 0.0
    for number, unit in re.findall(rf"{_NUMBER}\s*([a-z]*)", text):
        found = [seconds for spelt, seconds in _SECONDS.items() if re.fullmatch(spelt, unit)]
        if not found:
            return None
        total += float(number) * found[0]
    return total


def _bytes_in(value: Any) -> str | None:
    """Return how to write the bytes in "2GB", "512 MiB", 4e9, or 2, by which GiB are meant."""
    if isinstance(value, str):
        size = re.fullmatch(rf"{_NUMBER}\s*([kmgt]?)(?:i?b|bytes?)?", value.lower().strip())
        if size is None:
            return None
        number, power = float(size[1]), _POWERS.get(size[2], 0)
    elif is_number(value, least=0.1):
        number, power = float(value), 0
    else:
        return None
    if not power and number < _LEAST_BYTES:
        power = 30
    if not power:
        return f"{number:.0f}"
    return f"{number:g} * 2**{power}" if number.is_integer() else f"int({number:g} * 2**{power})"
