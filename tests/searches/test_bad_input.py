"""Bad input is refused before the first fit, with the remedy."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch, RandomSearch
from tests.helpers.estimators import ByValue, Counting, Faulty, n_fits, pipeline
from tests.helpers.searches import every_search, more

X2, y2 = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
TYPO = r"'valu' cannot be set: Invalid parameter 'valu'.*Did you mean 'value'"


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
    pytest.param("value", (ValueError, TypeError), "of 'dict'|'auto' .* a dict", id="text"),
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
    assert {Path(w.filename).name for w in caught} == {"test_bad_input.py"}
    assert len(caught) == 1


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
    pytest.param({"scoring": ["accuracy", "f1"]}, "refit must be set to a|guides the", id="refit"),
    pytest.param({"scoring": ["accuracy"], "refit": "f1"}, "must be set|guides", id="a name"),
    pytest.param({"error_score": "rise"}, "'error_score' parameter", id="error_score"),
    pytest.param({"pre_dispatch": 0}, "pre_dispatch=0", id="pre_dispatch"),
    pytest.param(
        {"pre_dispatch": "0*n_jobs", "n_jobs": 2},
        r"pre_dispatch='0\*n_jobs'",
        id="pre_dispatch str",
    ),
    pytest.param({"n_jobs": 0}, "n_jobs", id="n_jobs"),
    pytest.param({"n_jobs": 0, "pre_dispatch": "all"}, "n_jobs", id="n_jobs of all"),
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
    assert n_fits(tmp_path) == 6  # one candidate may be odd, with its five splits
    assert len(search.cv_results_["params"]) == 2  # not even these are lost


@every_search
def test_bad_input_leaves_an_earlier_fit_as_it_was(make: Any) -> None:
    search = make(Counting(), {"value": [1, 2, 3, 4]}).fit(X2, y2)
    before = search.cv_results_
    with pytest.raises(ValueError, match="X has 20"):
        search.fit(X2, y2[:3])
    assert search.cv_results_ is before
    assert search.__sklearn_is_fitted__()
