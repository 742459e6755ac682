"""Trees, forests, bags, and boosting."""

from ..rows import AROUND, GRINSZTAJN, LOG, PROBST, VAN_RIJN, Row, Share, Table, Times, Upto

_LEAF = Row(Upto(1, 20, "samples", log=True, share=0.1), VAN_RIJN)
_SPLIT = Row(Upto(2, 20, "samples", log=True, share=0.1), VAN_RIJN)
_DEPTH = Row((1, 30), PROBST, means={None: 30})
_TREE_LEAF = Row(Upto(1, 60, "samples", log=True, share=0.2), PROBST)
_TREE_SPLIT = Row(Upto(2, 60, "samples", log=True, share=0.2), PROBST)
_FEATURES = Row(Share(), PROBST)
_BAG = Row((0.3, 1.0), PROBST, means={None: 1.0}, when={"bootstrap": (True,)})
_RATE = Row((0.01, 0.5, LOG), GRINSZTAJN)

TABLE: Table = {
    "DecisionTreeClassifier ExtraTreeClassifier": [
        {
            "max_depth": _DEPTH,
            "min_samples_leaf": _TREE_LEAF,
            "min_samples_split": _TREE_SPLIT,
            "ccp_alpha": Row((1e-5, 0.1, LOG), PROBST),
        }
    ],
    "DecisionTreeRegressor ExtraTreeRegressor": [
        {
            "max_depth": _DEPTH,
            "min_samples_leaf": _TREE_LEAF,
            "min_samples_split": _TREE_SPLIT,
            "ccp_alpha": Row(Times(1e-5, 0.1, "target_variance"), PROBST),
        }
    ],
    "RandomForestClassifier RandomForestRegressor": [
        {"max_features": _FEATURES, "min_samples_leaf": _LEAF, "max_samples": _BAG}
    ],
    "ExtraTreesClassifier ExtraTreesRegressor": [
        {
            "max_features": _FEATURES,
            "min_samples_leaf": _LEAF,
            "min_samples_split": _SPLIT,
            "max_samples": _BAG,
        }
    ],
    "RandomTreesEmbedding": [
        {"n_estimators": Row((20, 200, LOG), AROUND), "max_depth": Row((2, 8), AROUND)}
    ],
    "IsolationForest": [
        {
            "max_samples": Row((0.1, 1.0), AROUND, means={"auto": 1.0}),
            "max_features": _FEATURES,
        }
    ],
    "BaggingClassifier BaggingRegressor": [
        {
            "n_estimators": Row((10, 100, LOG), AROUND),
            "max_samples": Row((0.2, 1.0), PROBST, means={None: 1.0}),
            "max_features": _FEATURES,
        }
    ],
    "AdaBoostClassifier AdaBoostRegressor": [
        {
            "n_estimators": Row((20, 500, LOG), VAN_RIJN),
            "learning_rate": Row((0.01, 2.0, LOG), VAN_RIJN),
        }
    ],
    "GradientBoostingClassifier GradientBoostingRegressor": [
        {
            "learning_rate": _RATE,
            "n_estimators": Row((20, 500, LOG), GRINSZTAJN),
            "max_depth": Row((1, 8), GRINSZTAJN, means={None: 8}),
            "min_samples_leaf": Row(Upto(1, 50, "samples", log=True, share=0.1), GRINSZTAJN),
            "subsample": Row((0.5, 1.0), GRINSZTAJN),
            "max_features": _FEATURES,
        }
    ],
    "HistGradientBoostingClassifier HistGradientBoostingRegressor": [
        {
            "learning_rate": _RATE,
            "max_iter": Row((20, 500, LOG), GRINSZTAJN),
            "max_leaf_nodes": Row((4, 128, LOG), GRINSZTAJN, means={None: 128}),
            "min_samples_leaf": Row(Upto(2, 100, "samples", log=True, share=0.3), GRINSZTAJN),
            "l2_regularization": Row((1e-4, 1e2, LOG), PROBST),
            "max_features": Row(Share(0.3), PROBST),
        }
    ],
    "StackingClassifier StackingRegressor": [{"passthrough": Row([False, True], AROUND)}],
}
