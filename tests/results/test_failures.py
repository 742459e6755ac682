"""Failures are told, ranked and survived."""

from __future__ import annotations

import gc
import math
import warnings
import weakref
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.exceptions import FailedCandidatesWarning
from tests.helpers.bayes_searches import X2, y2
from tests.helpers.estimators import ByValue, Counting, Faulty
from tests.helpers.laws import in_turn
from tests.helpers.searches import every_search, more, silent


@every_search
@pytest.mark.parametrize(("n_jobs", "how"), in_turn([1, 2], ["raise", "unpicklable"]))
def test_failures_are_summed_up_once(make: Any, n_jobs: int, how: str, iris: Any) -> None:
    space = {"value": [how, None, "x", 0]}
    search = make(Faulty(), space, n_jobs=n_jobs, cv=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    told = [w for w in caught if issubclass(w.category, FitFailedWarning)]
    assert len(told) == 1
    message = str(told[0].message)
    assert message.startswith("3 fits failed out of a total of 12. The first: ")
    assert "this candidate raises" in message.partition("\n")[0]
    assert f"{{'value': '{how}'}}" in message
    assert sorted(search.cv_results_["status"]) == ["failed", "ok", "ok", "ok"]
    assert search.best_params_ != {"value": how}


@every_search
def test_a_failing_scorer_is_summed_up_too(make: Any, iris: Any) -> None:
    scoring = ByValue(a=1.0, b=0.5, c=0.2)
    search = make(Counting(), {"value": ["a", "b", "c", "d"]}, scoring=scoring, cv=2)
    with pytest.warns(UserWarning, match=r"Scoring failed 2 times(.|\n)*KeyError: 'd'"):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "a"}


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_fits_failing_is_an_error_with_the_reason(make: Any, n_jobs: int, iris: Any) -> None:
    search = make(Faulty(), {"value": ["raise"], "other": [1, 2]}, **more(make, n_iter=2),
                  n_jobs=n_jobs)  # fmt: skip
    with pytest.raises(ValueError, match=r"All the 10 fits failed(.|\n)*this candidate raises"):
        search.fit(*iris)
    assert len(search.cv_results_["params"]) == 2
    assert not search.__sklearn_is_fitted__()


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_error_score_raise(make: Any, n_jobs: int, iris: Any) -> None:
    search = make(Faulty(), {"value": [None, 0, 1, "raise"]}, error_score="raise", n_jobs=n_jobs)
    with pytest.raises(RuntimeError, match=r"^this candidate raises$"):
        search.fit(*iris)
    scoring = ByValue(a=1.0, b=0.5, c=0.2, d="odd")
    search = make(Counting(), {"value": ["a", "b", "c", "d"]}, scoring=scoring,
                  error_score="raise", n_jobs=n_jobs)  # fmt: skip
    with pytest.raises(ValueError, match="scoring must return a number, got 'odd'"):
        search.fit(*iris)


SCRIPT = """
import sys
from sklearn.datasets import load_iris
from sktune import GridSearch
from tests.helpers.estimators import Counting

class Own(Exception):
    def __init__(self, what, where):
        super().__init__(f"{what} in {where}")

class Simple(Exception):
    pass

class Raises(Counting):
    def fit(self, X, y):
        raise Own("lost", "space") if self.value else Simple("simply lost")

for value, own in ((0, Simple), (1, Own)):
    for n_jobs in (1, 2):
        search = GridSearch(Raises(), {"value": [value]}, error_score="raise", n_jobs=n_jobs)
        try:
            search.fit(*load_iris(return_X_y=True))
        except own as exc:
            print(own.__name__, n_jobs, "in fit" in str(exc.__cause__))
        except RuntimeError as exc:
            print("RuntimeError", n_jobs, f"{own.__name__}:" in str(exc))
"""


def test_error_score_raise_in_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    """Exceptions of classes from a script come back; what cannot be pickled as its story."""
    exec(SCRIPT, {"__name__": "__main__"})  # whose classes go to workers by value
    assert capsys.readouterr().out.splitlines() == [
        "Simple 1 False",  # raised here, with its own traceback
        "Simple 2 True",
        "Own 1 False",
        "RuntimeError 2 True",  # cannot be made again from its arguments
    ]


