"""Records made of trials and results, in the tracker's thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..events import SearchInfo
from ..journal.digests import Undescribable
from ..journal.records import key_of
from ..results import Results, best_first, status_and_error
from ..trials import Outcome, Trial
from ..types import Params
from .records import Ended, TrialRecord
from .secret_names import hide_secrets, without_secrets

_KEY = 16
"""Characters of a digest that tell candidates of a search apart."""


class Entries:
    """A maker of the records of a search.

    Parameters
    ----------
    info : SearchInfo
    public : callable
        Gives what may be kept of parameters.
    """

    def __init__(
        self, info: SearchInfo, public: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> None:
        self._info = info
        self._public = public
        self._ids: dict[int, str] = {}
        self._seen: Counter[str] = Counter()

    def space(self, space: Any) -> Any:
        """Return the space without the secrets in it."""
        if isinstance(space, Mapping):
            return self._public(space)
        if isinstance(space, list | tuple):
            return [self.space(part) for part in space]
        return space

    def trial(self, trial: Trial, status: str | None = None) -> TrialRecord:
        """Describe a candidate of which no more comes."""
        known, reason = status_and_error(trial, stopped=not trial.complete)
        if reason is not None and self._public is without_secrets:
            reason = hide_secrets(reason)
        scores = _by_metric(trial, "test_scores")
        began, ended = _span(trial, self._info)
        return TrialRecord(
            id=self._id(trial),
            number=trial.number,
            params=self._public(trial.params),
            status=status if status == "dropped" or (status and known == "stopped") else known,
            reason=reason,
            scores=scores,
            train_scores=_by_metric(trial, "train_scores"),
            means={name: mean for name, of in scores.items() if (mean := _mean(of)) is not None},
            fit_times=[None if o is None else o.fit_time for o in trial.outcomes],
            score_times=[None if o is None else o.score_time for o in trial.outcomes],
            began=began,
            ended=ended,
            duplicate_of=trial.duplicate_of,
            rung=trial.rung,
        )

    def end(self, results: Results, ended: float, seconds: float) -> Ended:
        """Describe the end of the search."""
        rows = [self._public_row(trial) for trial in results.trials]
        public = replace(results, table=replace(results.table, rows=rows))
        best, score, metric = None, None, results.objective.metric
        if rows and metric in results.table.metrics:
            row = int(best_first(public.cv_results, metric)[0])
            mean = float(public.cv_results[f"mean_test_{metric}"][row])
            if mean == mean:  # else there is none
                best, score = rows[row].params, mean
        return Ended(public, ended, best, score, seconds)

    def _public_row(self, trial: Trial) -> Trial:
        """Return a candidate without secrets: they are in what its failures tell, too."""
        outcomes = trial.outcomes
        if self._public is without_secrets:
            outcomes = [None if o is None else _without_secrets(o) for o in outcomes]
        return replace(trial, params=self._public(trial.params), outcomes=outcomes)

    def _id(self, trial: Trial) -> str:
        """Return a candidate's id: by its values, since numbers are others when a grid grows."""
        if trial.number not in self._ids:
            key = self._key(trial.params, trial)
            self._seen[key] += 1
            n = self._seen[key]
            self._ids[trial.number] = key if n == 1 else f"{key}-{n}"
        return self._ids[trial.number]

    def _key(self, params: Params, trial: Trial) -> str:
        keys = self._info.keys
        try:
            n_samples = None if trial.rung is None else trial.rung.n_samples
            key = key_of(params, n_samples) if keys is None else keys[trial.number]
        except Undescribable:
            return f"number-{trial.number}"
        return key[:_KEY]


def _without_secrets(outcome: Outcome) -> Outcome:
    told = [
        replace(one, reason=hide_secrets(one.reason), traceback=hide_secrets(one.traceback))
        for one in outcome.failures
    ]
    return replace(outcome, failures=tuple(told)) if told else outcome


def _by_metric(trial: Trial, which: str) -> dict[str, list[float | None]]:
    found: list[Mapping[str, float | None]]
    found = [{} if o is None else getattr(o, which) for o in trial.outcomes]
    names = dict.fromkeys(name for scores in found for name in scores)
    return {name: [scores.get(name) for scores in found] for name in names}


def _mean(scores: list[float | None]) -> float | None:
    """Return the mean, where every split has a score: to the bit that of ``cv_results_``."""
    known = [score for score in scores if score is not None and score == score]
    return float(np.mean(known)) if known and len(known) == len(scores) else None


def _span(trial: Trial, info: SearchInfo) -> tuple[float, float]:
    """Return when a candidate's first fit began and its last ended, as far as it is known."""
    spans = [(o.began, o.began + o.own_time) for o in trial.finished if o.began is not None]
    if not spans:
        seconds = sum(_seconds(outcome) for outcome in trial.finished)
        return info.began, info.began + seconds
    return min(began for began, _ in spans), max(ended for _, ended in spans)


def _seconds(outcome: Outcome) -> float:
    return outcome.own_time or outcome.fit_time + outcome.score_time
