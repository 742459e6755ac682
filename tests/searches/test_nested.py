"""Nested cross-validation: scikit-learn's scores to the bit, and what a search has chosen."""

from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn import config_context
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    PredefinedSplit,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_validate,
)
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, Observer, RandomSearch, nested_cross_validate
from sktune.exceptions import CheckpointError, FailedCandidatesWarning
from sktune.searches import nested
from sktune.searches.nested import _is_outside
from tests.helpers.estimators import Counting, Interrupted, n_fits
from tests.helpers.laws import in_turn
from tests.helpers.searches import every_search, more

GRID = {"C": [0.1, 1.0, 10.0], "kernel": ["linear", "rbf"]}
INNER, OUTER = (
    StratifiedKFold(3, shuffle=True, random_state=1),
    KFold(3, shuffle=True, random_state=0),
)


def agree(ours: Any, theirs: dict[str, Any]) -> None:
    assert set(ours) == set(theirs)
    for name in theirs:
        if name.startswith(("test_", "train_")):
            assert ours[name].dtype == theirs[name].dtype
            np.testing.assert_array_equal(ours[name], theirs[name])


SCORES = {
    "own": (None, True, None),
    "one": ("roc_auc_ovr", True, None),
    "another outside": ("accuracy", True, "f1_macro"),
    "several": (["accuracy", "f1_macro"], "f1_macro", ["recall_macro", "f1_macro"]),
    "several inside": ({"a": "accuracy", "b": "f1_macro"}, "a", None),
}


@pytest.mark.parametrize(("name", "train"), in_turn(SCORES, [True, False]))
def test_scores_are_those_of_cross_validate(name: str, train: bool, iris: Any) -> None:
    inner, refit, outer = SCORES[name]
    svc = SVC() if inner != "roc_auc_ovr" else Proba()
    options = {"cv": INNER, "scoring": inner, "refit": refit}
    given = {"cv": OUTER, "scoring": outer, "return_train_score": train}
    grid = {"C": GRID["C"]}
    theirs = cross_validate(GridSearchCV(svc, grid, **options), *iris, **given)
    ours = nested_cross_validate(GridSearch(svc, grid, **options), *iris, **given)
    agree(ours, theirs)
    same = {"own": "test_score", "one": "test_score", "several": "test_f1_macro"}
    assert ours.metric == (None if name == "another outside" else same.get(name, "test_score"))


class Proba(SVC):
    """Decision values as probabilities, quickly."""

    def predict_proba(self, X: Any) -> Any:
        values = np.exp(self.decision_function(X))
        return values / values.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_what_each_fold_has_chosen(n_jobs: int | None, iris: Any) -> None:
    X, y = iris
    search = GridSearch(SVC(), GRID, cv=INNER)
    theirs = cross_validate(
        GridSearchCV(SVC(), GRID, cv=INNER), X, y, cv=OUTER, return_estimator=True,
        return_indices=True,
    )  # fmt: skip
    ours = nested_cross_validate(
        search, X, y, cv=OUTER, return_estimator=True, return_indices=True, n_jobs=n_jobs
    )
    agree(ours, theirs)
    for which in ("train", "test"):
        for got, rows in zip(ours["indices"][which], theirs["indices"][which], strict=True):
            np.testing.assert_array_equal(got, rows)
    for k, fitted in enumerate(theirs["estimator"]):
        assert ours.best_params[k] == fitted.best_params_ == ours["estimator"][k].best_params_
        assert ours.best_scores[k] == fitted.best_score_
        assert ours.biases[k] == ours["estimator"][k].best_score_bias_
    np.testing.assert_array_equal(ours.optimism, ours.best_scores - ours["test_score"])
    most = max(np.unique([p["C"] for p in ours.best_params], return_counts=True)[1])
    assert ours.stability["C"] == most / 3
    frame = ours.to_frame()
    assert list(frame["param_C"]) == [params["C"] for params in ours.best_params]
    assert list(frame["optimism"]) == list(ours.optimism)
    told = repr(ours)
    assert f"score: {ours['test_score'].mean():.4f} ± " in told
    assert (
        f"optimism: {ours.optimism.mean():.4f} ± {ours.optimism.std():.4f}; best_score_bias_"
        in told
    )
    assert f"C: {most} of 3 folds agree" in told


