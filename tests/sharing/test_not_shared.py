"""What must not be shared is not, and sharing can be verified."""

from __future__ import annotations

import collections
import contextvars
import functools
import itertools
import os
import random
import secrets
import threading
import types
import uuid
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from scipy import stats
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import BaggingClassifier
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, KernelCenterer, StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch
from tests.helpers.laws import in_turn
from tests.helpers.names import without_address
from tests.helpers.searches import assert_same_results, every_search
from tests.helpers.transformers import (
    Entropy,
    FailsToFit,
    InPlace,
    Leaves,
    LeavesLast,
    Noise,
    NoisyInPlace,
    NoisyWritesLast,
    WritesLast,
    chain,
    leave,
    left,
    looks_inside,
    sees_memory,
)

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 4)), np.arange(40) % 2
both = pytest.mark.parametrize("n_jobs", [1, 2])


VALUES = [0.2, 0.4, 0.6, 0.8]


@both
@pytest.mark.parametrize("state", ["none", "seed", "instance"])
def test_what_draws_without_a_seed_is_fitted_each_time(
    tmp_path: Any, n_jobs: int, state: str
) -> None:
    seed = {"none": None, "seed": 0, "instance": np.random.RandomState(0)}[state]
    pipeline = Pipeline([("noise", Noise(str(tmp_path), seed)), ("clf", LeavesLast())])
    grid = {"clf__value": VALUES}
    np.random.seed(1)  # noqa: NPY002 - it is the global source that matters
    theirs = GridSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "noise") == 8
    np.random.seed(1)  # noqa: NPY002 - it is the global source that matters
    ours = GridSearch(pipeline, grid, cv=2, refit=False, n_jobs=n_jobs).fit(X, y)
    assert left(tmp_path, "noise") - 8 == (8 if state == "none" else 2)
    if n_jobs == 1 or state != "none":
        assert_same_results(ours.cv_results_, theirs.cv_results_)


def test_what_draws_from_where_nobody_sees_is_fitted_each_time(tmp_path: Any) -> None:
    def shake(values: Any) -> Any:
        return values + np.random.default_rng().normal(size=values.shape)

    grid = {"clf__value": VALUES}
    pipeline = Pipeline([("entropy", Entropy(str(tmp_path))), ("clf", LeavesLast())])
    GridSearch(pipeline, grid, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "entropy") == 8
    GridSearch(pipeline.set_params(entropy__seed=0), grid, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "entropy") == 8 + 2
    from_function = make_pipeline(FunctionTransformer(shake), LeavesLast())
    search = GridSearch(from_function, {"leaveslast__value": VALUES}, cv=2, refit=False).fit(X, y)
    assert search.sharing_.n_done == search.sharing_.n_asked


class Shakes(TransformerMixin, BaseEstimator):
    """Multiplies features by what a function gives."""

    def __init__(self, draw: Any = None, folder: str = "") -> None:
        self.draw = draw
        self.folder = folder

    def fit(self, X: Any, y: Any = None) -> Shakes:
        leave(self.folder, "shakes")
        self.factor_ = 1 + self._drawn(X.shape[1])
        return self

    def _drawn(self, n: int) -> Any:
        return self.draw(n)

    def transform(self, X: Any) -> Any:
        return X * self.factor_


IN_A_MODULE = np.random.default_rng(0)
HELPERS = types.ModuleType("helpers")


def from_a_module() -> Any:
    global IN_A_MODULE
    IN_A_MODULE = np.random.default_rng(0)

    class FromAModule(Shakes):
        def _drawn(self, n: int) -> Any:
            return IN_A_MODULE.normal(size=n)

    return FromAModule()


def from_a_closure() -> Any:
    source = np.random.RandomState(0)
    return Shakes(lambda n: source.normal(size=n))


def from_its_class() -> Any:
    class FromItsClass(Shakes):
        source = np.random.default_rng(0)

        def _drawn(self, n: int) -> Any:
            return self.source.normal(size=n)

    return FromItsClass()


def from_what_clone_keeps() -> Any:
    class Keeps(Shakes):
        source: Any = None

        def _drawn(self, n: int) -> Any:
            return self.source.normal(size=n)

        def __sklearn_clone__(self) -> Any:
            return self

    kept = Keeps()
    kept.source = np.random.default_rng(0)
    return kept


