"""Searches to race on: real data, real estimators, cheap enough for many seeds.

Data sets are those that scikit-learn brings. Where the full search is to be known, every
candidate is evaluated on every split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scipy.stats import loguniform, randint, uniform
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
    make_friedman1,
)
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ElasticNet,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


@dataclass(frozen=True)
class RaceSearch:
    """A random search.

    Attributes
    ----------
    name : str
    load : callable
        Gives X and y.
    make : callable
        Gives the estimator.
    space : dict
        As `RandomizedSearchCV` takes it.
    scoring : str
    n_samples : int, default=600
        Of which so many are used.
    """

    name: str
    load: Callable[..., Any]
    make: Callable[[], Any]
    space: dict[str, Any]
    scoring: str = "accuracy"
    n_samples: int = 600

    def data(self) -> tuple[Any, Any]:
        X, y = self.load(return_X_y=True)
        return X[: self.n_samples], y[: self.n_samples]


SEARCHES = (
    RaceSearch("svc-digits", load_digits, SVC,
               {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-6, 1e-1)}),
    RaceSearch("logistic-cancer", load_breast_cancer,
               lambda: make_pipeline(StandardScaler(), LogisticRegression(solver="liblinear")),
               {"logisticregression__C": loguniform(1e-4, 1e4),
                "logisticregression__class_weight": [None, "balanced"]}, "roc_auc"),
    RaceSearch("forest-wine", load_wine,
               lambda: RandomForestClassifier(random_state=0),
               {"n_estimators": randint(2, 30), "max_depth": randint(1, 8),
                "max_features": uniform(0.1, 0.9), "min_samples_leaf": randint(1, 30)},
               "neg_log_loss"),
    RaceSearch("knn-digits", load_digits, KNeighborsClassifier,
               {"n_neighbors": randint(1, 40), "weights": ["uniform", "distance"],
                "p": [1, 2, 3]}),
    RaceSearch("tree-cancer", load_breast_cancer,
               lambda: DecisionTreeClassifier(random_state=0),
               {"max_depth": randint(1, 12), "min_samples_leaf": randint(1, 40),
                "criterion": ["gini", "entropy"], "max_features": uniform(0.05, 0.95)}, "f1"),
    RaceSearch("svr-diabetes", load_diabetes,
               lambda: make_pipeline(StandardScaler(), SVR()),
               {"svr__C": loguniform(1e-1, 1e3), "svr__gamma": loguniform(1e-4, 1),
                "svr__epsilon": loguniform(1e-1, 1e2)}, "r2"),
    RaceSearch("elasticnet-diabetes", load_diabetes,
               lambda: make_pipeline(StandardScaler(), PolynomialFeatures(2), ElasticNet()),
               {"elasticnet__alpha": loguniform(1e-2, 1e2),
                "elasticnet__l1_ratio": uniform(0.05, 0.95)}, "neg_mean_absolute_error"),
    RaceSearch("boosting-diabetes", load_diabetes,
               lambda: GradientBoostingRegressor(n_estimators=30, random_state=0),
               {"learning_rate": loguniform(1e-2, 1), "max_depth": randint(1, 6),
                "subsample": uniform(0.3, 0.7), "min_samples_leaf": randint(1, 40)},
               "neg_root_mean_squared_error"),
    RaceSearch("mlp-iris", load_iris,
               lambda: make_pipeline(StandardScaler(),
                                     MLPClassifier((8,), max_iter=60, random_state=0)),
               {"mlpclassifier__alpha": loguniform(1e-6, 1e1),
                "mlpclassifier__learning_rate_init": loguniform(1e-4, 1e-1)}, "accuracy"),
    RaceSearch("extra-digits", load_digits,
               lambda: ExtraTreesClassifier(n_estimators=20, random_state=0),
               {"max_depth": randint(2, 16), "max_features": uniform(0.05, 0.95),
                "min_samples_leaf": randint(1, 20)}, "f1_macro"),
    RaceSearch("sgd-cancer", load_breast_cancer,
               lambda: make_pipeline(StandardScaler(), SGDClassifier(random_state=0)),
               {"sgdclassifier__alpha": loguniform(1e-6, 1),
                "sgdclassifier__penalty": ["l1", "l2", "elasticnet"],
                "sgdclassifier__loss": ["hinge", "log_loss", "modified_huber"]}, "roc_auc"),
    RaceSearch("bayes-wine", load_wine, GaussianNB,
               {"var_smoothing": loguniform(1e-12, 1)}, "balanced_accuracy"),
    RaceSearch("knn-diabetes", load_diabetes,
               lambda: make_pipeline(StandardScaler(), KNeighborsRegressor()),
               {"kneighborsregressor__n_neighbors": randint(1, 80),
                "kneighborsregressor__weights": ["uniform", "distance"],
                "kneighborsregressor__p": [1, 2]}, "r2"),
)  # fmt: skip

# These had no part in building the policy, whose constants were chosen on those above.
OTHERS = (
    RaceSearch("ridge-diabetes", load_diabetes,
               lambda: make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge()),
               {"ridge__alpha": loguniform(1e-3, 1e4)}, "r2"),
    RaceSearch("ridge-digits", load_digits, RidgeClassifier,
               {"alpha": loguniform(1e-3, 1e5), "class_weight": [None, "balanced"]}),
    RaceSearch("lda-digits", load_digits, lambda: LinearDiscriminantAnalysis(solver="lsqr"),
               {"shrinkage": uniform(0, 1)}, "balanced_accuracy"),
    RaceSearch("qda-cancer", load_breast_cancer, QuadraticDiscriminantAnalysis,
               {"reg_param": uniform(0, 1)}, "average_precision"),
    RaceSearch("logistic-iris", load_iris, LogisticRegression,
               {"C": loguniform(1e-4, 1e3)}, "neg_log_loss"),
    RaceSearch("svc-cancer", load_breast_cancer,
               lambda: make_pipeline(StandardScaler(), SVC()),
               {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-5, 1)}),
    RaceSearch("tree-diabetes", load_diabetes,
               lambda: DecisionTreeRegressor(random_state=0),
               {"max_depth": randint(1, 12), "min_samples_leaf": randint(1, 60),
                "max_features": uniform(0.1, 0.9)}, "neg_mean_squared_error"),
    RaceSearch("knn-wine", load_wine,
               lambda: make_pipeline(StandardScaler(), KNeighborsClassifier()),
               {"kneighborsclassifier__n_neighbors": randint(1, 60),
                "kneighborsclassifier__weights": ["uniform", "distance"],
                "kneighborsclassifier__p": [1, 2, 3]}, "f1_macro"),
    RaceSearch("kernel-diabetes", load_diabetes,
               lambda: make_pipeline(StandardScaler(), KernelRidge(kernel="rbf")),
               {"kernelridge__alpha": loguniform(1e-3, 1e2),
                "kernelridge__gamma": loguniform(1e-4, 1)}, "explained_variance"),
    RaceSearch("sgd-diabetes", load_diabetes,
               lambda: make_pipeline(StandardScaler(), SGDRegressor(random_state=0)),
               {"sgdregressor__alpha": loguniform(1e-6, 1),
                "sgdregressor__penalty": ["l1", "l2", "elasticnet"],
                "sgdregressor__eta0": loguniform(1e-4, 1e-1)}, "neg_mean_absolute_error"),
)  # fmt: skip

# Has trees as a resource of successive halving; the others that do are among those above.
HISTOGRAM = RaceSearch("histogram-diabetes", load_diabetes,
               lambda: HistGradientBoostingRegressor(random_state=0),
               {"learning_rate": loguniform(1e-2, 1), "max_leaf_nodes": randint(2, 32),
                "l2_regularization": loguniform(1e-3, 1e2),
                "min_samples_leaf": randint(1, 40)}, "r2")  # fmt: skip

# More samples than the others have, most of them made up: too slow for many seeds.
LARGER = (
    replace(SEARCHES[0], name="svc-digits-1200", n_samples=1200),
    RaceSearch("tree-classes-6000",
               lambda return_X_y: make_classification(
                   6000, n_informative=8, n_clusters_per_class=4, flip_y=0.05, random_state=0),
               lambda: DecisionTreeClassifier(random_state=0),
               {"max_depth": randint(2, 20), "min_samples_leaf": randint(1, 100),
                "criterion": ["gini", "entropy"], "max_features": uniform(0.05, 0.95)}, "accuracy",
               6000),
    RaceSearch("histogram-friedman-6000",
               lambda return_X_y: make_friedman1(6000, noise=2.0, random_state=0),
               lambda: HistGradientBoostingRegressor(max_iter=30, random_state=0),
               HISTOGRAM.space, "r2", 6000),
)  # fmt: skip
