"""Data with which no fit can work are refused in a sentence; whatever may work is not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import LabelPropagation
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators
from sklearn.utils._test_common.instance_generator import _construct_instances

from sktune import GridSearch
from sktune.searches.data import check_data
from sktune.space import Space
from tests.helpers.estimators import Counting, n_fits
from tests.helpers.messages import refusal
from tests.helpers.searches import every_search, more

RNG = np.random.default_rng(0)
X = RNG.random((40, 3))
CLASSES = np.arange(40) % 2
NUMBERS = RNG.random(40)
TEXTS = np.array(["cat", "dog"])[CLASSES]
DOCUMENTS = ["a text of words", "another text"] * 20


def with_none(y: Any, *rows: int, value: float = np.nan) -> Any:
    y = y.astype(float)
    y[list(rows)] = value
    return y


SCALED_SVC = make_pipeline(StandardScaler(), SVC())
SCALED_RIDGE = make_pipeline(StandardScaler(), Ridge())
GONE = with_none(NUMBERS, 3, 9, 11, 12, 13, 20, 30)

BAD = [
    pytest.param(SCALED_SVC, X, None, "SVC requires y .*: search.fit\\(X, y\\)", id="no y"),
    pytest.param(Counting(), X, None, "Counting requires y", id="no y for another's"),
    pytest.param(SCALED_RIDGE, X, GONE, "NaN: 7 of 40 values, in row 3, 9, 11, 12, 13 and 2 more. "
                 "Ridge cannot .*leave these rows out", id="y nan"),
    pytest.param(SCALED_SVC, X, with_none(CLASSES, 5), "NaN: 1 of 40 values, in row 5.", id="nan"),
    pytest.param(Ridge(), X, with_none(NUMBERS, 5, value=np.inf), "infinity.*1 of 40", id="y inf"),
    pytest.param(SCALED_SVC, X[:, 0], CLASSES, r"1D array.*40 values.*np.reshape\(X, \(-1, 1\)\)",
                 id="X 1d"),
    pytest.param(Ridge(), list(X[:, 0]), NUMBERS, "X is one-dimensional, 40 values", id="X list"),
    pytest.param(SVC(), list(X[:, 0]), CLASSES, "X is one-dimensional", id="X list and classes"),
    pytest.param(Ridge(), DOCUMENTS, NUMBERS, r"1D.*TfidfVectorizer\(\)", id="X texts"),
    pytest.param(SCALED_SVC, X.reshape(20, 2, 3), CLASSES[:20], r"3 dimensions, \(20, 2, 3\).*"
                 r"X.reshape\(len\(X\), -1\)", id="X 3d"),
    pytest.param(SCALED_SVC, X[:, :0], CLASSES, r"0 feature\(s\) \(shape=\(40, 0\)", id="X empty"),
    pytest.param(SCALED_RIDGE, X, TEXTS, "y has texts, 'cat' in row 0, and Ridge is a regressor.*"
                 "Take a classifier", id="texts"),
    pytest.param(SCALED_SVC, X, NUMBERS, "continuous, with 0.* in row 0, and SVC is a classifier.*"
                 "Take a regressor", id="continuous"),
    pytest.param(SCALED_SVC, X, 0 * CLASSES, "y has one class only, 0, and SVC", id="one class"),
    pytest.param(SVC(), X, X[:-1, 0], "X has 40, y has 39", id="lengths"),
]  # fmt: skip


@every_search
@pytest.mark.parametrize(("estimator", "X", "y", "told"), BAD)
def test_what_no_fit_can_work_with_is_told_in_a_sentence(
    make: Any, estimator: Any, X: Any, y: Any, told: str
) -> None:
    message = refusal(make(estimator, {}), X, y)
    assert "\n" not in message
    with pytest.raises(ValueError, match=told):
        make(estimator, {}).fit(X, y)


@every_search
def test_no_fit_is_done_and_an_earlier_one_stays(make: Any, tmp_path: Any) -> None:
    search = make(Counting(folder=str(tmp_path)), {"value": [1, 2, 3, 4]}, cv=2).fit(X, CLASSES)
    before, n = search.cv_results_, n_fits(tmp_path)
    with pytest.raises(ValueError, match="requires y"):
        search.fit(X)
    assert search.cv_results_ is before
    assert n_fits(tmp_path) == n


class TakesAll(ClassifierMixin, BaseEstimator):
    """Fits whatever it is given."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def fit(self, X: Any, y: Any = None) -> TakesAll:
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)

    def score(self, X: Any, y: Any = None) -> float:
        return 0.5


