"""
Four ways to search
===================

Grid, random, Bayesian and halved, on one problem: how good is the best candidate after how much
work?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving

X, y = load_digits(return_X_y=True)
X, y = X[:450], y[:450]
model = make_pipeline(StandardScaler(), SVC())
space = {"svc__C": (0.01, 1000.0, "log-uniform"), "svc__gamma": (1e-5, 1.0, "log-uniform")}
grid = {"svc__C": np.logspace(-2, 3, 6), "svc__gamma": np.logspace(-5, 0, 6)}

# %%
# 36 candidates each; under halving the best third goes on to three times the samples.

halving = SuccessiveHalving(factor=3, min_resources=50)
searches = {
    "grid": GridSearch(model, grid),
    "random": RandomSearch(model, space, n_iter=36, random_state=0),
    "Bayes": BayesSearch(model, space, n_iter=36, random_state=0),
    "halving": RandomSearch(model, space, n_iter=36, random_state=0, strategy=halving),
}
best = {}
for name, search in searches.items():
    results = search.fit(X, y).cv_results_
    share = results.get("n_resources", np.full(len(results["rank_test_score"]), len(X))) / len(X)
    work = np.cumsum(5 * share)
    scores = np.where(share > 0.9, results["mean_test_score"], np.nan)
    best[name] = work, np.fmax.accumulate(scores)
    print(f"{name:7}  {work[-1]:5.0f} fits, accuracy {np.nanmax(scores):.3f}")

# %%
# The best so far, after how many fits. A fit on a ninth of the samples counts a ninth.

for name, (work, score) in best.items():
    plt.step(work, score, where="post", marker=".", label=name)
plt.xlabel("fits on all samples, or their equal")
plt.ylabel("best accuracy so far")
plt.ylim(0.9, 0.98)
plt.legend()
plt.show()