def test_a_failed_fit_lets_its_data_go(iris: Any) -> None:
    """Without help from the garbage collector: data sets are large."""
    alive = []

    class Remembers(Faulty):
        def fit(self, X: Any, y: Any) -> Any:
            alive.append(weakref.ref(X))
            assert sum(ref() is not None for ref in alive) <= 1
            return super().fit(X, y)

    gc.collect()
    gc.disable()
    try:
        search = GridSearch(Remembers(), {"value": ["raise", 1]}, cv=5, refit=False)
        with pytest.warns(FitFailedWarning, match="5 fits failed"):
            silent(search.fit, *iris)
    finally:
        gc.enable()
    assert not any(ref() is not None for ref in alive)


@every_search
def test_a_side_metric_that_always_fails_does_not_matter(make: Any, iris: Any) -> None:
    scoring = {"accuracy": "accuracy", "odd": always_infinite}
    search = make(Counting(), {"value": [1, 2, 3, 4]}, scoring=scoring, refit="accuracy")
    with pytest.warns(FailedCandidatesWarning):
        silent(search.fit, *iris)
    assert search.best_score_ > 0.3
    search.set_params(refit="odd")
    with pytest.raises(ValueError, match="infinite scores cannot be"):
        silent(search.fit, *iris)


def always_infinite(estimator: Any, X: Any, y: Any) -> float:
    return math.inf


def test_a_reason_is_one_line_and_to_the_point(iris: Any) -> None:
    class Told(Counting):
        def fit(self, X: Any, y: Any) -> Any:
            error = ValueError("the point\nand more")
            error.add_note("see the manual")
            raise error

    search = GridSearch(Told(), {"value": [1]})
    with pytest.raises(ValueError, match="see the manual"):
        search.fit(*iris)
    assert list(search.cv_results_["error"]) == ["ValueError: the point"]


def test_a_number_in_place_of_a_score_cannot_win(iris: Any) -> None:
    """error_score=0 beats every negative score in scikit-learn."""
    scoring = ByValue(a=-3.0, b=-2.0)
    scoring.scores["raise"] = -1.0
    search = GridSearch(Faulty(), {"value": ["a", "raise", "b"]}, scoring=scoring, error_score=0)
    with pytest.warns(FitFailedWarning):
        search.fit(*iris)
    assert search.best_params_ == {"value": "b"}
    assert list(search.cv_results_["rank_test_score"]) == [2, 3, 1]
    assert search.cv_results_["mean_test_score"][1] == 0


def test_nan_comes_after_a_number_in_place_of_a_score(iris: Any) -> None:
    scoring = ByValue(a=0.3, b=math.nan)
    search = GridSearch(Faulty(), {"value": ["b", "raise", "a"]}, scoring=scoring, error_score=0)
    with pytest.warns(FitFailedWarning):
        silent(search.fit, *iris)
    assert list(search.cv_results_["rank_test_score"]) == [3, 2, 1]


def test_a_mean_that_overflows_is_ranked(iris: Any) -> None:
    scoring = ByValue(a=1.7e308, b=0.5, c=-1.7e308)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        warnings.filterwarnings("ignore", message="One or more of the")
        search = GridSearch(Counting(), {"value": ["c", "a", "b"]}, scoring=scoring).fit(*iris)
    assert list(search.cv_results_["rank_test_score"]) == [3, 1, 2]


def test_the_summary_shows_some_candidates_and_counts_the_rest(iris: Any) -> None:
    space = {"value": ["raise", "fine"], "other": list(range(7))}
    with pytest.warns(FailedCandidatesWarning) as told:
        silent(GridSearch(Faulty(), space, cv=3).fit, *iris)
    summary = str(told[0].message)
    assert "21 fits failed out of a total of 42" in summary
    assert "with 7 candidates:" in summary
    assert summary.count("'value': 'raise'") == 5
    assert "and 2 more" in summary


