"""Recorded candidates, evaluated again to see whether they score the same on this machine."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from sklearn.base import clone

from ..engine import Setup, run
from ..environment import Differences
from ..events import Observers
from ..exceptions import CheckpointError
from ..journal import check_same_measured, fields_of, same_environment
from ..journal.contents import Contents
from ..journal.json_values import exact_value, value_body
from ..journal.reading import contents_at
from ..journal.records import Candidate, key_of
from ..messages import params_in_short
from ..problem import Problem
from ..space import space_of
from ..space.dimensions import is_count
from ..strategies import Strategy, SuccessiveHalving
from ..trials import SAMPLES, Outcome, Rung, Trial, Trials
from ..types import Params
from .setup import prepared

_NOT_MEASURED = {
    "checkpoint": None, "observers": None, "early_termination": None, "timeout": None,
    "stop": None, "verbose": 0, "warm_start_from": None, "transfer": False, "folds": "all",
    "error_score": np.nan, "share_work": False, "keep": None,
}  # fmt: skip
"""Options that change no score of a candidate, as a verification needs them."""

_MOST_VALUES = 10**5
"""Values of a space that are looked through at most, for those that are recorded as digests."""


@dataclass(frozen=True)
class Verified:
    """A candidate that was evaluated again.

    Attributes
    ----------
    params : mapping
        The candidate: names of parameters and their values.
    then, now : mapping of str to list of float or None
        Scores by metric, one a split; None where there is none.
    draws : bool
        Whether it may draw other numbers each time, so that nothing follows from other scores.

    Examples
    --------
    >>> from sktune.searches import Verified
    >>> one = Verified({"C": 1}, then={"score": [0.75, 1.0]}, now={"score": [0.5, 1.0]})
    >>> one.equal, one.difference
    (False, 0.25)
    """

    params: Params
    then: Mapping[str, list[float | None]]
    now: Mapping[str, list[float | None]]
    draws: bool = False

    @property
    def equal(self) -> bool:
        """Whether all scores are the same to the bit; where there was none, there is none."""
        return all(_bits(then) == _bits(now) for then, now in self._pairs())

    @property
    def difference(self) -> float:
        """The largest difference of two scores; inf where only one is there."""
        return max((_apart(then, now) for then, now in self._pairs()), default=0.0)

    def _pairs(self) -> Iterator[tuple[float | None, float | None]]:
        for name, scores in self.then.items():
            yield from zip(scores, self.now.get(name, [None] * len(scores)), strict=True)


@dataclass(frozen=True, repr=False)
class Verification:
    """Recorded candidates that were evaluated again; true if all scores are equal to the bit.

    Attributes
    ----------
    candidates : sequence of Verified
        The best first.
    n_recorded : int
        How many candidates are recorded in all.
    environment : Differences
        What differs here from where they were recorded.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     search = GridSearch(SVC(), {"C": [1, 10]}, checkpoint=f"{folder}/search.jsonl")
    ...     verification = search.fit(*load_iris(return_X_y=True)).verify(n=1)
    >>> bool(verification), len(verification.candidates), verification.n_recorded
    (True, 1, 2)
    """

    candidates: Sequence[Verified]
    n_recorded: int
    environment: Differences

    def __bool__(self) -> bool:
        return all(one.equal for one in self.candidates)

    @property
    def difference(self) -> float:
        """The largest difference of two scores; inf where only one is there."""
        return max(one.difference for one in self.candidates)

    def __str__(self) -> str:
        n, other = len(self.candidates), [one for one in self.candidates if not one.equal]
        lines = [f"{n} of {self.n_recorded} recorded candidates were evaluated again."]
        lines.append(
            f"{len(other)} of them did not score the same; scores differ by {self.difference:.3g} "
            "at most:"
            if other
            else "Their scores are equal to the bit."
        )
        for one in other:
            why = " (draws without a seed)" if one.draws else ""
            lines.append(f"  {params_in_short(one.params)}: by {one.difference:.3g}{why}")
        return "\n".join([*lines, str(self.environment)])

    __repr__ = __str__


_fitted_on: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()


def remember(search: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:
    """Remember what a search is fitted on, for as long as the user does."""
    _fitted_on.pop(search, None)
    with suppress(TypeError):  # of what cannot be referred to weakly
        if not params:
            _fitted_on[search] = [weakref.ref(data) for data in (X, y) if data is not None]


def verify(
    search: Any, journal: Any, X: Any, y: Any, n: int, params: Mapping[str, Any]
) -> Verification:
    """Evaluate recorded candidates again; see `BaseSearch.verify`."""
    if not is_count(n, least=1):
        raise ValueError(f"n={n!r}; pass how many candidates to evaluate again, 1 or more")
    if X is None:
        X, y = _data_of(search)
        params = {}
    contents = contents_at(journal)
    with prepared(_as_measured(search, contents), X, y, params, ()) as (setup, _):
        fields = fields_of(type(search), search.scoring, setup.problem, params)
        versions = setup.environment["versions"]
        check_same_measured(contents.header, fields, versions, os.fspath(journal))
        values = RecordedValues(search)
        built = [(one, values.params(one)) for one in contents.candidates]
        chosen = _chosen(contents, built, setup.objective.metric, n, str(journal))
        verified = list(_evaluated(setup, contents, chosen))
    return Verification(verified, len(contents.candidates), same_environment(journal))


def _data_of(search: Any) -> tuple[Any, Any]:
    data = [known() for known in _fitted_on.get(search, [])]
    if not data or any(one is None for one in data):
        raise ValueError(
            "verify needs the data that the search was fitted on: pass X and y, as to fit, and "
            "what else it was given."
        )
    return data[0], data[1] if len(data) > 1 else None


def _as_measured(search: Any, contents: Contents) -> Any:
    """Return a search that measures as the given one does, and is ended by nothing."""
    again = clone(search)
    known = again.get_params(deep=False)
    again.set_params(**{name: value for name, value in _NOT_MEASURED.items() if name in known})
    halving, seed = known.get("strategy"), contents.header.seed
    if isinstance(halving, SuccessiveHalving) and halving.random_state is None and seed is not None:
        again.set_params(strategy=replace(halving, random_state=seed))
    return again


class RecordedValues:
    """The values of recorded candidates: numbers from the file, objects from the search."""

    def __init__(self, search: Any) -> None:
        self._known: dict[str, Any] = {}
        for value in (*search.estimator.get_params().values(), *_values_in(space_of(search))):
            with suppress(Exception):  # what has no digest is in no file
                self._known.setdefault(json.dumps(value_body(value)), value)

    def found(self, body: Any) -> Any:
        """Return the object that was described; KeyError if the search has none such."""
        return self._known[json.dumps(body)]

    def params(self, candidate: Candidate) -> dict[str, Any] | None:
        """Return a candidate's parameters; None if there is something else in it."""
        found = {}
        for name, body in candidate.params.items():
            if isinstance(body, dict) and "digest" in body:
                if (text := json.dumps(body)) not in self._known:
                    return None
                found[name] = self._known[text]
            else:
                found[name] = exact_value(body)
        return found if key_of(found, candidate.n_samples) == candidate.key else None


