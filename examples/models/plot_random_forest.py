"""
Tune a random forest
====================

Every number of trees on the grid is taken out of the largest forest, so trying four numbers
costs as much as trying one, and the scores are those of GridSearchCV.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from sktune import GridSearch
from sktune.looking import ParamPairDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=600, random_state=0)

# %%
# The number of trees, and how many features a tree looks at when it splits a node: the two
# parameters that matter most for a forest.

forest = RandomForestClassifier(random_state=0)
grid = {"n_estimators": [25, 50, 100, 200], "max_features": [2, 4, 8, 16]}
search = GridSearch(forest, grid, cv=3).fit(X_train, y_train)
print(search.sharing_)

# %%
# Is it worth it? The default forest and the tuned one, on digits that neither has seen.

default = forest.fit(X_train, y_train)
print(f"accuracy of the default forest: {default.score(X_test, y_test):.3f}")
print(f"accuracy of the tuned forest:   {search.score(X_test, y_test):.3f}")
print(f"tuned: {search.best_params_}")

# %%
# More trees never hurt; few features are best for digits.

ParamPairDisplay.from_search(search)
plt.show()
