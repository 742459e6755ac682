"""Replay: telling an observer of a search that has been, or that runs elsewhere."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .background import background_of
from .events import Observer, Observers, SearchInfo, check_observers
from .journal.backgrounds import background_in, test_share_in
from .journal.contents import Contents
from .journal.fingerprint import rounds_found_on
from .journal.reading import contents_at, enter
from .messages import in_short
from .objective import Objective
from .results import EndedBy, Results, SharedWork, Table
from .space import SPACES, space_of
from .trials import SAMPLES, SINGLE, Failure, Outcome, Rounds, Rung, Trials

_STAGES = {"timeout": "timeout", "crashed": "crash"}


def replay(source: Any, observer: Observer) -> None:
    """Tell an observer of a search, as if it ran now.

    Candidates come one after the other, in the order of their rows.

    Parameters
    ----------
    source : str, path-like, fitted search or mapping
        The file of a checkpoint, also while the search runs; or a search, which may be
        scikit-learn's own, or its ``cv_results_``. ``cv_results_`` has no times of single splits,
        so each split is told to have taken the mean; parameters in a checkpoint that are no
        numbers, text, None or bools come as text, and nothing is known of a refit. Whether a
        checkpoint is of a search that was killed, or still runs, it cannot tell: then
        ``results.ended_by`` is "open".
    observer : Observer
        Is told what it would have been told while the search ran.

    Raises
    ------
    TypeError
        If the source is none of these, or the observer is none.
    CheckpointError
        If there is no such file, or it cannot be relied on.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune import Observer, replay
    >>> class Counts(Observer):
    ...     n = 0
    ...
    ...     def split_finished(self, trial, outcome):
    ...         self.n += 1
    >>> counts = Counts()
    >>> replay(GridSearchCV(SVC(), {"C": [1, 10]}).fit(*load_iris(return_X_y=True)), counts)
    >>> counts.n
    10
    """
    check_observers([observer])
    observers = Observers(guests=[observer])
    if isinstance(source, str | os.PathLike):
        source = contents_at(source)
    results: Mapping[str, Any] = {}
    if isinstance(source, Contents):
        header = source.header
        # a journal has each candidate once; two whose text is the same are two
        trials = Trials(header.n_splits, observers, merge_equal=False)
        n_candidates, name = source.n_expected, header.search
        environment, background = source.environments[-1], background_in(source)
        share = test_share_in(source)
        metrics = source.metrics
    else:
        results = getattr(source, "cv_results_", source)
        if not (isinstance(results, Mapping) and "params" in results):
            raise TypeError(
                f"{in_short(source)} has no cv_results_; pass a fitted search, or the path of a "
                "checkpoint."
            )
        rows = _Rows.of(source, results)
        trials = Trials(
            _n_splits(results), observers, merge_equal=lambda _: rows.is_merged(len(trials))
        )
        n_candidates = len(results["params"])
        metrics = rows.metrics
        name = type(source).__name__ if source is not results else ""
        environment, background = getattr(source, "environment_", {}), background_of(source)
        share = getattr(source, "_test_share", None)
    objective = _objective_of(source, metrics, background.metric)
    began = time.time() - (source.seconds if isinstance(source, Contents) else 0.0)
    info = SearchInfo(
        name, n_candidates, trials.n_splits, objective.metric, trials,
        began=began, environment=environment, background=background,
        **_identity_of(source, results),
    )  # fmt: skip
    observers.search_started(info)
    if isinstance(source, Contents):
        enter(source, trials)
    else:
        rows.enter(trials, objective.error_score)
    table = Table.of(trials, error_score=objective.error_score)
    ended_by: EndedBy
    if isinstance(source, Contents):
        ended_by, shared_work = source.ending.ended_by, SharedWork.of(trials, "estimator")
        found_on = rounds_found_on(source.header.fields)
    else:
        found_on = str(next(iter(results.get("rounds_found_on", ())), "validation"))
        ended_by = getattr(source, "ended_by_", "completed")
        shared_work = SharedWork(*getattr(source, "_shared", ({},)))
    observers.search_finished(
        Results(table, objective, ended_by, shared_work, share, rounds_found_on=found_on)
    )
    if (best := getattr(source, "best_estimator_", None)) is not None:
        observers.refit_started(source.best_params_)
        observers.refit_finished(best)


def _identity_of(source: Any, results: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a search is recognised by, and what it searched, as `SearchInfo` has them."""
    if isinstance(source, Contents):
        header = source.header
        space = {n: header.fields[n][1] for n in SPACES if n in header.fields}
        keys = [candidate.key for candidate in source.candidates]
        return {"id": header.salt, "notes": dict(source.notes), "space": space, "keys": keys}
    found = getattr(source, "_id", None)
    if found is None:  # which no two searches have in common, for the times
        columns = [results[name] for name in sorted(results) if name.startswith("mean_")]
        found = hashlib.sha256(np.asarray(columns, dtype=float).tobytes()).hexdigest()[:16]
    space = space_of(source)
    return {"id": found, "checkpoint": getattr(source, "checkpoint_", None), "space": space}


def _n_splits(results: Mapping[str, Any]) -> int:
    return len({name.partition("_")[0] for name in results if name.startswith("split")})


def _metrics_of(names: Iterable[str]) -> list[str]:
    return [n.removeprefix("mean_test_") for n in names if n.startswith("mean_test_")]


