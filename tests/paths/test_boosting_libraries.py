"""LightGBM and XGBoost: the first trees of many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression

from sktune.paths import Fit, family_of, takes
from sktune.testing import Case
from sktune.testing.path_families import difference
from tests.helpers.path_laws import PathLaws

X, Y = make_classification(150, 6, n_informative=4, random_state=0)
X3, Y3 = make_classification(150, 6, n_informative=4, n_classes=3, random_state=1)
XR, YR = make_regression(150, 5, noise=5.0, random_state=2)
NAMES = np.array(["no", "yes"])[Y]
WEIGHTS = np.random.default_rng(0).uniform(0.1, 2.0, len(X))
MISSING = np.where(np.random.default_rng(1).random(XR.shape) < 0.2, np.nan, XR)
KINDS = pd.Categorical(np.array(["x", "y", "z"])[np.arange(150) % 3])
FRAME = pd.DataFrame(XR[:, :3], columns=["a", "b", "c"]).assign(kind=KINDS)
QUERIES = {"group": np.full(10, 15)}

TREES = {"n_estimators": [1, 3, 8]}


class TestLightGBM(PathLaws):
    lightgbm: Any

    @pytest.fixture(autouse=True)
    def library(self) -> None:
        self.lightgbm = pytest.importorskip("lightgbm")

    def classifier(self, **params: Any) -> Any:
        options = {"num_leaves": 5, "random_state": 0, "n_jobs": 1, "verbose": -1, **params}
        return self.lightgbm.LGBMClassifier(**options)

    def regressor(self, **params: Any) -> Any:
        options = {"num_leaves": 5, "random_state": 0, "n_jobs": 1, "verbose": -1, **params}
        return self.lightgbm.LGBMRegressor(**options)

    def cases(self) -> list[Case]:
        c, r = self.classifier, self.regressor
        bagged = {"subsample": 0.6, "subsample_freq": 1}
        quick = {"learning_rate": 0.5, "min_child_samples": 5}  # to sample from the third on
        return [
            Case(c(), TREES, X, NAMES, {"sample_weight": WEIGHTS}),
            Case(c(class_weight="balanced", random_state=3, **bagged), TREES, X3, Y3),
            Case(c(boosting_type="rf", **bagged), TREES, X, Y),
            Case(c(boosting_type="goss", **quick), TREES, sparse.csr_matrix(X), Y),
            Case(c(data_sample_strategy="goss", **quick), TREES, X, Y),
            Case(r(colsample_bytree=0.5), TREES, XR, YR),
            Case(r(random_state=np.int64(2), **bagged), TREES, MISSING.astype(np.float32), YR),
            Case(r(objective="l1", extra_trees=True), TREES, np.asfortranarray(XR), YR),
            Case(r(objective="quantile", alpha=0.3, linear_tree=True), TREES, XR, YR),
            Case(r(min_child_samples=3, max_bin=31), TREES, FRAME, YR),
            Case(r(min_split_gain=3e4), {"n_estimators": [2, 3, 90, 100]}, XR, YR),
        ]

    def alone(self) -> list[Any]:
        r = self.regressor
        return [
            r(n_estimators=0),
            r(n_estimators=2.0),
            r(boosting_type="dart"),
            r(boosting="dart"),
            r(num_iterations=5),
            r(n_iter=5),
            r(early_stopping_round=3),
            r(num_threads=4),
            r(n_jobs=4),
            r(objective=lambda y, p: (p - y, np.ones_like(y))),
            r(random_state=np.random.RandomState(0)),
        ]

    def test_all_cores_give_the_same(self) -> None:
        model = self.regressor(n_estimators=8, n_jobs=None).fit(XR, YR)
        family, _ = family_of(model)
        member = self.regressor(n_estimators=3, n_jobs=None)
        cut = family.derive(Fit(model, XR, YR), clone(member))
        assert not difference(cut.predict(XR), member.fit(XR, YR).predict(XR))

    def test_ranking(self) -> None:
        ranker = self.lightgbm.LGBMRanker(n_estimators=8, num_leaves=5, n_jobs=1, verbose=-1)
        relevance = (YR > 0).astype(int) + (YR > 50)
        model = clone(ranker).fit(XR, relevance, **QUERIES)
        family, _ = family_of(ranker)
        member = clone(ranker).set_params(n_estimators=3)
        cut = family.derive(Fit(model, XR, relevance, QUERIES), clone(member))
        own = member.fit(XR, relevance, **QUERIES)
        assert not difference(cut.predict(XR), own.predict(XR))

    @pytest.mark.parametrize(
        "params",
        [
            {"eval_set": [(XR, YR)]},
            {"callbacks": [lambda env: None]},
            {"init_model": "model.txt"},
            {"categorical_feature": [0]},
        ],
    )
    def test_fits_that_were_told_more_are_not_shared(self, params: dict[str, Any]) -> None:
        family, _ = family_of(self.regressor())
        assert not takes(family, params)
        assert takes(family, dict.fromkeys(params) | {"sample_weight": WEIGHTS})

    def test_dropped_iterations_are_not_taken_for_the_last(self) -> None:
        """With other samples in each iteration, those that find no split are in between."""
        options = {"subsample": 0.15, "subsample_freq": 1, "min_child_samples": 10}
        model = self.regressor(n_estimators=40, min_split_gain=8e3, **options).fit(XR, YR)
        assert model.n_estimators_ < 40
        family, _ = family_of(model)
        member = self.regressor(n_estimators=3, min_split_gain=8e3, **options)
        assert family.derive(Fit(model, XR, YR), member) is None

    def test_more_trees_are_not_in_fewer(self) -> None:
        model = self.regressor(n_estimators=3).fit(XR, YR)
        family, _ = family_of(model)
        assert family.derive(Fit(model, XR, YR), self.regressor(n_estimators=4)) is None


class TestXGBoost(PathLaws):
    xgboost: Any

    @pytest.fixture(autouse=True)
    def library(self) -> None:
        self.xgboost = pytest.importorskip("xgboost")

    def classifier(self, **params: Any) -> Any:
        options = {"n_estimators": 9, "max_depth": 2, "random_state": 0, "n_jobs": 1, **params}
        return self.xgboost.XGBClassifier(**options)

    def regressor(self, **params: Any) -> Any:
        options = {"n_estimators": 9, "max_depth": 2, "random_state": 0, "n_jobs": 1, **params}
        return self.xgboost.XGBRegressor(**options)

    def cases(self) -> list[Case]:
        c, r = self.classifier, self.regressor
        two = np.column_stack([YR, YR[::-1]])
        return [
            Case(c(), TREES, X, Y, {"sample_weight": WEIGHTS}),
            Case(c(subsample=0.6, colsample_bynode=0.5, random_state=3), TREES, X3, Y3),
            Case(c(tree_method="approx", scale_pos_weight=2.0), TREES, sparse.csr_matrix(X), Y),
            Case(c(tree_method="exact"), TREES, X.astype(np.float32), Y),
            Case(r(), TREES, MISSING, YR),
            Case(r(base_score=3.0, booster="gbtree"), TREES, np.asfortranarray(XR), YR),
            Case(r(num_parallel_tree=2, subsample=0.5), TREES, XR, YR),
            Case(r(objective="reg:absoluteerror"), TREES, XR, YR),
            Case(r(max_bin=16), TREES, FRAME[["a", "b", "c"]], pd.Series(YR)),
            Case(r(grow_policy="lossguide", max_leaves=4), TREES, XR, YR),
            Case(r(multi_strategy="multi_output_tree"), TREES, XR, two),
            Case(r(), {"n_estimators": [1, np.int64(3)]}, XR, two),
        ]

    def alone(self) -> list[Any]:
        r = self.regressor
        return [
            r(n_estimators=0),
            r(n_estimators=None),
            r(n_estimators=2.0),
            r(booster="dart"),
            r(booster="gblinear"),
            r(device="cuda"),
            r(early_stopping_rounds=3),
            r(callbacks=[]),
            r(eval_metric=lambda y, p: 0.0),
            r(objective=lambda y, p: (p - y, np.ones_like(y))),
            r(rate_drop=0.1),
            r(enable_categorical=True),
            r(feature_types=["c", "q", "q", "q", "q"]),
            r(n_jobs=4),
            self.seeded_by_a_source(),
        ]

    def seeded_by_a_source(self) -> Any:
        return self.regressor(random_state=np.random.RandomState(0))

    @pytest.mark.parametrize("params", [{"eval_set": [(XR, YR)]}, {"xgb_model": "model.json"}])
    def test_fits_that_were_told_more_are_not_shared(self, params: dict[str, Any]) -> None:
        family, _ = family_of(self.regressor())
        assert not takes(family, params)
        assert takes(family, dict.fromkeys(params) | {"sample_weight": WEIGHTS})

    def test_more_trees_are_not_in_fewer(self) -> None:
        model = self.regressor(n_estimators=3).fit(XR, YR)
        family, _ = family_of(model)
        assert family.derive(Fit(model, XR, YR), self.regressor(n_estimators=4)) is None
