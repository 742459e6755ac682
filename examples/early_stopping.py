"""
Early stopping behind a pipeline
================================

Categories, missing values, and no grid over the rounds: each fit is watched on samples that went
through the pipeline, and stops where more rounds bring nothing.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from sktune import EarlyStopping, RandomSearch
from sktune.looking import ParamEffectsDisplay

# %%
# Real measurements, of which one is given in classes, and some are missing.

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :12].copy()
X["mean radius"] = pd.cut(X["mean radius"], [0, 11, 13, 16, 30], labels=["xs", "s", "m", "l"])
X = X.mask(np.random.default_rng(0).random(X.shape) < 0.05)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
columns = make_column_transformer((encoder, ["mean radius"]), remainder="passthrough")
model = make_pipeline(columns, LGBMClassifier(n_estimators=1000, verbose=-1, n_jobs=1))
space = {
    "lgbmclassifier__learning_rate": (0.02, 0.3, "log-uniform"),
    "lgbmclassifier__num_leaves": [4, 8, 16],
}
stopping, loss = EarlyStopping(rounds=20, validation=0.15), "neg_log_loss"
search = RandomSearch(
    model, space, n_iter=10, scoring=loss, random_state=0, early_stopping=stopping
)
search.fit(X_train, y_train)

# %%
# The log loss on the splits and on new data, of LightGBM as it comes and of what was found.

default = model.set_params(lgbmclassifier=LGBMClassifier(verbose=-1, n_jobs=1))
split = -cross_val_score(default, X_train, y_train, scoring=loss).mean()
new = log_loss(y_test, default.fit(X_train, y_train).predict_proba(X_test))
print(f"default: {split:.3f}, on new data {new:.3f}")
print(f"found:   {-search.best_score_:.3f}, on new data {-search.score(X_test, y_test):.3f}")
print(f"best: {search.best_params_}, with {search.best_n_rounds_} rounds")

# %%
# The score against each parameter.

ParamEffectsDisplay.from_search(search)
plt.show()