def _objective_of(source: object, metrics: Sequence[str], decides: str | None) -> Objective:
    """Return the objective of a search, as far as it can be told."""
    error_score = getattr(source, "error_score", math.nan)
    metric = decides if list(metrics) != [SINGLE] else SINGLE
    return Objective(metric, error_score if isinstance(error_score, int | float) else math.nan)


@dataclass(frozen=True)
class _Rows:
    """The rows of ``cv_results_``, and what a search of ours keeps beside them.

    Attributes
    ----------
    results : mapping
    metrics : list of str
    resource : str
        That rungs differ in.
    timing : mapping of str to array, or None
        Of each fit, when and where it ran; None where nothing was kept.
    curves : sequence
        By row and split, what a fit of a booster has come to; empty without any.
    stories : mapping of (row, split) to what has failed there
    """

    results: Mapping[str, Any]
    metrics: list[str]
    resource: str
    timing: Mapping[str, Any] | None
    curves: Sequence[Any]
    stories: Mapping[tuple[int, int], Any]

    @classmethod
    def of(cls, source: Any, results: Mapping[str, Any]) -> _Rows:
        halving = getattr(source, "strategy", source)  # scikit-learn's halving is the search
        return cls(
            results,
            _metrics_of(results),
            getattr(halving, "resource", SAMPLES),
            getattr(source, "_timing", None),
            getattr(source, "_rounds", ()),
            {(row, split): told for row, split, told in getattr(source, "_stories", ())},
        )

    def is_merged(self, row: int) -> bool:
        """Whether a candidate shares the outcomes of an equal one: those that draw do not."""
        return self.timing is None or not (self.timing["seconds"][row] > 0).any()

    def enter(self, trials: Trials, error_score: float) -> None:
        """Enter them into an empty store."""
        statuses = self.results.get("status", ["ok"] * len(self.results["params"]))
        for row, params in enumerate(self.results["params"]):
            trial = trials.begin(params, _rung(self.results, row, self.resource))
            if trial.duplicate_of is not None:
                continue
            for split in range(trials.n_splits):
                if self.timing is not None and np.isnan(self.timing["seconds"][row, split]):
                    continue  # of what has failed, what was not tried is not told from what was
                outcome = self._outcome(row, split, error_score)
                is_there = bool(outcome.test_scores) or outcome.given_up
                if statuses[row] not in ("stopped", "partial") or is_there:
                    trials.record(outcome)
            if statuses[row] == "stopped":
                trials.stop(row)

    def _outcome(self, row: int, split: int, error_score: float) -> Outcome:
        """Return what columns tell of an outcome, and what is kept beside them."""
        outcome = _outcome(self.results, row, split, self.metrics, error_score)
        if self.timing is not None and not np.isnan(self.timing["started"][row, split]):
            at = {name: column[row, split].item() for name, column in self.timing.items()}
            outcome = replace(
                outcome,
                own_time=at["seconds"], started=at["started"], worker=int(at["worker"]),
                clock=None if math.isnan(at["clock"]) else at["clock"],
            )  # fmt: skip
        if told := self.stories.get((row, split)):
            outcome = replace(outcome, failures=tuple(Failure(*one) for one in told))
        if self.curves and (found := self.curves[row][split]) is not None:
            outcome = replace(outcome, rounds=Rounds(*found))
        return outcome


def _outcome(
    results: Mapping[str, Any], row: int, split: int, metrics: Sequence[str], error_score: float
) -> Outcome:
    error = results["error"][row] if "error" in results else None
    scores: dict[str, dict[str, float | None]] = {"test": {}, "train": {}}
    for which, found in scores.items():
        for metric in metrics:
            column = results.get(f"split{split}_{which}_{metric}")
            if column is None or np.isnan(column[row]):
                continue
            if error is None or column[row] != error_score:  # else it stands for a failure
                found[metric] = float(column[row])
    rounds = _rounds(results, row, split, has_score=bool(scores["test"]))
    failures: tuple[Failure, ...] = ()
    if len(scores["test"]) < len(metrics) and (rounds is None or rounds.missed is None):
        stage = _STAGES.get(results["status"][row], "fit") if "status" in results else "fit"
        failures = (Failure(stage, error or "there is no score", error or ""),)
    return Outcome(
        row,
        split,
        scores["test"],
        scores["train"],
        multimetric=list(metrics) != [SINGLE],
        fit_time=float(results["mean_fit_time"][row]),
        score_time=float(results["mean_score_time"][row]),
        failures=failures,
        rounds=rounds,
        recalled=True,
    )


def _rounds(results: Mapping[str, Any], row: int, split: int, *, has_score: bool) -> Rounds | None:
    """Return the rounds of a fit, as far as columns tell."""
    column = results.get(f"split{split}_n_rounds")
    if column is None or np.isnan(column[row]):
        return None
    n = int(column[row])
    if has_score or results["status"][row] != "stopped":
        return Rounds(n)
    return Rounds(n, curve=((n, math.nan),), missed=math.nan)  # it was given up


def _rung(results: Mapping[str, Any], row: int, resource: str) -> Rung | None:
    """Return the rung of a row, as far as columns tell."""
    if "iter" not in results:
        return None
    number, n_resources = int(results["iter"][row]), int(results["n_resources"][row])
    in_rung = np.bincount(results["iter"])
    n_kept = int(in_rung[number + 1]) if number + 1 < len(in_rung) else 1
    # rungs with as many resources have the very same samples
    return Rung(
        number, n_resources, resource, int(in_rung[number]), n_kept=n_kept, splits=n_resources
    )
