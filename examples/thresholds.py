"""The threshold of a classifier, from out-of-fold probabilities: without another fit.

python examples/thresholds.py
"""

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch

# one in ten is positive, and to miss one is worse than a false alarm
X, y = make_classification(2000, weights=[0.9], flip_y=0.05, random_state=0)
X, X_new, y, y_new = train_test_split(X, y, stratify=y, random_state=0)
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
THRESHOLDS = np.linspace(0.02, 0.98, 97)


def best_threshold(probabilities):
    scores = [fbeta_score(y, probabilities >= t, beta=2) for t in THRESHOLDS]
    return THRESHOLDS[int(np.argmax(scores))]


def main():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.001, 0.01, 0.1, 1, 10]}
    search = GridSearch(model, grid, scoring="roc_auc", cv=FOLDS, keep="best").fit(X, y)
    ours = best_threshold(search.out_of_fold_.predict_proba[:, 1])

    # scikit-learn's fits the best candidate five times more
    scorer = make_scorer(fbeta_score, beta=2)
    theirs = TunedThresholdClassifierCV(
        search.best_estimator_, scoring=scorer, cv=FOLDS, thresholds=THRESHOLDS
    ).fit(X, y)

    probabilities = search.predict_proba(X_new)[:, 1]
    told = {"as it is": 0.5, "out of fold": ours, "TunedThreshold": theirs.best_threshold_}
    for name, threshold in told.items():
        score = fbeta_score(y_new, probabilities >= threshold, beta=2)
        print(f"{name:>14}: threshold {threshold:.2f}, F2 on new samples {score:.3f}")


if __name__ == "__main__":
    main()
