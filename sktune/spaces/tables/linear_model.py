"""Linear models."""

from ..rows import ALL, AROUND, LOG, PROBST, Row, Table, Times, Upto

_L1_RATIO = Row((0.01, 1.0), PROBST)
_PENALTY = Row(Times(1e-5, 1.0, "penalty"), PROBST)
_PRIOR = Row((1e-8, 1e-2, LOG), AROUND)

TABLE: Table = {
    "LogisticRegression": [{"C": Row((1e-4, 1e4, LOG), PROBST)}],
    "Ridge RidgeClassifier": [{"alpha": Row((1e-4, 1e4, LOG), PROBST)}],
    "Lasso LassoLars MultiTaskLasso": [{"alpha": _PENALTY}],
    "ElasticNet MultiTaskElasticNet": [{"alpha": _PENALTY, "l1_ratio": _L1_RATIO}],
    "ElasticNetCV MultiTaskElasticNetCV": [{"l1_ratio": _L1_RATIO}],
    "LassoLarsIC": [{"criterion": Row(["aic", "bic"], ALL)}],
    "Lars": [{"n_nonzero_coefs": Row(Upto(1, 500, "features", log=True), ALL)}],
    "OrthogonalMatchingPursuit": [
        {"n_nonzero_coefs": Row(Upto(1, 500, "both", log=True, strict=True), ALL, means={None: 1})}
    ],
    "HuberRegressor": [
        {"epsilon": Row((1.05, 3.0), AROUND), "alpha": Row((1e-6, 1e2, LOG), AROUND)}
    ],
    "QuantileRegressor": [{"alpha": Row(Times(1e-5, 1.0, "penalty"), AROUND)}],
    "PoissonRegressor GammaRegressor TweedieRegressor": [{"alpha": Row((1e-5, 10.0, LOG), AROUND)}],
    "RANSACRegressor": [{"min_samples": Row((0.3, 0.9), AROUND, means={None: 0.3})}],
    "BayesianRidge": [
        {"alpha_1": _PRIOR, "alpha_2": _PRIOR, "lambda_1": _PRIOR, "lambda_2": _PRIOR}
    ],
    "ARDRegression": [
        {
            "alpha_1": _PRIOR,
            "alpha_2": _PRIOR,
            "lambda_1": _PRIOR,
            "lambda_2": _PRIOR,
            "threshold_lambda": Row((1e3, 1e5, LOG), AROUND),
        }
    ],
    "SGDClassifier SGDRegressor": [
        {"penalty": Row(["l2"], ALL), "alpha": Row((1e-6, 1e-1, LOG), AROUND)},
        {
            "penalty": Row(["elasticnet"], ALL),
            "alpha": Row((1e-6, 1e-1, LOG), AROUND),
            "l1_ratio": Row((0.0, 1.0), PROBST),
        },
    ],
    "SGDOneClassSVM": [{"nu": Row((0.01, 0.9), AROUND)}],
    "PassiveAggressiveClassifier": [{"C": Row((1e-4, 10.0, LOG), AROUND)}],
    "PassiveAggressiveRegressor": [
        {"C": Row((1e-4, 10.0, LOG), AROUND), "epsilon": Row(Times(1e-3, 1.0, "target"), AROUND)}
    ],
    "Perceptron": [
        {"penalty": Row([None], ALL)},
        {
            "penalty": Row(["l2", "l1", "elasticnet"], ALL),
            "alpha": Row((1e-6, 1e-2, LOG), AROUND),
        },
    ],
}
