"""
Tune LightGBM
=============

The number of rounds is not searched: early stopping finds it for each candidate. The other
parameters and their ranges are chosen for you by ``"auto"``.
"""

import matplotlib.pyplot as plt
from lightgbm import LGBMRegressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_score

from sktune import BayesSearch, EarlyStopping
from sktune.looking import HistoryDisplay

X, y = load_diabetes(return_X_y=True)
model = LGBMRegressor(n_estimators=1000, random_state=0, n_jobs=1, verbose=-1)

# %%
# Fifteen candidates. A fit stops when 20 more rounds have brought nothing.

search = BayesSearch(
    model,
    "auto",
    n_iter=15,
    cv=5,
    random_state=0,
    early_stopping=EarlyStopping(rounds=20),
)
search.fit(X, y)

# %%
# R² of LightGBM as it comes, and of what was found.

default = LGBMRegressor(random_state=0, n_jobs=1, verbose=-1)
print(f"R² of the default: {cross_val_score(default, X, y, cv=5).mean():.3f}")
print(f"R² of the best:    {search.best_score_:.3f}")
rounds = 15 * 5 * model.n_estimators
done = 5 * search.cv_results_["mean_n_rounds"].sum()
print(f"rounds kept: {done:.0f}, of {rounds} without early stopping")
print(f"rounds of the model that is refitted on all data: {search.best_n_rounds_}")

# %%
# How the search went.

HistoryDisplay.from_search(search)
plt.show()
