"""A blend of the winners of three searches, with weights from their out-of-fold predictions.

python examples/blending.py
"""

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
FOLDS = KFold(5, shuffle=True, random_state=0)

kernel = make_pipeline(StandardScaler(), SVR())
SEARCHES = {
    "ridge": (Ridge(), {"alpha": [0.01, 0.1, 1, 10]}),
    "kernel": (kernel, {"svr__C": [0.3, 1, 3, 10, 30]}),
    "trees": (ExtraTreesRegressor(random_state=0), {"min_samples_leaf": [1, 3, 5, 10]}),
}


def main():
    searches = {
        name: GridSearch(model, grid, cv=FOLDS, keep="best").fit(X, y)
        for name, (model, grid) in SEARCHES.items()
    }
    # what each predicts of samples that it has not seen: what was seen would flatter the trees
    honest = np.column_stack([search.out_of_fold_.predict for search in searches.values()])
    weights, _ = nnls(honest, y)
    print("weights:", ", ".join(f"{n} {w:.2f}" for n, w in zip(searches, weights, strict=True)))
    predicted = np.column_stack([search.predict(X_new) for search in searches.values()])
    for name, column in zip(searches, predicted.T, strict=True):
        print(f"{name}: R2 on new samples {r2_score(y_new, column):.3f}")
    print(f"blend: R2 on new samples {r2_score(y_new, predicted @ weights):.3f}")


if __name__ == "__main__":
    main()
