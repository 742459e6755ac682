"""Steps before a model: features made, chosen and encoded, and text."""

from ..rows import ALL, AROUND, LOG, Row, Share, Table, Upto

_ALPHA = Row((1e-2, 0.5, LOG), AROUND)
_NGRAMS = Row([(1, 1), (1, 2)], AROUND, when={"analyzer": ("word",)})
_IDF = {
    "use_idf": Row([True, False], ALL),
    "sublinear_tf": Row([False, True], ALL),
}
_CHOSEN = Row(Share(0.1, 0.9), AROUND, means={None: 0.5, "auto": 0.5})

TABLE: Table = {
    "PolynomialFeatures": [
        {"degree": Row([1, 2], AROUND), "interaction_only": Row([False, True], ALL)}
    ],
    "SplineTransformer": [{"n_knots": Row((3, 10), AROUND), "degree": Row([2, 3], AROUND)}],
    "KBinsDiscretizer": [
        {"n_bins": Row((2, 20), AROUND), "strategy": Row(["uniform", "quantile"], ALL)}
    ],
    "QuantileTransformer": [
        {
            "n_quantiles": Row(Upto(10, 1000, "samples", log=True), AROUND),
            "output_distribution": Row(["uniform", "normal"], ALL),
        }
    ],
    "Normalizer": [{"norm": Row(["l1", "l2", "max"], ALL)}],
    "TargetEncoder": [{"smooth": Row(["auto", 1.0, 10.0, 100.0], AROUND)}],
    "SimpleImputer": [
        {"strategy": Row(["mean", "median"], ALL, when={"strategy": ("mean", "median")})}
    ],
    "KNNImputer": [
        {
            "n_neighbors": Row(Upto(1, 30, "samples", log=True), AROUND),
            "weights": Row(["uniform", "distance"], ALL),
        }
    ],
    "SelectKBest": [
        {"k": Row(Upto(1, 1000, "features", log=True, strict=True), ALL, means={"all": 1000})}
    ],
    "SelectPercentile": [{"percentile": Row((5, 100), ALL)}],
    "SelectFpr SelectFdr SelectFwe": [{"alpha": _ALPHA}],
    "GenericUnivariateSelect": [
        {"mode": Row(["percentile"], ALL), "param": Row((5, 100), ALL)},
    ],
    "RFE SequentialFeatureSelector": [{"n_features_to_select": _CHOSEN}],
    "SelectFromModel": [
        {"threshold": Row([None, "median", "mean", "0.5*mean", "0.1*mean"], AROUND)}
    ],
    "CountVectorizer": [{"ngram_range": _NGRAMS, "binary": Row([False, True], ALL)}],
    "HashingVectorizer": [{"ngram_range": _NGRAMS, "norm": Row(["l1", "l2"], ALL)}],
    "TfidfVectorizer": [{"ngram_range": _NGRAMS, **_IDF}],
    "TfidfTransformer": [_IDF],
}
