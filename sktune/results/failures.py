"""One summary of everything that failed, grouped by reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..exceptions import FailedCandidatesWarning, warn
from ..messages import params_in_short, shortened
from ..trials import Failure, Outcome, Trial
from ..types import Params

_PARAMS_SHOWN, _GROUPS_SHOWN, _LINES_SHOWN = 5, 5, 20
_LONGEST_LINE, _LONGEST_STORY = 500, 4_000
"""Characters of a candidate or a reason, and of a traceback; `error_score="raise"` has them all."""

_NUMBER = re.compile(
    r"0x[0-9a-fA-F]+|[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|(?<!\w)-?(?:nan|inf)(?!\w)"
)
_RULE = "-" * 80

_MOST_STORIES = 40
"""Different tracebacks that a search keeps."""

Stories = list[tuple[int, int, list[tuple[str, str, str]]]]
"""Rows and splits, each with what `Failure` has: as plain data, which is kept in any format."""

_WHAT = {
    "fit": "fits failed with the following error",
    "scoring": "times scoring failed with the following error",
    "score": "scores cannot be used",
    "timeout": "fits were ended at their time limit",
    "crash": "times the process that did the fit died of it",
    "train score": "times scoring on the training set failed with the following error",
}


@dataclass(slots=True)
class _Group:
    """Failures with the same stage and reason, but for values in it."""

    example: Failure
    count: int = 0
    rows: list[Params] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)

    def tell(self) -> str:
        rows = [params_in_short(params) for params in self.rows[:_PARAMS_SHOWN]]
        shown = "\n".join(f"  {shortened(row, _LONGEST_LINE)}" for row in rows)
        more = len(self.rows) - _PARAMS_SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        n = len(self.reasons)
        others = "" if n == 1 else f"\nand {n - 1} others that differ from it in values alone,"
        story = shortened(self.example.traceback.rstrip(), _LONGEST_STORY)
        return (
            f"{_RULE}\n{self.count} {_WHAT[self.example.stage]}:\n{story}"
            f"{others}\nwith {len(self.rows)} candidate{'s' if len(self.rows) > 1 else ''}:\n"
            f"{shown}{rest}"
        )

    def tell_in_short(self) -> str:
        line = shortened(self.example.reason, _LONGEST_LINE)
        return f"{self.count} {_WHAT[self.example.stage]}: {line}"


def _without_values(reason: str, params: Params) -> str:
    """Return a reason with numbers, and plain values of the candidate, left out."""
    for value in params.values():
        if value is None or isinstance(value, str | bool):
            reason = re.sub(rf"(?<!\w){re.escape(repr(value))}(?!\w)", "...", reason)
    return _NUMBER.sub("...", reason)


def stories_of(rows: Sequence[Trial]) -> Stories:
    """Return what has failed where; of tracebacks the first that differ, each once."""
    known: dict[str, str] = {}
    found: Stories = []
    for row, trial in enumerate(rows):
        for outcome in trial.finished if trial.duplicate_of is None else ():
            told = []
            for one in outcome.failures:
                if len(known) < _MOST_STORIES:
                    known.setdefault(one.traceback, one.traceback)
                told.append((one.stage, one.reason, known.get(one.traceback, one.reason)))
            if told:
                found.append((row, outcome.split, told))
    return found


def check_not_all_failed(rows: Sequence[Trial], *, any_score: bool) -> None:
    """Raise if all fits failed, or if there is not `any_score` to choose the best candidate by.

    Raises
    ------
    ValueError
        With all reasons.
    """
    outcomes = [outcome for trial in rows for outcome in trial.finished]
    fits = _fits(_count_by_stage(outcomes))
    all_fits = fits == len(outcomes)
    if any_score and not all_fits:
        return
    what = "fits" if all_fits else "fits or their scores" if fits else "scores"
    raise ValueError(
        f"All the {len(outcomes)} {what} failed. {_first(outcomes)}\n"
        "It is very likely that your model is misconfigured.\n"
        "You can try to debug the error by setting error_score='raise'.\n\n"
        f"Below are more details about the failures:\n{_details(rows)}"
    )


def none_is_a_number(rows: Sequence[Trial]) -> bool:
    """Whether the scorer has returned something each time, and never what is a number."""
    outcomes = [outcome for trial in rows for outcome in trial.finished]
    return all(
        outcome.failures
        and all(failure.stage in ("score", "train score") for failure in outcome.failures)
        and all(score is None for score in outcome.test_scores.values())
        for outcome in outcomes
    )


def failures_of(outcome: Outcome) -> tuple[Failure, ...]:
    """Return the failures of an outcome; a score that is nan says nothing either."""
    nan = [name for name, score in outcome.test_scores.items() if score != score]
    if not nan:
        return outcome.failures
    reason = f"ValueError: the score is nan ({', '.join(sorted(nan))})"
    return *outcome.failures, Failure("score", reason, reason)


def report_failures(rows: Sequence[Trial], error_score: float | str) -> None:
    """Warn once of everything that failed; `error_score` stands in for the scores."""
    outcomes = [outcome for trial in rows for outcome in trial.finished]
    counts = _count_by_stage(outcomes)
    fits = _fits(counts)
    told = f"{fits} fits failed out of a total of {len(outcomes)}."
    if unscored := counts.total() - fits:
        told = f"Scoring failed {unscored} times; {told}"
    warn(
        f"{told} {_first(outcomes)}\n"
        "The score on these train-test partitions for these parameters will be set to "
        f"{error_score}.\nIf these failures are not expected, you can try to debug them by "
        "setting error_score='raise'.\n\n"
        f"Below are more details about the failures:\n{_details(rows)}",
        FailedCandidatesWarning,
    )


def _first(outcomes: Sequence[Outcome]) -> str:
    """Return the first reason, so that it need not be looked for among tracebacks."""
    return "The first: " + next((f.reason for o in outcomes for f in failures_of(o)), "no score")


def _fits(counts: Counter[str]) -> int:
    """Return how many of the failures are those of fits."""
    return counts["fit"] + counts["timeout"] + counts["crash"]


def _count_by_stage(outcomes: Sequence[Outcome]) -> Counter[str]:
    return Counter(failure.stage for outcome in outcomes for failure in failures_of(outcome))


def _details(rows: Sequence[Trial]) -> str:
    groups: dict[tuple[str, str], _Group] = {}
    for trial in rows:
        mine: set[tuple[str, str]] = set()
        for outcome in trial.finished:
            for failure in failures_of(outcome):
                key = failure.stage, _without_values(failure.reason, trial.params)
                group = groups.setdefault(key, _Group(failure))
                group.count += 1
                group.reasons.add(failure.reason)
                if key not in mine:
                    mine.add(key)
                    group.rows.append(trial.params)
    told = [group.tell() for group in list(groups.values())[:_GROUPS_SHOWN]]
    rest = [group.tell_in_short() for group in list(groups.values())[_GROUPS_SHOWN:]]
    if rest:
        told += [f"{_RULE}\nand, in short:", *rest[:_LINES_SHOWN]]
    if len(rest) > _LINES_SHOWN:
        told.append(f"and {len(rest) - _LINES_SHOWN} more; each is in cv_results_['error']")
    return "\n".join(told)
