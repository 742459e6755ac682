"""Stop losers after a few splits: the same winner, from a part of the fits.

python examples/racing.py
"""

import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from sktune import RandomSearch


def fits(search):
    """Count the fits of a search: every score that is there is one."""
    scores = [search.cv_results_[f"split{k}_test_score"] for k in range(search.n_splits_)]
    return int(np.count_nonzero(~np.isnan(scores)))


def main():
    """Search twice, without and with early termination."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]
    space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-6, 1e-1)}
    for policy in (None, "racing"):
        search = RandomSearch(SVC(), space, n_iter=40, random_state=0, early_termination=policy)
        search.fit(X, y)
        stopped = np.count_nonzero(search.cv_results_["status"] == "stopped")
        print(f"early_termination={policy!r}: {fits(search)} fits, {stopped} candidates stopped,")
        best = ", ".join(f"{name}={value:.3g}" for name, value in search.best_params_.items())
        print(f"  best accuracy {search.best_score_:.4f} with {best}")


if __name__ == "__main__":
    main()
