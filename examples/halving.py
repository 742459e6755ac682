"""
Little for all, more for the best
=================================

Successive halving grows a few trees for all candidates, and more for the best third of them. It
pays where a fit takes longer with more trees, or more samples.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from sktune import RandomSearch, SuccessiveHalving
from sktune.looking import RungsDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=300, random_state=0)
space = {
    "max_features": [1, 2, 4, 8, 16, 32],
    "min_samples_leaf": [1, 2, 4, 8, 16],
    "max_depth": [3, 6, 12, None],
}

# %%
# 27 candidates: all with 54 trees, and halved from 6 trees on. The samples that wait until the
# end say what the winners are worth.

halving = SuccessiveHalving("n_estimators", factor=3, min_resources=6, max_resources=54)
forest = RandomForestClassifier(54, random_state=0)
for name, strategy in (("all in full", None), ("halved", halving)):
    search = RandomSearch(forest, space, n_iter=27, cv=3, random_state=0, strategy=strategy)
    search.fit(X_train, y_train)
    trees = 3 * sum(search.cv_results_.get("n_resources", [54] * 27))
    print(f"{name}: {trees} trees, accuracy {search.score(X_test, y_test):.3f}")

# %%
# Each candidate from rung to rung.

RungsDisplay.from_search(search)

# %%
# **When not to**: on a few hundred samples, with samples as the resource. A fit on a ninth of
# 300 samples takes nearly as long as one on all, so there are more fits and no time is saved.

halving = SuccessiveHalving("n_samples", factor=3, min_resources=33)
search = RandomSearch(forest, space, n_iter=27, cv=3, random_state=0, strategy=halving)
search.fit(X_train, y_train)
trees, score = 3 * 54 * len(search.cv_results_["iter"]), search.score(X_test, y_test)
print(f"halved on samples: {trees} trees, accuracy {score:.3f}")
plt.show()
