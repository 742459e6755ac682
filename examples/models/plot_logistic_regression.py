"""
Tune logistic regression
========================

How the features are scaled matters as much as the penalty. Each scaler is fitted once a split,
whatever penalty comes after it.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, StandardScaler

from sktune import GridSearch
from sktune.looking import ParamPairDisplay

X, y = load_breast_cancer(return_X_y=True)
model = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(max_iter=1000))])
grid = {
    "scale": [MinMaxScaler(), StandardScaler(), PowerTransformer()],
    "model__C": [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
}
search = GridSearch(model, grid, cv=5, scoring="neg_log_loss").fit(X, y)
print(search.sharing_)

# %%
# The log loss with a StandardScaler and C=1, and that of the best candidate.

loss = -cross_val_score(model, X, y, cv=5, scoring="neg_log_loss").mean()
print(f"log loss of the default: {loss:.3f}")
print(f"log loss of the best:    {-search.best_score_:.3f}")
print(f"best: {search.best_params_}")

# %%
# Each scaler has a best penalty of its own.

ParamPairDisplay.from_search(search, params=("scale", "model__C"))
plt.show()
