"""The best of many is partly lucky: by how much, and which are as good and simpler.

python examples/honest_winners.py
"""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, one_standard_error

X, y = load_breast_cancer(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)


def choose_the_simpler():
    """Fewer principal components, within a standard error of the best."""
    digits, labels = load_digits(return_X_y=True)
    digits, labels = digits[:500], labels[:500]
    model = Pipeline([("reduce", PCA(random_state=0)), ("near", KNeighborsClassifier())])
    grid = {"reduce__n_components": list(range(2, 41, 2))}
    best = GridSearch(model, grid).fit(digits, labels)
    rule = one_standard_error("reduce__n_components")
    simple = GridSearch(model, grid, refit=rule).fit(digits, labels)
    for name, search in (("best", best), ("one standard error", simple)):
        print(
            f"{name}: {search.best_params_['reduce__n_components']} components, "
            f"score {search.cv_results_['mean_test_score'][search.best_index_]:.3f}"
        )
    equal = best.compare(rope=0.02)["p_equal"][simple.best_index_]
    print(f"practically equal (by 0.02) with a probability of {equal:.2f}")


def see_that_the_bias_is_right(n_times=25):
    """Nested: search on 60 samples, and look at the other 509 what the best is really worth."""
    grid = {"max_leaf_nodes": [2, 3, 4, 6, 8], "max_features": [0.1, 0.3, 1.0]}
    grid["criterion"] = ["gini", "entropy"]
    told, corrected, real = [], [], []
    outer = StratifiedShuffleSplit(n_times, train_size=60, random_state=0)
    for train, test in outer.split(X, y):
        search = GridSearch(TREE, grid).fit(X[train], y[train])
        told.append(search.best_score_)
        corrected.append(search.best_score_ - search.best_score_bias_)
        real.append(search.score(X[test], y[test]))
    print(f"best_score_, mean of {n_times} searches: {np.mean(told):.3f}")
    print(f"less best_score_bias_: {np.mean(corrected):.3f}")
    print(f"on samples that no search has seen: {np.mean(real):.3f}")


if __name__ == "__main__":
    choose_the_simpler()
    see_that_the_bias_is_right()
