"""The contract of a path family.

A derived model is compared with a fit of its own: whatever it responds to the samples that it was
fitted on and to others, and what comes out of a transformer, every bit, dtypes and memory layouts.
"""

from __future__ import annotations

import itertools
import types
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid, ShuffleSplit

from ..paths import Fit, family_of
from ..searches import GridSearch
from ..types import Estimator, Model, Samples
from .case import Case

RESPONSES = (
    *("predict", "predict_proba", "decision_function", "score_samples"),
    *("transform", "kneighbors"),
)


def difference(a: Any, b: Any, where: str = "model") -> str:
    """Return where two objects differ, to the bit; empty if nowhere."""
    if a is b:
        return ""
    if type(a) is not type(b):
        return f"{where}: {type(a)} and {type(b)}"
    if isinstance(a, np.ndarray):
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return f"{where}: {a.dtype}{a.shape} and {b.dtype}{b.shape}"
        if a.dtype.hasobject:
            return difference(list(a.ravel()), list(b.ravel()), where)
        layout = [s for s, n in zip(a.strides, a.shape, strict=True) if n > 1]
        others = [s for s, n in zip(b.strides, b.shape, strict=True) if n > 1]
        if layout != others:
            return f"{where}: strides {a.strides} and {b.strides}"
        return "" if a.tobytes() == b.tobytes() else f"{where}: values differ"
    if sparse.issparse(a):
        return difference(vars(a), vars(b), where)
    if isinstance(a, np.random.RandomState):
        return difference(a.get_state(), b.get_state(), where)
    if isinstance(a, float):
        return "" if a == b or (a != a and b != b) else f"{where}: {a!r} and {b!r}"
    if isinstance(a, Mapping):
        if list(a) != list(b):
            return f"{where}: keys {list(a)} and {list(b)}"
        return _first(difference(a[k], b[k], f"{where}[{k!r}]") for k in a)
    if isinstance(a, list | tuple):
        if len(a) != len(b):
            return f"{where}: {len(a)} and {len(b)} items"
        pairs = enumerate(zip(a, b, strict=True))
        return _first(difference(x, y, f"{where}[{k}]") for k, (x, y) in pairs)
    if isinstance(a, type | types.FunctionType | types.BuiltinFunctionType):
        return f"{where}: {a} and {b}"
    if isinstance(a, str | bytes | int | complex | np.generic):
        return "" if a == b or (a != a and b != b) else f"{where}: {a!r} and {b!r}"
    if hasattr(a, "__getstate__") and not hasattr(a, "__dict__"):
        return difference(a.__getstate__(), b.__getstate__(), where)
    state_a, state_b = dict(vars(a)), dict(vars(b))
    if state_a.keys() != state_b.keys():
        return f"{where}: attributes {sorted(state_a.keys() ^ state_b.keys())}"
    return _first(difference(state_a[k], state_b[k], f"{where}.{k}") for k in state_a)


def _first(differences: Iterable[str]) -> str:
    return next((found for found in differences if found), "")


def responses(model: Model, X: Samples) -> dict[str, Any]:
    """Return a model's responses to samples, by method."""
    return {name: getattr(model, name)(X) for name in RESPONSES if hasattr(model, name)}


def fitted(case: Case, estimator: Estimator) -> Model:
    args = (case.X,) if case.y is None else (case.X, case.y)
    return estimator.fit(*args, **case.params)  # type: ignore[no-any-return] # without types


class Own:
    """An estimator's fit of its own, what it responds and what it gives, each once."""

    def __init__(self, case: Case, estimator: Estimator) -> None:
        self._case = case
        self._estimator = estimator
        self._given: dict[Any, Any] = {}

    @cached_property
    def model(self) -> Model:
        return fitted(self._case, clone(self._estimator))

    def response(self, method: str, which: int = 0) -> Any:
        """Return what a method gives for the case's samples of that number."""
        if (method, which) not in self._given:
            samples = self._case.samples()[which]
            self._given[method, which] = getattr(self.model, method)(samples)
        return self._given[method, which]

    def output(self) -> Any:
        if "fit_transform" not in self._given:
            case, estimator = self._case, clone(self._estimator)
            self._given["fit_transform"] = estimator.fit_transform(case.X, case.y, **case.params)
        return self._given["fit_transform"]


def owns_of(case: Case) -> Callable[[Estimator], Own]:
    """Give the same fit for the same member: all leads and orders are compared with it."""
    known: dict[int, Own] = {}

    def own_of(member: Estimator) -> Own:
        if id(member) not in known:
            known[id(member)] = Own(case, member)
        return known[id(member)]

    return own_of


def fit_of(case: Case, estimator: Estimator) -> Fit:
    """Fit an estimator as a lead."""
    model, output = clone(estimator), None
    if hasattr(model, "fit_transform"):
        output = model.fit_transform(case.X, case.y, **case.params)
    else:
        model = fitted(case, model)
    return Fit(model, case.X, case.y, case.params, output)


def key(order: float | tuple[float, ...]) -> tuple[float, ...]:
    return tuple(order) if isinstance(order, tuple) else (order,)


