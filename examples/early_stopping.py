"""Early stopping behind a pipeline: categories, missing values, and no grid over the rounds.

Run as ``python examples/early_stopping.py``; it takes some seconds.
"""

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from sktune import EarlyStopping, RandomSearch

# real measurements, of which one is given in classes, and some are missing
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :12].copy()
X["mean radius"] = pd.cut(X["mean radius"], [0, 11, 13, 16, 30], labels=["xs", "s", "m", "l"])
X = X.mask(np.random.default_rng(0).random(X.shape) < 0.05)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

columns = make_column_transformer(
    (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["mean radius"]),
    remainder="passthrough",
)
model = make_pipeline(columns, LGBMClassifier(n_estimators=1000, verbose=-1, n_jobs=1))
search = RandomSearch(
    model,
    {
        "lgbmclassifier__learning_rate": (0.02, 0.3, "log-uniform"),
        "lgbmclassifier__num_leaves": [4, 8, 16],
    },
    n_iter=10,
    scoring="neg_log_loss",
    random_state=0,
    early_stopping=EarlyStopping(rounds=20, validation=0.15),
)
search.fit(X_train, y_train)

print(f"best: {search.best_params_}")
rounds = [int(search.cv_results_[f"split{k}_n_rounds"][search.best_index_]) for k in range(5)]
print(f"rounds on the splits: {rounds}; on all data: {search.best_n_rounds_}")
print(f"log loss on the splits {-search.best_score_:.3f}")
print(f"log loss on new data   {-search.score(X_test, y_test):.3f}")
