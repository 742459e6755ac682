"""
A policy of your own
====================

``early_termination`` takes a function: it is asked about a candidate after each split, and says
whether to stop it.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from sktune import RandomSearch
from sktune.looking import FoldsDisplay


def beaten_everywhere(trials, trial):
    """Stop a candidate that is behind the best one on each of its splits, once there are two."""
    n = trial.n_done
    best = np.nanargmax(trials.means(n))  # on the same splits
    return n >= 2 and bool((trial.scores[:n] < trials.scores[best, :n]).all())


X, y = load_digits(return_X_y=True)
X, y = X[:400], y[:400]
space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-6, 1e-1)}

# %%
# Without, with the policy, and with the one that is built in.

for policy in (None, beaten_everywhere, "racing"):
    search = RandomSearch(SVC(), space, n_iter=40, random_state=0, early_termination=policy)
    search.fit(X, y)
    scores = [search.cv_results_[f"split{k}_test_score"] for k in range(5)]
    name = getattr(policy, "__name__", policy)
    print(f"{name}: {np.isfinite(scores).sum()} of 200 fits, accuracy {search.best_score_:.4f}")
    if policy is beaten_everywhere:
        FoldsDisplay.from_search(search)

# %%
# White cells are fits that the policy saved.

plt.show()
