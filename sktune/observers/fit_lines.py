"""Lines for each fit, as scikit-learn prints them; by the parent, whatever runs the fits."""

from __future__ import annotations

import math
from collections.abc import Mapping

from joblib.logger import short_format_time

from ..events import Observer, SearchInfo
from ..trials import SINGLE, Outcome, Rung, Trial
from .printing import in_words, print_line

_WIDTH = 80


class HeaderLine(Observer):
    """Print how much there is to do.

    Parameters
    ----------
    rungs : bool, default=False
        Whether to print it for each rung of successive halving too.
    """

    def __init__(self, *, rungs: bool = False) -> None:
        self._rungs = rungs

    def rung_started(self, rung: Rung) -> None:
        if self._rungs:
            what = "candidate" if rung.n_candidates == 1 else "candidates"
            resources = f"{rung.resource}={rung.n_resources}"
            print_line(f"Rung {rung.number}: {rung.n_candidates} {what} with {resources}")

    def search_started(self, info: SearchInfo) -> None:
        if info.n_candidates is None:
            print_line(f"Fitting {info.n_splits} folds for each candidate")
            return
        print_line(
            f"Fitting {info.n_splits} folds for each of {info.n_candidates} candidates, "
            f"totalling {info.n_fits} fits"
        )


class FitLines(Observer):
    """Print a line for every fit.

    Parameters
    ----------
    verbose : int
        2 prints parameters and time, 3 also the scores and the split, 10 also the
        beginning of each fit and the candidate's number.
    error_score : float, default=nan
        Printed in place of a score that could not be had.
    """

    def __init__(self, verbose: int, error_score: float = math.nan) -> None:
        self._verbose = verbose
        self._error_score = error_score
        self._total: int | None = None
        self._n_splits = 0

    def search_started(self, info: SearchInfo) -> None:
        self._total, self._n_splits = info.n_candidates, info.n_splits

    def split_started(self, trial: Trial, split: int) -> None:
        if self._verbose > 9:
            message = f"[CV{self._progress(trial, split)}] START {_params(trial)}"
            print_line(f"{message}{(_WIDTH - len(message)) * '.'}")

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        if outcome.recalled or trial.duplicate_of is not None:
            return  # no fit has ended
        end = f"[CV{self._progress(trial, outcome.split)}] END "
        result = _params(trial)
        if self._verbose > 2:
            result += (";" if result else "") + self._scores(outcome)
        elif result:
            result += ";"
        seconds = outcome.fit_time + outcome.score_time
        result += f" total time={short_format_time(seconds)}"
        print_line(end + "." * (_WIDTH - len(end) - len(result)) + result)

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
