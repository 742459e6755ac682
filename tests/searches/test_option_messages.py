"""Options that cannot work, and keywords that there are not, are answered with what to write."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch
from tests.helpers.estimators import Counting, TakesAnything, n_fits, pipeline
from tests.helpers.messages import X2, refusal, y2
from tests.helpers.searches import every_search, more


@every_search
@pytest.mark.parametrize(
    ("option", "given", "told"),
    [
        ("timeout", "10min", "pass seconds: 600,"),
        ("timeout", "1h 30m", "pass seconds: 5400,"),
        ("timeout", "0:10:00", "pass seconds: 600,"),
        ("timeout", timedelta(minutes=10), "pass seconds: 600,"),
        ("fit_timeout", "90 s", "pass seconds: 90,"),
        ("fit_timeout", "250", "pass seconds: 250,"),
        ("fit_timeout", "1 month", "pass seconds, more than 0,"),
        ("fit_timeout", -1, "pass seconds, more than 0,"),
        ("memory_limit", "2GB", "pass 2 * 2**30,"),
        ("memory_limit", "512 MiB", "pass 512 * 2**20,"),
        ("memory_limit", "1.5g", "pass int(1.5 * 2**30),"),
        ("memory_limit", 4e9, "pass 4000000000,"),
        ("memory_limit", 2, "pass 2 * 2**30,"),
        ("memory_limit", "much", "pass a whole number of bytes"),
        ("early_termination", "racng", "Did you mean 'racing'?"),
        ("n_jobs", 0, "-1 for all cores, or None."),
    ],
)
def test_a_text_in_place_of_a_number_is_answered_with_the_number(
    make: Any, option: str, given: Any, told: str
) -> None:
    message = refusal(make(Counting(), {"value": [1]}, **{option: given}))
    assert message.startswith(f"{option}={given!r}")
    assert told in message


@pytest.mark.parametrize("seed", ["a", -1, 2**32, 0.5])
def test_what_is_no_seed_is_named(seed: Any) -> None:
    told = refusal(BayesSearch(Counting(), {"value": [1, 2, 3]}, random_state=seed))
    assert told.startswith(f"random_state={seed!r}; pass a whole number")


def test_other_words_for_optimizers_are_known() -> None:
    for given, meant in [
        ("GP", "gp"),
        ("bayesian", "gp"),
        ("scikit-optimize", "skopt"),
        ("RF", "skopt"),
    ]:
        told = refusal(BayesSearch(Counting(), {"value": [1, 2, 3]}, optimizer=given))
        assert f"Did you mean {meant!r}?" in told


SEVERAL = [["accuracy", "f1"], ("accuracy", "f1"), {"accuracy": "accuracy", "f1": "f1"}]


@every_search
@pytest.mark.parametrize("scoring", SEVERAL, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    ("refit", "told"),
    [
        ("acc", "none of the metrics 'accuracy' and 'f1'. Did you mean 'accuracy'?"),
        ("F1", "none of the metrics 'accuracy' and 'f1'. Did you mean 'f1'?"),
        (
            True,
            "none of the metrics 'accuracy' and 'f1'. Pass the one that decides, such as refit=",
        ),
    ],
)
def test_a_refit_that_is_none_of_the_metrics_is_answered_with_their_names(
    make: Any, scoring: Any, refit: Any, told: str, tmp_path: Any
) -> None:
    for options in ({}, {"early_termination": "racing"}):
        search = make(Counting(folder=str(tmp_path)), {"value": [1]}, scoring=scoring, refit=refit)
        message = refusal(search.set_params(**options))
        assert told in message
        # scikit-learn's words, where nothing else goes by the metric
        assert ("refit must be set to a" in message) == (make.__name__ != "bayes" and not options)
    assert n_fits(tmp_path) == 0


@every_search
@pytest.mark.parametrize(
    ("scoring", "refit", "warns"),
    [
        ("accuracy", "nope", True),
        (None, "accuracy", True),
        ("accuracy", "accuracy", False),
        ("accuracy", True, False),
        (None, "score", False),
    ],
)
def test_a_name_for_refit_that_chooses_nothing_is_warned_of(
    make: Any, scoring: Any, refit: Any, warns: bool
) -> None:
    search = make(Counting(), {"value": [1, 2, 3]}, scoring=scoring, refit=refit, cv=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert search.fit(X2, y2).predict(X2).shape == y2.shape
    told = [str(w.message) for w in caught if str(w.message).startswith(f"refit={refit!r}")]
    assert len(told) == warns
    if warns:
        assert "chooses nothing: there is one metric" in told[0]
        assert f"Pass scoring={refit!r} to go by that, or refit=True." in told[0]


SPACES = {"grid": "param_grid", "random": "param_distributions", "bayes": "search_spaces"}
WRONG_KEYWORDS = [
    ("n_job", "Did you mean 'n_jobs'?"),
    ("njobs", "Did you mean 'n_jobs'?"),
    ("num_workers", "Did you mean 'n_jobs'?"),
    ("retrun_train_score", "Did you mean 'return_train_score'?"),
    ("metric", "Did you mean 'scoring'?"),
    ("time_budget_s", "Did you mean 'timeout'?"),
    ("callbacks", "Did you mean 'observers'?"),
    ("pruner", "Did you mean 'early_termination'?"),
    ("early_stopping_rounds", "Did you mean 'early_stopping'?"),
    ("storage", "Did you mean 'checkpoint'?"),
    ("cache_cv", "Did you mean 'share_work'?"),
    ("aggressive_elimination", "strategy=SuccessiveHalving(aggressive_elimination=...)."),
    ("acq_func", 'of BayesSearch: optimizer_kwargs={"acq_func": ...}.'),
    ("sample_weight", "is passed to fit: search.fit(X, y, **fit_params)."),
    ("direction", "begin with 'neg_'"),
    ("nonsense", "It takes 'estimator', "),
]


@every_search
@pytest.mark.parametrize(("name", "told"), WRONG_KEYWORDS)
def test_a_wrong_keyword_is_answered_with_the_right_one(make: Any, name: str, told: str) -> None:
    with pytest.raises(TypeError, match="got an unexpected keyword argument") as caught:
        make(SVC(), {"C": [1]}, **{name: 1})
    assert f"{name!r}. " in str(caught.value)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 300
    with pytest.raises(ValueError, match=f"Invalid parameter {name!r} for estimator") as caught:
        make(SVC(), {"C": [1]}).set_params(**{name: 1})
    assert told in str(caught.value)


@every_search
def test_other_words_for_the_space_and_for_the_number_are_known(make: Any) -> None:
    other = "search_spaces" if make.__name__ != "bayes" else "param_grid"
    for name in ("param_space", "params", "tuned_parameters", other):
        with pytest.raises(TypeError, match=f"Did you mean '{SPACES[make.__name__]}'"):
            make(SVC(), {"C": [1]}, **{name: {}})
    for name, ours in [("n_trials", "n_iter"), ("n_calls", "n_iter"), ("max_evals", "n_iter"),
                       ("num_samples", "n_iter"), ("seed", "random_state")]:  # fmt: skip
        told = f"Did you mean '{ours}'"
        if make.__name__ == "grid":
            told = f"'{ours}' is an option of RandomSearch and BayesSearch."
        with pytest.raises(TypeError, match=told):
            make(SVC(), {"C": [1]}, **{name: 1})


def test_options_of_another_search_are_told_of() -> None:
    for name, takers in [
        ("n_iter", "RandomSearch and BayesSearch"),
        ("warm_start_from", "BayesSearch"),
    ]:
        with pytest.raises(TypeError, match=f"'{name}' is an option of {takers}"):
            GridSearch(SVC(), {}, **{name: 1})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'strategy' is an option of GridSearch and RandomSearch"):
        BayesSearch(SVC(), {}, strategy=None)  # type: ignore[call-arg]


class WithOption(GridSearch):
    def __init__(self, estimator: Any, param_grid: Any, *, extra: int = 1) -> None:
        super().__init__(estimator, param_grid)
        self.extra = extra


class WithAny(GridSearch):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"cv": 3, **options})


def test_keywords_of_a_subclass_are_its_own() -> None:
    assert WithOption(SVC(), {}, extra=2).extra == 2
    with pytest.raises(TypeError, match=r"'extr'\. Did you mean 'extra'"):
        WithOption(SVC(), {}, extr=2)  # type: ignore[call-arg]
    assert WithAny(SVC(), {}, n_jobs=2).n_jobs == 2
    with pytest.raises(TypeError, match="unexpected keyword argument 'n_job'"):
        WithAny(SVC(), {}, n_job=2)


@every_search
def test_what_makes_searches_without_calling_them_still_does(make: Any) -> None:
    search = make(pipeline(""), {"clf__value": [1, 2, 3]}, n_jobs=2)
    for other in (clone(search), copy.deepcopy(search), pickle.loads(pickle.dumps(search))):
        assert type(other) is type(search)
        assert repr(other.get_params()) == repr(search.get_params())
    assert "options" not in inspect.signature(type(search)).parameters
    assert search.set_params(estimator__clf__value=4, n_jobs=1) is search
    assert (search.estimator.named_steps["clf"].value, search.n_jobs) == (4, 1)
    for name in ("clf__value", "value", "estimator__value", "estimator__clf__valu"):
        with pytest.raises(ValueError, match="'estimator__clf__value'"):
            search.set_params(**{name: 1})


class Long:
    """Has a repr of many lines, as data and pipelines have."""

    def __repr__(self) -> str:
        return "\n".join(["a line of many"] * 500)


LONG: Any = [Long() for _ in range(100)]


@every_search
@pytest.mark.parametrize(
    "options",
    [
        {"timeout": Long()},
        {"memory_limit": Long()},
        {"checkpoint": Long()},
        {"observers": Long()},
        {"observers": LONG},
        {"stop": Long()},
        {"early_termination": Long()},
        {"cv": LONG},
        {"scoring": ["accuracy", "f1"], "refit": Long(), "stop": len},
    ],
    ids=lambda options: "-".join(options),
)
def test_messages_are_short_whatever_the_options_are(make: Any, options: Any) -> None:
    message = refusal(make(Counting(), {"value": [1]}, **options))
    assert len(message) < 400
    assert "\n" not in message


@every_search
@pytest.mark.parametrize(
    "space",
    [
        pytest.param([Long()], id="a list"),
        pytest.param({"value": Long()}, id="a value"),
        pytest.param({"value": np.array([LONG, LONG])}, id="an array"),
        pytest.param({Long(): [1]}, id="a name"),
        pytest.param({"value": [Long()], "valu": [1]}, id="a wrong name"),
    ],
)
def test_messages_are_short_whatever_the_space_is(make: Any, space: Any) -> None:
    message = refusal(make(Counting(), space))
    assert len(message) < 600


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": Long()},
        {"constraints": LONG},
        {"initial_points": Long()},
        {"initial_points": LONG},
        {"initial_points": [{"value": Long()}]},
        {"warm_start_from": Long()},
    ],
    ids=lambda options: "-".join(options),
)
def test_messages_of_bayesian_search_are_short(options: Any) -> None:
    message = refusal(BayesSearch(Counting(), {"value": LONG}, **options))
    assert len(message) < 700


@every_search
def test_failing_candidates_are_told_in_a_line_each(make: Any) -> None:
    values = [f"{n}" * 500 for n in range(3)]
    search = make(TakesAnything(), {"value": values}, **more(make, n_iter=3), cv=2)
    with pytest.raises(ValueError, match="first fit") as caught:
        search.fit(X2, y2)
    assert max(map(len, str(caught.value).splitlines())) < 200
