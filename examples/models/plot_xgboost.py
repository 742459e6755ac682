"""
Tune XGBoost
============

A model with few rounds is the beginning of one with many. So all numbers of rounds on the grid
are taken out of one fit.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_score
from xgboost import XGBRegressor

from sktune import GridSearch
from sktune.looking import ParamEffectsDisplay

X, y = load_diabetes(return_X_y=True)
model = XGBRegressor(random_state=0, n_jobs=1, subsample=0.7)
grid = {
    "n_estimators": [25, 50, 100, 200],
    "learning_rate": [0.03, 0.1, 0.3],
    "max_depth": [1, 2, 4, 6],
}
search = GridSearch(model, grid, cv=5).fit(X, y)
print(search.sharing_)

# %%
# R² of XGBoost as it comes, and of the best candidate.

default = XGBRegressor(random_state=0, n_jobs=1)
print(f"R² of the default: {cross_val_score(default, X, y, cv=5).mean():.3f}")
print(f"R² of the best:    {search.best_score_:.3f}")
print(f"best: {search.best_params_}")

# %%
# Flat trees, learned slowly, do best on so few samples. The default is at the other end.

ParamEffectsDisplay.from_search(search)
plt.show()