def from_a_default() -> Any:
    source = random.Random(0)

    def draw(n: int, source: Any = source) -> Any:
        return np.array([source.random() for _ in range(n)])

    return Shakes(draw)


def from_a_method() -> Any:
    return Shakes(functools.partial(np.random.default_rng(0).normal, 0.0, 1.0))


def from_a_helper() -> Any:
    class Helper:
        def __init__(self) -> None:
            self.sources = {"own": [np.random.default_rng(0)]}

        def draw(self, n: int) -> Any:
            return self.sources["own"][0].normal(size=n)

    helper = Helper()

    def draw(n: int) -> Any:
        return helper.draw(n)

    return Shakes(lambda n: draw(n))


def from_a_bound_method() -> Any:
    class Helper:
        def __init__(self) -> None:
            self.source = np.random.default_rng(0)

        def draw(self, n: int) -> Any:
            return self.source.normal(size=n)

        def __deepcopy__(self, _: Any) -> Any:
            return self

    return Shakes(Helper().draw)


def from_a_cached_function() -> Any:
    source = np.random.default_rng(0)

    @functools.cache
    def drawn() -> Any:
        return source

    return Shakes(lambda n: drawn().normal(size=n))


def from_a_function_with_a_memory() -> Any:
    source = np.random.default_rng(0)
    return Shakes(Memory(None).cache(lambda n: source.normal(size=n)))


def from_a_static_method() -> Any:
    source = np.random.default_rng(0)

    class Static(Shakes):
        @staticmethod
        def _drawn(n: int) -> Any:
            return source.normal(size=n)

    return Static()


def from_a_cached_property() -> Any:
    source = np.random.default_rng(0)

    class Cached(Shakes):
        @functools.cached_property
        def _shift(self) -> Any:
            return source.normal(size=4)

        def _drawn(self, n: int) -> Any:
            return self._shift[:n]

    return Cached()


def from_a_modules_attribute() -> Any:
    HELPERS.source = np.random.default_rng(0)  # type: ignore[attr-defined]
    return Shakes(lambda n: HELPERS.source.normal(size=n))


def from_a_comprehension() -> Any:
    source = np.random.default_rng(0)
    return Shakes(lambda n: np.array([source.normal() for _ in range(n)]))


def from_a_namespace() -> Any:
    held = types.SimpleNamespace(source=np.random.default_rng(0))
    return Shakes(lambda n: held.source.normal(size=n))


def from_a_thread() -> Any:
    held = threading.local()
    held.source = np.random.default_rng(0)
    return Shakes(lambda n: held.source.normal(size=n))


def from_a_slot() -> Any:
    class Slotted:
        __slots__ = ("source",)

    held = Slotted()
    held.source = np.random.default_rng(0)
    return Shakes(lambda n: held.source.normal(size=n))


def from_a_queue() -> Any:
    held = collections.deque([np.random.default_rng(0)])
    return Shakes(lambda n: held[0].normal(size=n))


def from_an_array() -> Any:
    held = np.array([np.random.default_rng(0), None])
    return Shakes(lambda n: held[0].normal(size=n))


def from_what_is_vectorized() -> Any:
    source = np.random.default_rng(0)
    drawn = np.vectorize(lambda value: value + source.normal())
    return Shakes(lambda n: drawn(np.zeros(n)))


def from_a_running_generator() -> Any:
    source = np.random.default_rng(0)
    drawn = (source.normal(size=4) for _ in range(10_000))
    return Shakes(lambda n: next(drawn)[:n])


def from_a_partial_method() -> Any:
    def drawn(self: Any, n: int, *, rng: Any) -> Any:
        return rng.normal(size=n)

    class Partly(Shakes):
        _drawn = functools.partialmethod(drawn, rng=np.random.default_rng(0))  # type: ignore[assignment]

    return Partly()


def from_a_partial_method_that_transforms() -> Any:
    def moved(self: Any, X: Any, *, rng: Any) -> Any:
        return X + rng.normal(size=np.shape(X))

    class Partly(Shakes):
        def _drawn(self, n: int) -> Any:
            return np.zeros(n)

        transform = functools.partialmethod(moved, rng=np.random.default_rng(0))  # type: ignore[assignment]

    return Partly()


