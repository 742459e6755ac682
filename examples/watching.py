"""
Watch a search
==============

``LiveView`` shows a search while it runs: in a notebook a table of the best candidates and a
drawing of the scores, in place; elsewhere the lines that ``verbose=1`` prints.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sktune import GridSearch, LiveView
from sktune.looking import HistoryDisplay

X, y = load_digits(return_X_y=True)
model = make_pipeline(PCA(random_state=0), SVC())
grid = {"pca__n_components": [5, 10, 20, 30], "svc__C": [0.1, 1, 10, 100]}

# %%
# Two seconds at most. What there is by then is ranked, and the best refitted.

search = GridSearch(model, grid, timeout=2, observers=[LiveView()]).fit(X, y)

# %%
# Why it ended, and what is there.

done = list(search.cv_results_["status"]).count("ok")
print(f"{search.ended_by_}: {done} of 16 candidates, best accuracy {search.best_score_:.3f}")

# %%
# The drawing that the notebook had.

HistoryDisplay.from_search(search)
plt.show()
