"""Neighbours, naive Bayes, discriminants, networks, and what spreads labels."""

from ..rows import ALL, AROUND, BERGSTRA, LOG, PROBST, Row, Table, Times, Upto

_K = Row(Upto(1, 50, "samples", log=True, share=0.8), PROBST)
_METRIC = {"metric": ("minkowski",)}
_P = Row([1, 2], PROBST, when=_METRIC)
_WEIGHTS = Row(["uniform", "distance"], ALL)
_RADIUS = Row(Times(1.0, 3.0, "distance"), AROUND)
_SMOOTHING = Row((1e-3, 1e2, LOG), AROUND)
_LAYERS = [(25,), (50,), (100,), (200,), (50, 50), (100, 100), (200, 100)]
_SPREADING = Row(Upto(2, 20, "samples", log=True, share=0.5), AROUND)
_REACH = Row(Times(0.1, 1e2, "gamma"), AROUND)

TABLE: Table = {
    "KNeighborsClassifier KNeighborsRegressor": [{"n_neighbors": _K, "weights": _WEIGHTS, "p": _P}],
    "RadiusNeighborsClassifier RadiusNeighborsRegressor": [
        {"radius": _RADIUS, "weights": _WEIGHTS}
    ],
    "NearestNeighbors KNeighborsTransformer": [{"n_neighbors": _K, "p": _P}],
    "RadiusNeighborsTransformer": [{"radius": _RADIUS}],
    "LocalOutlierFactor": [
        {"n_neighbors": Row(Upto(5, 50, "samples", log=True, share=0.8), AROUND), "p": _P}
    ],
    "NearestCentroid": [{"shrink_threshold": Row((0.01, 5.0, LOG), AROUND, means={None: 0.01})}],
    "KernelDensity": [{"bandwidth": Row(Times(0.03, 3.0, "spread"), AROUND)}],
    "NeighborhoodComponentsAnalysis": [
        {"n_components": Row(Upto(1, 50, "features", log=True, strict=True), ALL, means={None: 50})}
    ],
    "GaussianNB": [{"var_smoothing": Row((1e-10, 1.0, LOG), AROUND)}],
    "BernoulliNB MultinomialNB CategoricalNB": [
        {"alpha": _SMOOTHING, "fit_prior": Row([True, False], ALL)}
    ],
    "ComplementNB": [{"alpha": _SMOOTHING, "norm": Row([False, True], ALL)}],
    "LinearDiscriminantAnalysis": [
        {"solver": Row(["svd"], ALL), "shrinkage": Row([None], ALL)},
        {"solver": Row(["lsqr"], ALL), "shrinkage": Row((0.0, 1.0), ALL)},
    ],
    "QuadraticDiscriminantAnalysis": [{"reg_param": Row((1e-3, 1.0, LOG), ALL)}],
    "MLPClassifier MLPRegressor": [
        {
            "hidden_layer_sizes": Row(_LAYERS, BERGSTRA),
            "alpha": Row((1e-6, 1.0, LOG), BERGSTRA),
            "learning_rate_init": Row((3e-4, 3e-2, LOG), BERGSTRA),
            "activation": Row(["relu", "tanh"], ALL),
        }
    ],
    "BernoulliRBM": [
        {
            "n_components": Row((16, 256, LOG), BERGSTRA),
            "learning_rate": Row((1e-3, 0.3, LOG), BERGSTRA),
            "n_iter": Row((5, 30), AROUND),
        }
    ],
    "LabelPropagation": [
        {"kernel": Row(["knn"], ALL), "n_neighbors": _SPREADING},
        {"kernel": Row(["rbf"], ALL), "gamma": _REACH},
    ],
    "LabelSpreading": [
        {"kernel": Row(["knn"], ALL), "n_neighbors": _SPREADING, "alpha": Row((0.01, 0.9), ALL)},
        {"kernel": Row(["rbf"], ALL), "gamma": _REACH, "alpha": Row((0.01, 0.9), ALL)},
    ],
    "SelfTrainingClassifier": [{"threshold": Row((0.5, 0.95), AROUND)}],
    "CalibratedClassifierCV": [{"method": Row(["sigmoid", "isotonic"], ALL)}],
    "OutputCodeClassifier": [{"code_size": Row((1.0, 5.0), AROUND)}],
}
