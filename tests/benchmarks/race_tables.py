"""The tables of the benchmarks of racing and halving, from their runs.

`racing.py` and `halving.py` say what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Run = dict[str, Any]

ERRORS = "neg_"
"""How the names of scores begin whose unit is not that of the others."""


def mean(runs: Iterable[Run], of: str) -> float:
    return float(np.mean([run[of] for run in runs]))


def worst(runs: Sequence[Run], of: str, pick: Callable[..., float]) -> float:
    """The mean over seeds of the search for which it is the largest or smallest."""
    return pick(mean(some, of) for some in by(runs, "search").values())


def by(runs: Iterable[Run], name: str) -> dict[Any, list[Run]]:
    found: dict[Any, list[Run]] = {}
    for run in runs:
        found.setdefault(run[name], []).append(run)
    return found


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(
        f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *map(list, rows)]
    )


def per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"


def costs(run: Sequence[Run], key: str) -> str:
    return f"{per_cent(mean(run, key))} ({per_cent(worst(run, key, max))})"


def policies(runs: Sequence[Run], full: Sequence[Run], resource: str = "samples") -> str:
    """A row for each policy: what it costs and what it loses.

    Parameters
    ----------
    runs : sequence of dict
        On the same folds.
    full : sequence of dict
        Full searches, whose CPU seconds the others' are divided by.
    resource : str
        What the fits of those are weighted by that say so.
    """
    seconds = {(run["search"], run["seed"]): run["cpu"] for run in full}
    rows = []
    for policy, some in by(runs, "policy").items():
        unit = [run for run in some if not run["scoring"].startswith(ERRORS)]
        timed = [run for run in some if "cpu" in run and (run["search"], run["seed"]) in seconds]
        theirs = sum(seconds[run["search"], run["seed"]] for run in timed)
        used = costs(some, "used")
        if "weighted" in some[0]:
            used += f"; by {resource} {costs(some, 'weighted')}"
        rows.append(
            [
                policy,
                used,
                f"{per_cent(mean(some, 'kept'))} ({per_cent(worst(some, 'kept', min))})",
                f"{mean(unit, 'loss'):.5f} ({worst(unit, 'loss', max):.5f})",
                f"{mean(some, 'relative'):.4f} ({worst(some, 'relative', max):.4f})",
                f"{sum(run['cpu'] for run in timed) / theirs:.2f}" if theirs else "",
                str(len(some)),
            ]
        )
    head = ["policy", "fits used", "winner kept", "loss", "loss / spread", "CPU", "runs"]
    return table(head, rows)


def variants(runs: Sequence[Run]) -> str:
    """A row for each variant of a policy, columns for each number of folds."""
    rows, folds = [], sorted(by(runs, "folds"))
    for variant, some in by(runs, "policy").items():
        row = [variant]
        for k in folds:
            of = [run for run in some if run["folds"] == k]
            unit = [run for run in of if not run["scoring"].startswith(ERRORS)]
            row += [costs(of, "used"), per_cent(mean(of, "kept")), f"{mean(unit, 'loss'):.5f}"]
        rows.append(row)
    return table(["", *_columns(folds)], rows)


def _columns(folds: Sequence[int]) -> list[str]:
    return [f"{words}, {k} folds" for k in folds for words in ("fits used", "kept", "loss")]


def searches(runs: Sequence[Run]) -> str:
    """A row for each search, columns for each number of folds, of one policy."""
    rows, folds = [], sorted(by(runs, "folds"))
    for search, some in by(runs, "search").items():
        row = [f"{search} ({some[0]['scoring']})"]
        for k in folds:
            of = [run for run in some if run["folds"] == k]
            kept = f"{sum(run['kept'] for run in of)} of {len(of)}"
            row += [per_cent(mean(of, "used")), kept, f"{mean(of, 'loss'):.2g}"]
        rows.append(row)
    row = ["all"]
    for k in folds:
        of = [run for run in runs if run["folds"] == k]
        kept = f"{sum(run['kept'] for run in of)} of {len(of)}"
        row += [per_cent(mean(of, "used")), kept, ""]
    rows.append(row)
    return table(["search", *_columns(folds)], rows)


def rungs(runs: Sequence[Run]) -> str:
    """A row for each search and number of folds, of one method of halving."""
    rows = []
    for (search, folds), some in grouped(runs).items():
        row = [search, str(folds), ", ".join(f"{n} on {most}" for n, most in some[0]["rungs"])]
        row += [per_cent(mean(some, name)) for name in ("failed", "weighted")]
        kept = f"{sum(run['kept'] for run in some)} of {len(some)}"
        rows.append([*row, kept, f"{mean(some, 'relative'):.3f}"])
    head = ["search", "folds", "candidates and resources", "first rung failed", "fits, weighted"]
    return table([*head, "kept", "loss / spread"], rows)


def bayes(runs: Sequence[Run]) -> str:
    """A row for each search and number of folds, with racing less without."""
    rows = []
    every: list[tuple[Run, Run]] = []
    for (search, folds), some in grouped(runs).items():
        pairs = _pairs(some)
        every += pairs
        rows.append([search, str(folds), *_beside(pairs, f"{_loss(pairs):.5f}")])
    rows += [
        ["all", str(k), *_beside([p for p in every if p[0]["folds"] == k], "")]
        for k in sorted(by(runs, "folds"))
    ]
    head = ["search", "folds", "fits used", "loss", "loss / spread", "better, same, worse", "CPU"]
    return table(head, rows)


def grouped(runs: Sequence[Run]) -> dict[tuple[str, int], list[Run]]:
    """By search and number of folds."""
    return {
        (search, k): of
        for search, some in by(runs, "search").items()
        for k, of in by(some, "folds").items()
    }


def _pairs(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """With racing, and without."""
    there = {(run["policy"], run["seed"]): run for run in runs}
    return [(run, there["none", seed]) for (name, seed), run in there.items() if name != "none"]


def _loss(pairs: Sequence[tuple[Run, Run]]) -> float:
    return float(np.mean([none["best"] - race["best"] for race, none in pairs]))


def _beside(pairs: Sequence[tuple[Run, Run]], loss: str) -> list[str]:
    gains = [(race["best"] - none["best"]) / none["spread"] for race, none in pairs]
    counts = [sum(g > 1e-9 for g in gains), 0, sum(g < -1e-9 for g in gains)]
    counts[1] = len(gains) - sum(counts)
    return [
        per_cent(float(np.mean([race["used"] for race, _ in pairs]))),
        loss,
        f"{-np.mean(gains):.3f}",
        ", ".join(map(str, counts)),
        f"{sum(race['cpu'] for race, _ in pairs) / sum(none['cpu'] for _, none in pairs):.2f}",
    ]
