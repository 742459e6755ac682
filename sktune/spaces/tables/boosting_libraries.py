"""LightGBM, XGBoost and CatBoost."""

from ..rows import AROUND, GRINSZTAJN, LOG, PROBST, Good, Row, Table, Upto

_TREES = {"booster": (None, "gbtree", "dart")}
_SUBSAMPLE = (0.4, 1.0)
_CHILD = Upto(1, 64, "samples", log=True, share=0.1)

TABLE: Table = {
    "XGBClassifier XGBRegressor XGBRanker": [
        {
            "learning_rate": Row((0.01, 0.5, LOG), PROBST, means={None: 0.3}),
            "n_estimators": Row((20, 500, LOG), PROBST, means={None: 100}),
            "max_depth": Row((1, 12), PROBST, means={None: 6}, when=_TREES),
            "min_child_weight": Row(_CHILD, PROBST, means={None: 1}, when=_TREES),
            "subsample": Row(_SUBSAMPLE, PROBST, means={None: 1.0}, when=_TREES),
            "colsample_bytree": Row((0.3, 1.0), PROBST, means={None: 1.0}, when=_TREES),
            "reg_lambda": Row((1e-3, 1e2, LOG), PROBST, means={None: 1.0}),
            "reg_alpha": Row((1e-3, 1e2, LOG), PROBST, means={None: 1e-3}),
        }
    ],
    "XGBRFClassifier XGBRFRegressor": [
        {
            "max_depth": Row((2, 16), PROBST, means={None: 6}),
            "min_child_weight": Row(_CHILD, PROBST, means={None: 1}),
            "subsample": Row(_SUBSAMPLE, PROBST, means={None: 0.8}),
            "colsample_bynode": Row((0.1, 1.0), PROBST, means={None: 0.8}),
        }
    ],
    "LGBMClassifier LGBMRegressor LGBMRanker": [
        {
            "learning_rate": Row((0.01, 0.5, LOG), GRINSZTAJN),
            "n_estimators": Row((20, 500, LOG), PROBST),
            "num_leaves": Row((4, 128, LOG), GRINSZTAJN),
            "min_child_samples": Row(Upto(2, 100, "samples", log=True, share=0.3), GRINSZTAJN),
            "subsample_freq": Row([1], AROUND),
            "subsample": Row(_SUBSAMPLE, PROBST),
            "colsample_bytree": Row((0.3, 1.0), PROBST),
            "reg_lambda": Row((1e-3, 1e2, LOG), PROBST),
        }
    ],
    "CatBoostClassifier CatBoostRegressor CatBoostRanker": [
        {
            "learning_rate": Row(
                (0.01, 0.5, LOG), AROUND, means={None: 0.05}, when={"eta": (None,)}
            ),
            "iterations": Row(
                (50, 500, LOG),
                AROUND,
                means={None: 500},
                when={"n_estimators": (None,), "num_boost_round": (None,), "num_trees": (None,)},
            ),
            "depth": Row((2, 8), AROUND, means={None: 6}, when={"max_depth": (None,)}),
            "l2_leaf_reg": Row(
                (1.0, 30.0, LOG), AROUND, means={None: 3.0}, when={"reg_lambda": (None,)}
            ),
            "random_strength": Row((0.05, 10.0, LOG), AROUND, means={None: 1.0}),
        }
    ],
}

GOOD: Good = {
    "XGBClassifier XGBRegressor": [
        {
            "learning_rate": 0.017,
            "n_estimators": 316,
            "max_depth": 2,
            "min_child_weight": 6,
            "subsample": 0.54,
            "colsample_bytree": 0.44,
            "reg_lambda": 0.003,
        },
        {
            "learning_rate": 0.13,
            "n_estimators": 281,
            "max_depth": 3,
            "min_child_weight": 3,
            "subsample": 0.65,
            "colsample_bytree": 0.91,
            "reg_lambda": 0.0023,
        },
        {
            "learning_rate": 0.042,
            "n_estimators": 366,
            "max_depth": 2,
            "min_child_weight": 3,
            "subsample": 0.92,
            "colsample_bytree": 0.65,
            "reg_lambda": 0.11,
        },
    ],
    "LGBMClassifier LGBMRegressor": [
        {
            "learning_rate": 0.017,
            "n_estimators": 316,
            "num_leaves": 5,
            "min_child_samples": 6,
            "subsample": 0.54,
            "colsample_bytree": 0.44,
            "reg_lambda": 0.003,
        },
        {
            "learning_rate": 0.13,
            "n_estimators": 281,
            "num_leaves": 10,
            "min_child_samples": 3,
            "subsample": 0.65,
            "colsample_bytree": 0.91,
            "reg_lambda": 0.0023,
        },
        {
            "learning_rate": 0.042,
            "n_estimators": 366,
            "num_leaves": 4,
            "min_child_samples": 3,
            "subsample": 0.92,
            "colsample_bytree": 0.65,
            "reg_lambda": 0.11,
        },
    ],
}
"""Of LightGBM on 36 data sets (`python -m tests.benchmarks.portfolios make`), the same in XGBoost's
words. Others gain nothing by such values, or have not been measured."""
