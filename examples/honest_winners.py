"""
How lucky is the best?
======================

The best of many candidates owes part of its score to luck. ``best_score_bias_`` says how much,
without another fit, and a rule takes the simplest of those that are as good.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, one_standard_error
from sktune.looking import RivalsDisplay

# %%
# 25 searches, on 60 samples each. What their winners are worth is seen on the other 509.

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(random_state=0)
grid = {
    "max_leaf_nodes": [2, 3, 4, 6, 8],
    "max_features": [0.1, 0.3, 1.0],
    "criterion": ["gini", "entropy"],
}
scores = []
for train, test in StratifiedShuffleSplit(25, train_size=60, random_state=0).split(X, y):
    search = GridSearch(tree, grid).fit(X[train], y[train])
    told, real = search.best_score_, search.score(X[test], y[test])
    scores.append([told, told - search.best_score_bias_, real])
told, corrected, real = np.mean(scores, axis=0)
print(f"best_score_, mean of 25 searches: {told:.3f}")
print(f"less best_score_bias_: {corrected:.3f}")
print(f"on samples that no search has seen: {real:.3f}")

# %%
# Fewer principal components, within a standard error of the best.

X, y = load_digits(return_X_y=True)
X, y = X[:500], y[:500]
model = make_pipeline(PCA(random_state=0), KNeighborsClassifier())
grid = {"pca__n_components": list(range(2, 41, 2))}
best = GridSearch(model, grid).fit(X, y)
simple = GridSearch(model, grid, refit=one_standard_error("pca__n_components")).fit(X, y)
for name, search in (("best", best), ("one standard error", simple)):
    score = search.cv_results_["mean_test_score"][search.best_index_]
    print(f"{name}: {search.best_params_['pca__n_components']} components, score {score:.3f}")

# %%
# Candidates whose interval lies in the shaded region are as good as the best.

RivalsDisplay.from_search(best, rope=0.02)
plt.show()