class TakesNone(TakesAll):
    """Wants y, but takes None for it."""

    def fit(self, X: Any, y: Any) -> TakesNone:
        super().fit(X, y)
        return self


class Or:
    """A distribution of estimators."""

    def rvs(self, random_state: Any = None) -> Any:
        return TakesAll()


WORDS = make_pipeline(CountVectorizer(), LogisticRegression())
UNION = make_pipeline(FeatureUnion([("a", CountVectorizer())]), LogisticRegression())
FLAT = make_pipeline(FunctionTransformer(lambda X: np.reshape(X, (-1, 1))), Ridge())
GAPS = np.where(X > 0.9, np.nan, X)
LABELS = np.where(np.arange(40) < 20, CLASSES, -1)
SOME = [(np.arange(5, 20), np.arange(20, 40)), (np.arange(20, 40), np.arange(5, 20))]

FINE = [
    pytest.param(KMeans(2, n_init=1), X, None, {}, id="a clusterer"),
    pytest.param(KernelDensity(), X, None, {}, id="a density"),
    pytest.param(make_pipeline(StandardScaler(), PCA()), X, None, {}, id="a decomposition"),
    pytest.param(WORDS, DOCUMENTS, CLASSES, {}, id="a vectorizer"),
    pytest.param(UNION, DOCUMENTS, CLASSES, {}, id="a union of vectorizers"),
    pytest.param(FLAT, X[:, 0], NUMBERS, {}, id="a function"),
    pytest.param(HistGradientBoostingClassifier(max_iter=2), GAPS, CLASSES, {}, id="X with nan"),
    pytest.param(LabelPropagation(), X, LABELS, {}, id="semi-supervised"),
    pytest.param(Ridge(), X, np.c_[NUMBERS, NUMBERS], {}, id="several targets"),
    pytest.param(DecisionTreeRegressor(), X, CLASSES.astype(str).astype(object), {}, id="digits"),
    pytest.param(DecisionTreeClassifier(), X, 0 * CLASSES, {}, id="one class"),
    pytest.param(DecisionTreeClassifier(), X, TEXTS, {}, id="classes of texts"),
    pytest.param(DummyClassifier(), X[:, 0], CLASSES, {}, id="anything"),
    pytest.param(TakesAll(), X, None, {}, id="another's without y"),
    pytest.param(make_pipeline(TakesNone()), X, None, {}, id="another's in a pipeline"),
    pytest.param(TakesAll(), X[:, 0], with_none(NUMBERS, 3), {"cv": KFold(2)}, id="another's"),
    pytest.param(Ridge(), X, with_none(NUMBERS, 3), {"cv": SOME, "refit": False}, id="left out"),
]


