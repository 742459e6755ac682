"""How much too good the best of many means is, and what estimates of that say.

    python -m tests.benchmarks.winners

Scores are drawn: a true score for each candidate, and noise of standard deviation 1 on each split.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sktune.results import selection_bias


def simulated(n_candidates: int, n_splits: int, spread: float, n: int) -> Any:
    """The bias of the best of noisy means, and two estimates of it.

    Returns
    -------
    biases : float array of shape (3, n)
        What it is, what `selection_bias` says, and what Tibshirani & Tibshirani (2009) would.
    """
    rng = np.random.default_rng(0)
    biases = []
    for _ in range(n):
        true = spread * rng.normal(size=(n_candidates, 1))
        scores = true + rng.normal(size=(n_candidates, n_splits))
        best = scores.mean(axis=1).argmax()
        known = scores[best].mean() - true[best, 0]
        biases.append([known, selection_bias(scores), (scores.max(axis=0) - scores[best]).mean()])
    return np.array(biases).T


def row(n_candidates: int, n_splits: int, spread: float, n: int = 2000) -> str:
    """A row of the table."""
    known, *estimates = simulated(n_candidates, n_splits, spread, n)
    told = [f"{found.mean():.2f} ({found.std():.2f})" for found in estimates]
    cells = [f"{n_candidates}", f"{n_splits}", f"{spread:g}", f"{known.mean():.2f}", *told]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    print("| candidates | splits | spread of true scores | bias | `best_score_bias_` | T&T 2009 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for n_candidates in (10, 100):
        for n_splits in (5, 10):
            for spread in (0.0, 0.5, 1.0, 3.0):
                print(row(n_candidates, n_splits, spread), flush=True)


if __name__ == "__main__":
    main()
