"""Scores that could not be had of a last step, told as of its pipeline.

A last step is scored by itself. What a scorer refuses before it asks for anything, such as an
estimator without probabilities, is said of the pipeline, as it would be without shared work.
"""

from __future__ import annotations

import copy
from typing import Any, NoReturn

from .. import _sklearn
from ..problem import Problem
from ..types import Model, Params, Samples, Scorer, Target
from .scores import Flaw, Scores, compute_scores, read_scores

_RESPONSES = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score")


class _AskedError(Exception):
    """A scorer has asked for a response."""


class _AskedResponse:
    """A response that tells that it was asked for."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: Any, **options: Any) -> NoReturn:
        raise _AskedError


def failed_scores(told: Flaw, scorer: Scorer, *, ends: bool) -> Scores:
    """Return the scores where samples could not be brought to what is scored."""
    names = _sklearn.metric_names(scorer)
    if names is None or ends:
        return Scores(multimetric=names is not None, flaws=[told])
    return read_scores(dict.fromkeys(names, told.story), scorer)


def pipeline_of(pipeline: Model, last: Model) -> Model:
    """Return a pipeline of a fitted last step alone."""
    kind: Any = type(pipeline)
    return kind([(pipeline.steps[-1][0], last)])


def told_of_pipeline(
    scores: Scores, problem: Problem, last: Model, X: Samples, y: Target, params: Params
) -> Scores:
    """Have what a scorer refuses before it asks for anything said of the pipeline.

    What goes wrong in a response or in a metric is left as it is: neither is called again.
    """
    try:
        silent = copy.copy(last)
        for name in _RESPONSES:
            if hasattr(last, name):
                setattr(silent, name, _AskedResponse(name))
    except Exception:  # noqa: BLE001 - not every object can be changed
        return scores
    pipeline, ends = pipeline_of(problem.estimator, silent), problem.raise_errors
    refused = compute_scores(problem.scorer, pipeline, X, y, params, ends=ends)
    if not scores.values:  # the scorer raised
        return scores if _is_asked(refused.flaws[0]) else refused
    if len(refused.flaws) == len(refused.values):
        instead = dict(zip(refused.values, refused.flaws, strict=True))
        failed = [name for name, value in scores.values.items() if value is None]
        for k, name in enumerate(failed):
            if not _is_asked(instead[name]):
                scores.flaws[k] = instead[name]
    return scores


def _is_asked(flaw: Flaw) -> bool:
    return _AskedError.__qualname__ in flaw.reason
