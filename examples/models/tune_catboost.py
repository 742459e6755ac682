"""
Tune CatBoost
=============

CatBoost takes categories as they are. Early stopping finds the number of trees, so it is not
part of the space.

.. image:: /_static/examples/tune_catboost.png
   :alt: R² against the learning rate and the depth
"""

# sphinx_gallery_thumbnail_path = '_static/examples/tune_catboost.png'
import matplotlib.pyplot as plt
from catboost import CatBoostRegressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_score

from sktune import BayesSearch, EarlyStopping
from sktune.looking import ParamEffectsDisplay

# %%
# CatBoost changes a list of names, so that it could not be cloned; a tuple stays as it is.

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X["sex"] = X["sex"].map({1: "one", 2: "two"})
options = {"cat_features": ("sex",), "random_seed": 0, "thread_count": 1, "verbose": 0}
options["allow_writing_files"] = False
model = CatBoostRegressor(n_estimators=500, **options)
space = {"learning_rate": (0.03, 0.3, "log-uniform"), "depth": (1, 6)}
search = BayesSearch(
    model, space, n_iter=12, cv=5, random_state=0, early_stopping=EarlyStopping(rounds=20)
)
search.fit(X, y)

# %%
# R² of CatBoost as it comes, and of the best candidate.

default = cross_val_score(CatBoostRegressor(**options), X, y, cv=5).mean()
print(f"R² of the default, with 1000 trees: {default:.3f}")
print(f"R² of the best, with {search.best_n_rounds_} trees:     {search.best_score_:.3f}")
print(f"best: {search.best_params_}")

# %%
# How R² depends on the two parameters.

ParamEffectsDisplay.from_search(search)
plt.show()