def test_fits_and_scores_failing_together_are_told_as_such(iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": ["raise", "odd"]}, scoring=ByValue(odd=math.inf), cv=2)
    with pytest.raises(ValueError, match="All the 4 fits or their scores failed"):
        search.fit(*iris)


def fails_on_training_data(estimator: Any, X: Any, y: Any) -> Any:
    return 0.5 if len(X) < 75 else None


def test_error_score_stands_in_for_train_scores_too(iris: Any) -> None:
    search = GridSearch(
        Counting(), {"value": [1]}, scoring=fails_on_training_data, error_score=0.25,
        return_train_score=True,
    )  # fmt: skip
    with pytest.warns(FailedCandidatesWarning):
        search.fit(*iris)
    assert list(search.cv_results_["mean_train_score"]) == [0.25]
    assert list(search.cv_results_["status"]) == ["ok"]


@every_search
def test_estimators_among_the_values_are_not_fitted(make: Any, iris: Any) -> None:
    """Neither by the search nor by the refit: other fits and other searches use them."""
    models = [DecisionTreeClassifier(max_depth=depth) for depth in (1, 2, 3, 4)]
    search = make(Pipeline([("clf", SVC())]), {"clf": models}, cv=2).fit(*iris)
    assert not any(hasattr(model, "tree_") for model in models)
    assert search.best_params_["clf"] in models
    assert search.best_estimator_.named_steps["clf"] not in models


@every_search
def test_an_estimator_that_writes_into_its_input_spoils_nobody(make: Any, iris: Any) -> None:
    X, y = iris
    before = X.copy()
    search = make(Faulty(), {"value": ["write", 1, 2, 3]}, refit=False).fit(X, y)
    np.testing.assert_array_equal(X, before)
    assert len(set(search.cv_results_["mean_test_score"])) == 1


class Picky(Counting):
    """Fails with its value in the message, and says more of some."""

    def fit(self, X: Any, y: Any = None) -> Picky:
        if isinstance(self.value, dict):
            raise ValueError("-".join(self.value) + "!")
        raise ValueError(f"value must be an int. Got {self.value!r} instead.")


def told_of(values: list[Any]) -> str:
    with pytest.raises(ValueError, match="All the") as caught:
        silent(GridSearch(Picky(), {"value": values}, cv=2).fit, X2, y2)
    return str(caught.value)


class Same:
    """Told by its address; copies of two objects could come to lie at one after the other."""

    def __deepcopy__(self, memo: Any) -> Same:
        return self


VALUES: dict[str, list[Any]] = {
    "floats": [1.5, -2.5, 1e-7, 1e300, math.inf, math.nan],
    "texts": ["a", "b", "it's"],
    "mixed": [None, True, 3, "x"],
    "tuples": [(1, 2), (3, -4.5)],
    "objects": [Same(), Same()],
    "arrays": [np.zeros(2), np.ones(2)],
}


@pytest.mark.parametrize("name", VALUES)
def test_failures_that_differ_in_values_alone_are_told_once(name: str) -> None:
    values = VALUES[name]
    told = told_of(values)
    assert told.count("Traceback") == 1
    assert f"\n{2 * len(values)} fits failed with the following error" in told
    assert "others that differ from it in values alone" in told


def test_failures_that_differ_in_words_are_told_apart() -> None:
    told = told_of([{"one": 0}, {"two": 0}])
    assert told.count("Traceback") == 2
    assert "others that differ" not in told


def test_many_kinds_of_failures_have_a_sane_length() -> None:
    words = ["".join(chr(97 + k % 26) * (k // 26 + 1)) for k in range(100)]
    told = told_of([{word: 0} for word in words])
    assert told.count("Traceback") == 5
    assert "2 fits failed with the following error: ValueError: ggg" not in told
    assert "2 fits failed with the following error: ValueError: g!" in told
    assert "and 75 more; each is in cv_results_['error']" in told
    assert len(told) < 12_000


def test_long_candidates_are_cut() -> None:
    assert len(told_of([list(range(10_000))])) < 6000
