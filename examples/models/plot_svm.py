"""
Tune a support vector machine
=============================

``C`` and ``gamma`` decide whether a support vector machine is any good. ``BayesSearch`` finds
good ones in few trials, because each is chosen by what the ones before have scored.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sktune import BayesSearch
from sktune.looking import ParamPairDisplay

X, y = load_diabetes(return_X_y=True)
model = make_pipeline(StandardScaler(), SVR())
space = {
    "svr__C": (0.1, 1000.0, "log-uniform"),
    "svr__gamma": (1e-4, 1.0, "log-uniform"),
}
search = BayesSearch(model, space, n_iter=25, cv=5, random_state=0).fit(X, y)

# %%
# R² of the machine as it comes, and of the best one.

print(f"R² of the default: {cross_val_score(model, X, y, cv=5).mean():.3f}")
print(f"R² of the best:    {search.best_score_:.3f}")
print(", ".join(f"{name} = {value:.3g}" for name, value in search.best_params_.items()))

# %%
# With a small ``C`` no ``gamma`` is good. The two must be searched together.

ParamPairDisplay.from_search(search)
plt.show()