def from_what_transforms() -> Any:
    source = np.random.default_rng(0)

    class Transforms(Shakes):
        def _drawn(self, n: int) -> Any:
            return np.zeros(n)

        def transform(self, X: Any) -> Any:  # scikit-learn wraps it
            return X + source.normal(size=np.shape(X))

    return Transforms()


def from_an_iterator() -> Any:
    source = np.random.default_rng(0)
    drawn = itertools.starmap(source.normal, itertools.repeat((0.0, 1.0, 4)))
    return Shakes(lambda n: next(drawn)[:n])


def from_a_context() -> Any:
    held = contextvars.ContextVar[Any]("held")
    held.set(np.random.default_rng(0))
    return Shakes(lambda n: held.get().normal(size=n))


def from_a_distribution() -> Any:
    held = stats.norm(0, 1)
    held.random_state = np.random.default_rng(0)
    return Shakes(lambda n: held.rvs(size=n))


def from_a_sequence_of_scipys() -> Any:
    held = stats.qmc.Halton(1, seed=0)
    return Shakes(lambda n: held.random(n).ravel())


def from_torch() -> Any:
    torch = pytest.importorskip("torch", reason="it is its generator")
    source = torch.Generator().manual_seed(0)
    return Shakes(lambda n: torch.randn(n, generator=source).numpy())


def from_its_class_though_it_has_a_seed() -> Any:
    class HasASeed(Shakes):
        source = np.random.default_rng(0)

        def __init__(self, random_state: Any = 0) -> None:
            super().__init__()
            self.random_state = random_state

        def _drawn(self, n: int) -> Any:
            return self.source.normal(size=n)

    return HasASeed()


SOURCES = [
    from_an_iterator, from_a_context, from_a_distribution, from_a_sequence_of_scipys, from_torch,
    from_its_class_though_it_has_a_seed,
    from_a_partial_method, from_a_partial_method_that_transforms, from_what_transforms,
    from_a_namespace, from_a_thread, from_a_slot, from_a_queue, from_an_array,
    from_what_is_vectorized, from_a_running_generator,
    from_a_module, from_a_closure, from_its_class, from_what_clone_keeps,
    from_a_default, from_a_method, from_a_helper,
    from_a_cached_function, from_a_function_with_a_memory,
    from_a_bound_method, from_a_static_method, from_a_cached_property,
    from_a_modules_attribute, from_a_comprehension,
]  # fmt: skip


@pytest.mark.parametrize("make", SOURCES)
def test_a_generator_that_lasts_is_drawn_from_as_often_as_by_scikit_learn(make: Any) -> None:
    grid = {"last__var_smoothing": [1e-9, 0.1, 1.0]}
    found = [
        kind(Pipeline([("shakes", make()), ("last", GaussianNB())]), grid, cv=3, refit=False)
        .fit(X, y)
        .cv_results_
        for kind in (GridSearchCV, GridSearch)
    ]
    assert_same_results(found[1], found[0])


def imports_numpys(n: int) -> Any:
    from numpy import random as drawing

    return drawing.default_rng().normal(size=n)


def imports_all_of_numpy(n: int) -> Any:
    import numpy as numbers

    return numbers.random.default_rng().normal(size=n)


def imports_what_makes_one(n: int) -> Any:
    from numpy.random import PCG64, Generator

    return Generator(PCG64()).normal(size=n)


def asks_the_system(n: int) -> Any:
    return np.frombuffer(os.urandom(n), np.uint8) / 256


def has_its_ids(n: int) -> Any:
    return uuid.uuid4().int % 1000 / 1000 + np.zeros(n)


def tells_secrets(n: int) -> Any:
    return np.array([secrets.randbelow(1000) for _ in range(n)]) / 1000


def passes_the_module_on(n: int) -> Any:
    drawing = np.random
    return drawing.default_rng().normal(size=n)


def asks_through_a_class(n: int) -> Any:
    return np.array([random.SystemRandom().random() for _ in range(n)])


def hides(n: int) -> Any:
    return eval("np.random.default_rng().normal(size=n)")


UNNAMED = np.random.default_rng(0)


def goes_by_the_modules_names(n: int) -> Any:
    return globals()["UNNAMED"].normal(size=n)


