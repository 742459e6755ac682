"""
Several models in one search
============================

A list of dicts is one conditional space: each candidate takes one of them, with its parameters.
The search finds out which model suits the data while it tunes them.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sktune import BayesSearch
from sktune.looking import HistoryDisplay

X, y = load_diabetes(return_X_y=True)
models = [SVR(), Lasso(), RandomForestRegressor(30, random_state=0)]
machine, lasso, forest = models
spaces = [
    {
        "model": [machine],
        "model__C": (0.1, 1000.0, "log-uniform"),
        "model__gamma": (1e-4, 1.0, "log-uniform"),
    },
    {"model": [lasso], "model__alpha": (0.01, 100.0, "log-uniform")},
    {"model": [forest], "model__max_features": (0.1, 1.0), "model__min_samples_leaf": (1, 20)},
]
pipeline = Pipeline([("scale", StandardScaler()), ("model", machine)])
search = BayesSearch(pipeline, spaces, n_iter=40, cv=5, random_state=0).fit(X, y)

# %%
# How often each model was tried, and R² of its best candidate and of its default.

tried = [type(params["model"]) for params in search.cv_results_["params"]]
scores = search.cv_results_["mean_test_score"]
for model in models:
    own = [score for score, kind in zip(scores, tried, strict=True) if kind is type(model)]
    default = cross_val_score(pipeline.set_params(model=model), X, y, cv=5).mean()
    print(f"{type(model).__name__:21}  {len(own):2} times: {max(own):.3f}, default {default:.3f}")

# %%
# How the search went.

HistoryDisplay.from_search(search)
plt.show()