@every_search
def test_every_search_and_scikit_learns(make: Any, iris: Any) -> None:
    search = make(SVC(), {"C": [0.1, 1.0, 10.0]}, cv=INNER, **more(make, n_iter=3))
    agree(nested_cross_validate(search, *iris, cv=OUTER), cross_validate(search, *iris, cv=OUTER))
    if isinstance(search, BayesSearch):
        return
    kind = RandomizedSearchCV if isinstance(search, RandomSearch) else GridSearchCV
    options = {"cv": INNER, **more(make, n_iter=3, random_state=0)}
    plain = kind(SVC(), {"C": [0.1, 1.0, 10.0]}, **options)
    results = nested_cross_validate(plain, *iris, cv=OUTER, verbose=0)
    agree(results, cross_validate(plain, *iris, cv=OUTER))
    assert np.isnan(results.biases).all()
    assert "best_score_bias_" not in repr(results)


def test_groups_weights_and_routing(iris: Any) -> None:
    X, y = iris
    groups, weights = np.arange(len(y)) % 9, np.linspace(0.5, 2, len(y))
    search = GridSearch(SVC(), GRID, cv=GroupKFold(3))
    given = {"cv": GroupKFold(3), "groups": groups}
    given["params"] = {"groups": groups, "sample_weight": weights}
    agree(nested_cross_validate(search, X, y, **given), cross_validate(search, X, y, **given))
    with config_context(enable_metadata_routing=True):
        weighted = SVC().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        routed = GridSearch(weighted, GRID, cv=GroupKFold(3))
        del given["groups"]
        ours, theirs = (f(routed, X, y, **given) for f in (nested_cross_validate, cross_validate))
        agree(ours, theirs)


# --- goes on where it was ended -------------------------------------------------------------


@pytest.mark.parametrize(
    "n_done", [1, 6, 8, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 5, 7, 13, 20))]
)
def test_killed_and_resumed_is_uninterrupted(
    n_done: int, tmp_path: Any, monkeypatch: Any, iris: Any
) -> None:
    fits, journals = tmp_path / "fits", tmp_path / "journals"
    fits.mkdir()
    search = GridSearch(Interrupted(folder=str(fits)), {"value": [1, 2]}, cv=INNER)
    one_fold, given = 2 * 3 + 1, {"cv": OUTER, "checkpoint": journals}
    monkeypatch.setattr(Interrupted, "limit", n_done)
    with pytest.raises(KeyboardInterrupt):
        nested_cross_validate(search, *iris, **given)
    assert n_fits(fits) == n_done
    monkeypatch.setattr(Interrupted, "limit", 10**9)
    resumed = nested_cross_validate(search, *iris, **given)
    assert n_fits(fits) == 3 * one_fold
    agree(resumed, nested_cross_validate(search, *iris, cv=OUTER))
    before = n_fits(fits)
    again = nested_cross_validate(search, *iris, **given)
    assert n_fits(fits) == before
    assert again.to_frame().equals(resumed.to_frame())
    assert len(list(journals.glob("*.jsonl"))) == 3


def test_a_record_is_of_the_same_question_and_whole(tmp_path: Any, iris: Any) -> None:
    X, y = iris
    (tmp_path / "fits").mkdir()
    estimator = Counting(folder=str(tmp_path / "fits"))
    search = GridSearch(estimator, {"value": [1, (2, 3)]}, cv=INNER)
    given = {"cv": OUTER, "checkpoint": str(tmp_path / "nested")}

    def fits_of(**other: Any) -> int:
        before = n_fits(tmp_path / "fits")
        nested_cross_validate(search, X, y, **{**given, **other})
        return n_fits(tmp_path / "fits") - before

    assert fits_of() == 21
    assert fits_of(verbose=0, n_jobs=1) == 0
    assert fits_of(scoring="f1_macro") == 3  # other outer scores: the refits, and no candidate
    assert fits_of(return_estimator=True) == 3
    (record, *_) = (tmp_path / "nested").glob("outer-*.json")
    record.write_text(record.read_text()[:-9])
    assert fits_of() + fits_of(scoring="f1_macro") == 1
    assert fits_of(cv=KFold(3)) == 21