def has_it_from_a_default(n: int, numbers: Any = np) -> Any:
    return numbers.random.default_rng().normal(size=n)


def gives_it_another_name(n: int) -> Any:
    numbers = np
    return numbers.random.default_rng().normal(size=n)


def chooses_a_module(n: int) -> Any:
    numbers = os if n < 0 else np
    return numbers.random.default_rng().normal(size=n)


def passes_numpy_on(n: int) -> Any:
    return has_it_from_a_default(n, np)


def asks_by_name(n: int) -> Any:
    return getattr(np, "random").default_rng().normal(size=n)  # noqa: B009 - it is the point


def imports_a_part(n: int) -> Any:
    import numpy.linalg

    return numpy.random.default_rng().normal(size=n)


def imports_a_part_of_the_system(n: int) -> Any:
    import os.path

    return np.frombuffer(os.urandom(n), np.uint8) / 256


def imports_for_all(n: int) -> Any:
    global imported_late
    import numpy as imported_late

    return imported_late.random.default_rng().normal(size=n)


@functools.wraps(np.mean)
def is_called_as_numpys(n: int) -> Any:
    return np.random.default_rng().normal(size=n)


@pytest.mark.parametrize(
    "draw",
    [
        has_it_from_a_default, gives_it_another_name, chooses_a_module, passes_numpy_on,
        asks_by_name, imports_a_part, imports_a_part_of_the_system, imports_for_all,
        is_called_as_numpys,
        imports_numpys, imports_all_of_numpy, imports_what_makes_one, asks_the_system,
        has_its_ids, tells_secrets, passes_the_module_on, asks_through_a_class, hides,
        goes_by_the_modules_names,
    ],
)  # fmt: skip
def test_what_code_refers_to_tells_that_it_draws(draw: Any, tmp_path: Any) -> None:
    pipeline = Pipeline([("shakes", Shakes(draw, str(tmp_path))), ("clf", LeavesLast())])
    GridSearch(pipeline, {"clf__value": VALUES}, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "shakes") == 8


def averages(n: int) -> Any:
    from math import sqrt

    import numpy as numbers

    weights = [numbers.mean([sqrt(k), np.linalg.norm([k, 1.0])]) for k in range(n)]
    return np.array(weights)


class Named(Shakes):
    """Makes a source of its own, maybe from what is called a seed."""

    def __init__(self, seed: Any = None, folder: str = "") -> None:
        super().__init__(folder=folder)
        self.seed = seed

    def _drawn(self, n: int) -> Any:
        return np.random.default_rng(7).normal(size=n)


class NamedForOthers(Named):
    """Has a seed, and makes a source without it."""

    def _drawn(self, n: int) -> Any:
        return np.random.default_rng().normal(size=n)


class SamplesAFrame(Named):
    """Draws by a method of polars, whose source cannot be seen, or gives it the seed."""

    def _drawn(self, n: int) -> Any:
        polars = pytest.importorskip("polars", reason="it is its frames that are sampled")
        return polars.Series([0.1] * n).sample(n).to_numpy()


class SeedsASample(Named):
    def _drawn(self, n: int) -> Any:
        return pd.Series([0.1] * n).sample(n, random_state=self.seed).to_numpy()


class NamedInVain(Named):
    """Has a seed, and asks the system."""

    def _drawn(self, n: int) -> Any:
        return asks_through_a_class(n)


class SaysSo(Shakes):
    """Draws, but always the same."""

    __sktune_deterministic__ = True

    def _drawn(self, n: int) -> Any:
        return np.random.default_rng(7).normal(size=n)


class SaysTheOpposite(Shakes):
    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def _drawn(self, n: int) -> Any:
        return np.zeros(n)


@pytest.mark.parametrize(
    ("step", "shared"),
    [
        (Shakes(averages), True),
        (Shakes(Memory(None).cache(averages)), True),
        (SaysSo(), True),
        (SaysTheOpposite(), False),
        (Named(3), True),
        (Named(np.random.default_rng(3)), True),
        (Named("general"), False),
        (Named(), False),
        (NamedInVain(3), False),
        (NamedForOthers(3), False),
        (SamplesAFrame(3), False),
        (SeedsASample(3), True),
    ],
    ids=without_address,
)
def test_what_is_seen_or_said_to_draw_nothing_is_shared(
    step: Any, shared: bool, tmp_path: Any
) -> None:
    pipeline = Pipeline([("shakes", step.set_params(folder=str(tmp_path))), ("clf", LeavesLast())])
    GridSearch(pipeline, {"clf__value": VALUES}, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "shakes") == (2 if shared else 8)


