"""
Moving from GridSearchCV
========================

Change the import. Parameters, attributes and results are the same, to the last bit; what
candidates have in common is done once.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch

X, y = load_breast_cancer(return_X_y=True)
model = make_pipeline(
    StandardScaler(), PCA(svd_solver="full"), RandomForestClassifier(random_state=0)
)
grid = {
    "pca__n_components": [5, 10],
    "randomforestclassifier__n_estimators": [10, 20, 40],
    "randomforestclassifier__max_features": [1, 3],
}

# %%
# The same call, of both.

theirs = GridSearchCV(model, grid, cv=5).fit(X, y)
ours = GridSearch(model, grid, cv=5).fit(X, y)
print(ours.sharing_)

# %%
# All scores, ranks and parameters are equal; only times differ.

for name, column in theirs.cv_results_.items():
    if "time" not in name:
        np.testing.assert_array_equal(column, ours.cv_results_[name])
print(f"equal results: {ours.best_params_ == theirs.best_params_}")
print(f"still a GridSearchCV: {isinstance(ours, GridSearchCV)}")

# %%
# The fits of each step that were asked for, and those that were done.

names = ["scaler", "PCA", "forest"]
asked, done = zip(*ours.sharing_.steps.values(), strict=True)
plt.barh(names, asked, color="lightgrey", label="GridSearchCV")
plt.barh(names, done, label="GridSearch")
plt.xlabel("fits")
plt.legend()
plt.show()
