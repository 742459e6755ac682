"""
Tune a classifier of texts
==========================

Reading texts takes longer than fitting a linear model to their words. Each text is taken apart
once a search, whatever n-grams are counted, and each way of counting is fitted once a split.
"""

import inspect
from importlib import import_module

import matplotlib.pyplot as plt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from sktune import GridSearch
from sktune.looking import ParamEffectsDisplay

# %%
# The texts are SciPy's documentation: to which part of it does a function belong? Its first
# lines, without the name, have to tell.

parts = ["linalg", "ndimage", "optimize", "signal", "spatial", "special", "stats"]
texts, labels = [], []
for part in parts:
    module = import_module(f"scipy.{part}")
    for name in module.__all__:
        text = inspect.getdoc(getattr(module, name)) or ""
        if len(text) > 100:
            texts.append(text[:400].replace(name, "it"))
            labels.append(part)
print(f"{len(texts)} texts about {len(parts)} parts")

# %%
# Single words or pairs too, counts or their logarithms.

model = make_pipeline(TfidfVectorizer(), RidgeClassifier())
grid = {
    "tfidfvectorizer__ngram_range": [(1, 1), (1, 2)],
    "tfidfvectorizer__sublinear_tf": [False, True],
    "ridgeclassifier__alpha": [0.03, 0.1, 0.3, 1, 3],
}
search = GridSearch(model, grid, cv=5).fit(texts, labels)
print(search.sharing_)

# %%
# Accuracy of the pipeline as it was written, and of the best one.

print(f"as written: {cross_val_score(model, texts, labels, cv=5).mean():.3f}")
print(f"the best:   {search.best_score_:.3f}")
print(f"best: {search.best_params_}")

# %%
# The score against each parameter.

ParamEffectsDisplay.from_search(search)
plt.show()
