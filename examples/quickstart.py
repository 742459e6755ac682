"""
Tune a pipeline on real data
============================

Over a grid, at random, and by what has been learned. The task: tell whether a penguin is male or
female from its species, its island and four measurements, some of which are missing
(``examples/data/SOURCES.md`` says where they are from). ::

    python examples/quickstart.py
"""

import csv
from pathlib import Path

import numpy as np
from scipy.stats import loguniform, randint
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from sktune import BayesSearch, GridSearch, RandomSearch

CATEGORIES = ["species", "island"]
MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def load_penguins():
    """Read the penguins whose sex is known; a missing measurement becomes nan."""
    with open(Path(__file__).parent / "data" / "penguins.csv", newline="") as file:
        birds = [row for row in csv.DictReader(file) if row["sex"] != "NA"]
    kinds = [[bird[name] for name in CATEGORIES] for bird in birds]
    sizes = [[float(bird[name].replace("NA", "nan")) for name in MEASUREMENTS] for bird in birds]
    X = np.hstack([np.array(kinds, dtype=object), np.array(sizes, dtype=object)])
    return X, np.array([bird["sex"] for bird in birds])


def make_pipeline():
    """Encode the categories, fill in the measurements, boost trees."""
    columns = ColumnTransformer(
        [
            ("kind", OneHotEncoder(handle_unknown="ignore"), slice(0, 2)),
            ("size", SimpleImputer(), slice(2, 6)),
        ]
    )
    model = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    return Pipeline([("columns", columns), ("model", model)])


def print_table(search, rows=5):
    """Print the best candidates, a line each."""
    results = search.cv_results_
    names = sorted(name for name in results if name.startswith("param_"))
    titles = [name.split("__")[-1] for name in names]
    print("rank  mean accuracy     " + "  ".join(f"{title:>17}" for title in titles))
    for row in np.argsort(results["rank_test_score"], kind="stable")[:rows]:
        values = [results[name][row] for name in names]
        cells = [f"{v:17.4g}" if isinstance(v, float) else f"{v!s:>17}" for v in values]
        score = f"{results['mean_test_score'][row]:.3f} +- {results['std_test_score'][row]:.3f}"
        print(f"{results['rank_test_score'][row]:4d}  {score:16}  " + "  ".join(cells))


def main():
    """Search three times, and see how well the winners do on penguins that no search has seen."""
    X, y = load_penguins()
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(f"{len(X_train)} penguins to tune on, {len(X_test)} held out\n")

    grid = {
        "columns__size__strategy": ["mean", "median"],
        "model__learning_rate": [0.03, 0.1, 0.3],
        "model__max_leaf_nodes": [4, 8, 16],
    }
    print("GridSearch")
    search = GridSearch(make_pipeline(), grid, n_jobs=2, verbose=1)
    search.fit(X_train, y_train)
    print_table(search)
    print(f"accuracy on the held-out penguins: {search.score(X_test, y_test):.3f}\n")

    space = {
        "columns__size__strategy": ["mean", "median"],
        "model__learning_rate": loguniform(0.01, 1),
        "model__max_leaf_nodes": randint(2, 32),
        "model__l2_regularization": loguniform(1e-3, 10),
    }
    print("RandomSearch")
    search = RandomSearch(make_pipeline(), space, n_iter=20, n_jobs=2, verbose=1, random_state=0)
    search.fit(X_train, y_train)
    print_table(search)
    print(f"accuracy on the held-out penguins: {search.score(X_test, y_test):.3f}\n")

    space = {
        "columns__size__strategy": ["mean", "median"],
        "model__learning_rate": (0.01, 1.0, "log-uniform"),
        "model__max_leaf_nodes": (2, 32),
        "model__l2_regularization": (1e-3, 10.0, "log-uniform"),
    }
    print("BayesSearch")
    search = BayesSearch(
        make_pipeline(), space, n_iter=20, n_points=2, n_jobs=2, verbose=1, random_state=0
    )
    search.fit(X_train, y_train)
    print_table(search)
    print(f"accuracy on the held-out penguins: {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main()
