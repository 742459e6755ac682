"""One summary of everything that failed, grouped by reason."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..exceptions import FailedCandidatesWarning
from ..trials import Failure, Params, Trial

_PARAMS_SHOWN = 5
_RULE = "-" * 80

_WHAT = {
    "fit": "fits failed with the following error",
    "scoring": "times scoring failed with the following error",
    "score": "scores cannot be used",
    "train score": "times scoring on the training set failed with the following error",
}


@dataclass(slots=True)
class _Group:
    """Failures with the same stage and reason."""

    example: Failure
    count: int = 0
    rows: list[Params] = field(default_factory=list)

    def tell(self) -> str:
        shown = "\n".join(f"  {dict(params)}" for params in self.rows[:_PARAMS_SHOWN])
        more = len(self.rows) - _PARAMS_SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        return (
            f"{_RULE}\n{self.count} {_WHAT[self.example.stage]}:\n{self.example.traceback.rstrip()}"
            f"\nwith {len(self.rows)} candidate{'s' if len(self.rows) > 1 else ''}:\n{shown}{rest}"
        )


def report_failures(rows: Sequence[Trial], error_score: float) -> None:
    """Warn once of all failures; raise if there is nothing else.

    Parameters
    ----------
    rows : sequence of Trial
    error_score : float
        What stands in for the scores.

    Raises
    ------
    ValueError
        If every task failed. If it was the scorer that raised each time, there is a
        warning only, as in scikit-learn: the candidates could be fitted.
    """
    outcomes = [outcome for trial in rows for outcome in trial.finished]
    if not any(outcome.failures for outcome in outcomes):
        return
    groups = _groups(rows)
    details = "\n".join(group.tell() for group in groups)
    counts = Counter(failure.stage for outcome in outcomes for failure in outcome.failures)
    failed = sum(outcome.failed for outcome in outcomes)
    if failed == len(outcomes) and counts["fit"] + counts["score"]:
        what = "fits" if counts["fit"] == failed else "fits or their scores"
        raise ValueError(
            f"\nAll the {failed} {what} failed.\n"
            "It is very likely that your model is misconfigured.\n"
            "You can try to debug the error by setting error_score='raise'.\n\n"
            f"Below are more details about the failures:\n{details}"
        )
    told = f"{counts['fit']} fits failed out of a total of {len(outcomes)}."
    if unscored := counts.total() - counts["fit"]:
        told = f"Scoring failed {unscored} times; {told}"
    warnings.warn(
        f"\n{told}\n"
        "The score on these train-test partitions for these parameters will be set to "
        f"{error_score}.\nIf these failures are not expected, you can try to debug them by "
        "setting error_score='raise'.\n\n"
        f"Below are more details about the failures:\n{details}",
        FailedCandidatesWarning,
        stacklevel=2,
    )


def _groups(rows: Sequence[Trial]) -> list[_Group]:
    groups: dict[tuple[str, str], _Group] = {}
    for trial in rows:
        mine: set[tuple[str, str]] = set()
        for outcome in trial.finished:
            for failure in outcome.failures:
                key = failure.stage, failure.reason
                group = groups.setdefault(key, _Group(failure))
                group.count += 1
                if key not in mine:
                    mine.add(key)
                    group.rows.append(trial.params)
    return list(groups.values())
