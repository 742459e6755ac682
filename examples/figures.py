"""
Look at a search
================

Six figures answer most questions about a search, and each can be drawn alone. With a folder as
its argument the script writes them there.

``pip install "sktune[plots]" && python examples/figures.py``
"""

import sys

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import RandomSearch
from sktune.looking import ParamEffectsDisplay

X, y = load_digits(return_X_y=True)
X, y = X[:600], y[:600]
space = {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-4, 1)}
model = make_pipeline(StandardScaler(), SVC())
search = RandomSearch(model, space, n_iter=40, random_state=0, early_termination="racing")
search.fit(X, y)
default = cross_val_score(model, X, y).mean()
print(f"accuracy: default {default:.3f}, best {search.best_score_:.3f}")

# %%
# All six.

overview = search.plot()

# %%
# One of them: the score against ``gamma``.

display = ParamEffectsDisplay.from_search(search, params=["svc__gamma"])

# %%
# Figures are matplotlib's: they are saved, resized and changed as any others.

if len(sys.argv) > 1:
    overview.savefig(f"{sys.argv[1]}/overview.png", dpi=60)
    display.figure_.savefig(f"{sys.argv[1]}/gamma.png", dpi=60)
plt.show()
