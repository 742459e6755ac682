"""The picture of learning curves in the docs.

Run as ``python -m tests.benchmarks.early_stopping_curves``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer

from sktune import EarlyStopping, GridSearch, Observer

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "early_stopping.png"
RATES = [0.02, 0.05, 0.2]


class Curves(Observer):
    """The rounds of each outcome."""

    def __init__(self) -> None:
        self.found: list[tuple[Any, Any]] = []

    def split_finished(self, trial: Any, outcome: Any) -> None:
        self.found.append((trial.params["learning_rate"], outcome.rounds))


def main() -> None:
    curves = Curves()
    booster = lightgbm.LGBMClassifier(n_estimators=1000, num_leaves=8, n_jobs=1, verbose=-1)
    GridSearch(
        booster, {"learning_rate": RATES}, early_stopping=EarlyStopping(30, validation=0.2),
        observers=[curves],
    ).fit(*load_breast_cancer(return_X_y=True))  # fmt: skip
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for k, rate in enumerate(RATES):
        for split, rounds in enumerate(r for given, r in curves.found if given == rate):
            label = f"learning_rate={rate}" if split == 0 else None
            axes.plot(*zip(*rounds.curve, strict=True), color=f"C{k}", alpha=0.6, label=label)
            axes.plot(rounds.n, dict(rounds.curve)[rounds.n], "o", color=f"C{k}")
    axes.set(xlabel="rounds", ylabel="log loss on the validation samples", xscale="log")
    axes.set_ylim(0, 0.7)
    axes.legend(frameon=False)
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main()
