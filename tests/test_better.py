"""Where scikit-learn's searches hurt, ours do not."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import sys
import warnings
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, RandomSearch
from sktune.exceptions import FailedCandidatesWarning
from sktune.trials import Trials

from .estimators import ByValue, Counting, FailsOnAll, Faulty, n_fits
from .searches import assert_same_results, every_search

# --- odd scores -----------------------------------------------------------------------

ODD = {
    "+inf": math.inf,
    "-inf": -math.inf,
    "text": "0.99",
    "None": None,
    "array": np.array([0.9, 0.99]),
    "complex": 1 + 2j,
    "numpy complex": np.complex128(3),
    "overflowing int": 10**400,
    "list": [0.9],
    "object": object(),
}


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("error_score", [np.nan, 0.9])
def test_what_is_no_score_is_a_failed_candidate(
    make: Any, n_jobs: int, odd: Any, error_score: float, iris: Any
) -> None:
    scoring = ByValue(good=0.5, odd=odd)
    space = {"value": ["odd", "good"]}
    options = {"scoring": scoring, "n_jobs": n_jobs, "error_score": error_score, "cv": 2}
    search = make(Counting(), space, **more(make, n_iter=2), **options)
    with pytest.warns(FailedCandidatesWarning, match="scoring must return a number"):
        search = silent(search.fit, *iris)
    results = search.cv_results_
    row = [p["value"] for p in results["params"]].index("odd")
    assert results["status"][row] == "failed"
    assert "scoring must return a number" in results["error"][row]
    assert search.best_params_ == {"value": "good"}
    assert results["rank_test_score"][row] == 2


def silent(call: Any, *args: Any) -> Any:
    """Call with scikit-learn's warning about non-finite means ignored."""
    with warnings.catch_warnings():
        warnings.filterwarnings("default", category=FailedCandidatesWarning)
        warnings.filterwarnings("ignore", message="One or more of the")
        return call(*args)


def more(make: Any, **options: Any) -> dict[str, Any]:
    """Options for the searches that have them."""
    return options if make.__name__ != "grid" else {}


@every_search
def test_an_odd_score_in_one_metric_leaves_the_others(make: Any, iris: Any) -> None:
    scoring = ByValue(good={"a": 0.5, "b": 0.1}, odd={"a": math.inf, "b": 0.2})
    search = make(
        Counting(), {"value": ["odd", "good"]}, **more(make, n_iter=2),
        scoring=scoring, refit="b", cv=2,
    )  # fmt: skip
    with pytest.warns(FailedCandidatesWarning):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "odd"}  # sound in the metric that decides
    row = search.best_index_
    assert np.isnan(search.cv_results_["mean_test_a"][row])
    assert search.cv_results_["rank_test_a"][row] == 2
    assert search.cv_results_["status"][row] == "failed"


@every_search
def test_nan_ties_for_worst(make: Any, iris: Any) -> None:
    scoring = ByValue(a=0.3, b=math.nan, c=0.7, d=math.nan)
    search = make(Counting(), {"value": ["a", "b", "c", "d"]}, scoring=scoring, cv=2)
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(*iris)
    by_value = dict(
        zip(search.cv_results_["param_value"], search.cv_results_["rank_test_score"], strict=True)
    )
    assert by_value == {"c": 1, "a": 2, "b": 3, "d": 3}
    assert search.cv_results_["rank_test_score"].dtype == np.int32
    assert list(search.cv_results_["status"]) == ["ok"] * 4  # nan is a score


@pytest.mark.parametrize("other", [{"bad": 1}, 3.0])
def test_a_scorer_that_changes_its_mind(other: Any, iris: Any) -> None:
    scoring = ByValue(good={"a": 0.5}, odd=other)
    search = GridSearch(Counting(), {"value": ["good", "odd"]}, scoring=scoring, refit="a", cv=2)
    with pytest.warns(FailedCandidatesWarning, match="the same metrics each time"):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "good"}
    assert list(search.cv_results_["rank_test_a"]) == [1, 2]
    assert list(search.cv_results_["status"]) == ["ok", "failed"]


