"""
Stop losers after a few splits
==============================

Most candidates are visibly bad after a split or two. A race stops them there: the same winner
from a part of the fits.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from sktune import RandomSearch
from sktune.looking import FoldsDisplay

X, y = load_digits(return_X_y=True)
X, y = X[:600], y[:600]
space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-6, 1e-1)}

# %%
# The same search without and with early termination. Every score that is there is a fit.

for policy in (None, "racing"):
    search = RandomSearch(SVC(), space, n_iter=40, random_state=0, early_termination=policy)
    search.fit(X, y)
    scores = [search.cv_results_[f"split{k}_test_score"] for k in range(search.n_splits_)]
    best = ", ".join(f"{name}={value:.3g}" for name, value in search.best_params_.items())
    print(f"early_termination={policy!r}: {np.isfinite(scores).sum()} fits")
    print(f"  best accuracy {search.best_score_:.4f} with {best}")

# %%
# A row for each candidate, the best first. White cells were not fitted.

FoldsDisplay.from_search(search)
plt.show()
