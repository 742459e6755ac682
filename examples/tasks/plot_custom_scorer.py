"""
A scorer of your own
====================

Accuracy counts all mistakes the same. If they do not cost the same, search by what they cost.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch
from sktune.looking import ParamPairDisplay

# %%
# To take a malignant tumour (class 0) for a benign one costs ten times as much as the opposite.
# Of what was measured the ten means are used.


def cost(y_true, y_pred):
    """The cost of all mistakes, for a hundred patients."""
    (_, missed), (alarms, _) = confusion_matrix(y_true, y_pred, labels=[0, 1])
    return 100 * (10 * missed + alarms) / len(y_true)


X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X[:, :10], y, test_size=0.5, stratify=y, random_state=0
)
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
grid = {
    "logisticregression__C": [0.01, 0.1, 1, 10],
    "logisticregression__class_weight": [{0: w, 1: 1} for w in (1, 3, 10, 30)],
}

# %%
# The same grid twice, by accuracy and by cost.

scorer = make_scorer(cost, greater_is_better=False)
for name, scoring in (("accuracy", "accuracy"), ("cost", scorer)):
    search = GridSearch(model, grid, cv=5, scoring=scoring).fit(X_train, y_train)
    paid = cost(y_test, search.predict(X_test))
    print(f"chosen by {name}: new patients cost {paid:.1f} a hundred; {search.best_params_}")

# %%
# The score is the cost with a minus sign, so that more is better.

ParamPairDisplay.from_search(search)
plt.show()
