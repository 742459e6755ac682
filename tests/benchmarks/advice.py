"""What searches on real data advise: to be read, and to count what is told without reason.

python -m tests.benchmarks.advice
"""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving

iris, wine = load_iris(return_X_y=True), load_wine(return_X_y=True)
bc, dia = load_breast_cancer(return_X_y=True), load_diabetes(return_X_y=True)
dig = tuple(part[:500] for part in load_digits(return_X_y=True))
P = make_pipeline
SEARCHES = [
    (
        "iris svc grid",
        GridSearch(SVC(), {"C": [0.01, 0.1, 1, 10, 100], "gamma": [0.001, 0.01, 0.1, 1]}),
        iris,
    ),
    (
        "wine knn grid",
        GridSearch(
            P(StandardScaler(), KNeighborsClassifier()),
            {
                "kneighborsclassifier__n_neighbors": [1, 3, 5, 9, 15, 25, 40],
                "kneighborsclassifier__weights": ["uniform", "distance"],
            },
        ),
        wine,
    ),
    (
        "bc logreg grid",
        GridSearch(
            P(StandardScaler(), LogisticRegression(max_iter=500)),
            {"logisticregression__C": np.logspace(-4, 4, 9)},
        ),
        bc,
    ),
    (
        "bc tree random",
        RandomSearch(
            DecisionTreeClassifier(random_state=0),
            {
                "max_depth": randint(1, 15),
                "min_samples_leaf": randint(1, 30),
                "ccp_alpha": uniform(0, 0.05),
            },
            n_iter=40,
            random_state=0,
        ),
        bc,
    ),
    (
        "bc rf random",
        RandomSearch(
            RandomForestClassifier(random_state=0),
            {
                "max_depth": randint(2, 15),
                "n_estimators": randint(10, 60),
                "max_features": uniform(0.1, 0.9),
            },
            n_iter=20,
            random_state=0,
        ),
        bc,
    ),
    ("dia ridge grid", GridSearch(Ridge(), {"alpha": np.logspace(-3, 3, 13)}), dia),
    (
        "dia svr random",
        RandomSearch(
            P(StandardScaler(), SVR()),
            {
                "svr__C": loguniform(0.01, 1000),
                "svr__gamma": loguniform(1e-4, 1),
                "svr__epsilon": loguniform(0.01, 10),
            },
            n_iter=40,
            random_state=1,
        ),
        dia,
    ),
    (
        "dia gbr random",
        RandomSearch(
            GradientBoostingRegressor(random_state=0),
            {
                "learning_rate": loguniform(0.01, 0.5),
                "n_estimators": randint(10, 150),
                "max_depth": randint(1, 6),
            },
            n_iter=30,
            random_state=0,
        ),
        dia,
    ),
    (
        "digits svc random",
        RandomSearch(
            SVC(),
            {"C": loguniform(0.01, 100), "gamma": loguniform(1e-5, 1e-1)},
            n_iter=30,
            random_state=0,
        ),
        dig,
    ),
    (
        "digits pca knn grid",
        GridSearch(
            P(PCA(random_state=0), KNeighborsClassifier()),
            {
                "pca__n_components": [2, 5, 10, 20, 30, 40],
                "kneighborsclassifier__n_neighbors": [1, 3, 5, 9],
            },
        ),
        dig,
    ),
    (
        "wine bayes svc",
        BayesSearch(
            P(StandardScaler(), SVC()),
            {"svc__C": (1e-3, 1e3, "log-uniform"), "svc__gamma": (1e-5, 10.0, "log-uniform")},
            n_iter=25,
            random_state=0,
        ),
        wine,
    ),
    (
        "bc bayes knn",
        BayesSearch(
            P(StandardScaler(), KNeighborsClassifier()),
            {"kneighborsclassifier__n_neighbors": (1, 100), "kneighborsclassifier__p": (1, 5)},
            n_iter=25,
            random_state=0,
        ),
        bc,
    ),
    (
        "dia bayes enet",
        BayesSearch(
            ElasticNet(),
            {"alpha": (1e-4, 10.0, "log-uniform"), "l1_ratio": (0.0, 1.0)},
            n_iter=30,
            random_state=0,
        ),
        dia,
    ),
    (
        "iris tree halving",
        GridSearch(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [1, 2, 3, 5, 8], "min_samples_leaf": [1, 5, 20]},
            strategy=SuccessiveHalving(min_resources=40),
        ),
        iris,
    ),
    (
        "wine racing rf",
        RandomSearch(
            ExtraTreesClassifier(random_state=0),
            {"max_depth": randint(1, 12), "n_estimators": randint(5, 60)},
            n_iter=30,
            random_state=0,
            cv=8,
            early_termination="racing",
        ),
        wine,
    ),
    (
        "dia tree grid mse",
        GridSearch(
            DecisionTreeRegressor(random_state=0),
            {"max_depth": [1, 2, 3, 4, 6, 10], "min_samples_leaf": [1, 5, 10, 20]},
            scoring="neg_mean_squared_error",
        ),
        dia,
    ),
    (
        "bc logloss",
        GridSearch(
            P(StandardScaler(), LogisticRegression(max_iter=500)),
            {"logisticregression__C": np.logspace(-4, 4, 9)},
            scoring="neg_log_loss",
        ),
        bc,
    ),
    (
        "noise tree",
        RandomSearch(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": randint(1, 10), "min_samples_leaf": randint(1, 20)},
            n_iter=40,
            random_state=0,
        ),
        (np.random.default_rng(0).normal(size=(100, 5)), np.arange(100) % 2),
    ),
    (
        "noise svc grid",
        GridSearch(SVC(), {"C": [0.1, 1, 10, 100], "gamma": [0.01, 0.1, 1]}),
        (np.random.default_rng(1).normal(size=(150, 5)), np.arange(150) % 2),
    ),
    (
        "iris hgb small",
        GridSearch(
            HistGradientBoostingClassifier(random_state=0, max_iter=20),
            {"learning_rate": [0.01, 0.1, 0.5], "max_leaf_nodes": [3, 7, 15]},
        ),
        iris,
    ),
]


def main() -> None:
    warnings.simplefilter("ignore")
    told: Counter[str] = Counter()
    for name, search, (X, y) in SEARCHES:
        advice = search.fit(X, y).advise()
        told.update(finding.kind for finding in advice)
        print(f"{name}: {search.best_score_:.4g} with {search.best_params_}\n{advice}\n")
    print(f"{len(SEARCHES)} searches: " + ", ".join(f"{kind} {n}" for kind, n in told.items()))


if __name__ == "__main__":
    main()
