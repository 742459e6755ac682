"""What fails fails once: with no more fits, calls and warnings than by scikit-learn."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch, register_path
from sktune.evaluation.shared_fit import SharedFit
from sktune.paths import registry
from tests.helpers.failing import Last, Step, cannot_score, scores_the_whole
from tests.helpers.path_toys import Rounds, RoundsPath
from tests.helpers.searches import assert_same_results

rng = np.random.default_rng(0)
X, y = rng.normal(size=(45, 4)), np.arange(45) % 2
VALUES = [0.2, 0.5, 0.8]


@pytest.fixture(autouse=True)
def families(monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))


def first(step: Any) -> list[Any]:
    return [("step", step), ("scale", StandardScaler())]


def middle(step: Any) -> list[Any]:
    return [("scale", StandardScaler()), ("step", step), ("next", StandardScaler())]


def before_last(step: Any) -> list[Any]:
    return [("scale", StandardScaler()), ("step", step)]


def nested(step: Any) -> list[Any]:
    return [("inner", make_pipeline(StandardScaler(), step)), ("next", StandardScaler())]


def union(step: Any) -> list[Any]:
    return [("union", FeatureUnion([("scale", StandardScaler()), ("step", step)]))]


def columns(step: Any) -> list[Any]:
    table = ColumnTransformer([("step", step, [0, 1]), ("scale", StandardScaler(), [2, 3])])
    return [("scale", StandardScaler()), ("table", table)]


PLACES = [first, middle, before_last, nested, union, columns]
SCORING: dict[str, Any] = {
    "score": {},
    "several": {"scoring": ["accuracy", "f1"]},
    "train": {"return_train_score": True},
    "whole": {"scoring": scores_the_whole},
    "own metric": {"scoring": make_scorer(cannot_score)},
    "one of several": {"scoring": {"fails": make_scorer(cannot_score), "fine": "accuracy"}},
    "no probabilities": {"scoring": "neg_log_loss"},
}


def crossed(*lists: Any) -> list[Any]:
    """Return all combinations; in the quick run of others with one scoring, in turn.

    With two where there are few, so that each scoring is among them.
    """
    found, n_others = [], np.prod([len(each) for each in lists])
    quick = (0,) if n_others > len(SCORING) else (0, 3)
    for *values, scoring in itertools.product(*lists, SCORING):
        turn = sum(each.index(value) for each, value in zip(lists, values, strict=True))
        is_quick = (list(SCORING).index(scoring) - turn) % len(SCORING) in quick
        found.append(pytest.param(*values, scoring, marks=[] if is_quick else pytest.mark.slow))
    return found


def attempt(kind: Any, estimator: Any, grid: Any, folder: Any, **options: Any) -> Any:
    """Return the search, or what it has raised; and what it has left: calls and warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            search = kind(estimator, grid, cv=3, refit=False, **options)
            outcome: Any = search.fit(X, y)
        except Exception as exc:  # noqa: BLE001 - compared below
            outcome = exc
    told = [f"warns that {warning.message}" for warning in caught]
    calls = [path.name.partition("-")[0] for path in Path(folder).iterdir()]
    for path in Path(folder).iterdir():
        path.unlink()
    return outcome, Counter(calls + [text for text in told if text.startswith("warns that a ")])


def compare(estimator: Any, grid: Any, folder: Any, **options: Any) -> tuple[Any, Any]:
    """Check that ours gives what scikit-learn's gives, with no more calls and warnings."""
    theirs, theirs_left = attempt(GridSearchCV, estimator, grid, folder, **options)
    alone, _ = attempt(GridSearch, estimator, grid, folder, **options, share_work=False)
    ours, ours_left = attempt(GridSearch, estimator, grid, folder, **options)
    more = {name: (n, theirs_left[name]) for name, n in ours_left.items() if n > theirs_left[name]}
    assert not more
    if isinstance(alone, Exception):
        assert (type(ours), without_traces(ours)) == (type(alone), without_traces(alone))
    else:
        assert list(ours.cv_results_["error"]) == list(alone.cv_results_["error"])
        assert_same_results(ours.cv_results_, theirs.cv_results_)
    return ours_left, theirs_left


def without_traces(error: Exception) -> list[str]:
    """Return the lines of an error but for those of tracebacks, which begin elsewhere."""
    return [line for line in str(error).splitlines() if not line.startswith("  ")]