class Asks(LogisticRegression):
    """Fits on rows that the system chooses."""

    def fit(self, X: Any, y: Any) -> Any:
        chosen = np.frombuffer(os.urandom(len(y)), np.uint8) % 2 == 0
        chosen[:4] = True
        return super().fit(X[chosen], y[chosen])


def test_a_seeded_ensemble_does_not_hide_that_its_members_draw() -> None:
    for members, shares in ((Asks(), False), (LogisticRegression(), True)):
        bagging = BaggingClassifier(members, random_state=0)
        work = (
            GridSearch(bagging, {"n_estimators": [1, 2, 3]}, cv=2, refit=False).fit(X, y).sharing_
        )
        assert (work.n_done < work.n_asked) == shares


class Samples(LinearDiscriminantAnalysis):
    """Fits on rows that pandas draws from numpy's global source, which its code does not show."""

    def fit(self, X: Any, y: Any) -> Any:
        chosen = np.union1d(pd.Series(range(len(y))).sample(frac=0.3), range(4))
        return super().fit(X[chosen], y[chosen])


def test_what_a_members_fit_draws_is_seen_though_the_whole_is_scikit_learns() -> None:
    for members, shares in ((Samples(), False), (LinearDiscriminantAnalysis(), True)):
        pipeline = make_pipeline(RFE(members), GaussianNB())
        grid = {"rfe__n_features_to_select": [1, 2, 3]}
        work = GridSearch(pipeline, grid, cv=2, refit=False).fit(X, y).sharing_
        assert (work.n_done < work.n_asked) == shares


def test_what_comes_before_a_step_that_draws_is_shared(tmp_path: Any) -> None:
    pipeline = Pipeline(
        [*chain(tmp_path, "a").steps[:-1], ("noise", Noise()), ("clf", LeavesLast())]
    )
    np.random.seed(1)  # noqa: NPY002 - it is the global source that matters
    theirs = GridSearchCV(pipeline, {"clf__value": VALUES}, cv=2, refit=False).fit(X, y)
    before = left(tmp_path, "a")
    np.random.seed(1)  # noqa: NPY002 - likewise
    ours = GridSearch(pipeline, {"clf__value": VALUES}, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "a") - before == 2
    assert_same_results(ours.cv_results_, theirs.cv_results_)


@pytest.mark.parametrize(
    ("steps", "train"),
    in_turn(
        [
            [("noise", Noise()), ("scale", StandardScaler())],
            [("noise", NoisyInPlace())],
            [("union", FeatureUnion([("a", InPlace()), ("b", PCA(2, svd_solver="full"))]))],
            [("union", FeatureUnion([("a", Noise()), ("b", NoisyInPlace()), ("c", Noise())]))],
            [
                (
                    "table",
                    ColumnTransformer([("a", InPlace(), slice(0, 2)), ("b", InPlace(), [1, 2])]),
                )
            ],
            [
                ("inner", make_pipeline(Noise(), StandardScaler())),
                ("pca", PCA(2, svd_solver="full")),
            ],
        ],
        [False, True],
    ),
)
def test_drawing_and_writing(steps: list[Any], train: bool) -> None:
    for last in (LeavesLast(), NoisyWritesLast()):
        pipeline = Pipeline([*steps, ("clf", last)])
        options: dict[str, Any] = {"cv": 2, "refit": False, "return_train_score": train}
        results = []
        for kind in (GridSearchCV, GridSearch):
            np.random.seed(1)  # noqa: NPY002 - it is the global source that matters
            search = kind(pipeline, {"clf__value": VALUES}, **options)
            results.append(search.fit(X.copy(), y.copy()).cv_results_)
        assert_same_results(results[1], results[0])