def _values_in(space: Any) -> Iterator[Any]:
    """Return the values of all lists of a space."""
    dicts = [space] if isinstance(space, Mapping) else space
    dicts = [one[0] if isinstance(one, tuple) else one for one in dicts]
    for values in (values for one in dicts if isinstance(one, Mapping) for values in one.values()):
        values = getattr(values, "categories", values)  # of a dimension of scikit-optimize's
        if hasattr(values, "__len__") and not isinstance(values, str):
            yield from list(values)[:_MOST_VALUES]


def _chosen(
    contents: Contents, built: list[Any], metric: str | None, n: int, path: str
) -> list[tuple[Candidate, dict[str, Any]]]:
    """Choose the best candidate, and others down to the last, the same ones each time."""
    metrics = contents.metrics
    shown = metric if metric in metrics else metrics[0]

    def merit(one: tuple[Candidate, Any]) -> float:
        outcomes = contents.outcomes[one[0].number].values()
        scores = [outcome.test_scores.get(shown) for outcome in outcomes]
        known = [np.nan if score is None else score for score in scores]
        return float(np.nan_to_num(np.mean(known), nan=-np.inf))

    able = [one for one in built if one[1] is not None and _is_complete(contents, one[0])]
    if not able:
        raise CheckpointError(
            f"journal={path!r} has no candidate that can be evaluated again: none has an outcome "
            "on each split, or their values are not in this search's space."
        )
    able.sort(key=merit, reverse=True)
    places = np.linspace(0, len(able) - 1, min(n, len(able))).round().astype(int)
    return [able[place] for place in places]


def _is_complete(contents: Contents, candidate: Candidate) -> bool:
    outcomes = contents.outcomes.get(candidate.number, {}).values()
    ends = {failure.stage for outcome in outcomes for failure in outcome.failures}
    # what was ended from outside is no property of its scores
    return len(outcomes) == contents.header.n_splits and ends.isdisjoint({"timeout", "crash"})


class _Listed(Strategy):
    """Propose given candidates, of one rung."""

    def __init__(self, candidates: Sequence[Params], rung: Rung | None) -> None:
        self._candidates, self.rung = candidates, rung

    @property
    def total(self) -> int:
        return len(self._candidates)

    def propose(self, n: int) -> list[Params]:
        return list(self._candidates[self.asked : self.asked + n])


def _evaluated(setup: Setup, contents: Contents, chosen: Sequence[Any]) -> Iterator[Verified]:
    """Evaluate candidates, those of one number of samples together."""
    for n_samples, group in groupby(chosen, key=lambda one: one[0].n_samples):
        some, rung = list(group), None
        if n_samples is not None:
            rung = Rung(0, n_samples, SAMPLES, len(some), splits=n_samples)
        trials = Trials(contents.header.n_splits, merge_equal=False)
        ours = replace(
            setup,
            strategy=_Listed([params for _, params in some], rung),
            trials=trials,
            observers=Observers(),
            endings=(),
            racing=None,
        )
        run(ours)
        for trial, (candidate, _) in zip(trials, some, strict=True):
            yield _compared(setup.problem, trial, contents.outcomes[candidate.number])


def _compared(problem: Problem, trial: Trial, then: Mapping[int, Outcome]) -> Verified:
    before = [then[split] for split in sorted(then)]
    names = dict.fromkeys(name for one in (*before, *trial.finished) for name in one.test_scores)
    return Verified(
        trial.params,
        {name: [one.test_scores.get(name) for one in before] for name in names},
        {name: [one.test_scores.get(name) for one in trial.finished] for name in names},
        draws=not problem.repeats(trial.params),
    )


def _bits(score: float | None) -> str:
    return str(score) if score is None or np.isnan(score) else float(score).hex()


def _apart(then: float | None, now: float | None) -> float:
    if _bits(then) == _bits(now):
        return 0.0
    return float("inf") if None in (then, now) else abs(float(then) - float(now))  # type: ignore[arg-type] # neither is None
