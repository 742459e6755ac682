"""Studies of Optuna's as earlier searches."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from ..space import Choices, ConditionalSpace, Dimension
from ..space.plain import plain_value
from ..types import Params

_STATUS = {"COMPLETE": "ok", "PRUNED": "stopped", "FAIL": "failed"}

_ADDED = re.compile(r" \((float|int|choice)( \d+)?\)$")
"""What `sktune.tracking.to_optuna` adds to a name that a study has with another distribution."""


def own_name(name: str) -> str:
    """Return the parameter that a name in a study stands for."""
    return _ADDED.sub("", name)


def is_study(given: object) -> TypeGuard[Any]:
    """Whether it is a study, of whatever class."""
    return hasattr(given, "get_trials") and hasattr(given, "directions")


def results_of_study(study: Any, metric: str) -> dict[str, list[Any]]:
    """Return the trials that have ended as ``cv_results_``.

    Raises
    ------
    ValueError
        If it has several objectives.
    """
    if len(study.directions) != 1:
        raise ValueError(
            f"warm_start_from is a study of {len(study.directions)} objectives; pass one of one."
        )
    sign = -1.0 if study.directions[0].name == "MINIMIZE" else 1.0
    ended = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in _STATUS]
    status = [_STATUS[trial.state.name] for trial in ended]
    return {
        "params": [{own_name(n): v for n, v in trial.params.items()} for trial in ended],
        f"mean_test_{metric}": [
            sign * trial.value if ok == "ok" else math.nan
            for trial, ok in zip(ended, status, strict=True)
        ],
        "status": status,
    }


def in_space(params: Params, space: ConditionalSpace) -> Params:
    """Return a trial's parameters with the values of a space; as they are if it has none such.

    Objects are known by their text, and what has one value only is not in every study.
    """
    for branch in space.branches:
        if not params.keys() <= branch.keys():
            continue
        candidate = {
            name: _value(dimension, params[name]) if name in params else dimension.decode(0.5)
            for name, dimension in branch.items()
            if name in params or dimension.n_values == 1
        }
        if candidate.keys() == branch.keys() and _all_in(branch, candidate):
            return candidate
    return params


def _all_in(branch: Mapping[str, Dimension], candidate: Params) -> bool:
    return all(branch[name].encode(value) is not None for name, value in candidate.items())


def _value(dimension: Dimension, kept: Any) -> Any:
    if not isinstance(dimension, Choices) or dimension.encode(kept) is not None:
        return kept
    same = [v for v in dimension.values if kept in (plain_value(v), repr(v))]
    return same[0] if same else kept
