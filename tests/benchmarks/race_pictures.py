"""A picture for each policy: on which splits it has evaluated whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from .race_runs import POLICIES, Race, replay
from .race_searches import SEARCHES

RACE = Race(SEARCHES[0], folds=10, seed=0)
DRAWN = "racing", "median", "bandit", "truncation"
DONE, STOPPED, WINNER = "#1f5f8b", "#dfe4e8", "#d1495b"


def draw(cache: Path, folder: Path) -> None:
    """Draw the policies on one search, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    full = RACE.scores(cache)
    for name in DRAWN:
        policy = POLICIES[name]
        assert policy is not None
        figure = _picture(name, full, ~np.isnan(replay(RACE, full, policy)))
        figure.savefig(folder / f"stopped-by-{name}.png", dpi=90)


def _picture(name: str, full: Any, done: Any) -> Figure:
    """Means above, splits below; candidates by their full mean, the best on the right."""
    means = full.mean(axis=1).round(12)
    order = np.lexsort((-np.arange(len(means)), means))  # of equal ones the first wins
    means, done = means[order], done[order]
    whole, places = done.all(axis=1), np.arange(len(means))
    winner = int(np.flatnonzero(whole)[-1])
    errors = 1 - means
    figure = Figure(figsize=(8, 4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.scatter(places[whole], errors[whole], 14, DONE, label="all splits")
    above.scatter(
        places[~whole], errors[~whole], 14, "white", edgecolors="#7b8794", label="stopped"
    )
    above.scatter([winner], [errors[winner]], 110, WINNER, "*", zorder=3, label="winner")
    above.set(ylabel="error, all splits", yscale="log")
    above.invert_yaxis()
    above.legend(loc="upper left", frameon=False)
    above.set_title(
        f"{name}: {np.count_nonzero(done)} of {done.size} fits, "
        f"{np.count_nonzero(~whole)} of {len(done)} candidates stopped",
        loc="left",
    )
    below.pcolormesh(
        np.arange(len(done) + 1) - 0.5,
        np.arange(done.shape[1] + 1) + 0.5,
        done.T,
        cmap=ListedColormap([STOPPED, DONE]),
        vmin=0,
        vmax=1,
        edgecolors="white",
        linewidth=0.5,
    )
    below.set_xlim(-1.5, len(done) + 0.5)  # room for the star
    below.set(xlabel="candidates, the best on the right", ylabel="split", yticks=range(1, 11, 3))
    below.invert_yaxis()
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
