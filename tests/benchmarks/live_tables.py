"""The tables of the live comparison, from its runs; `live.py` says what is in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

Run = dict[str, Any]
MEASURES = {"best": "Best cross-validated score", "held_out": "Held-out score"}


class Runs:
    """Runs of one setting, as tables of seeds and searches; seeds that all searches have."""

    def __init__(self, runs: Sequence[Run], searches: Sequence[str]) -> None:
        if len({(run["n"], run["seconds"]) for run in runs}) != 1:
            raise SystemExit("there must be runs, all of the same trials and seconds")
        self._runs = {(run["task"], run["seed"], run["search"]): run for run in runs}
        self.searches = searches
        self.n, self.moments = runs[0]["n"], list(runs[0]["moments"])
        self.titles: dict[str, str] = {}
        self._seeds: dict[str, list[int]] = {}
        for task, seed, _ in self._runs:
            if all((task, seed, search) in self._runs for search in searches):
                title = self._runs[task, seed, searches[0]]["title"]
                self.titles[task] = title
                seeds = self._seeds.setdefault(task, [])
                seeds += [seed] * (seed not in seeds)
        if not self.titles:
            raise SystemExit("no task has runs of all searches with the same seed yet")

    def of(self, task: str, value: Callable[[Run], float]) -> Any:
        """Values, seeds by searches."""
        return np.array(
            [
                [value(self._runs[task, seed, search]) for search in self.searches]
                for seed in self._seeds[task]
            ]
        )

    def at(self, task: str, moment: str, measure: str) -> Any:
        """Scores at a moment, seeds by searches."""
        return self.of(task, lambda run: run["moments"][moment][measure])

    def gaps(self, task: str, moment: str) -> Any:
        """A value a search: per cent of the mean gap of all at the first moment."""
        top = self.of(task, lambda run: max(run["scores"])).max(axis=1, keepdims=True)
        scale = (top - self.at(task, self.moments[0], "best")).mean()
        gaps = (top - self.at(task, moment, "best")).mean(axis=0)
        return 100 * gaps / scale if scale else gaps  # all of them 0


def error(differences: Any) -> Any:
    """The standard error of means over seeds, nothing for one seed."""
    n = len(differences)
    return (
        np.std(differences, axis=0, ddof=1) / np.sqrt(n)
        if n > 1
        else np.zeros(differences.shape[1])
    )


def _scores(runs: Runs, moment: str, measure: str) -> list[list[str]]:
    rows, ranks, gaps = [], [], []
    better = np.zeros((len(runs.searches), 3), int)
    for task, title in runs.titles.items():
        scores = runs.at(task, moment, measure)
        errors = error(scores - scores.mean(axis=1, keepdims=True))
        cells = [f"{m:.4f} ± {e:.4f}" for m, e in zip(scores.mean(axis=0), errors, strict=True)]
        if measure == "best":
            gaps.append(runs.gaps(task, moment))
            cells = [f"{cell} ({gap:.0f})" for cell, gap in zip(cells, gaps[-1], strict=True)]
        rows.append([title, *cells])
        ranks += [rankdata(-row) for row in np.round(scores, 4)]
        ahead = scores[:, -1:] - scores
        mean, spread = ahead.mean(axis=0), error(ahead)
        tie = (np.abs(mean) < spread) | (mean == 0)
        better += np.stack([~tie & (mean > 0), tie, ~tie & (mean < 0)], axis=1)
    if gaps:
        rows.append(["mean gap", *(f"{gap:.0f}" for gap in np.mean(gaps, axis=0))])
    rows.append(["mean rank", *(f"{rank:.2f}" for rank in np.mean(ranks, axis=0))])
    counts = [f"{won}, {tied}, {lost}" for won, tied, lost in better[:-1]]
    rows.append([f"{runs.searches[-1]} better, as good, worse", *counts, ""])
    return rows


def _costs(runs: Runs) -> list[list[str]]:
    """Milliseconds beside fits and scores; trials in the time; CPU seconds."""
    n, last = runs.n, runs.moments[-1]
    figures: list[tuple[Callable[[Run], float], str]] = [
        (lambda run: 1e3 * (run["ends"][n - 1] - sum(run["inside"][:n])) / n, "{:.0f} ms"),
        (lambda run: run["moments"][last]["trials"], "{:.0f} trials"),
        (lambda run: run["cpu"][n - 1], "{:.1f} s"),
    ]
    rows = []
    for task, title in runs.titles.items():
        medians = [(np.median(runs.of(task, value), axis=0), form) for value, form in figures]
        places = range(len(runs.searches))
        rows.append([title, *(", ".join(f.format(m[k]) for m, f in medians) for k in places)])
    return rows


def tables(runs: Sequence[Run], searches: Sequence[str]) -> str:
    """All tables, in markdown."""
    known = Runs(runs, searches)
    parts = []
    for moment in known.moments:
        for measure, words in MEASURES.items():
            parts.append((f"{words} after {moment}", _scores(known, moment, measure)))
    words = f"A trial beside its fits and scores, trials in {known.moments[-1]}, CPU of {known.n}"
    parts.append((f"{words} trials", _costs(known)))
    head = f"| task | {' | '.join(searches)} |\n|{' --- |' * (1 + len(searches))}\n"
    return "\n\n".join(
        f"### {title}\n\n{head}" + "\n".join(f"| {' | '.join(row)} |" for row in rows)
        for title, rows in parts
    )
