"""What another process makes of the same values and the same searches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]

SCRIPT = """
import sys
import numpy as np
from scipy.stats import loguniform
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sktune import BayesSearch, GridSearch, RandomSearch

X, y = load_iris(return_X_y=True)
weight = {"setosa", "versicolor", "virginica"}
columns = ColumnTransformer(
    [("a", StandardScaler(), [0, 1]), ("b", FunctionTransformer(lambda X: X + len(weight)), [2])]
)
steps = [("columns", columns), ("select", SelectKBest(f_classif)), ("last", LogisticRegression())]
model = Pipeline(steps)
scoring = {"a": make_scorer(accuracy_score), "b": lambda e, X, y: float((e.predict(X) == y).mean())}
options = dict(scoring=scoring, refit="a", cv=3)
searches = [
    GridSearch(model, {"select__k": [1, 2], "last": [LogisticRegression(C=2.0)]}, **options),
    RandomSearch(model, {"last__C": loguniform(0.1, 10)}, n_iter=2, random_state=0, **options),
    BayesSearch(model, {"last__C": (0.1, 10.0)}, n_iter=2, random_state=0, **options),
]
for search in searches:
    search.set_params(checkpoint=sys.argv[1] + "/").fit(X, y)
"""
"""Searches, whose journals are in the folder of the first argument."""

_DIGESTS = """
from tests.helpers.journal import digested
digested.main()
"""


@dataclass(frozen=True)
class Elsewhere:
    """What a process has left whose hashes had another seed, and whose code another place.

    Attributes
    ----------
    digests : dict of str to str
        As `digested.digests` has them.
    journals : Path
        A folder of the journals of the script's searches.
    """

    digests: dict[str, str]
    journals: Path

    @classmethod
    def run(cls, seed: str, folder: Path) -> Elsewhere:
        """Run the script in another process."""
        script, journals = folder / "there.py", folder / "journals"
        script.write_text("\n\n" + SCRIPT + _DIGESTS)
        if seed == os.environ.get("PYTHONHASHSEED"):
            seed = "3"
        done = subprocess.run(
            [sys.executable, script, journals],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return cls(json.loads(done.stdout), journals)
