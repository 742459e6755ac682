"""
Groups that must stay together
==============================

Samples of one person, patient or machine resemble each other. If some of them are trained on and
others tested on, the score is too good, and the wrong candidate may win.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GroupKFold, KFold
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.looking import FoldsDisplay

# %%
# Thirteen people wrote these digits, one after the other. Where one ends is not recorded, so
# blocks of 139 stand for the writers. The last seven wait until the end.

X, y = load_digits(return_X_y=True)
writers = np.arange(len(X)) // 139
known, new = writers < 6, writers >= 6
grid = {"gamma": [1e-4, 3e-4, 1e-3], "C": [1, 10]}

# %%
# The same grid twice: with samples of all writers in all folds, and with each writer in one.
# How many errors did the search promise, and how many were there?

mixed = GridSearch(SVC(), grid, cv=KFold(5, shuffle=True, random_state=0))
mixed.fit(X[known], y[known])
apart = GridSearch(SVC(), grid, cv=GroupKFold(6))
apart.fit(X[known], y[known], groups=writers[known])
for name, search in (("writers mixed", mixed), ("writers apart", apart)):
    told, errors = 1 - search.best_score_, 1 - search.score(X[new], y[new])
    print(f"{name}: {told:.1%} of errors promised, {errors:.1%} on new writers")

# %%
# Some writers are harder to read than others: compare the columns.

FoldsDisplay.from_search(apart)
plt.show()
