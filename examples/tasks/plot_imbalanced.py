"""
Imbalanced classes
==================

How many samples of the rare class are made up, and from how many neighbours, is searched along
with the model. Only training samples are resampled: scores are of samples as they come.
"""

import matplotlib.pyplot as plt
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import MinMaxScaler

from sktune import GridSearch
from sktune.looking import ParamEffectsDisplay

# %%
# Is it an eight? One digit in ten is.

X, y = load_digits(return_X_y=True)
y = y == 8
print(f"{y.sum()} of {len(y)} are eights")

# %%
# Balanced accuracy counts both classes the same, however many there are of each.

model = make_pipeline(MinMaxScaler(), SMOTE(random_state=0), LogisticRegression(max_iter=1000))
grid = {
    "smote__sampling_strategy": [0.2, 0.4, 0.7, 1.0],
    "smote__k_neighbors": [1, 3, 5, 10],
    "logisticregression__C": [0.1, 1, 10, 100],
}
search = GridSearch(model, grid, cv=5, scoring="balanced_accuracy").fit(X, y)
print(search.sharing_)

# %%
# The same model without resampling, and the best one with it.

plain = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=1000))
score = cross_val_score(plain, X, y, cv=5, scoring="balanced_accuracy").mean()
print(f"balanced accuracy without resampling: {score:.3f}")
print(f"the best with resampling:             {search.best_score_:.3f}")
print(f"best: {search.best_params_}")

# %%
# The score against each parameter.

ParamEffectsDisplay.from_search(search)
plt.show()