# --- failures -------------------------------------------------------------------------


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("how", ["raise", "unpicklable"])
def test_failures_are_summed_up_once(make: Any, n_jobs: int, how: str, iris: Any) -> None:
    space = {"value": [how, None, "x", 0]}
    search = make(Faulty(), space, n_jobs=n_jobs, cv=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    told = [w for w in caught if issubclass(w.category, FitFailedWarning)]
    assert len(told) == 1
    message = str(told[0].message)
    assert "3 fits failed out of a total of 12" in message
    assert "this candidate raises" in message
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
from tests.estimators import Counting

class Own(Exception):
    def __init__(self, what, where):
        super().__init__(f"{what} in {where}")

class Simple(Exception):
    pass

class Raises(Counting):
    def fit(self, X, y):
        raise Own("lost", "space") if self.value else Simple("simply lost")

if __name__ == "__main__":
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


def test_error_score_raise_in_a_script(tmp_path: Any) -> None:
    """Exceptions of classes from a script come back; what cannot be pickled as its story."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout.splitlines() == [
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


# --- the same work only once ----------------------------------------------------------

SAME = [
    pytest.param([1, 1, 1.0, True, np.int64(1), np.int64(1)], 4, id="numbers"),
    pytest.param([math.nan, float("nan"), np.nan, 0.0, -0.0], 3, id="nan and zeros"),
    pytest.param([np.arange(3), np.arange(3), np.arange(3.0), [0, 1, 2]], 3, id="arrays"),
    pytest.param([SVC(), SVC(), SVC(C=2), SVC(C=2.0), "SVC()"], 4, id="estimators"),
    pytest.param([(1, 2), (1, 2), (1, 2.0), [1, 2], None, None], 4, id="sequences"),
    pytest.param([len, len, max, {"a": 1}, {"a": 1}, {"a": True}], 4, id="functions, dicts"),
    pytest.param([np.random.RandomState(0), np.random.RandomState(0)], 2, id="opaque objects"),
]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(("values", "distinct"), SAME)
def test_equal_candidates_are_evaluated_once(
    values: list[Any], distinct: int, n_jobs: int, tmp_path: Any, iris: Any
) -> None:
    estimator = Counting(folder=str(tmp_path))
    search = GridSearch(estimator, {"value": values}, cv=2, n_jobs=n_jobs, refit=False).fit(*iris)
    assert n_fits(tmp_path) == 2 * distinct
    assert len(search.cv_results_["params"]) == len(values)
    assert search.cv_results_["params"][-1]["value"] is values[-1]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_splits_are_drawn_once(iris: Any) -> None:
    cv = ShuffleSplit(3, test_size=0.2)  # other splits each time it is asked
    space = [{"criterion": ["gini"]}, {"criterion": ["gini"], "splitter": ["best"]}]
    tree = DecisionTreeClassifier(random_state=0)
    results = GridSearch(tree, space, cv=cv).fit(*iris).cv_results_
    for split in range(3):
        first, second = results[f"split{split}_test_score"]
        assert first == second


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ten_million_candidates_start_at_once(
    n_jobs: int, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Candidates are made a block at a time: few exist when the first fit begins."""
    begun = []
    begin = Trials.begin
    monkeypatch.setattr(
        Trials, "begin", lambda self, params: begun.append(1) or begin(self, params)
    )
    space = {name: range(100) for name in ("a", "b", "c")} | {"d": range(10)}
    search = GridSearch(TakesAnything(), space, error_score="raise", n_jobs=n_jobs, cv=2)
    with pytest.raises(RuntimeError, match="first fit"):
        search.fit(*iris)
    assert len(begun) == 1024


HUGE = """
import resource, sys
import numpy as np
from sklearn.datasets import load_iris
from sktune import GridSearch
from tests.test_better import TakesAnything

space = {name: range(100) for name in ("a", "b", "c")} | {"d": range(10)}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    GridSearch(TakesAnything(), space, error_score="raise").fit(*load_iris(return_X_y=True))
except RuntimeError as exc:
    assert str(exc) == "first fit"
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is POSIX only")
def test_ten_million_candidates_take_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", HUGE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50  # MiB until the first fit


class TakesAnything(Counting):
    def set_params(self, **params: Any) -> TakesAnything:
        return self

    def fit(self, X: Any, y: Any) -> TakesAnything:
        raise RuntimeError("first fit")


# --- bad input costs no fit -----------------------------------------------------------

X2, y2 = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
TYPO = r"'valu' cannot be set: Invalid parameter 'valu'.*Did you mean 'value'"


def pipeline(folder: str) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("clf", Counting(folder=folder))])


BAD_SPACES = [
    pytest.param({"valu": [1]}, ValueError, TYPO, id="a typo"),
    pytest.param([{"value": [1]}, {"valu": [1]}], ValueError, rf"\[1\].*{TYPO}", id="later"),
    pytest.param({"value": []}, ValueError, "'value'.*non-empty", id="an empty list"),
    pytest.param([{"other": [1]}, {"value": ()}], ValueError, r"\[1\].*'value'", id="empty later"),
    pytest.param({"value": "abc"}, TypeError, "'value'.*list with one element", id="a str"),
    pytest.param({"value": 3}, TypeError, "'value'.*(list|iterable)", id="a number"),
    pytest.param({"value": (i for i in [1])}, TypeError, "'value'.*list", id="a generator"),
    pytest.param({"value": np.ones((2, 2))}, ValueError, "'value'.*one-dimensional", id="2d"),
    pytest.param({3: [1]}, TypeError, "names are str, got 3", id="a name that is no str"),
    pytest.param({"value": {1: 2}}, TypeError, "'value'.*list", id="a dict"),
    pytest.param({"value": {1, 2}}, TypeError, "'value'.*list", id="a set"),
    pytest.param({"value": np.array(1)}, ValueError, "'value'.*one-dim", id="0d"),
    pytest.param([], ValueError, "is empty", id="no sub-grid"),
    pytest.param([{"value": [1]}, "value"], TypeError, "not a dict", id="no dict"),
    pytest.param("value", (ValueError, TypeError), "instance of 'dict' or|pass a dict", id="text"),
]


@every_search
@pytest.mark.parametrize(("space", "error", "message"), BAD_SPACES)
def test_a_bad_space_costs_no_fit(
    make: Any, space: Any, error: Any, message: str, tmp_path: Any
) -> None:
    search = make(Counting(folder=str(tmp_path)), space)
    with pytest.raises(error, match=message):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


@every_search
def test_names_that_depend_on_values_are_checked_for_each(make: Any, tmp_path: Any) -> None:
    fine = [
        {"clf": [Counting(), LogisticRegression()], "scale": ["passthrough", MinMaxScaler()]},
        {"steps": [[("a", StandardScaler()), ("b", SVC())]], "b__C": [1, 2]},
        {"clf": [SVC(), LogisticRegression()], "clf__C": [1, 2]},
    ]
    for space in fine:
        make(pipeline(""), space, **more(make, n_iter=2), cv=2).fit(X2, y2)
    bad = {"clf": [Counting(folder=str(tmp_path)), SVC()], "clf__value": [1, 2]}
    culprit = r"'clf__value' cannot be set where clf=SVC\(\): Invalid parameter 'value'"
    with pytest.raises(ValueError, match=culprit):
        make(pipeline(str(tmp_path)), bad).fit(X2, y2)
    lists = {f"scale__{name}": [[i] for i in range(40)] for name in ("copy", "with_mean")}
    with pytest.raises(ValueError, match=culprit):  # however many lists there are to choose from
        make(pipeline(str(tmp_path)), {**lists, **bad}).fit(X2, y2)
    later = {"clf": [Counting(), Counting(), Counting(), SVC()], "clf__value": [1]}
    with pytest.raises(ValueError, match=culprit):
        make(pipeline(str(tmp_path)), later).fit(X2, y2)
    steps = {"steps": [[("a", SVC())], [("b", SVC())]], "b__C": [1]}
    with pytest.raises(ValueError, match=r"'b__C' cannot be set where steps=\[\('a'"):
        make(pipeline(""), steps).fit(X2, y2)
    assert n_fits(tmp_path) == 0


class RunsItsOwn(GridSearch):
    def _run_search(self, evaluate_candidates: Any) -> None:
        evaluate_candidates([{"value": 1}])


def test_an_overridden_run_search_is_refused(tmp_path: Any) -> None:
    search = RunsItsOwn(Counting(folder=str(tmp_path)), {"value": [7]})
    with pytest.raises(TypeError, match="RunsItsOwn overrides _run_search"):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


class Joint(Counting):
    """Checks parameters against each other."""

    def set_params(self, **params: Any) -> Any:
        if params.get("other") and params.get("value", self.value) != "poly":
            raise ValueError("other is for poly only")
        return super().set_params(**params)


class OneOf:
    """A distribution over any objects."""

    def __init__(self, *objects: Any) -> None:
        self.objects = objects

    def rvs(self, random_state: Any = None) -> Any:
        return self.objects[random_state.randint(len(self.objects))]


def test_what_only_goes_together_is_not_refused(iris: Any) -> None:
    search = GridSearch(Joint(), {"value": ["poly"], "other": [2, 4]}, cv=2).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok", "ok"]
    space = {"clf": OneOf(SVC(), SVC(kernel="poly")), "clf__gamma": [0.1, 0.2]}
    drawn = RandomSearch(Pipeline([("clf", Counting())]), space, n_iter=3, random_state=0, cv=2)
    assert list(drawn.fit(*iris).cv_results_["status"]) == ["ok"] * 3


def test_a_distribution_in_a_grid_is_refused(tmp_path: Any) -> None:
    search = GridSearch(Counting(folder=str(tmp_path)), {"value": OneOf(1)})
    with pytest.raises(TypeError, match=r"param_grid: 'value' is a distribution.*RandomSearch"):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


@every_search
def test_warnings_point_at_the_line_that_called(make: Any, iris: Any) -> None:
    search = make(Faulty(), {"value": ["raise", 1, 2, 3]}, **more(make, n_iter=4))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    assert {Path(w.filename).name for w in caught} == {"test_better.py"}
    assert len(caught) == 2


BAD_DATA = [
    pytest.param(X2, y2[:-1], {}, "X has 20, y has 19", id="y"),
    pytest.param(X2, y2, {"sample_weight": np.ones(3)}, "sample_weight has 3", id="weights"),
    pytest.param(X2, y2, {"groups": np.ones(21)}, "groups has 21", id="groups"),
]


@every_search
@pytest.mark.parametrize(("X", "y", "params", "message"), BAD_DATA)
def test_data_of_different_lengths_cost_no_fit(
    make: Any, X: Any, y: Any, params: Any, message: str, tmp_path: Any
) -> None:
    with pytest.raises(ValueError, match=message):
        make(Counting(folder=str(tmp_path)), {"value": [1, 2, 3, 4]}).fit(X, y, **params)
    assert n_fits(tmp_path) == 0


rows = np.arange(20)
BAD_SPLITS = [
    pytest.param([(rows[:10], rows[10:]), (rows, [])], "test set of split 1 is empty", id="test"),
    pytest.param([([], rows)], "training set of split 0 is empty", id="training"),
    pytest.param([(rows, rows + 1)], "reaches beyond the 20 samples", id="beyond"),
    pytest.param([(rows, rows - 21)], "reaches beyond the 20 samples", id="before"),
    pytest.param([(rows >= 0, np.ones(21, bool))], "mask of 21 bools, but X has 20", id="long"),
    pytest.param([(rows >= 0, np.ones(5, bool))], "mask of 5 bools, but X has 20", id="short"),
    pytest.param([(rows * 1.0, rows)], "float64 for indices", id="floats"),
    pytest.param([rows], r"Split 0 of cv is(.|\n)*pairs \(train, test\)", id="no pairs"),
    pytest.param(KFold, "cv is the class KFold; pass an instance", id="a class"),
    pytest.param([(rows < 0, rows >= 0)], "training set of split 0 is empty", id="a mask"),
    pytest.param([], "No fits were performed", id="no splits"),
    pytest.param(KFold(30), "n_splits=30", id="too many"),
]


@every_search
@pytest.mark.parametrize(("cv", "message"), BAD_SPLITS)
def test_bad_splits_cost_no_fit(make: Any, cv: Any, message: str, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match=message):
        make(Counting(folder=str(tmp_path)), {"value": [1, 2, 3, 4]}, cv=cv).fit(X2, y2)
    assert n_fits(tmp_path) == 0


BAD_OPTIONS = [
    pytest.param({"scoring": "acuracy"}, "Did you mean 'accuracy'", id="scoring"),
    pytest.param({"scoring": ["accuracy", "f2"]}, "the entry 'f2'.*not the name", id="a list"),
    pytest.param({"scoring": {"a": "f2"}}, r"scoring\['a'\]: 'f2'", id="scoring dict"),
    pytest.param({"scoring": ["accuracy", "f1"]}, "refit must be set to a scorer", id="refit"),
    pytest.param({"scoring": ["accuracy"], "refit": "f1"}, "refit must be set", id="refit name"),
    pytest.param({"error_score": "rise"}, "'error_score' parameter", id="error_score"),
    pytest.param({"pre_dispatch": 0}, "pre_dispatch=0", id="pre_dispatch"),
    pytest.param(
        {"pre_dispatch": "0*n_jobs", "n_jobs": 2},
        r"pre_dispatch='0\*n_jobs'",
        id="pre_dispatch str",
    ),
    pytest.param({"n_jobs": 0}, "n_jobs", id="n_jobs"),
    pytest.param({"cv": 1}, "'cv' parameter", id="cv"),
    pytest.param({"verbose": -1}, "'verbose' parameter", id="verbose"),
]


@every_search
@pytest.mark.parametrize(("options", "message"), BAD_OPTIONS)
def test_a_bad_option_costs_no_fit(make: Any, options: Any, message: str, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match=message):
        make(Counting(folder=str(tmp_path)), {"value": [1, 2, 3, 4]}, **options).fit(X2, y2)
    assert n_fits(tmp_path) == 0


def test_n_iter_below_one_costs_no_fit(tmp_path: Any) -> None:
    for n_iter in (0, -3, 2.5):
        search = RandomSearch(Counting(folder=str(tmp_path)), {"value": [1]}, n_iter=n_iter)
        with pytest.raises(ValueError, match="'n_iter' parameter"):
            search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


@every_search
def test_refit_is_checked_with_the_first_scores_of_a_callable(make: Any, tmp_path: Any) -> None:
    values = {str(i): {"a": 0.5} for i in range(4)}
    search = make(
        Counting(folder=str(tmp_path)), {"value": list(values)}, scoring=ByValue(**values)
    )
    with pytest.raises(ValueError, match=r"refit must be set to a scorer|guides the search"):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 1
    assert len(search.cv_results_["params"]) == 1  # not even that one is lost


@every_search
def test_bad_input_leaves_an_earlier_fit_as_it_was(make: Any) -> None:
    search = make(Counting(), {"value": [1, 2, 3, 4]}).fit(X2, y2)
    before = search.cv_results_
    with pytest.raises(ValueError, match="X has 20"):
        search.fit(X2, y2[:3])
    assert search.cv_results_ is before
    assert search.__sklearn_is_fitted__()


# --- nothing is lost ------------------------------------------------------------------


@every_search
def test_results_stay_if_the_refit_raises(make: Any, iris: Any) -> None:
    search = make(FailsOnAll(), {"value": [1, 2, 3, 4]})
    with pytest.raises(RuntimeError, match="the refit raises"):
        search.fit(*iris)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_
    assert not hasattr(search, "best_estimator_")
    assert not search.__sklearn_is_fitted__()
    search.set_params(refit=False).fit(*iris)
    assert search.__sklearn_is_fitted__()


def test_results_stay_after_an_interrupt(iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": [1, 2, "interrupt", 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    assert [p["value"] for p in search.cv_results_["params"]] == [1, 2]
    assert list(search.cv_results_["status"]) == ["ok", "ok"]
    assert search.best_params_ == {"value": 1}
    assert not hasattr(search, "best_estimator_")
    assert not search.__sklearn_is_fitted__()


def test_what_is_left_after_an_interrupt_in_the_first_candidate(iris: Any) -> None:
    class InterruptsAt(Counting):
        calls = 0

        def fit(self, X: Any, y: Any) -> Any:
            type(self).calls += 1
            if type(self).calls == 3:
                raise KeyboardInterrupt
            return super().fit(X, y)

    search = GridSearch(InterruptsAt(), {"value": [1, 2]}, cv=5)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    assert list(search.cv_results_["status"]) == ["partial"]
    assert search.best_params_ == {"value": 1}
    assert np.isnan(search.cv_results_["mean_test_score"]).all()


@every_search
def test_warnings_as_errors_lose_no_results(make: Any, iris: Any) -> None:
    search = make(Faulty(), {"value": ["raise", 1, 2, 3]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FitFailedWarning):
            search.fit(*iris)
    assert sorted(search.cv_results_["status"]) == ["failed", "ok", "ok", "ok"]
    assert search.best_params_


@every_search
def test_a_second_fit_forgets_the_first(make: Any, iris: Any) -> None:
    search = make(Counting(), {"value": [1, 2, 3, 4]}).fit(*iris)
    search.set_params(estimator=FailsOnAll())
    with pytest.raises(RuntimeError):
        search.fit(*iris)
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "refit_time_")


def test_columns_are_scikit_learns_and_two_more(iris: Any) -> None:
    search = GridSearch(DummyClassifier(), {"strategy": ["prior"]}, refit=False).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok"]
    assert list(search.cv_results_["error"]) == [None]


@every_search
def test_order_of_evaluation_does_not_show(make: Any, iris: Any) -> None:
    space = {"standardscaler__with_mean": [True, False], "svc__C": [0.1, 1, 10]}
    options = {**more(make, n_iter=6), "return_train_score": True}
    one = make(make_pipeline(StandardScaler(), SVC()), space, n_jobs=1, **options).fit(*iris)
    two = make(make_pipeline(StandardScaler(), SVC()), space, n_jobs=2, **options).fit(*iris)
    assert_same_results(two.cv_results_, one.cv_results_)