def test_the_rest_of_the_columns_depends_on_the_others(tmp_path: Any) -> None:
    rest = Leaves(str(tmp_path), name="rest")
    tables = [
        ColumnTransformer([("a", StandardScaler(), columns)], remainder=rest)
        for columns in ([0], [1], [0])
    ]
    pipeline = Pipeline([("table", "passthrough"), ("clf", LeavesLast())])
    grid = {"table": tables, "clf__value": VALUES[:2]}
    ours = GridSearch(pipeline, grid, cv=2, refit=False).fit(X, y)
    assert left(tmp_path, "rest") == 2 * 2
    theirs = GridSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)


def test_precomputed_kernels() -> None:
    kernel = X @ X.T
    pipeline = Pipeline([("centre", KernelCenterer()), ("clf", SVC(kernel="precomputed"))])
    grid = {"centre": [KernelCenterer(), "passthrough", StandardScaler()], "clf__C": [0.1, 1.0]}
    options: dict[str, Any] = {"cv": 2, "refit": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a StandardScaler has no kernel, and fails
        ours = GridSearch(pipeline, grid, **options).fit(kernel, y)
        theirs = GridSearchCV(pipeline, grid, **options).fit(kernel, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)


def test_a_scorer_sees_the_users_memory(tmp_path: Any) -> None:
    pipeline = chain("", "a").set_params(memory=Memory(tmp_path, verbose=0))
    search = GridSearch(
        pipeline, {"clf__value": VALUES}, cv=2, refit=False, scoring=sees_memory
    ).fit(X, y)
    assert (search.cv_results_["mean_test_score"] == 1).all()


def test_one_source_in_two_places_is_left_in_order() -> None:
    source = np.random.RandomState(0)
    pipeline = Pipeline([("a", Noise()), ("b", Noise()), ("clf", LeavesLast())])
    grid = [{"a__random_state": [source], "b__random_state": [source], "clf__value": VALUES}]
    assert_same_results(
        GridSearch(pipeline, grid, cv=2, refit=False).fit(X, y).cv_results_,
        GridSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y).cv_results_,
    )


