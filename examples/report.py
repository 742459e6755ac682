"""
A report that grows with the search
===================================

One file, to be opened in a browser: figures that can be brushed, and a table of all candidates.
It is renewed while the search runs. ``python -m sktune watch search.jsonl`` shows the same page.
"""

import sys
import tempfile

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import RandomSearch, Report
from sktune.looking import ParallelCoordinatesDisplay

folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
X, y = load_digits(return_X_y=True)
X, y = X[:600], y[:600]
space = {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-4, 1)}
model = make_pipeline(StandardScaler(), SVC())
search = RandomSearch(
    model,
    space,
    n_iter=40,
    random_state=0,
    observers=[Report(f"{folder}/report.html")],
    checkpoint=f"{folder}/search.jsonl",
)
search.fit(X, y)
default = cross_val_score(model, X, y).mean()
print(f"accuracy: default {default:.3f}, best {search.best_score_:.3f}")
print(f"open {folder}/report.html in a browser")

# %%
# What the report has found to say about the search, as text.

print(search.advise())

# %%
# One of its figures, without a mouse.

ParallelCoordinatesDisplay.from_search(search)
plt.show()