class PathFamilyContract(ABC):
    """The contract of a family: it derives what a fit of its own gives, alone and in a search.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from sktune.testing import Case, PathFamilyContract
    >>> class TestForests(PathFamilyContract):
    ...     def cases(self):
    ...         X = np.random.default_rng(0).normal(size=(40, 3))
    ...         forest = RandomForestRegressor(random_state=0)
    ...         return [Case(forest, {"n_estimators": [2, 5]}, X, X[:, 0])]
    ...
    ...     def alone(self):
    ...         return [RandomForestRegressor(warm_start=True)]
    """

    @abstractmethod
    def cases(self) -> list[Case]:
        """Return what is derived."""

    @abstractmethod
    def alone(self) -> list[Any]:
        """Return estimators that must be fitted alone: one for each condition."""

    def members(self, case: Case) -> list[Any]:
        """Return the unfitted estimators of a case, the largest first."""
        candidates = [clone(case.estimator).set_params(**p) for p in ParameterGrid(case.grid)]
        family, _ = family_of(candidates[0]) or (None, ())
        assert family is not None, case.estimator
        return sorted(candidates, key=lambda e: key(family.order(e)), reverse=True)

    def test_what_is_derived_is_identical_to_a_fit_of_its_own(self) -> None:
        """Derive from the largest, and from one in the middle."""
        self.compare_fits(lambda members: [members[0], members[len(members) // 2]])

    def compare_fits(self, leads_of: Callable[[list[Any]], list[Any]]) -> None:
        """Derive all members of each case from those that are picked, and compare with own fits."""
        for case in self.cases():
            members = self.members(case)
            family, _ = family_of(members[0]) or (None, ())
            assert family is not None, case.estimator
            derived, own_of = 0, owns_of(case)
            for lead in leads_of(members):
                largest = family.lead(clone(lead), case.X)
                if largest is None:
                    continue
                fit = fit_of(case, largest)
                before = clone(lead)
                for member in members:
                    model: Any = family.derive(fit, clone(member))
                    if model is None:
                        continue
                    derived += member is not lead
                    assert 0 <= family.share(fit, member) <= 1, (lead, member)
                    own = own_of(member)
                    self.compare_responses(case, model, own)
                    if fit.output is not None and hasattr(own.model, "fit_transform"):
                        output = family.output(fit, model)
                        assert not difference(output, own.output(), "output"), (lead, member)
                assert not difference(before.get_params(), lead.get_params())
            assert derived, case.estimator

    def compare_responses(self, case: Case, model: Estimator, own: Own) -> None:
        """Compare what a derived model answers with what its own fit does."""
        for method in RESPONSES:
            assert hasattr(model, method) == hasattr(own.model, method), method
            if not hasattr(own.model, method):
                continue
            for which, samples in enumerate(case.samples()):
                got = getattr(model, method)(samples)
                assert not difference(got, own.response(method, which), method), own.model

    def test_answers_are_what_the_methods_return(self) -> None:
        """In rising, falling and mixed order; asked for twice."""
        for case in self.cases():
            members = self.members(case)
            family, _ = family_of(members[0]) or (None, ())
            assert family is not None, case.estimator
            largest = family.lead(clone(members[0]), case.X)
            if largest is None:
                continue
            fit, own_of = fit_of(case, largest), owns_of(case)
            mixed = members[1::2] + members[::2]
            for order in (members[::-1], members, mixed):
                memory: dict[Any, Any] = {}
                for member in order:
                    model: Any = family.derive(fit, clone(member))
                    if model is None:
                        continue
                    own = own_of(member)
                    answers = family.answers(fit, model, memory)
                    fast = answering(model, answers)
                    for method in {*RESPONSES, *answers} if answers else ():
                        if not hasattr(own.model, method):
                            continue
                        expected = own.response(method)
                        for _ in range(2):
                            got = getattr(fast, method)(case.X)
                            assert not difference(got, expected, method), (member, method)

    def test_what_cannot_be_derived_is_fitted_alone(self) -> None:
        for estimator in self.alone():
            assert family_of(estimator) is None, estimator

    def test_subclasses_are_fitted_alone(self) -> None:
        for case in self.cases():
            kind = type(case.estimator)
            sub = type(f"Sub{kind.__name__}", (kind,), {"__init__": kind.__init__})
            params = case.estimator.get_params(deep=False)
            assert family_of(sub(**params)) is None

    def test_searches_give_what_grid_search_gives(self) -> None:
        """Every second case; that fits are the same is tested with all."""
        for case in self.cases_that_predict()[::2]:
            self.compare_search(case, n_splits=1)

    def cases_that_predict(self) -> list[Case]:
        """Return the cases whose estimator predicts."""
        return [case for case in self.cases() if hasattr(case.estimator, "predict")]

    def compare_search(self, case: Case, n_splits: int) -> None:
        """Compare a search that derives with one that fits each candidate."""
        cv = ShuffleSplit(n_splits, test_size=1 / 3, random_state=0)
        options = {"cv": cv, "refit": False, "return_train_score": True, "scoring": case.scoring}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = GridSearchCV(case.estimator, case.grid, **options)
            theirs.fit(case.X, case.y, **case.params)
            ours = GridSearch(case.estimator, case.grid, **options)
            ours.fit(case.X, case.y, **case.params)
        for name in theirs.cv_results_:
            if "_time" not in name:
                a, b = theirs.cv_results_[name], ours.cv_results_[name]
                assert np.asarray(a).tolist() == np.asarray(b).tolist(), (case.estimator, name)
        (asked, done) = next(iter(ours.sharing_.steps.values()))
        assert asked == n_splits * len(ParameterGrid(case.grid))
        assert done <= n_splits * case.n_fits, (case.estimator, done)


def answering(model: Estimator, answers: Mapping[str, Any]) -> Estimator:
    """Return a copy of a model that answers in the faster way."""
    fast = clone(model)
    vars(fast).update(vars(model))
    for method, answer in answers.items():
        setattr(fast, method, answer)
    return fast  # type: ignore[no-any-return] # without types


def every(*lists: list[Any]) -> list[tuple[Any, ...]]:
    """Return all combinations."""
    return list(itertools.product(*lists))
