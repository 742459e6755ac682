"""
A threshold from out-of-fold probabilities
==========================================

One half is seldom the best threshold where a class is rare. The search has probabilities of
samples that its winner has not seen, so a better one costs no fit.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch

# is it an eight? One digit in ten is, and to miss one is worse than a false alarm
X, y = load_digits(return_X_y=True)
y = y == 8
X, X_new, y, y_new = train_test_split(X, y, stratify=y, random_state=0)
folds = StratifiedKFold(5, shuffle=True, random_state=0)

model = make_pipeline(StandardScaler(), LogisticRegression())
grid = {"logisticregression__C": [0.001, 0.01, 0.1, 1, 10]}
search = GridSearch(model, grid, scoring="roc_auc", cv=folds, keep="best").fit(X, y)

# %%
# The threshold with the best F2 score out of fold; and scikit-learn's way, which fits five times.

thresholds = np.linspace(0.02, 0.98, 97)
honest = search.out_of_fold_.predict_proba[:, 1]
scores = [fbeta_score(y, honest >= threshold, beta=2) for threshold in thresholds]
ours, scorer = thresholds[np.argmax(scores)], make_scorer(fbeta_score, beta=2)
theirs = TunedThresholdClassifierCV(
    search.best_estimator_, scoring=scorer, cv=folds, thresholds=thresholds
).fit(X, y)

probabilities = search.predict_proba(X_new)[:, 1]
told = {"as it is": 0.5, "out of fold": ours, "TunedThreshold": theirs.best_threshold_}
for name, threshold in told.items():
    score = fbeta_score(y_new, probabilities >= threshold, beta=2)
    print(f"{name:>14}: threshold {threshold:.2f}, F2 on new samples {score:.3f}")

# %%
# The score against the threshold.

plt.plot(thresholds, scores)
plt.axvline(ours, color="grey")
plt.xlabel("threshold")
plt.ylabel("F2, out of fold")
plt.show()
