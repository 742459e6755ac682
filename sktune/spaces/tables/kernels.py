"""Support vector machines, kernels and Gaussian processes."""

from ..rows import ALL, AROUND, LOG, PROBST, VAN_RIJN, Nu, Row, Table, Times, Upto

_RBF = {"kernel": ("rbf", "poly", "sigmoid")}
_GAMMA = Row(Times(1e-3, 1e2, "gamma"), VAN_RIJN, when=_RBF)
_EPSILON = Row(Times(1e-3, 1.0, "target"), AROUND)
_TARGET_C = Row(Times(0.03, 1e3, "target"), VAN_RIJN)
_N_COMPONENTS = Row(Upto(10, 300, "samples", log=True), AROUND)

TABLE: Table = {
    "SVC": [{"C": Row((0.03, 1e3, LOG), VAN_RIJN), "gamma": _GAMMA}],
    "NuSVC": [{"nu": Row(Nu(0.01, 0.8), AROUND), "gamma": _GAMMA}],
    "SVR": [{"C": _TARGET_C, "gamma": _GAMMA, "epsilon": _EPSILON}],
    "NuSVR": [{"C": _TARGET_C, "nu": Row((0.05, 0.95), AROUND), "gamma": _GAMMA}],
    "OneClassSVM": [{"nu": Row((0.01, 0.6), AROUND), "gamma": _GAMMA}],
    "LinearSVC": [{"C": Row((1e-4, 1e2, LOG), PROBST)}],
    "LinearSVR": [{"C": Row((1e-4, 1e2, LOG), PROBST), "epsilon": _EPSILON}],
    "KernelRidge": [
        {
            "kernel": Row(["rbf"], ALL),
            "alpha": Row((1e-4, 10.0, LOG), AROUND),
            "gamma": Row(Times(1e-3, 1e2, "gamma"), VAN_RIJN),
        },
        {"kernel": Row(["linear"], ALL), "alpha": Row((1e-4, 1e3, LOG), AROUND)},
    ],
    "GaussianProcessRegressor": [
        {"alpha": Row((1e-10, 1.0, LOG), AROUND), "normalize_y": Row([False, True], ALL)}
    ],
    "Nystroem": [
        {
            "gamma": Row(Times(1e-3, 1e2, "gamma"), VAN_RIJN, when={"kernel": ("rbf",)}),
            "n_components": _N_COMPONENTS,
        }
    ],
    "RBFSampler": [
        {
            "gamma": Row(Times(1e-3, 1e2, "gamma"), VAN_RIJN),
            "n_components": Row((10, 300, LOG), AROUND),
        }
    ],
    "PolynomialCountSketch": [
        {"degree": Row((1, 3), AROUND), "n_components": Row((20, 300, LOG), AROUND)}
    ],
    "SkewedChi2Sampler": [
        {
            "skewedness": Row((0.1, 10.0, LOG), AROUND),
            "n_components": Row((20, 300, LOG), AROUND),
        }
    ],
    "AdditiveChi2Sampler": [{"sample_steps": Row([1, 2, 3], ALL)}],
}