@both
def test_a_shared_fit_that_raises_is_charged_to_nobody(tmp_path: Any, n_jobs: int) -> None:
    pipeline = Pipeline([("step", FailsToFit(str(tmp_path))), ("clf", LeavesLast())])
    grid = {"step__fails": [True, False], "clf__value": VALUES}
    options: dict[str, Any] = {"cv": 2, "refit": False, "n_jobs": n_jobs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = GridSearch(pipeline, grid, **options).fit(X, y)
        theirs = GridSearchCV(pipeline, grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    errors = set(ours.cv_results_["error"][ours.cv_results_["status"] == "failed"])
    assert errors == {"ValueError: this step fails"}
    with pytest.raises(ValueError, match=r"^this step fails$"):
        GridSearch(pipeline, grid, **options, error_score="raise").fit(X, y)


@both
def test_a_last_step_that_raises_costs_no_other_its_share(tmp_path: Any, n_jobs: int) -> None:
    grid = {"clf__value": [-1.0, *VALUES]}
    search = GridSearch(chain(tmp_path, "a"), grid, cv=2, refit=False, n_jobs=n_jobs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert left(tmp_path, "a") == 2
    assert list(search.cv_results_["status"]) == ["failed", *["ok"] * 4]
    assert search.cv_results_["error"][0] == "ValueError: negative"


def test_a_step_that_writes_into_its_data_is_shared_and_spoils_nothing() -> None:
    pipeline = Pipeline([("a", StandardScaler()), ("b", InPlace()), ("clf", LeavesLast())])
    grid = {"b__factor": [2.0, 3.0], "clf__value": VALUES}
    before = X.copy()
    ours = GridSearch(pipeline, grid, cv=2, refit=False).fit(X, y)
    theirs = GridSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.sharing_.steps["b"] == (16, 4)
    np.testing.assert_array_equal(X, before)


def test_a_scorer_that_spoils_what_it_sees_spoils_its_own_only() -> None:
    grid = {"clf__value": VALUES}
    options: dict[str, Any] = {"cv": 2, "refit": False, "scoring": looks_inside}
    pipeline = chain("", "a", "b")
    ours = GridSearch(pipeline, grid, **options).fit(X, y)
    theirs = GridSearchCV(pipeline, grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.sharing_.steps["a"] == (8, 2)


@every_search
def test_it_can_be_switched_off(make: Any, tmp_path: Any) -> None:
    search = make(
        chain(tmp_path, "a"), {"clf__value": VALUES}, cv=2, refit=False, share_work=False
    ).fit(X, y)
    assert left(tmp_path, "a") == 8
    assert search.sharing_.n_done == search.sharing_.n_asked == 8


# --- verified -------------------------------------------------------------------------


class Drifts(Leaves):
    """Is another one each time it is fitted, and says that it is not."""

    __sktune_deterministic__ = True
    fits = 0

    def fit(self, X: Any, y: Any = None) -> Drifts:
        super().fit(X, y)
        Drifts.fits += 1
        self.factor_ = np.cos(np.arange(len(self.mean_)) + Drifts.fits)
        return self

    def transform(self, X: Any) -> Any:
        return X * self.factor_


@every_search
def test_sharing_is_verified_where_it_is_wanted(make: Any, tmp_path: Any) -> None:
    grid = {"clf__value": VALUES}
    fine = make(chain(tmp_path, "a"), grid, cv=2, refit=False, verify_sharing=True).fit(X, y)
    assert left(tmp_path, "a") == 2 + 2  # one more of each split
    assert fine.sharing_.shared
    drifting = Pipeline([("a", Drifts()), ("clf", LeavesLast(value=0.5))])
    with pytest.raises(RuntimeError, match=r"verify_sharing: candidate .* pass share_work=False"):
        make(drifting, grid, cv=2, refit=False, verify_sharing=True).fit(X, y)


# --- in doubt, the ordinary way -------------------------------------------------------


def test_what_goes_wrong_in_scoring_is_told_as_without_sharing() -> None:
    told = []
    for share_work in (False, True):
        search = GridSearch(
            chain("", "a"), {"clf": [LeavesLast(), LogisticRegression()]}, cv=2,
            scoring="neg_log_loss", share_work=share_work,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told.append(search.fit(X, y).cv_results_)
    assert list(told[0]["error"]) == list(told[1]["error"])
    assert "Pipeline" in told[0]["error"][0]
    assert_same_results(told[1], told[0])


def test_what_goes_wrong_in_sharing_itself_is_nobodys_failure(monkeypatch: Any) -> None:
    def broken(value: Any) -> int:
        if isinstance(value, tuple) and hasattr(value[1], "fit"):  # what comes out of a fit
            raise TypeError("of another version, maybe")
        return 0

    monkeypatch.setattr("sktune.sharing.store.n_bytes", broken)
    search = GridSearch(chain("", "a"), {"clf__value": VALUES}, cv=2).fit(X, y)
    assert set(search.cv_results_["status"]) == {"ok"}


UNION = FeatureUnion([("a", Pipeline([("i", InPlace()), ("p", PCA(1))])), ("b", SelectKBest(k=1))])


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize(
    ("steps", "grid"),
    [
        ([("s", InPlace()), ("p", PCA())], {"p__n_components": [1, 2]}),
        ([("u", UNION)], {"u__a__i": [InPlace(), "passthrough"]}),
        ([("s", FunctionTransformer())], {"last": [WritesLast(), WritesLast(value=0.3)]}),
    ],
    ids=["in turn", "branches", "last"],
)
def test_who_writes_into_a_frame_is_seen_by_who_has_it_next(
    steps: Any, grid: Any, train: bool
) -> None:
    """As with scikit-learn: train scores, and branches."""
    pandas = pytest.importorskip("pandas", reason="frames are pandas'")
    rng = np.random.default_rng(0)
    X = pandas.DataFrame(rng.normal(size=(40, 4)) * [1, 2, 3, 4], columns=list("abcd"))
    y = (X["a"] + rng.normal(size=40) > 0).to_numpy().astype(int)
    pipeline = Pipeline([*steps, ("last", GaussianNB())])
    grid = grid if "last" in grid else {**grid, "last__var_smoothing": [1e-9, 0.1, 1.0]}
    options = {"cv": 3, "refit": False, "return_train_score": train}
    theirs = GridSearchCV(pipeline, grid, **options).fit(X.copy(), y).cv_results_
    ours = GridSearch(pipeline, grid, **options).fit(X.copy(), y).cv_results_
    assert_same_results(ours, theirs)
