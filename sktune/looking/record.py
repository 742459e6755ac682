"""A search as arrays, whatever it is read from: all that figures are functions of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..background import Background
from ..events import Observer, SearchInfo
from ..replay import replay
from ..results import OutOfFold, Results, Table
from ..trials import SAMPLES, Rounds, Rung
from ..types import Bools, Floats

Source = Any
"""A fitted search, also scikit-learn's own; its ``cv_results_``; or the path of a checkpoint."""

_LEAST = 10
"""Candidates of which it can be told how their parameters matter."""


@dataclass(frozen=True, eq=False)
class Record:
    """A search: its candidates, and their scores.

    Attributes
    ----------
    params : sequence of dict
        The candidates, in the order in which they were asked for.
    status : sequence of str
        "ok", "failed", "timeout", "crashed", "stopped" or "partial".
    errors : sequence of str or None
        Why candidates failed.
    metric : str
        The metric that is shown.
    metrics : tuple of str
    scores : mapping of metric to float array of shape (n_candidates, n_splits)
        Scores on the test samples; nan where there is none.
    done : bool array of shape (n_candidates, n_splits)
        Where there is an outcome.
    fit_time : float array of shape (n_candidates, n_splits)
        Seconds; nan where there is no outcome.
    own_time, started, worker : float array of shape (n_candidates, n_splits)
        Seconds that a worker spent, when it began, and which it was; nan where it is not known.
    duplicate : bool array of shape (n_candidates,)
        Candidates that are equal to an earlier one, whose outcomes they have.
    resumed_at : float
        Seconds at which this run began, after those of earlier ones; 0 if it is not known.
    shares : bool or None
        Whether anything was done once for several candidates; None if it is not known.
    background : Background
        What is known of the search beside its scores.
    own : int or None
        The row of the estimator as it was given, if it was tried.
    rounds : sequence of sequences of Rounds or None
        What early stopping has found, with its curves, of each candidate on each split.
    rungs : sequence of Rung
        Of successive halving, one a candidate; empty otherwise.
    best : int or None
        The row of the best candidate; None if no candidate has a score.
    test_share : float or None
        Share of the samples that are held out in a split, if it is known.
    out_of_fold : OutOfFold or None
        What the best candidate predicts of samples that it was not fitted on, if that is kept.
    """

    params: Sequence[dict[str, Any]]
    status: Sequence[str]
    errors: Sequence[str | None]
    metric: str
    metrics: tuple[str, ...]
    scores: Mapping[str, Floats]
    done: Bools
    fit_time: Floats
    own_time: Floats
    started: Floats
    worker: Floats
    duplicate: Bools
    rungs: Sequence[Rung]
    best: int | None
    test_share: float | None = None
    resumed_at: float = 0.0
    shares: bool | None = None
    background: Background = field(default_factory=Background)
    own: int | None = None
    rounds: Sequence[Sequence[Rounds | None]] = ()
    out_of_fold: OutOfFold | None = None

    @classmethod
    def of(cls, source: Source, metric: str | None = None) -> Record:
        """Read a search.

        Parameters
        ----------
        source : fitted search, mapping, str or path-like
            A search of sktune's or of scikit-learn's, its ``cv_results_``, or the path of a
            checkpoint, also while the search runs.
        metric : str, optional
            Which is shown, where there are several; by default the one that decides.

        Raises
        ------
        ValueError
            If there is no such metric, or nothing was tried yet.
        """
        listener = Heard()
        replay(source, listener)
        if not listener.results.table.rows:
            raise ValueError(f"{source!r} has no candidates yet, so there is nothing to look at.")
        best = getattr(source, "best_index_", None) if metric is None else None
        resumed_at = getattr(source, "_resumed_at", 0.0)
        background = listener.info.background
        read = cls.of_results(listener.results, metric, best, resumed_at, background)
        return replace(read, out_of_fold=getattr(source, "out_of_fold_", None))

    @classmethod
    def of_results(
        cls,
        results: Results,
        metric: str | None = None,
        best: int | None = None,
        resumed_at: float = 0.0,
        background: Background | None = None,
    ) -> Record:
        """Read results; `best` is the row that was chosen, if it is known.

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        table = results.table
        if metric is not None and metric not in table.metrics:
            raise ValueError(f"metric={metric!r} is none of the metrics {list(table.metrics)}.")
        shown = metric or results.objective.metric_among(table.metrics)
        scores = {m: np.where(table.failed[m], np.nan, table.test[m]) for m in table.metrics}
        found = results.cv_results
        if best is None:
            best = _best(found, shown, scores[shown])
        return cls(
            found["params"],
            found["status"].tolist(),
            found["error"].tolist(),
            shown,
            table.metrics,
            scores,
            table.known,
            table.fit_time,
            table.own_time,
            table.started,
            table.worker,
            np.array([trial.duplicate_of is not None for trial in table.rows]),
            [trial.rung for trial in table.rows if trial.rung is not None],
            None if best is None else int(best),
            results.test_share,
            resumed_at,
            results.shared_work.shared if results.shared_work.steps else None,
            background or Background(),
            _own(background, table),
            [[None if o is None else o.rounds for o in trial.outcomes] for trial in table.rows],
        )

    def only(self, rows: Any) -> Record:
        """Return the record of some candidates; their rows are counted anew."""
        scores = {name: found[rows] for name, found in self.scores.items()}
        place = {int(row): k for k, row in enumerate(rows)}
        best = None if self.best is None else place.get(self.best)
        return replace(
            self,
            params=[self.params[row] for row in rows],
            status=[self.status[row] for row in rows],
            errors=[self.errors[row] for row in rows],
            scores=scores,
            done=self.done[rows],
            fit_time=self.fit_time[rows],
            own_time=self.own_time[rows],
            started=self.started[rows],
            worker=self.worker[rows],
            duplicate=self.duplicate[rows],
            rungs=[self.rungs[row] for row in rows] if self.rungs else [],
            best=best,
            own=None if self.own is None else place.get(self.own),
            rounds=[self.rounds[row] for row in rows],
        )

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the best score there may be; infinite where that is not known."""
        return self.background.limits.get(self.metric, (-np.inf, np.inf))

    @cached_property
    def means(self) -> Floats:
        """Mean scores, shape (n_candidates,); nan for candidates without all their scores."""
        means: Floats = self.scores[self.metric].mean(axis=1)
        return means

    @cached_property
    def estimates(self) -> Floats:
        """Mean scores, shape (n_candidates,), also of candidates that lack some splits.

        Of these it is the best candidate's mean, and how they differ from it on the splits that
        they have: some splits are easier than others. nan without any score.
        """
        if self.best is None:
            return self.means
        scores = self.scores[self.metric]
        differences = scores - scores[self.best]
        known = ~np.isnan(differences)
        n = known.sum(axis=1)
        mean = np.where(known, differences, 0.0).sum(axis=1) / np.maximum(n, 1)
        estimates = np.where(n > 0, self.means[self.best] + mean, np.nan)
        return np.asarray(np.where(np.isnan(self.means), estimates, self.means))

    @cached_property
    def alike(self) -> Bools:
        """Mask of the candidates that tell of parameters: all, or the last rung of ten or more."""
        if not self.rungs:
            return self.ended
        numbers = np.array([rung.number for rung in self.rungs])
        large = [n for n in np.unique(numbers) if (numbers == n).sum() >= _LEAST]
        return np.asarray(numbers == (large[-1] if large else numbers.min()))

    @property
    def rung(self) -> str:
        """The candidates that tell of parameters, in words, where not all do."""
        if not self.rungs:
            return ""
        one = self.rungs[int(np.flatnonzero(self.alike)[0])]
        n = one.n_resources
        told = f"on {n} samples" if one.resource == SAMPLES else f"with {one.resource} = {n}"
        return f"{int(self.alike.sum())} candidates {told}"

    @cached_property
    def names(self) -> list[str]:
        """The parameters that were searched, in the order in which they appear."""
        return list(dict.fromkeys(name for params in self.params for name in params))

    @cached_property
    def ended(self) -> Bools:
        """Mask of the candidates that compare with each other: all, or those of the last rung.

        While a search runs, the last one in which a candidate has all its scores.
        """
        if not self.rungs:
            return np.ones(len(self.params), dtype=bool)
        numbers = np.array([rung.number for rung in self.rungs])
        last = numbers.max() if self.best is None else numbers[self.best]
        return np.asarray(numbers == last)


class Heard(Observer):
    """An observer that keeps what it hears of the beginning and the end of a search."""

    info: SearchInfo
    results: Results

    def search_started(self, info: SearchInfo) -> None:
        self.info = info

    def search_finished(self, results: Results) -> None:
        self.results = results


def _own(background: Background | None, table: Table) -> int | None:
    if background is None or background.is_own is None:
        return None
    rungs = [trial.rung.number for trial in table.rows if trial.rung is not None]
    last = max(rungs, default=None)
    for row, trial in enumerate(table.rows):
        is_last = trial.rung is None or trial.rung.number == last
        if is_last and background.is_own(trial):
            return row
    return None


def _best(results: Mapping[str, Any], metric: str, scores: Floats) -> int | None:
    ranks = np.asarray(results[f"rank_test_{metric}"], dtype=float)
    complete = ~np.isnan(scores.mean(axis=1))
    if not complete.any():
        return None
    if "iter" in results:
        complete &= results["iter"] == results["iter"][complete].max()
    return int(np.where(complete, ranks, np.inf).argmin())
