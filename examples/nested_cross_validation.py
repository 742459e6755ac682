"""
Nested cross-validation
=======================

The score of the best of many candidates is too good. Nested, the whole search is done again on
each outer fold, and its winner scored on samples that the search has not seen.
"""

import tempfile

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import RandomSearch, nested_cross_validate

X, y = load_breast_cancer(return_X_y=True)
X, y = X[::4], y[::4]  # with few samples the best of many is luckier
search = RandomSearch(
    make_pipeline(StandardScaler(), SVC()),
    {"svc__C": (1e-2, 1e3, "log-uniform"), "svc__gamma": (1e-4, 1e0, "log-uniform")},
    n_iter=40,
    cv=StratifiedKFold(4, shuffle=True, random_state=0),
    random_state=0,
)
outer = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=1)

# %%
# The folder keeps what is done. With one of your own, a script that is killed goes on.

with tempfile.TemporaryDirectory() as folder:
    results = nested_cross_validate(search, X, y, cv=outer, checkpoint=folder, verbose=1)
    print(results)
    again = nested_cross_validate(search, X, y, cv=outer, checkpoint=folder)
print("the same from the checkpoint:", again.to_frame().equals(results.to_frame()))

# %%
# What each outer fold has chosen, and how much too good its best score was.

table = results.to_frame()
columns = ["test_score", "best_score", "optimism", "bias", "param_svc__C", "param_svc__gamma"]
print(table[columns].round(4))
plt.plot(table["best_score"], "o", label="promised by the search")
plt.plot(table["test_score"], "o", label="on the outer fold")
plt.xlabel("outer fold")
plt.ylabel("accuracy")
plt.legend()
plt.show()
