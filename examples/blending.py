"""
Blend the winners of three searches
===================================

What each winner predicts of samples that it has not seen says how much it should count. The
search has these predictions: no model is fitted again.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import nnls
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch

X, y = load_digits(return_X_y=True)
X, X_new, y, y_new = train_test_split(X, y, random_state=0)
folds = StratifiedKFold(5, shuffle=True, random_state=0)

linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
models = {
    "linear": (linear, {"logisticregression__C": [0.01, 0.1, 1]}),
    "neighbours": (KNeighborsClassifier(weights="distance"), {"n_neighbors": [3, 5, 10, 20]}),
    "trees": (ExtraTreesClassifier(random_state=0), {"min_samples_leaf": [1, 2, 4]}),
}
options = {"scoring": "neg_log_loss", "cv": folds, "keep": "best"}
searches = [GridSearch(model, grid, **options).fit(X, y) for model, grid in models.values()]

# %%
# Weights that are not negative, from out-of-fold probabilities. Those of samples that a model has
# seen would flatter the trees.

honest = np.column_stack([search.out_of_fold_.predict_proba.ravel() for search in searches])
weights, _ = nnls(honest, np.eye(10)[y].ravel())
weights /= weights.sum()
print("weights:", ", ".join(f"{n} {w:.2f}" for n, w in zip(models, weights, strict=True)))

# %%
# On samples that no search has seen.

probabilities = {n: s.predict_proba(X_new) for n, s in zip(models, searches, strict=True)}
probabilities["blend"] = np.tensordot(weights, list(probabilities.values()), axes=1)
losses = {name: log_loss(y_new, given) for name, given in probabilities.items()}
for name, loss in losses.items():
    print(f"{name}: log loss on new samples {loss:.3f}")
plt.barh(list(losses), list(losses.values()))
plt.xlabel("log loss on new samples: less is better")
plt.show()
