"""Messages name what is wrong and what to write instead, before the first fit."""

from __future__ import annotations

import traceback
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, loguniform, norm
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.space import Choices
from tests.helpers.estimators import Counting, n_fits, pipeline
from tests.helpers.messages import X2, refusal, y2
from tests.helpers.searches import every_search

SVM = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
FOREST = Pipeline([("scale", StandardScaler()), ("clf", RandomForestClassifier())])
NESTED = Pipeline([("prep", Pipeline([("fill", SimpleImputer())])), ("clf", SVC())])
COLUMNS = make_pipeline(
    ColumnTransformer(
        [
            ("num", make_pipeline(SimpleImputer(), StandardScaler()), [0]),
            ("cat", OneHotEncoder(), [1]),
        ]
    ),
    LogisticRegression(),
)
VOTES = VotingClassifier([("svm", SVC()), ("lr", LogisticRegression())])
IN_COLUMNS = "columntransformer__num__simpleimputer"

WRONG_NAMES = [
    (SVM, "C", "'C' is a parameter of step 'clf' (SVC): write 'clf__C'."),
    (SVM, "svc__C", "'C' is a parameter of step 'clf' (SVC): write 'clf__C'."),
    (SVM, "cfl__C", "'C' is a parameter of step 'clf' (SVC): write 'clf__C'."),
    (SVM, "clf_C", "Did you mean 'clf__C'?"),
    (SVM, "clf.C", "Did you mean 'clf__C'?"),
    (SVM, "clf___C", "write 'clf__C'."),
    (SVM, "clf__c", "Did you mean 'clf__C'?"),
    (SVM, "gama", "Did you mean 'clf__gamma'?"),
    (SVM, "cfl__gama", "Did you mean 'clf__gamma'?"),
    (SVM, "clf_gama", "Did you mean 'clf__gamma'?"),
    (SVM, "clf__max_depth", "'clf' (SVC) has the parameters 'C', 'break_ties'"),
    (SVM, "clf__max_depth", "and 7 more."),
    (SVM, "lightgbm__leaves", "Pipeline has the steps 'scale' and 'clf' and the parameters"),
    (FOREST, "max_depth", "of step 'clf' (RandomForestClassifier): write 'clf__max_depth'."),
    (FOREST, "randomforestclassifier__max_depth", "write 'clf__max_depth'."),
    (FOREST, "RandomForestClassifier__max_dept", "Did you mean 'clf__max_depth'?"),
    (NESTED, "strategy", "of step 'prep__fill' (SimpleImputer): write 'prep__fill__strategy'."),
    (NESTED, "fill__strategy", "write 'prep__fill__strategy'."),
    (NESTED, "prep__strategy", "write 'prep__fill__strategy'."),
    (COLUMNS, "strategy", f"step '{IN_COLUMNS}' (SimpleImputer): write '{IN_COLUMNS}__strategy'."),
    (COLUMNS, "num__strategy", f"write '{IN_COLUMNS}__strategy'."),
    (COLUMNS, "simpleimputer__strategy", f"write '{IN_COLUMNS}__strategy'."),
    (COLUMNS, "lr__C", "write 'logisticregression__C'."),
    (COLUMNS, "columntransformer__cat__drp", "Did you mean 'columntransformer__cat__drop'?"),
    (VOTES, "C", "of step 'svm' (SVC): write 'svm__C', or of step 'lr' (LogisticRegression): "),
    (VOTES, "svc__C", "'C' is a parameter of step 'svm' (SVC): write 'svm__C'. 'svc__C'"),
    (OneVsRestClassifier(SVC()), "C", "of 'estimator' (SVC): write 'estimator__C'."),
    (SVC(), "clf__C", "'C' is a parameter of the SVC itself: write 'C'."),
    (SVC(), "kernal", "Invalid parameter 'kernal' for estimator SVC. Did you mean 'kernel'?"),
    (Counting(), "max_depth", "Counting has the parameters 'folder', 'other' and 'value'."),
]  # fmt: skip


@every_search
@pytest.mark.parametrize(("estimator", "name", "told"), WRONG_NAMES)
def test_a_wrong_name_is_answered_with_the_right_one(
    make: Any, estimator: Any, name: str, told: str
) -> None:
    message = refusal(make(estimator, {name: [1]}))
    assert told in message
    assert len(message) < 600
    first = message.partition(": ")[2]
    assert first.startswith(f"'{name.rpartition('__')[2]}' is a param") or "write" not in message


@every_search
def test_a_wrong_name_is_told_without_scikit_learns_error(make: Any) -> None:
    with pytest.raises(ValueError, match="write 'clf__C'") as caught:
        make(SVM, {"C": [1]}).fit(X2, y2)
    assert "During handling" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None


