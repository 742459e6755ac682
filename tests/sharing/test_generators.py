"""Global generators are watched, of every library that is loaded; and what draws from them."""

from __future__ import annotations

import random
import sys
import types
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it is still one
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.sharing.generators import State
from sktune.sharing.randomness import Randomness
from sktune.sharing.sources import draws_of, generators_in
from tests.helpers.laws import in_turn
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Noise, leave, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 4)), np.arange(40) % 2


class Generator:
    """A generator of another library, as a number."""

    def __init__(self) -> None:
        self.reset(np.array([0]))

    def draw(self) -> int:
        self.reset(self.state + 1)
        return int(self.state[0])

    def reset(self, state: Any) -> None:
        self.state = np.asarray(state).view(Tensor)


class Tensor(np.ndarray[Any, Any]):
    """An array with a tensor's method."""

    def numpy(self) -> Any:
        return np.asarray(self)


def tensorflow(monkeypatch: Any) -> Any:
    ops = types.ModuleType("tensorflow.python.ops.stateful_random_ops")
    monkeypatch.setitem(sys.modules, ops.__name__, ops)
    generator = Generator()
    ops.global_generator = generator  # type: ignore[attr-defined]
    return generator.draw


def tensorflows_seeds(monkeypatch: Any) -> Any:
    context = types.ModuleType("tensorflow.python.eager.context")
    monkeypatch.setitem(sys.modules, context.__name__, context)
    seeds = random.Random(0)
    context._context = types.SimpleNamespace(_rng=seeds)  # type: ignore[attr-defined]
    return seeds.random


def keras(monkeypatch: Any) -> Any:
    kept = types.ModuleType("keras.src.backend.common.global_state")
    monkeypatch.setitem(sys.modules, kept.__name__, kept)

    class Variable:
        value = np.array([0])

        def assign(self, value: Any) -> None:
            self.value = value

        def __array__(self, *_: Any, **__: Any) -> Any:
            return self.value

    state = Variable()
    held = {"global_seed_generator": types.SimpleNamespace(state=state)}
    kept.get_global_attribute = held.get  # type: ignore[attr-defined]

    def draw() -> int:
        state.assign(state.value + 1)
        return int(state.value[0])

    return draw


def torch(monkeypatch: Any) -> Any:
    library = pytest.importorskip("torch", reason="its generator is the one that is watched")
    return lambda: library.rand(1).item()


def numpys(monkeypatch: Any) -> Any:
    return np.random.normal


def pythons(monkeypatch: Any) -> Any:
    return random.random


@pytest.mark.parametrize("of", [numpys, pythons, torch, tensorflow, tensorflows_seeds, keras])
def test_what_is_drawn_is_seen_and_taken_back(of: Any, monkeypatch: Any) -> None:
    draw = of(monkeypatch)
    before = State()
    assert before == State()
    first = draw()
    assert before != State()
    before.restore()
    assert before == State()
    assert draw() == first


def test_a_library_of_another_version_is_passed_over(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    assert State() == State()


class Shakes(TransformerMixin, BaseEstimator):
    """Draws when it transforms, and not when it is fitted; has a seed for something else."""

    def __init__(self, draw: Any, folder: str = "", random_state: Any = None) -> None:
        self.draw = draw
        self.folder = folder
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Shakes:
        leave(self.folder, "shakes")
        self.fitted_ = True
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        self.fit(X, y)
        return X

    def transform(self, X: Any) -> Any:
        return X + self.draw(X)


def by_numpy(X: Any) -> Any:
    return np.random.normal(size=X.shape)  # noqa: NPY002 - it is the global source that matters


def by_torch(X: Any) -> Any:
    import torch

    return torch.randn(*X.shape).numpy()


def begin_anew() -> None:
    np.random.seed(0)  # noqa: NPY002 - it is the global source that matters
    random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"return_train_score": True},
    {"scoring": ["accuracy", "neg_log_loss"], "refit": "accuracy"},
    {"scoring": "neg_log_loss", "return_train_score": True},
]


@pytest.mark.parametrize(
    ("options", "seed", "draw"), in_turn(OPTIONS, [None, 0], [by_numpy, by_torch], every=2)
)
def test_a_transform_that_draws_is_called_as_by_scikit_learn(
    draw: Any, seed: Any, options: dict[str, Any]
) -> None:
    if draw is by_torch:
        pytest.importorskip("torch", reason="it has a generator of its own")
    last = DecisionTreeClassifier(splitter="random")  # draws between the fit and the transform
    pipeline = make_pipeline(Shakes(draw, random_state=seed), last)
    grid = {"decisiontreeclassifier__max_depth": [1, 2, 3]}
    results = []
    for kind in (GridSearchCV, GridSearch):
        begin_anew()
        results.append(kind(pipeline, grid, cv=3, **options).fit(X, y).cv_results_)
    assert_same_results(results[1], results[0])


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_what_draws_from_a_generator_of_its_own_when_it_transforms(options: Any) -> None:
    missing = X.copy()
    missing[::3, 1] = np.nan
    imputer = IterativeImputer(sample_posterior=True, max_iter=1, random_state=0)
    pipeline = make_pipeline(imputer, LogisticRegression())
    grid = {"logisticregression__C": [0.01, 1.0, 10.0]}
    searches = [kind(pipeline, grid, cv=3, **options) for kind in (GridSearchCV, GridSearch)]
    theirs, ours = (search.fit(missing, y) for search in searches)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    once = "refit" not in options and "return_train_score" not in options
    assert ours.sharing_.n_asked - ours.sharing_.n_done == (6 if once else 0)


def test_what_torch_works_out_without_drawing_is_shared(tmp_path: Any) -> None:
    library = pytest.importorskip("torch", reason="it is used by the step")

    class Scales(Shakes):
        def transform(self, X: Any) -> Any:
            return library.from_numpy(X).mul(2).numpy()

    pipeline = make_pipeline(Scales(None, str(tmp_path)), Noise(random_state=0), GaussianNB())
    GridSearch(pipeline, {"gaussiannb__var_smoothing": [1e-9, 0.1, 1.0]}, cv=3, refit=False).fit(
        X, y
    )
    assert left(tmp_path, "shakes") == 3


def test_generators_that_an_object_holds_are_found_and_its_code_is_not_looked_through() -> None:
    held = Shakes(None)
    held.inside = {"a": [np.random.default_rng(0), 1.0], "b": (Shakes(None), random.Random(0))}
    held.also = np.array([np.random.RandomState(0), "text"], dtype=object)
    held.calls = [random.random, np.random.default_rng, draws_from_this_module, types]
    assert len(generators_in(held)) == 3


def draws_from_this_module() -> float:
    return float(rng.normal())


def test_a_function_is_looked_through_once_a_search(monkeypatch: Any) -> None:
    looked = list[Any]()
    monkeypatch.setattr(
        "sktune.sharing.randomness.draws_of",
        lambda values, **options: looked.extend(values) or draws_of(values, **options),
    )
    randomness = Randomness()
    for k in range(3):
        randomness.of(FunctionTransformer(adds_one, kw_args={"k": k}))
    assert looked.count(adds_one) == 1


def adds_one(X: Any, k: int = 1) -> Any:
    return X + k
