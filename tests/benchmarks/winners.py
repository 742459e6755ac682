"""How much too good the best of many means is, and what estimates of that say.

    python -m tests.benchmarks.winners

Scores are drawn: a true score for each candidate, and noise of standard deviation 1 on each split.
"""

from __future__ import annotations

import numpy as np

from sktune.results import selection_bias


def row(n_candidates: int, n_splits: int, spread: float, n: int = 2000) -> str:
    """Mean and spread of the estimates, over simulated searches."""
    rng = np.random.default_rng(0)
    known, ours, theirs = [], [], []
    for _ in range(n):
        true = spread * rng.normal(size=(n_candidates, 1))
        scores = true + rng.normal(size=(n_candidates, n_splits))
        best = scores.mean(axis=1).argmax()
        known.append(scores[best].mean() - true[best, 0])
        ours.append(selection_bias(scores))
        theirs.append((scores.max(axis=0) - scores[best]).mean())
    told = [f"{np.mean(found):.2f} ({np.std(found):.2f})" for found in (ours, theirs)]
    return (
        f"| {n_candidates} | {n_splits} | {spread:g} | {np.mean(known):.2f} | {' | '.join(told)} |"
    )


def main() -> None:
    print("| candidates | splits | spread of true scores | bias | `best_score_bias_` | T&T 2009 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for n_candidates in (10, 100):
        for n_splits in (5, 10):
            for spread in (0.0, 0.5, 1.0, 3.0):
                print(row(n_candidates, n_splits, spread), flush=True)


if __name__ == "__main__":
    main()