@every_search
def test_names_that_are_nothing_like_any_are_not_guessed_at(make: Any) -> None:
    for estimator, name in [(SVC(), "max_depth"), (LogisticRegression(), "max_depth"),
                            (SVM, "scale__with_men_and_women"), (SVM, "x")]:  # fmt: skip
        assert "Did you mean" not in refusal(make(estimator, {name: [1]}))


@every_search
def test_parameters_of_one_choice_need_a_dict_of_their_own(make: Any) -> None:
    space = {"clf": [SVC(), "passthrough"], "clf__C": [1]}
    message = refusal(make(SVM, space))
    assert "where clf='passthrough': 'clf' is 'passthrough', which has no parameters." in message
    assert message.endswith(
        "a list of dicts, one for each choice and the parameters that go with it."
    )


WRONG_SCORERS = [
    ("rmse", "neg_root_mean_squared_error"),
    ("mse", "neg_mean_squared_error"),
    ("mae", "neg_mean_absolute_error"),
    ("AUC", "roc_auc"),
    ("roc-auc", "roc_auc"),
    ("roc_auc_score", "roc_auc"),
    ("logloss", "neg_log_loss"),
    ("log_loss", "neg_log_loss"),
    ("f1-score", "f1"),
    ("f1 macro", "f1_macro"),
    ("accuracy_score", "accuracy"),
    ("acc", "accuracy"),
    ("acuracy", "accuracy"),
    ("r2_score", "r2"),
    ("R^2", "r2"),
    ("neg_rmse", "neg_root_mean_squared_error"),
    ("mean_squared_error", "neg_mean_squared_error"),
    ("brier_score_loss", "neg_brier_score"),
]


@every_search
@pytest.mark.parametrize(("given", "meant"), WRONG_SCORERS)
def test_other_words_for_scorers_are_known(
    make: Any, given: str, meant: str, tmp_path: Any
) -> None:
    estimator = Counting(folder=str(tmp_path))
    for scoring in (given, [given], {"a": given}):
        message = refusal(make(estimator, {"value": [1]}, scoring=scoring))
        assert f"{given!r} is not the name of a scorer. Did you mean {meant!r}?" in message
        negated = meant.startswith("neg_") and not given.startswith("neg_")
        assert ("errors are negative" in message) == negated
    assert n_fits(tmp_path) == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("cohen_kappa", "pass make_scorer(sklearn.metrics.cohen_kappa_score)."),
        ("hamming_loss", "make_scorer(sklearn.metrics.hamming_loss, greater_is_better=False)."),
        ("f2", "'f2' is not the name of a scorer. sklearn.metrics.get_scorer_names()"),
    ],
)
@every_search
def test_metrics_that_are_no_scorers_can_be_made_some(make: Any, given: str, told: str) -> None:
    assert told in refusal(make(pipeline(""), {}, scoring=given))


MEANT_RANGES = [
    ((0.1, 10, "log"), "(0.1, 10, 'log-uniform')"),
    ((0.1, 10, "loguniform"), "(0.1, 10, 'log-uniform')"),
    ((0.1, 10, "log_uniform"), "(0.1, 10, 'log-uniform')"),
    ((0.1, 10, "Log-Uniform"), "(0.1, 10, 'log-uniform')"),
    ((0.1, 10, "uniform_log"), "(0.1, 10, 'log-uniform')"),
    ((0.1, 10, "log-unifrom"), "(0.1, 10, 'log-uniform')"),
    ((0.1, 10, "log-uniform", 10), "(0.1, 10, 'log-uniform')"),
    (("log-uniform", 0.1, 10), "(0.1, 10, 'log-uniform')"),
    ((10, 0.1, "log"), "(0.1, 10, 'log-uniform')"),
    ((1, 10, "Uniform"), "(1, 10, 'uniform')"),
    ((0, 1, "normal"), "scipy.stats.norm(0, 1)"),
    ([0.1, 10, "log-uniform"], "(0.1, 10, 'log-uniform')"),
    ([0.1, 10, "log"], "(0.1, 10, 'log-uniform')"),
    ([1, 10, "uniform"], "(1, 10, 'uniform')"),
]


@every_search
@pytest.mark.parametrize(("given", "meant"), MEANT_RANGES)
def test_what_looks_like_a_range_is_not_tried_as_choices(
    make: Any, given: Any, meant: str, tmp_path: Any
) -> None:
    message = refusal(make(Counting(folder=str(tmp_path)), {"value": given}))
    assert meant in message
    if make.__name__ == "grid":
        assert "RandomSearch or BayesSearch" in message
        spaced = "np.geomspace(0.1, 10, 5)" if "log" in meant else "np.linspace("
        assert spaced in message
    else:
        assert f"Did you mean {meant}?" in message
    assert n_fits(tmp_path) == 0