@pytest.mark.parametrize(
    ("place", "fails", "scoring"),
    crossed(PLACES, ["", "fit", "transform", "unseen", "copies", "measures"]),
)
def test_a_step_that_fails(place: Any, fails: str, scoring: str, tmp_path: Any) -> None:
    steps = place(Step(str(tmp_path), fails))
    pipeline = Pipeline([*steps, ("last", Last(str(tmp_path)))])
    compare(pipeline, {"last__value": VALUES}, tmp_path, **SCORING[scoring])


@pytest.mark.parametrize(
    ("alone", "fails", "scoring"), crossed([False, True], ["", "fit", "predict"])
)
def test_a_last_step_that_fails(alone: bool, fails: str, scoring: str, tmp_path: Any) -> None:
    last, name = Last(str(tmp_path), fails=fails), "value" if alone else "last__value"
    estimator = last if alone else Pipeline([("scale", StandardScaler()), ("last", last)])
    grid = {name: [-1.0, *VALUES, -2.0]}
    ours, theirs = compare(estimator, grid, tmp_path, **SCORING[scoring])
    assert ours == theirs  # nothing of it is shared


@pytest.mark.parametrize("place", [first, before_last, nested])
def test_what_can_be_given_but_once_is_made_for_each(place: Any, tmp_path: Any) -> None:
    steps = place(Step(str(tmp_path), "gives once"))
    steps = [(name, step) for name, step in steps if name not in ("scale", "next")]
    pipeline = Pipeline([*steps, ("last", Last(str(tmp_path)))])
    compare(pipeline, {"last__value": VALUES}, tmp_path)


@pytest.mark.parametrize("fails", ["fit", "transform"])
def test_what_leads_up_to_a_step_that_fails_is_fitted_once(fails: str, tmp_path: Any) -> None:
    steps = [("first", Step(str(tmp_path))), ("step", Step(str(tmp_path), fails))]
    pipeline = Pipeline([*steps, ("last", Last(str(tmp_path)))])
    ours, theirs = compare(pipeline, {"last__value": VALUES}, tmp_path)
    assert (ours["step.fit"], theirs["step.fit"]) == (6, 18)


def test_a_step_that_gives_what_cannot_be_shared_is_found_out_once(
    tmp_path: Any, monkeypatch: Any
) -> None:
    attempts, run = list[Any](), SharedFit.run
    monkeypatch.setattr(SharedFit, "run", lambda self: attempts.append(self) or run(self))
    steps = [("first", Step()), ("step", Step(fails="gives once"))]
    pipeline = Pipeline([*steps, ("last", Last(str(tmp_path)))])
    compare(pipeline, {"last__value": VALUES}, tmp_path)
    assert len(attempts) == 1


@pytest.mark.parametrize("error_score", [np.nan, "raise"])
@pytest.mark.parametrize(
    ("step", "last"), [("fit", ""), ("unseen", ""), ("", "fit"), ("", "predict")]
)
def test_workers(step: str, last: str, error_score: Any, tmp_path: Any) -> None:
    steps = [("scale", StandardScaler()), ("step", Step(str(tmp_path), step))]
    pipeline = Pipeline([*steps, ("last", Last(str(tmp_path), fails=last))])
    grid = {"last__value": VALUES}
    _, theirs_left = attempt(GridSearchCV, pipeline, grid, tmp_path)
    ours, left = attempt(GridSearch, pipeline, grid, tmp_path, n_jobs=2, error_score=error_score)
    if error_score == "raise":
        assert type(ours) is ValueError
        assert str(ours).startswith("the ")
    for name in ("step.fit", "last.fit", "last.predict"):
        assert left[name] <= theirs_left[name]


def test_a_lead_that_fails_has_failed_for_its_own_candidate(tmp_path: Any) -> None:
    register_path(Rounds, RoundsPath())
    grid = {"size": [1, 2, 3, 4], "depth": ["none"]}
    theirs, theirs_left = attempt(GridSearchCV, Rounds(folder=str(tmp_path)), grid, tmp_path)
    ours, ours_left = attempt(GridSearch, Rounds(folder=str(tmp_path)), grid, tmp_path)
    assert type(ours) is type(theirs) is ValueError
    assert ours_left["fit"] == theirs_left["fit"] == 12
