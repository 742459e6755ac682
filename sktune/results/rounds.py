"""The end of a search with early stopping: rounds that ran out."""

from __future__ import annotations

from ..exceptions import warn
from .table import Table


def report_rounds(table: Table) -> None:
    """Warn of fits that were still improving when their rounds were used up."""
    found = [
        (trial.number, outcome.rounds)
        for trial in table.rows
        if trial.duplicate_of is None
        for outcome in trial.finished
        if outcome.rounds is not None
    ]
    out = [(number, rounds) for number, rounds in found if rounds.ran_out]
    if not out:
        return
    candidates = len({number for number, _ in out})
    most = max(rounds.n for _, rounds in out)  # all that there might have been
    warn(
        f"early_stopping: {len(out)} of {len(found)} fits, of {candidates} of "
        f"{len(table.rows)} candidates, were not stopped before their rounds were used up. They "
        f"may have improved further: give the estimator more than {most} rounds."
    )
