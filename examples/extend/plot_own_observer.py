"""
An observer of your own
=======================

An observer is told of everything that happens in a search. This one keeps what each fit took and
scored, and ends the search when the last fifteen candidates have brought nothing.
"""

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from sktune import Observer, RandomSearch


class Patience(Observer):
    """Ends a search whose last candidates were no better than those before them."""

    def __init__(self, n_candidates):
        self.n_candidates = n_candidates

    def search_started(self, info):
        self.means, self.seconds, self.planned = [], 0.0, info.n_candidates

    def split_finished(self, trial, outcome):
        self.seconds += outcome.fit_time + outcome.score_time

    def trial_finished(self, trial):
        scores = [outcome.test_scores["score"] for outcome in trial.finished]
        self.means.append(sum(scores) / len(scores))
        return len(self.means) - self.means.index(max(self.means)) > self.n_candidates


X, y = load_digits(return_X_y=True)
X, y = X[:400], y[:400]
space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-6, 1e-1)}
patience = Patience(15)
search = RandomSearch(SVC(), space, n_iter=60, random_state=0, observers=[patience]).fit(X, y)

# %%
# What it has heard.

print(f"{len(patience.means)} of {patience.planned} candidates, {patience.seconds:.1f} s of fits")
print(f"ended by {search.ended_by_!r}, best accuracy {search.best_score_:.3f}")

# %%
# The scores in the order in which they came.

plt.plot(patience.means, ".")
plt.axhline(search.best_score_, color="grey", linewidth=1)
plt.xlabel("candidate")
plt.ylabel("accuracy")
plt.show()