def test_fitted_searches_are_kept_beside_the_journals_where_they_are_asked_for(
    tmp_path: Any, iris: Any
) -> None:
    (tmp_path / "fits").mkdir()
    estimator = Counting(folder=str(tmp_path / "fits"))
    search = GridSearch(estimator, {"value": [1, 2]}, cv=INNER, keep="best", observers=[Observer()])
    given = {"cv": OUTER, "checkpoint": tmp_path / "nested", "return_estimator": True}
    first = nested_cross_validate(search, *iris, **given)
    again = nested_cross_validate(search, *iris, **given)
    assert n_fits(tmp_path / "fits") == 21
    agree(again, first)
    for one, other in zip(first["estimator"], again["estimator"], strict=True):
        assert one.best_params_ == other.best_params_
        np.testing.assert_array_equal(one.out_of_fold_.predict, other.out_of_fold_.predict)
    for pickled in (tmp_path / "nested").glob("*.pickle"):
        pickled.write_bytes(b"damaged")
    again = nested_cross_validate(search, *iris, **given)
    assert n_fits(tmp_path / "fits") == 24  # the refits, and no candidate
    assert [len(fitted.fold_estimators_) for fitted in again["estimator"]] == [3, 3, 3]


# --- a search that fails --------------------------------------------------------------------


