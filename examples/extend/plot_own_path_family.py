"""
Fits that contain others, for an estimator of your own
======================================================

If one fit of your estimator has all that others need, say so: they are taken out of it.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sktune import GridSearch, PathFamily, register_path
from sktune.looking import ParamEffectsDisplay
from sktune.paths import adopt


class ComponentRegression(RegressorMixin, BaseEstimator):
    def __init__(self, n_components=5):
        self.n_components = n_components

    def fit(self, X, y):
        self.x_mean_, self.y_mean_ = X.mean(axis=0), y.mean()
        left, sizes, self.axes_ = np.linalg.svd(X - self.x_mean_, full_matrices=False)
        self.slopes_ = (left.T @ (y - self.y_mean_)) / sizes
        return self

    def predict(self, X):
        n = self.n_components
        return self.y_mean_ + (X - self.x_mean_) @ self.axes_[:n].T @ self.slopes_[:n]


# Any fit contains any other: it finds all components, and ``n_components`` are used to predict.
class AllComponents(PathFamily):
    def applies(self, estimator):
        return ("n_components",)

    def derive(self, fit, estimator):
        return adopt(estimator, fit.model)


register_path(ComponentRegression, AllComponents())

# %%
# ``verify_sharing`` does each fit the ordinary way too, and ends the search where scores differ.

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(PolynomialFeatures(2, include_bias=False).fit_transform(X))
model, grid = ComponentRegression(), {"n_components": range(1, 31)}
GridSearch(model, grid, cv=5, verify_sharing=True).fit(X, y)
search = GridSearch(model, grid, cv=5).fit(X, y)
print(search.sharing_)
print(f"R² {search.best_score_:.3f}")
ParamEffectsDisplay.from_search(search)
plt.show()
