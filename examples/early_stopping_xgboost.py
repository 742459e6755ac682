"""
Early stopping of XGBoost, with categories and missing values of its own
========================================================================

XGBoost takes categories and missing values as they are, so that no pipeline is needed; validation
samples reach it as all others do. Fits whose curves cannot catch up are given up in the middle.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from sktune import EarlyStopping, RandomSearch
from sktune.looking import CurvesDisplay

# %%
# Real measurements, of which two are given in classes, and some are missing.

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :12].copy()
for name in ("mean radius", "mean texture"):
    X[name] = pd.qcut(X[name], 4, labels=["xs", "s", "m", "l"])
X = X.mask(np.random.default_rng(0).random(X.shape) < 0.05)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

model = XGBClassifier(n_estimators=1000, enable_categorical=True, n_jobs=1, random_state=0)
space = {
    "learning_rate": (0.05, 0.5, "log-uniform"),
    "max_depth": [2, 3, 4, 6],
    "gamma": (0.1, 20.0, "log-uniform"),
}
search = RandomSearch(
    model, space, n_iter=40, cv=3, scoring="neg_log_loss", random_state=0,
    early_stopping=EarlyStopping(rounds=20, validation=0.15), early_termination="racing",
)  # fmt: skip
search.fit(X_train, y_train)

# %%
# What was found, and on new data what XGBoost does as it comes.

default = XGBClassifier(enable_categorical=True, n_jobs=1, random_state=0).fit(X_train, y_train)
print(f"best: {search.best_params_}, with {search.best_n_rounds_} rounds")
print(f"log loss on new data: {-search.score(X_test, y_test):.3f}")
print(f"of XGBoost as it comes: {log_loss(y_test, default.predict_proba(X_test)):.3f}")

# %%
# The learning curve of each fit, and the rounds that it goes back to.

display = CurvesDisplay.from_search(search)
print(f"{display.curves.given_up.sum()} of {len(display.curves.rows)} fits were given up")
plt.xscale("log")
plt.show()
