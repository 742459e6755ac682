"""Going on from an earlier search: it survives clone, its best counts, mistakes are told."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import BayesSearch, GridSearch, read_journal
from tests.helpers.bayes_searches import X2, proposed, search_of, y2
from tests.helpers.estimators import Counting
from tests.helpers.laws import in_turn

X, y = load_iris(return_X_y=True)
SPACE = {"max_depth": (1, 9), "min_samples_leaf": (1, 50)}
TREE = DecisionTreeClassifier(random_state=0)


def search(n_iter: int = 4, estimator: Any = TREE, **options: Any) -> BayesSearch:
    return BayesSearch(estimator, SPACE, n_iter=n_iter, cv=3, random_state=1, **options)


@pytest.fixture(scope="module")
def first() -> BayesSearch:
    return BayesSearch(TREE, SPACE, n_iter=8, cv=3, random_state=0).fit(X, y)


COPIES: dict[str, Any] = {
    "clone": clone,
    "clone of a clone": lambda s: clone(clone(s)),
    "pickle": lambda s: pickle.loads(pickle.dumps(s)),
    "pickle of a clone": lambda s: pickle.loads(pickle.dumps(clone(s))),
    "set_params": lambda s: search().set_params(warm_start_from=s.warm_start_from),
    "get_params": lambda s: BayesSearch(**s.get_params(deep=False)),
    "in a pipeline": lambda s: clone(make_pipeline(StandardScaler(), s))[-1],
}


@pytest.mark.parametrize(("how", "what"), in_turn(COPIES, ["a search", "its results"]))
def test_what_is_gone_on_from_survives(how: str, what: str, first: BayesSearch) -> None:
    given = first if what == "a search" else first.cv_results_
    expected = search(warm_start_from=given).fit(X, y).cv_results_["params"]
    found = COPIES[how](search(warm_start_from=given)).fit(X, y).cv_results_["params"]
    assert found == expected
    assert found != search().fit(X, y).cv_results_["params"]


def test_it_is_cross_validated_and_searched_over(first: BayesSearch) -> None:
    going_on = search(2, warm_start_from=first)
    assert np.isfinite(cross_val_score(going_on, X, y, cv=2, error_score="raise")).all()
    outer = GridSearch(going_on, {"n_iter": [1, 2, 2]}, cv=2, error_score="raise").fit(X, y)
    assert [len(s["params"]) for s in [outer.best_estimator_.cv_results_]] == [1]


def test_a_clone_without_an_earlier_search_is_as_ever(first: BayesSearch) -> None:
    plain = search(scoring="accuracy")
    assert clone(plain).get_params(deep=False).keys() == plain.get_params(deep=False).keys()
    assert not hasattr(clone(first), "cv_results_")


# --- the earlier best -----------------------------------------------------------------


@pytest.mark.parametrize("n_points", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_is_no_worse_and_no_other_is_fitted_again(
    seed: int, n_points: int, first: BayesSearch
) -> None:
    later = search(3, warm_start_from=first, n_points=n_points).set_params(random_state=seed)
    later.fit(X, y)
    assert later.best_score_ >= first.best_score_
    known = first.cv_results_["params"]
    assert [params for params in later.cv_results_["params"] if params in known] == [
        first.best_params_
    ]


def test_what_the_best_scores_now_counts() -> None:
    """On other data, or other splits, the earlier score is not comparable."""
    earlier = {"params": [{"value": 0.25}, {"value": 0.5}], "mean_test_score": [0.1, 0.9]}
    later = search_of({"value": (0.0, 1.0)}, 2, warm_start_from=earlier).fit(X2, y2)
    assert later.cv_results_["params"][0] == {"value": 0.5}
    seen = later._strategy.seen()
    assert [params["value"] for params in seen.candidates].count(0.5) == 1
    assert 0.9 not in seen.values


def test_the_best_keeps_its_very_value_and_comes_after_the_users_points() -> None:
    odd = 0.1 + 0.2
    earlier = {"params": [{"value": odd}, {"value": 0.5}], "mean_test_score": [0.9, 0.1]}
    options: dict[str, Any] = {"warm_start_from": earlier}
    candidates = proposed({"value": (0.0, 1.0)}, 3, initial_points=[{"value": 0.7}], **options)
    assert [params["value"] for params in candidates[:2]] == [0.7, odd]
    same = proposed({"value": (0.0, 1.0)}, 3, initial_points=[{"value": odd}], **options)
    assert [params["value"] for params in same].count(odd) == 1


def test_the_best_is_not_tried_where_constraints_forbid_it() -> None:
    earlier = {"params": [{"value": 0.25}, {"value": 0.5}], "mean_test_score": [0.1, 0.9]}
    candidates = proposed(
        {"value": (0.0, 1.0)}, 4, warm_start_from=earlier, constraints=lambda p: p["value"] < 0.4
    )
    assert all(params["value"] < 0.4 for params in candidates)


# --- mistakes -------------------------------------------------------------------------


def counted(tmp_path: Path, given: Any, message: str, **options: Any) -> None:
    estimator = Counting(folder=str(tmp_path))
    with pytest.raises((TypeError, ValueError), match=message):
        search_of({"value": (0.0, 1.0)}, estimator=estimator, warm_start_from=given, **options).fit(
            X2, y2
        )
    assert not list(tmp_path.iterdir())


def test_text_for_candidates_is_refused_with_the_remedy(first: BayesSearch, tmp_path: Any) -> None:
    path = tmp_path / "results.csv"
    pd.DataFrame(first.cv_results_).to_csv(path, index=False)
    read = pd.read_csv(path)
    with pytest.raises(TypeError, match=r"row 0 are the text .*read_journal.*ast.literal_eval"):
        search(warm_start_from=read).fit(X, y)
    read["params"] = read["params"].map(ast.literal_eval)
    table = search(warm_start_from=read).fit(X, y).cv_results_["params"]
    assert table == search(warm_start_from=first).fit(X, y).cv_results_["params"]


NO_RESULTS: list[tuple[dict[str, Any], str]] = [
    ({"params": [{"value": 0.5}, "{}"], "mean_test_score": [0.5, 0.5]}, "row 1 are the text '{}'"),
    ({"params": [0.5], "mean_test_score": [0.5]}, "row 0 are 0.5; pass a dict"),
    ({"params": [None], "mean_test_score": [0.5]}, "row 0 are None; pass a dict"),
    ({"params": [{"value": 0.5}], "mean_test_score": ["0.5"]}, "has the text '0.5'; pass numbers"),
]


@pytest.mark.parametrize(("given", "message"), NO_RESULTS)
def test_what_is_no_result_costs_no_fit(given: Any, message: str, tmp_path: Path) -> None:
    counted(tmp_path, given, message)


def test_every_kind_of_result_is_taken(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.jsonl")
    earlier = search(3, checkpoint=path).fit(X, y)
    grid = {"max_depth": [1, 3], "min_samples_leaf": [1, 9]}
    given = [earlier, earlier.cv_results_, pd.DataFrame(earlier.cv_results_), read_journal(path)]
    for each in (*given, GridSearchCV(TREE, grid).fit(X, y)):
        assert len(search(2, warm_start_from=each).fit(X, y).cv_results_["params"]) == 2


def test_a_frame_of_polars_is_taken(first: BayesSearch) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    columns = ("params", "mean_test_score")
    frame = polars.DataFrame({name: list(first.cv_results_[name]) for name in columns})
    table = search(warm_start_from=frame).fit(X, y).cv_results_["params"]
    assert table == search(warm_start_from=first).fit(X, y).cv_results_["params"]


def test_one_of_several_earlier_metrics_is_told_by_its_name() -> None:
    earlier = unfitted(TREE, {"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro"})
    with pytest.raises(ValueError, match=r"no 'mean_test_score'.* it has \['mean_test_f1_macro'\]"):
        search(1, warm_start_from=earlier, scoring="f1_macro").fit(X, y)


def scorer_of_ones_own(estimator: Any, X: Any, y: Any) -> float:
    return float(np.mean(estimator.predict(X) == y))


def another(estimator: Any, X: Any, y: Any) -> float:
    return -float(np.mean(estimator.predict(X) != y))


REGRESSOR = DecisionTreeRegressor(random_state=0)
TWO = {"a": "accuracy", "b": "f1_macro"}
SWAPPED = {"a": "f1_macro", "b": "accuracy"}
OTHERS: list[tuple[Any, Any, Any, Any, str]] = [
    (TREE, {}, TREE, {"scoring": "neg_log_loss"}, "'accuracy'.*'neg_log_loss'"),
    (TREE, {"scoring": "f1_macro"}, TREE, {}, "'f1_macro'.*'accuracy'"),
    (TREE, {"scoring": "f1_macro"}, TREE, {"scoring": make_scorer(accuracy_score)}, "'accuracy'"),
    (TREE, {}, REGRESSOR, {}, "'accuracy'.*'r2'"),
    (make_pipeline(TREE), {}, TREE, {"scoring": "f1_macro"}, "'accuracy'.*'f1_macro'"),
    (TREE, {"scoring": TWO, "refit": "a"}, TREE, {"scoring": SWAPPED, "refit": "a"}, "'f1_macro'"),
]


def unfitted(estimator: Any, options: Any) -> Any:
    """A search that has results, and has not taken the time."""
    made = BayesSearch(estimator, SPACE, **options)
    name = options.get("refit", "score")
    params = [{"max_depth": 3, "min_samples_leaf": 4}]
    made.cv_results_ = {"params": params, f"mean_test_{name}": [0.5]}
    return made


@pytest.mark.parametrize(("theirs", "then", "ours", "now", "message"), OTHERS)
def test_another_metric_is_refused(
    theirs: Any, then: Any, ours: Any, now: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=f"was scored by .*{message}"):
        search(1, estimator=ours, warm_start_from=unfitted(theirs, then), **now).fit(X, y)


SAME: list[tuple[Any, Any]] = [
    ({}, {"scoring": "accuracy"}),
    ({"scoring": make_scorer(accuracy_score)}, {}),
    ({"scoring": make_scorer(f1_score, average="macro")}, {"scoring": "f1_macro"}),
    ({"scoring": scorer_of_ones_own}, {"scoring": scorer_of_ones_own}),
    ({"scoring": TWO, "refit": "b"}, {"scoring": {**TWO, "c": "recall_macro"}, "refit": "b"}),
]


@pytest.mark.parametrize(("then", "now"), SAME)
def test_the_same_metric_by_another_name_is_taken(then: Any, now: Any) -> None:
    search(1, warm_start_from=unfitted(TREE, then), **now).fit(X, y)  # warnings are errors


@pytest.mark.parametrize("now", [{}, {"scoring": another}])
def test_what_may_be_another_metric_is_warned_of(now: Any) -> None:
    earlier = unfitted(TREE, {"scoring": scorer_of_ones_own})
    with pytest.warns(UserWarning, match="If these are not the same"):
        search(1, warm_start_from=earlier, **now).fit(X, y)


def test_scores_that_the_metric_cannot_give_are_refused(first: BayesSearch) -> None:
    with pytest.raises(ValueError, match=r"score of 0.9\d*, but by this .* more than 0: it was"):
        search(warm_start_from=first.cv_results_, scoring="neg_log_loss").fit(X, y)


def test_a_search_cannot_go_on_from_itself_but_from_a_copy() -> None:
    going = search().fit(X, y)
    before = going.best_score_
    with pytest.raises(ValueError, match="warm_start_from is the search itself"):
        going.set_params(warm_start_from=going)
    assert going.best_score_ == before  # nothing is lost by it
    going.set_params(warm_start_from=copy.copy(going)).fit(X, y)
    assert going.best_score_ >= before
