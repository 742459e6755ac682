"""
Quickstart
==========

Tune a pipeline with categories and missing values over a grid, at random, and by what has been
learned: is a penguin male or female, by its species, island and measurements?
"""

import csv
from importlib.resources import files
from importlib.util import find_spec

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.looking import ParamEffectsDisplay

# %%
# The penguins whose sex is known; a missing measurement is nan.

with (files("sktune") / "datasets" / "penguins.csv").open(newline="") as file:
    rows = [row[:7] for row in csv.reader(file) if row[6] != "NA"][1:]
X = np.array([row[:2] + [float(v.replace("NA", "nan")) for v in row[2:6]] for row in rows], object)
y = np.array([row[6] for row in rows])
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
print(f"{len(X_train)} penguins to tune on, {len(X_test)} held out")

# %%
# Encode the categories, fill in the measurements, boost trees; and three ways to search.

columns = make_column_transformer((OneHotEncoder(), [0, 1]), (SimpleImputer(), [2, 3, 4, 5]))
boosting = HistGradientBoostingClassifier(max_iter=50, random_state=0)
model = Pipeline([("columns", columns), ("model", boosting)])
grid = {"model__learning_rate": [0.03, 0.1, 0.3], "model__max_leaf_nodes": [4, 8, 16]}
space = {"model__learning_rate": (0.01, 1.0, "log-uniform"), "model__max_leaf_nodes": (2, 32)}
options = {"cv": 5, "n_jobs": 2, "verbose": 1}
print(f"accuracy as it is: {cross_val_score(model, X_train, y_train).mean():.3f}")
for search in (
    GridSearch(model, grid, **options),
    RandomSearch(model, space, n_iter=20, random_state=0, **options),
    BayesSearch(model, space, n_iter=20, n_points=2, random_state=0, **options),
):
    print(f"\n{type(search).__name__}")
    search.fit(X_train, y_train)
    best = ", ".join(f"{name} = {value:.3g}" for name, value in search.best_params_.items())
    print(f"accuracy {search.best_score_:.3f} with {best}")
    print(f"on the held-out penguins: {search.score(X_test, y_test):.3f}")

# %%
# With ``pip install "sktune[plots]"``: the score against each parameter.

if find_spec("matplotlib"):
    ParamEffectsDisplay.from_search(search)
