"""
Blend the winners of three searches
===================================

What each winner predicts of samples that it has not seen says how much it should count. The
search has these predictions: no model is fitted again.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import nnls
from sklearn.datasets import make_friedman1
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sktune import GridSearch

X, y = make_friedman1(600, noise=2, random_state=0)
X, X_new, y, y_new = train_test_split(X, y, random_state=0)
folds = KFold(5, shuffle=True, random_state=0)

kernel = make_pipeline(StandardScaler(), SVR())
models = {
    "ridge": (Ridge(), {"alpha": [0.01, 0.1, 1, 10]}),
    "kernel": (kernel, {"svr__C": [0.3, 1, 3, 10, 30]}),
    "trees": (ExtraTreesRegressor(random_state=0), {"min_samples_leaf": [1, 3, 5, 10]}),
}
searches = [
    GridSearch(model, grid, cv=folds, keep="best").fit(X, y) for model, grid in models.values()
]

# %%
# Weights that are not negative, from out-of-fold predictions. Predictions of samples that a model
# has seen would flatter the trees.

honest = np.column_stack([search.out_of_fold_.predict for search in searches])
weights, _ = nnls(honest, y)
print("weights:", ", ".join(f"{n} {w:.2f}" for n, w in zip(models, weights, strict=True)))

# %%
# On samples that no search has seen.

predicted = np.column_stack([search.predict(X_new) for search in searches])
scores = {name: r2_score(y_new, column) for name, column in zip(models, predicted.T, strict=True)}
scores["blend"] = r2_score(y_new, predicted @ weights)
for name, score in scores.items():
    print(f"{name}: R2 on new samples {score:.3f}")
plt.barh(list(scores), list(scores.values()))
plt.xlabel("R² on new samples")
plt.show()