@pytest.mark.parametrize(("estimator", "X", "y", "options"), FINE)
def test_what_may_work_is_not_refused(estimator: Any, X: Any, y: Any, options: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearch(estimator, {}, **{"cv": 2, **options}).fit(X, y)
    assert list(search.cv_results_["status"]) == ["ok"]


def same_length(A: Any, B: Any) -> Any:
    return np.array([[float(len(a) == len(b)) for b in B] for a in A])


def test_a_kernel_of_ones_own_may_take_texts() -> None:
    documents = np.array(DOCUMENTS, dtype=object)
    for estimator, space in [(SVC(kernel=same_length), {}), (SVC(), {"kernel": [same_length]})]:
        search = GridSearch(estimator, space, cv=2).fit(documents, CLASSES)
        assert list(search.cv_results_["status"]) == ["ok"]


@every_search
def test_what_is_put_in_an_estimators_place_may_work(make: Any) -> None:
    pipeline = make_pipeline(None, SVC())
    if make.__name__ == "random":
        drawn = make(pipeline, {"svc": Or()}, n_iter=1, cv=KFold(2)).fit(X)
        assert list(drawn.cv_results_["status"]) == ["ok"]
    for space, data in [({"svc": [TakesAll(1), TakesAll(2)]}, X),
                        ({"steps": [[("a", TakesAll(1))], [("a", TakesAll(2))]]}, X)]:  # fmt: skip
        search = make(pipeline, space, **more(make, n_iter=2), cv=KFold(2)).fit(data)
        assert list(search.cv_results_["status"]) == ["ok", "ok"]
    scaled = make_pipeline("passthrough", Ridge())
    scaled.steps[0] = ("first", "passthrough")
    flat = FunctionTransformer(lambda X: np.reshape(X, (-1, 1)))
    search = make(scaled, {"first": [flat]}, **more(make, n_iter=1), cv=2).fit(X[:, 0], NUMBERS)
    assert list(search.cv_results_["status"]) == ["ok"]


DATA: dict[str, Any] = {
    "no y": (X, None),
    "1d": (X[:, 0], CLASSES),
    "1d list": (list(X[:, 0]), CLASSES),
    "texts in X": (DOCUMENTS, CLASSES),
    "3d": (X.reshape(20, 2, 3), CLASSES[:20]),
    "no columns": (X[:, :0], CLASSES),
    "y nan": (X, with_none(NUMBERS, 3)),
    "classes nan": (X, with_none(CLASSES, 3)),
    "y None": (X, np.where(np.arange(40) == 3, None, CLASSES)),
    "y inf": (X, with_none(NUMBERS, 3, value=np.inf)),
    "texts": (X, TEXTS),
    "texts as objects": (X, TEXTS.astype(object)),
    "digits": (X, CLASSES.astype(str).astype(object)),
    "continuous": (X, NUMBERS),
    "one class": (X, 0 * CLASSES),
    "several columns": (X, np.c_[CLASSES, 1 - CLASSES]),
    "classes": (X, CLASSES),
}


def instances() -> list[Any]:
    found: list[Any] = []
    for _, kind in all_estimators():
        try:
            found += list(_construct_instances(kind))[:2]
        except Exception:  # noqa: BLE001 - those that need an argument, or another package
            continue
    return found


def test_scikit_learns_estimators_fail_with_all_that_is_refused() -> None:
    refused = dict.fromkeys(DATA, 0)
    for estimator in instances():
        for name, (data, target) in DATA.items():
            try:
                check_data(estimator, Space.of({}), data, target, StratifiedKFold(2))
            except ValueError:
                refused[name] += 1
                with pytest.raises(Exception), warnings.catch_warnings():  # noqa: B017, PT011, PT012
                    warnings.simplefilter("ignore")
                    model = clone(estimator)
                    model.fit(data) if target is None else model.fit(data, target)
                    model.score(data, target)
                    pytest.fail(f"{estimator} takes {name}")
    assert {name for name, n in refused.items() if not n} == {
        "classes",
        "digits",
        "several columns",
    }
    assert refused["no y"] > 80


WEIGHTS = np.ones(40)
BAD_FIT_PARAMS = [
    (SVC(), "sample_weights", "which SVC does not take. Did you mean 'sample_weight'?"),
    (KNeighborsClassifier(), "sample_weight", "which KNeighborsClassifier does not take."),
    (SCALED_SVC, "sample_weight", "passes on to the step that it is for: svc__sample_weight=..."),
    (
        SCALED_SVC,
        "scv__sample_weight",
        "of the Pipeline: it has 'standardscaler' and 'svc'.",
    ),
    (SCALED_SVC, "svc__weights", "fit got 'weights', which SVC does not take."),
]


@every_search
@pytest.mark.parametrize(("estimator", "name", "told"), BAD_FIT_PARAMS)
def test_parameters_of_fit_that_no_fit_takes_are_told_in_a_sentence(
    make: Any, estimator: Any, name: str, told: str
) -> None:
    assert told in refusal(make(estimator, {}), X, CLASSES, **{name: WEIGHTS})


@every_search
def test_parameters_of_fit_that_may_be_taken_are(make: Any) -> None:
    class Weighted(TakesAll):
        def fit(self, X: Any, y: Any = None, **params: Any) -> Weighted:
            super().fit(X, y)
            self.given_ = sorted(params)
            return self

    for estimator, name in [(SVC(), "sample_weight"), (SCALED_SVC, "svc__sample_weight"),
                            (Weighted(), "anything")]:  # fmt: skip
        search = make(estimator, {}, **more(make, n_iter=1), cv=2)
        search.fit(X, CLASSES, **{name: WEIGHTS})
        assert list(search.cv_results_["status"]) == ["ok"]
    put = make(SCALED_SVC, {"svc": [Weighted()]}, **more(make, n_iter=1), cv=2)
    assert put.fit(X, CLASSES, svc__mine=1).best_estimator_[-1].given_ == ["mine"]