class NeedsAll(SVC):
    """Cannot be fitted where a class is missing."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        if len(np.unique(y)) < 3:
            raise ValueError("a class is missing")
        return super().fit(X, y)


LACKS_ONE = PredefinedSplit(np.r_[np.repeat(2, 50), np.arange(100) % 2])
"""In the last of the training sets of iris one class is missing."""


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("error_score", "scoring"), [(np.nan, None), (0.25, ["accuracy", "f1_macro"])]
)
def test_a_search_that_fails_is_told_and_the_others_go_on(
    scoring: Any, error_score: float, n_jobs: Any, tmp_path: Any, iris: Any, capsys: Any
) -> None:
    given = {"cv": LACKS_ONE, "scoring": scoring, "error_score": error_score}
    given |= {"return_train_score": True, "return_estimator": True}
    grid = {"C": [0.1, 1.0]}
    with pytest.warns(FitFailedWarning):
        theirs = cross_validate(GridSearchCV(NeedsAll(), grid, cv=INNER), *iris, **given)
    search = GridSearch(NeedsAll(), grid, cv=INNER, refit=True)
    given |= {"n_jobs": n_jobs, "checkpoint": tmp_path, "verbose": 1}
    for _ in range(2):
        with pytest.warns(FailedCandidatesWarning, match=r"1 fits failed out of a total of 3.*\n"):
            ours = nested_cross_validate(search, *iris, **given)
        agree(ours, theirs)
        reason = "ValueError: All the 6 fits failed. The first: ValueError: a class is missing"
        assert ours.errors == [None, None, reason]
        assert ours.best_params[2] == {}
        assert np.isnan([ours.best_scores[2], ours.biases[2]]).all()
        assert ours.stability["C"] == (1 if ours.best_params[0] == ours.best_params[1] else 0.5)
        assert "fold 2 has failed: ValueError: All the 6 fits" in repr(ours)
        assert list(ours.to_frame()["error"].isna()) == [True, True, False]
    told = [line for line in capsys.readouterr().out.splitlines() if "Completed" in line]
    assert told[0].startswith("Completed: 6 candidates, 18 fits")
    assert len(list(tmp_path.glob("outer-*.json"))) == 2


def test_a_failed_search_is_known_whatever_scikit_learn_calls_it(
    iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_other_words(*args: Any, **options: Any) -> Any:
        try:
            return cross_validate(*args, **options)
        except ValueError as exc:
            raise RuntimeError("nothing could be fitted") from exc

    monkeypatch.setattr(nested, "cross_validate", in_other_words)
    search = GridSearch(NeedsAll(), {"C": [0.1]}, cv=INNER)
    with pytest.warns(FailedCandidatesWarning, match="1 fits failed out of a total of 3"):
        found = nested_cross_validate(search, *iris, cv=LACKS_ONE)
    assert [error is None for error in found.errors] == [True, True, False]


def test_where_all_fail_or_an_error_is_to_be_raised_it_is(tmp_path: Any, iris: Any) -> None:
    never = GridSearch(NeedsAll(C=-1.0), {"gamma": [0.1]}, cv=INNER)
    with pytest.raises(ValueError, match=r"(?s)All the 3 fits failed.*error_score='raise'.*'C'"):
        nested_cross_validate(never, *iris, cv=OUTER)
    search = GridSearch(NeedsAll(), {"C": [0.1, 1.0]}, cv=INNER)
    given = {"cv": LACKS_ONE, "error_score": "raise", "checkpoint": tmp_path}
    with pytest.raises(ValueError, match=r"All the 6 fits failed\. The first: ValueError"):
        nested_cross_validate(search, *iris, **given)
    assert len(list(tmp_path.glob("outer-*.json"))) == 2


# --- it is watched --------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", [GridSearch, GridSearchCV])
def test_one_progress_over_all(kind: Any, n_jobs: Any, iris: Any, capsys: Any) -> None:
    search = kind(SVC(), {"C": [0.1, 1.0]}, cv=INNER)
    nested_cross_validate(search, *iris, cv=OUTER, verbose=1, n_jobs=n_jobs)
    lines = [line for line in capsys.readouterr().out.splitlines() if "Completed" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Completed: 6 candidates, 18 fits")
    assert "checkpoint" not in lines[0]


class Notes(Observer):
    def __init__(self, most: int = 99) -> None:
        self.most, self.begun, self.heard = most, 0, []

    def search_started(self, info: Any) -> None:
        self.begun += 1
        self.n = 0

    def trial_finished(self, trial: Any) -> bool:
        self.n += 1
        self.heard.append(trial.params["C"])
        return self.n >= self.most


def test_observers_hear_each_search_and_may_end_it_alone(iris: Any) -> None:
    own, more = Notes(), Notes(most=2)
    search = GridSearch(SVC(), {"C": [0.1, 1.0, 5.0]}, cv=INNER, observers=[own])
    nested_cross_validate(search, *iris, cv=OUTER, observers=[more])
    assert own.begun == more.begun == 3
    assert own.heard == more.heard == [0.1, 1.0] * 3


@pytest.mark.slow
def test_workers_of_a_context_are_each_searchs_and_its_observers_hear(iris: Any) -> None:
    notes = Notes()
    search = GridSearch(SVC(), {"C": [0.1, 1.0, 5.0]}, cv=INNER, observers=[notes])
    with parallel_config("loky", n_jobs=2):
        nested_cross_validate(search, *iris, cv=OUTER)
    assert (notes.begun, sorted(notes.heard)) == (3, [0.1] * 3 + [1.0] * 3 + [5.0] * 3)


@pytest.mark.parametrize(
    ("search", "n_workers", "n_folds", "outside"),
    [
        (GridSearch(SVC(), {"C": [1, 2]}, cv=3), 8, 8, True),
        (GridSearch(SVC(), {"C": [1, 2]}, cv=3), 1, 8, False),
        (GridSearch(SVC(), {"C": range(500)}), 4, 5, False),
        (BayesSearch(SVC(), {"C": (0.1, 1.0)}, n_points=1, cv=3), 5, 5, True),
        (BayesSearch(SVC(), {"C": (0.1, 1.0)}, n_points=9), 4, 5, False),
    ],
)
def test_workers_go_where_they_are_busy(
    search: Any, n_workers: int, n_folds: int, outside: bool
) -> None:
    assert _is_outside(search, n_workers, n_folds) is outside


# --- refused before the first fit -----------------------------------------------------------


def test_what_cannot_be_nested_is_refused_before_the_first_fit(tmp_path: Any, iris: Any) -> None:
    X, y = iris
    (tmp_path / "fits").mkdir()
    estimator, grid = Counting(folder=str(tmp_path / "fits")), {"value": [1, 2]}
    search = GridSearch(estimator, grid)
    path = tmp_path / "file"
    path.touch()
    for wrong, given, error, told in (
        (estimator, {}, TypeError, "is no search"),
        (GridSearch, {}, TypeError, "is no search"),
        (GridSearch(estimator, grid, refit=False), {}, ValueError, "refit=False leaves no"),
        (GridSearchCV(estimator, grid), {"checkpoint": tmp_path}, ValueError, "keeps no journal"),
        (GridSearch(estimator, grid, checkpoint="a"), {}, ValueError, "own checkpoint"),
        (search, {"checkpoint": path}, CheckpointError, "is to be a directory"),
        (search, {"observers": Notes()}, TypeError, "pass a list of observers"),
        (search, {"cv": [(np.arange(9), [])]}, ValueError, "test set of split 0 is empty"),
        (search, {"groups": [1, 2]}, ValueError, "groups has 2"),
        (search, {"scoring": "accuracies"}, ValueError, "accuracies"),
        (GridSearch(estimator, {"vlaue": [1]}), {}, ValueError, "Did you mean 'value'"),
    ):
        with pytest.raises(error, match=told):
            nested_cross_validate(wrong, X, y, **given)
    assert n_fits(tmp_path / "fits") == 0
