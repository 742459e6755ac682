"""Gradient boosting: the first stages of many, and data binned once."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune._sklearn.binning import how_to_bin
from sktune.paths import Fit, family_of, takes
from sktune.testing import Case
from sktune.testing.path_families import answering, difference, responses
from tests.helpers.path_laws import PathLaws

X, Y = make_classification(100, 6, n_informative=4, random_state=0)
X3, Y3 = make_classification(90, 6, n_informative=4, n_classes=3, random_state=1)
XR, YR = make_regression(80, 5, noise=5.0, random_state=2)
NAMES = np.array(["no", "yes"])[Y]
WEIGHTS = np.random.default_rng(0).uniform(0.1, 2.0, len(X))
MISSING = np.where(np.random.default_rng(1).random(XR.shape) < 0.2, np.nan, XR)
COUNTS = np.round(np.abs(YR)) + 1
FRAME = pd.DataFrame(XR[:, :3], columns=["a", "b", "c"]).assign(
    kind=pd.Categorical(np.array(["x", "y", "z"])[np.arange(80) % 3]),
    other=pd.Categorical(np.where(XR[:, 3] > 0, "p", None)),
)
CODES = np.column_stack([XR[:, :2], np.arange(80) % 4])

STAGES = {"n_estimators": [1, 3, 8]}
TREE = DecisionTreeRegressor(max_depth=2, max_features=2, random_state=4)


def gbc(**params: Any) -> GradientBoostingClassifier:
    return GradientBoostingClassifier(**{"max_depth": 2, "random_state": 0, **params})


def gbr(**params: Any) -> GradientBoostingRegressor:
    return GradientBoostingRegressor(**{"max_depth": 2, "random_state": 0, **params})


class TestGradientBoosting(PathLaws):
    def cases(self) -> list[Case]:
        stopping = {"n_iter_no_change": 2, "tol": 0.01, "validation_fraction": 0.3}
        return [
            Case(gbc(), STAGES, X, Y),
            Case(gbc(max_features=2, random_state=7), STAGES, X, NAMES, {"sample_weight": WEIGHTS}),
            Case(gbc(subsample=0.6), STAGES, X.astype(np.float32), Y),
            Case(gbc(subsample=0.6, **stopping), {"n_estimators": [2, 4, 60]}, X, NAMES),
            Case(gbc(loss="exponential", learning_rate=0.5), STAGES, np.asfortranarray(X), Y),
            Case(gbc(max_depth=1, ccp_alpha=0.01), STAGES, sparse.csr_matrix(X), Y),
            Case(gbc(subsample=0.5), STAGES, X3, Y3, scoring=["accuracy", "neg_log_loss"]),
            Case(gbc(init="zero", max_leaf_nodes=4), STAGES, X3, Y3),
            Case(gbc(init=DecisionTreeClassifier(max_depth=1, random_state=3)), STAGES, X3, Y3),
            Case(gbr(), STAGES, XR, YR),
            Case(gbr(init=TREE), STAGES, FRAME[["a", "b", "c"]], pd.Series(YR)),
            Case(gbr(init=LinearRegression(), subsample=0.9), STAGES, sparse.csr_matrix(XR), YR),
            Case(gbr(loss="absolute_error"), STAGES, XR, YR),
            Case(gbr(loss="quantile", alpha=0.2, max_features="sqrt"), STAGES, XR, YR),
            Case(gbr(**stopping), {"n_estimators": [2, 100, np.int64(200)]}, XR, YR),
            Case(gbr(random_state=np.random.RandomState(3), subsample=0.7), STAGES, XR, YR),
            Case(
                gbc(random_state=np.random.RandomState(3), **stopping),
                {"n_estimators": [2, 4, 60]},
                X,
                NAMES,
            ),
        ]

    def alone(self) -> list[Any]:
        return [
            gbr(loss="huber"),
            gbr(init=DecisionTreeRegressor()),
            gbr(init=OwnMean()),
            gbr(init=make_pipeline(FunctionTransformer(np.abs), LinearRegression())),
            gbr(n_estimators=0),
            gbr(n_estimators=-3),
            gbr(n_estimators=2.0),
            gbr(n_estimators=True),
            gbr(warm_start=True),
        ]


class OwnMean(RegressorMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> Any:
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


ITERATIONS = {"max_iter": [1, 3, 8]}
STOPPING = {"early_stopping": True, "n_iter_no_change": 2, "tol": 1e-3}


def hgbc(**params: Any) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        **{"min_samples_leaf": 8, "max_leaf_nodes": 4, "random_state": 0, **params}
    )


def hgbr(**params: Any) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        **{"min_samples_leaf": 8, "max_leaf_nodes": 4, "random_state": 0, **params}
    )


class TestHistGradientBoosting(PathLaws):
    def cases(self) -> list[Case]:
        few = {"max_iter": [2, 4, 80]}
        return [
            Case(hgbc(), ITERATIONS, X, Y),
            Case(hgbc(class_weight="balanced"), ITERATIONS, X, NAMES, {"sample_weight": WEIGHTS}),
            Case(hgbc(l2_regularization=0.1), ITERATIONS, X3, Y3, scoring="neg_log_loss"),
            Case(hgbc(learning_rate=0.5, **STOPPING), few, X, NAMES),
            Case(hgbc(scoring="accuracy", **STOPPING), few, X3, Y3),
            Case(hgbc(scoring="loss", **STOPPING), few, X, Y, {"sample_weight": WEIGHTS}),
            Case(hgbr(), ITERATIONS, XR, YR),
            Case(hgbr(random_state=np.random.RandomState(5)), ITERATIONS, XR, YR),
            Case(hgbr(random_state=np.random.RandomState(5), **STOPPING), few, XR, YR),
            Case(hgbr(max_depth=2, max_bins=16), ITERATIONS, MISSING.astype(np.float32), YR),
            Case(hgbr(loss="absolute_error"), ITERATIONS, np.asfortranarray(XR), YR),
            Case(hgbr(loss="poisson"), ITERATIONS, XR, COUNTS),
            Case(hgbr(loss="quantile", quantile=0.3), ITERATIONS, XR, YR),
            Case(hgbr(monotonic_cst=[1, 0, -1, 0, 0]), ITERATIONS, XR, YR),
            Case(hgbr(interaction_cst=[{0, 1}, {2, 3, 4}]), ITERATIONS, XR, YR),
            Case(hgbr(categorical_features="from_dtype"), ITERATIONS, FRAME, YR),
            Case(hgbr(categorical_features=["kind"]), ITERATIONS, FRAME[["a", "kind"]], YR),
            Case(hgbr(categorical_features=[2], **STOPPING), few, CODES, YR),
            Case(hgbr(scoring="neg_mean_absolute_error", **STOPPING), few, XR, YR),
            Case(hgbr(validation_fraction=None, **STOPPING), few, XR, YR),
            Case(hgbr(max_features=0.4), ITERATIONS, XR, YR),
            Case(hgbr(max_features=0.5, interaction_cst="pairwise"), ITERATIONS, XR, YR),
            Case(hgbr(scoring=user_score, early_stopping=False), ITERATIONS, XR, YR),
        ]

    def alone(self) -> list[Any]:
        return [
            hgbr(max_iter=0),
            hgbr(max_iter=10.0),
            hgbr(max_iter=True),
            hgbr(max_iter="10"),
            hgbr(warm_start=True),
            hgbr(scoring=user_score, early_stopping=True),
            hgbr(scoring=make_scorer(mean_absolute_error)),
            hgbr(loss=HistGradientBoostingRegressor),
        ]


def user_score(estimator: Any, X: Any, y: Any) -> float:
    return -float(estimator.max_iter)


def derived(member: Any, lead: Any, *args: Any, **params: Any) -> Any:
    family, _ = family_of(lead)
    fit = Fit(clone(lead).fit(*args, **params), *args, params=params)
    return family.derive(fit, clone(member))


def test_a_monitor_may_stop_a_fit_and_is_not_shared() -> None:
    family, _ = family_of(gbr())
    assert not takes(family, {"monitor": lambda i, model, local: i == 4})
    assert takes(family, {"monitor": None})


@pytest.mark.parametrize("larger", [gbr(n_estimators=9), hgbr(max_iter=9)])
def test_more_stages_are_not_in_fewer(larger: Any) -> None:
    name = "max_iter" if isinstance(larger, HistGradientBoostingRegressor) else "n_estimators"
    assert derived(larger, clone(larger).set_params(**{name: 8}), XR, YR) is None


def test_stopped_fits_are_the_same_model() -> None:
    lead = hgbr(max_iter=300, **STOPPING)
    model = clone(lead).fit(XR, YR)
    family, _ = family_of(lead)
    assert model.n_iter_ < 100
    assert family.derive(Fit(model, XR, YR), hgbr(max_iter=200, **STOPPING)) is model


@pytest.mark.parametrize("make", [gbr, hgbr])
def test_a_source_of_the_estimators_own_stays_as_it_is(make: Any) -> None:
    """What is handed over is a shallow copy, and others are still to be fitted."""
    name = "n_estimators" if make is gbr else "max_iter"
    options = {"n_iter_no_change": 50, "random_state": np.random.RandomState(0)}
    small, large = (make(**{name: k, **options}) for k in (2, 4))
    before = small.random_state.get_state()[1].copy()
    family, _ = family_of(large)
    model = family.derive(Fit(clone(large).fit(XR, YR), XR, YR), copy.copy(small))
    assert model is not None
    np.testing.assert_array_equal(small.random_state.get_state()[1], before)
    assert small.random_state.get_state()[2] == np.random.RandomState(0).get_state()[2]


def test_a_derived_model_responds_itself_after_scoring_stopped_it() -> None:
    """A fit that scores raw predictions keeps a method that is bound to what was fitted."""
    stopping = {"scoring": "accuracy", **STOPPING, "n_iter_no_change": 10}
    model = derived(hgbc(max_iter=3, **stopping), hgbc(max_iter=6, **stopping), X, Y)
    own = hgbc(max_iter=3, **stopping).fit(X, Y)
    assert not difference(responses(model, X), responses(own, X))


def test_init_is_not_fitted_itself() -> None:
    derived(gbr(n_estimators=2, init=TREE), gbr(n_estimators=4, init=TREE), XR, YR)
    assert not hasattr(TREE, "tree_")


def test_answers_may_be_changed_by_who_asked() -> None:
    for estimator in (gbr(n_estimators=3), hgbr(max_iter=3)):
        model, memory = clone(estimator).fit(XR, YR), {}
        family, _ = family_of(estimator)
        fast = answering(model, family.answers(Fit(model, XR, YR), model, memory))
        first = fast.predict(XR)
        first[:] = 0.0
        np.testing.assert_array_equal(fast.predict(XR), model.predict(XR))


# --- binning once ---------------------------------------------------------------------

VARIED = [
    {},
    {"learning_rate": 0.3},
    {"max_leaf_nodes": 7, "max_iter": 5},
    {"max_depth": 2},
    {"l2_regularization": 1.0},
    {"min_samples_leaf": 3},
    {"max_bins": 9},
    {"early_stopping": True},
    {"early_stopping": True, "scoring": "neg_mean_absolute_error"},
    {"early_stopping": True, "random_state": 3},
    {"random_state": 3},
    {"max_features": 0.5},
]
WIDE = make_regression(300, 4, noise=1.0, random_state=0)
"""More values than bins."""

DATA = {
    "many values": (hgbr(), *WIDE, {}),
    "weights": (hgbr(max_bins=50), XR, YR, {"sample_weight": np.linspace(0.0, 2.0, 80)}),
    "missing values": (hgbr(), MISSING, YR, {}),
    "Fortran order": (hgbr(), np.asfortranarray(XR), YR, {}),
    "float32": (hgbr(), XR.astype(np.float32), YR, {}),
    "frame": (hgbr(), FRAME, YR, {}),
    "category codes": (hgbr(categorical_features=[2]), CODES, YR, {}),
    "two classes": (hgbc(), X, NAMES, {}),
    "three classes": (hgbc(class_weight="balanced"), X3, Y3, {}),
}


@pytest.mark.parametrize(
    ("data", "begin"),
    [
        # all data meet half of the variants, and all variants half of the data; else slow
        pytest.param(
            data, begin, id=f"{data}-{begin}", marks=[] if n % 2 == begin else pytest.mark.slow
        )
        for n, data in enumerate(DATA)
        for begin in range(2)
    ],
)
def test_assisted_fits_are_those_without(data: str, begin: int) -> None:
    estimator, *args, params = DATA[data]
    family, _ = family_of(estimator)
    memory: dict[Any, Any] = {}
    owns: dict[int, Any] = {}
    for _ in range(2):
        for number, varied in enumerate(VARIED[begin::2]):
            if "neg" in varied.get("scoring", "") and data.endswith("classes"):
                continue
            if data == "weights" and len(varied) > 1:  # percentiles with weights are slow
                continue
            member = clone(estimator).set_params(**{"max_iter": 3, **varied})
            if number not in owns:
                owns[number] = clone(member).fit(*args, **params)
            own = owns[number]
            family.assist(member, memory)
            model = member.fit(*args, **params)
            assert not difference(model, own), varied
            assert "_bin_data" not in vars(model)
            assert len(pickle.dumps(model)) == len(pickle.dumps(own))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    done: list[Any] = []
    bin_data = HistGradientBoostingRegressor._bin_data

    def counting(self: Any, *args: Any, **params: Any) -> Any:
        done.append(self)
        return bin_data(self, *args, **params)

    monkeypatch.setattr(HistGradientBoostingRegressor, "_bin_data", counting, raising=False)
    counting.__signature__ = inspect.signature(bin_data)  # type: ignore[attr-defined]
    return done


def assisted(memory: dict[Any, Any], estimator: Any, *args: Any, **params: Any) -> Any:
    family, _ = family_of(hgbr())
    family.assist(estimator, memory)
    return estimator.fit(*args, **params)


def test_data_are_binned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done, memory = counted(monkeypatch), {}
    for rate in (0.1, 0.2, 0.3):
        assisted(memory, hgbr(max_iter=2, learning_rate=rate, random_state=None), XR, YR)
    assert len(done) == 1


def test_weights_make_other_bins() -> None:
    memory: dict[Any, Any] = {}
    uneven = (np.arange(len(X)) < 70).astype(int)
    for weights in (None, {0: 9.0}, None):
        member = hgbc(max_iter=2, max_bins=20, class_weight=weights)
        own = clone(member).fit(X, uneven)
        assert not difference(assisted(memory, member, X, uneven), own)


def test_what_bins_differently_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    done, memory = counted(monkeypatch), {}
    small = hgbr(max_iter=2)
    assisted(memory, clone(small), XR, YR)
    other = XR.copy()
    other[3, 1] = np.nextafter(other[3, 1], 9)
    assisted(memory, clone(small), other, YR)
    assisted(memory, clone(small).set_params(max_bins=5), XR, YR)
    assisted(memory, clone(small).set_params(categorical_features=[1]), CODES[:, [0, 2]], YR)
    assisted(memory, clone(small), CODES[:, [0, 2]], YR)
    assert len(done) == 5


def test_no_more_than_a_few_are_kept() -> None:
    memory: dict[Any, Any] = {}
    for seed in range(6):
        assisted(memory, hgbr(max_iter=1, early_stopping=True, random_state=seed), XR, YR)
    assert len(memory["binned"]) == 4


def test_seeds_matter_where_only_some_of_the_data_tell_the_bins() -> None:
    mapper = hgbr(max_iter=1).fit(XR, YR)._bin_mapper
    assert "random_state" not in how_to_bin(mapper, 80)
    mapper.subsample = 79
    assert "random_state" in how_to_bin(mapper, 80)


def test_verbose_fits_tell_of_binning(capsys: pytest.CaptureFixture[str]) -> None:
    memory: dict[Any, Any] = {}
    for _ in range(2):
        assisted(memory, hgbr(max_iter=1, verbose=1), XR, YR)
    assert capsys.readouterr().out.count("Binning") == 2


def test_binned_data_are_out_of_reach() -> None:
    memory: dict[Any, Any] = {}
    before = assisted(memory, hgbr(max_iter=2), XR, YR)
    kept = copy.deepcopy(memory["binned"][0].values)
    assert not memory["binned"][0].values.flags.writeable
    before._bin_mapper.bin_thresholds_.clear()
    after = assisted(memory, hgbr(max_iter=2), XR, YR)
    assert not difference(kept, memory["binned"][0].values)
    assert len(after._bin_mapper.bin_thresholds_) == 5


def test_kin_are_all() -> None:
    family, _ = family_of(hgbr())
    assert set(family.kin(hgbr())) == set(hgbr().get_params())


def test_init_without_weights_is_refused_as_ever() -> None:
    assert family_of(gbr(init=SVR())) is not None
