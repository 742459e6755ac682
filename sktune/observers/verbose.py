"""scikit-learn's lines for each fit, printed by the parent whatever runs the fits."""

from __future__ import annotations

import math
from collections.abc import Mapping

from joblib.logger import short_format_time

from ..trials import SINGLE, Outcome, Rung, Trial, Trials
from .base import Observer
from .saying import in_words, say

_WIDTH = 80


class Header(Observer):
    """Print how much there is to do.

    Parameters
    ----------
    rungs : bool, default=False
        Whether to print it for each rung of successive halving too.
    """

    def __init__(self, *, rungs: bool = False) -> None:
        self._rungs = rungs
        self._rung: Rung | None = None

    def trial_begun(self, trial: Trial) -> None:
        rung = trial.rung
        if self._rungs and rung is not None and rung != self._rung:
            self._rung = rung
            what = "candidate" if rung.n_candidates == 1 else "candidates"
            resources = f"{rung.resource}={rung.n_resources}"
            say(f"Rung {rung.number}: {rung.n_candidates} {what} with {resources}")

    def search_started(self, trials: Trials, total: int | None) -> None:
        if total is None:
            say(f"Fitting {trials.n_splits} folds for each candidate")
            return
        say(
            f"Fitting {trials.n_splits} folds for each of {total} candidates, "
            f"totalling {total * trials.n_splits} fits"
        )


class FitLines(Observer):
    """Print a line for every fit.

    Parameters
    ----------
    verbose : int
        2 prints parameters and time, 3 also the scores and the split, 10 also the
        beginning of each fit and the candidate's number.
    error_score : float or str, default=nan
        Printed in place of a score that could not be had.
    """

    def __init__(self, verbose: int, error_score: float | str = math.nan) -> None:
        self._verbose = verbose
        self._error_score = math.nan if isinstance(error_score, str) else float(error_score)
        self._total: int | None = None
        self._n_splits = 0

    def search_started(self, trials: Trials, total: int | None) -> None:
        self._total, self._n_splits = total, trials.n_splits

    def task_started(self, trial: Trial, split: int) -> None:
        if self._verbose > 9:
            message = f"[CV{self._progress(trial, split)}] START {_params(trial)}"
            say(f"{message}{(_WIDTH - len(message)) * '.'}")

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        end = f"[CV{self._progress(trial, outcome.split)}] END "
        result = _params(trial)
        if self._verbose > 2:
            result += (";" if result else "") + self._scores(outcome)
        elif result:
            result += ";"
        seconds = outcome.fit_time + outcome.score_time
        result += f" total time={short_format_time(seconds)}"
        say(end + "." * (_WIDTH - len(end) - len(result)) + result)

    def task_recalled(self, trial: Trial, outcome: Outcome) -> None:
        """Print nothing: no fit has ended."""

    def _progress(self, trial: Trial, split: int) -> str:
        if self._verbose <= 2:
            return ""
        progress = f" {split + 1}/{self._n_splits}"
        if self._verbose > 9:
            progress += f"; {trial.number + 1}/{self._total}"
        return progress

    def _scores(self, outcome: Outcome) -> str:
        if outcome.multimetric:
            names = sorted(outcome.test_scores)
            return "".join(f" {name}: {self._score(outcome, name)}" for name in names)
        told = self._score(outcome, SINGLE)
        return f", score={told if outcome.train_scores else told.removeprefix('(test=')[:-1]}"

    def _score(self, outcome: Outcome, name: str) -> str:
        train = f"train={self._number(outcome.train_scores, name)}, "
        test = f"test={self._number(outcome.test_scores, name)}"
        return f"({train if outcome.train_scores else ''}{test})"

    def _number(self, scores: Mapping[str, float | None], name: str) -> str:
        score = scores.get(name)
        return f"{self._error_score if score is None else score:.3f}"


def _params(trial: Trial) -> str:
    return ", ".join(f"{name}={in_words(trial.params[name])}" for name in sorted(trial.params))