@every_search
def test_numbers_with_a_word_may_be_choices(make: Any) -> None:
    for values in ([2, 5, "log2"], [0.1, 0.2, "scott"], [1, "auto"], ["uniform", "log-uniform"]):
        options = {} if make.__name__ == "grid" else {"n_iter": 2}
        make(Counting(), {"value": values}, cv=2, **options).fit(X2, y2)


@pytest.mark.parametrize("values", [{1, 2}, (x for x in (1, 2)), pd.Series([1, 2]), {}.keys()])
@every_search
def test_what_holds_values_and_is_no_list_is_made_one(make: Any, values: Any) -> None:
    assert "Write list(...) around it." in refusal(make(Counting(), {"value": values}))


@every_search
def test_a_metric_in_a_list_is_told_of_before_refit(make: Any) -> None:
    for scoring in ([accuracy_score], ["f1", accuracy_score]):
        told = refusal(make(SVC(), {"C": [1]}, scoring=scoring))
        assert "is the metric accuracy_score" in told
        assert "Pass 'accuracy', or make_scorer(accuracy_score)." in told


def test_a_distribution_in_a_grid_is_answered_with_what_to_write() -> None:
    message = refusal(GridSearch(Counting(), {"value": loguniform(0.1, 10)}))
    assert "np.geomspace(low, high, 5), or use RandomSearch or BayesSearch" in message


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ([0.1, 10.0], "(0.1, 10.0)"),
        ([1, 100], "(1, 100)"),
        ([1, 10.0], "(1, 10.0)"),
        (np.array([0.1, 10]), "(0.1, 10.0)"),
        ([1, 2], None),
        ([10.0, 0.1], None),
        ([True, False], None),
        ([0.1, "auto"], None),
        ([0.1, 1, 10], None),
        ((0.1, 10.0), None),
        (Choices([0.1, 10.0]), None),
    ],
)
def test_lists_that_are_ranges_in_skopt_are_told_of_once(values: Any, meant: str | None) -> None:
    search = BayesSearch(Counting(), {"value": values}, n_iter=2, cv=2, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X2, y2)
    told = [str(w.message) for w in caught if "BayesSearchCV" in str(w.message)]
    assert len(told) == (meant is not None)
    if meant is not None:
        assert f"search_spaces: 'value', for the range write {meant}" in told[0]
        assert set(search.cv_results_["param_value"]) <= set(values)


def test_lists_that_are_ranges_in_skopt_are_told_of_once_without_a_seed(tmp_path: Any) -> None:
    search = BayesSearch(Counting(), [{"value": [1, 9]}, {"other": [0.5, 1]}], n_iter=2, cv=2,
                         checkpoint=tmp_path)  # fmt: skip
    with pytest.warns(UserWarning, match=r"\[0\]: 'value', .*\[1\]: 'other', .*\(0.5, 1\)") as told:
        search.fit(X2, y2)
    assert len(told) == 1


def test_a_space_that_is_used_up_names_the_search_that_tries_all() -> None:
    for space in ({"value": [1, 2]}, [({"value": [1, 2]}, 10)]):
        with pytest.warns(UserWarning, match=r"parameters 2 is .*n_iter=10.* use GridSearch\.$"):
            RandomSearch(Counting(), space, n_iter=10, cv=2).fit(X2, y2)


@every_search
@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"C": [1, 2]}, "write {'clf__C': ...}."),
        ({"C": [1], "gamma": [1]}, "write {'clf__C': ..., 'clf__gamma': ...}."),
    ],
)
def test_parameters_in_a_dict_of_their_own_are_answered_with_their_names(
    make: Any, values: Any, told: str
) -> None:
    assert told in refusal(make(SVM, {"clf": values}))


@pytest.mark.parametrize("search", [RandomSearch, BayesSearch])
def test_a_distribution_without_its_parameters_is_refused(search: Any) -> None:
    message = refusal(search(Counting(), {"value": beta}))
    assert "'value' is the distribution beta without its parameters" in message
    assert "Pass a frozen one, scipy.stats.beta(...)." in message
    RandomSearch(Counting(), {"value": norm}, n_iter=2, cv=2).fit(X2, y2)  # which needs none


@every_search
def test_the_name_of_a_column_is_no_target(make: Any) -> None:
    message = refusal(make(Counting(), {"value": [1]}), X2, "city")
    assert "y is the text 'city'; pass the values themselves: X.drop(columns='city')" in message


def test_an_option_of_the_optimizer_is_answered_with_the_right_one() -> None:
    search = BayesSearch(Counting(), {"value": [1, 2, 3]}, optimizer_kwargs={"n_initial_pts": 1})
    assert "Did you mean 'n_initial_points'?" in refusal(search)
