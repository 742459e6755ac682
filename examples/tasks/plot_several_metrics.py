"""
Several metrics, and a rule for the winner
==========================================

A search can measure several things, and choose by a rule: here the smallest tree that is within
a standard error of the best one.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, one_standard_error
from sktune.looking import SeveralMetricsDisplay


def leaves(tree, *_):
    """The size of the tree, as a metric beside the others."""
    return tree.get_n_leaves()


X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(random_state=0)
grid = {"max_depth": [1, 2, 3, 4, 6, 9], "ccp_alpha": [0, 0.001, 0.003, 0.01, 0.03, 0.1]}
metrics = {"accuracy": "accuracy", "loss": "neg_log_loss", "leaves": leaves}

# %%
# The rule looks at accuracy, and takes the fewest leaves.

rule = one_standard_error("mean_test_leaves", metric="accuracy")
search = GridSearch(tree, grid, cv=10, scoring=metrics, refit=rule).fit(X, y)
results = search.cv_results_
for name, row in (
    ("the most accurate tree", results["mean_test_accuracy"].argmax()),
    ("what the rule chooses", search.best_index_),
):
    told = [f"{metric} {results[f'mean_test_{metric}'][row]:.3f}" for metric in metrics]
    print(f"{name}: {', '.join(told)}")

# %%
# All candidates by each pair of metrics.

SeveralMetricsDisplay.from_search(search)
plt.show()
