"""The picture of learning curves in the docs.

Run as ``python -m tests.benchmarks.early_stopping_curves``.
"""

from __future__ import annotations

from pathlib import Path

import lightgbm
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer

from sktune import EarlyStopping, RandomSearch
from sktune.looking import CurvesDisplay

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "early_stopping.png"
SPACE = {
    "learning_rate": (0.003, 0.3, "log-uniform"),
    "num_leaves": (2, 31),
    "min_child_samples": (5, 60),
}


def main() -> None:
    booster = lightgbm.LGBMClassifier(n_estimators=300, n_jobs=1, verbose=-1)
    search = RandomSearch(
        booster, SPACE, n_iter=40, cv=3, scoring="neg_log_loss", random_state=0,
        early_stopping=EarlyStopping(20), early_termination="median",
    ).fit(*load_breast_cancer(return_X_y=True))  # fmt: skip
    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    display = CurvesDisplay.from_search(search, ax=axes)
    figure.savefig(PICTURE, dpi=100)
    print(f"{display.curves.given_up.sum()} of {len(display.curves.rows)} fits were given up")


if __name__ == "__main__":
    main()
