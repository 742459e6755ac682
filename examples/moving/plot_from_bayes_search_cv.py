"""
Moving from BayesSearchCV
=========================

Change the import. Spaces are written in the same way, and skopt's dimensions are understood.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from skopt import BayesSearchCV

from sktune import BayesSearch

X, y = load_diabetes(return_X_y=True)
model = make_pipeline(StandardScaler(), SVR())
spaces = {
    "svr__C": (0.1, 1000.0, "log-uniform"),
    "svr__gamma": (1e-4, 1.0, "log-uniform"),
    "svr__epsilon": (0.01, 50.0, "log-uniform"),
}

# %%
# The same call of both, with two seeds.

best = {}
for kind in (BayesSearchCV, BayesSearch):
    runs, start = [], time.process_time()
    for seed in range(2):
        search = kind(model, spaces, n_iter=12, cv=3, random_state=seed).fit(X, y)
        runs.append(np.maximum.accumulate(search.cv_results_["mean_test_score"]))
    best[kind.__name__] = np.mean(runs, axis=0)
    seconds = (time.process_time() - start) / 2
    print(f"{kind.__name__}: R² {best[kind.__name__][-1]:.3f}, {seconds:.1f} s of CPU a search")

# %%
# The best score so far, mean of the two.

for name, scores in best.items():
    plt.plot(range(1, 13), scores, label=name)
plt.xlabel("candidates")
plt.ylabel("best R² so far")
plt.legend()
plt.show()
