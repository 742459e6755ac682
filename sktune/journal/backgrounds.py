"""The background of a search as a journal has it, which is little: most is in the fingerprint."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..background import Background
from ..problem import Problem, held_out_share
from ..trials import Trial
from .contents import Contents
from .digests import Undescribable, digest
from .json_values import exact_value
from .line_format import Body, DamagedError
from .records import Field

_OWN = "estimator's "
"""What begins the names of the fingerprint's fields that are parameters of the estimator."""


def background_body(background: Background, problem: Problem, fields: Mapping[str, Field]) -> Body:
    """Describe a background, but for what the fields tell: they have most parameters."""
    own = {}
    estimator = problem.estimator
    params = estimator.get_params() if hasattr(estimator, "get_params") else {}
    for name, value in params.items():
        if f"{_OWN}{name}" not in fields:
            with suppress(Undescribable):
                own[name] = digest(value)
    share = held_out_share(problem.splits)
    limits = {
        name: [end if math.isfinite(end) else None for end in ends]
        for name, ends in background.limits.items()
    }
    about = {"in_order": background.in_order, "steps": dict(background.steps), "limits": limits}
    return {**about, "metric": background.metric, "own": own, "test_share": share}


def background_in(contents: Contents) -> Background:
    """Return the background that a journal tells of; older ones tell less."""
    told, fields = contents.header.background, contents.header.fields
    own = {n.removeprefix(_OWN): f[0] for n, f in fields.items() if n.startswith(_OWN)}
    own |= told.get("own", {})
    candidates = [candidate.params for candidate in contents.candidates]
    is_own = _HasDigests(own, candidates)
    steps, metric = told.get("steps", {}), told.get("metric")
    limits = {
        name: (-math.inf if low is None else low, math.inf if high is None else high)
        for name, (low, high) in told.get("limits", {}).items()
    }
    return Background(told.get("in_order", True), steps, metric, is_own, limits)


@dataclass(frozen=True)
class _HasDigests:
    """The question whether the parameters of a trial have these digests."""

    own: Mapping[str, str]
    candidates: Sequence[Mapping[str, Any]]

    def __call__(self, trial: Trial) -> bool:
        params = self.candidates[trial.number]
        return all(
            name in self.own and self.own[name] == _digest(body) for name, body in params.items()
        )


def test_share_in(contents: Contents) -> float | None:
    """Return the share of the samples that are held out in a split, if it is told."""
    share: float | None = contents.header.background.get("test_share")
    return share


def _digest(body: Any) -> str | None:
    """Return the digest of a candidate's value."""
    if type(body) is dict and "number" not in body:
        found = body.get("digest")
        return found if type(found) is str else None
    try:
        return digest(exact_value(body))
    except DamagedError:
        return None
