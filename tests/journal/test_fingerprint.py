"""Problems never mix: what counts, what does not, and what is said."""

from __future__ import annotations

import runpy
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skopt
from scipy.stats import loguniform, uniform
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.environment import versions_of
from sktune.exceptions import CheckpointError
from sktune.journal import data_digests
from sktune.journal.digests import digest
from sktune.journal.fingerprint import _SOON_DIGESTED
from tests.helpers.engine import problem
from tests.helpers.journal.elsewhere import SCRIPT, Elsewhere
from tests.helpers.journal.resuming import RANGES, Toy, X, lines_of, y

Make = Callable[..., Any]


def grid(**options: Any) -> GridSearch:
    settings = {"estimator": Toy(), "param_grid": {"a": [1.0, 2.0]}, "cv": 2, "refit": False}
    return GridSearch(**settings | options)


def random(**options: Any) -> RandomSearch:
    settings = {"estimator": Toy(), "param_distributions": {"a": loguniform(0.1, 10)}, "cv": 2}
    return RandomSearch(**settings | {"n_iter": 3, "random_state": 0, "refit": False} | options)


def bayes(**options: Any) -> BayesSearch:
    settings = {"estimator": Toy(), "search_spaces": RANGES, "cv": 2, "refit": False}
    return BayesSearch(**settings | {"n_iter": 4, "random_state": 0} | options)


def weighted(estimator: Any, X: Any, y: Any, power: float = 1.0) -> float:
    return float(np.mean(estimator.predict(X) == y) ** power)


def scorer_of(power: float) -> Any:
    return lambda estimator, X, y: float(np.mean(estimator.predict(X) == y) ** power)


def other_X() -> Any:
    changed = X.copy()
    changed[-1, -1] = np.nextafter(changed[-1, -1], 2)
    return changed


class Other(Toy):
    """The same, but for its name."""


FRAME = pd.DataFrame(X, columns=list("abcd"))
WEIGHTS = np.ones(len(y))

DIFFERENT: dict[str, tuple[Make, dict[str, Any], dict[str, Any], str]] = {
    "estimator": (grid, {}, {"estimator": Toy(kind="other")}, "estimator's kind: 'mean' then"),
    "class": (grid, {}, {"estimator": Other()}, "estimator: Toy() then, Other() now"),
    "cv": (grid, {}, {"cv": 3}, "splits: 2 splits"),
    "order of splits": (grid, {"cv": KFold(2)}, {"cv": list(KFold(2).split(X))[::-1]}, "splits"),
    "unseeded splits": (grid, {"cv": ShuffleSplit(2)}, {"cv": ShuffleSplit(2)}, "random_state"),
    "scoring": (grid, {}, {"scoring": "accuracy"}, "scoring: None then, 'accuracy' now"),
    "code": (grid, {"scoring": scorer_of(1.0)}, {"scoring": scorer_of(2.0)}, "scoring"),
    "partial": (grid, {"scoring": weighted}, {"scoring": partial(weighted, power=2)}, "scoring"),
    "scorers": (
        grid,
        {"scoring": make_scorer(accuracy_score)},
        {"scoring": make_scorer(accuracy_score, greater_is_better=False)},
        "scoring",
    ),
    "train scores": (grid, {}, {"return_train_score": True}, "return_train_score: False then"),
    "grid": (grid, {}, {"param_grid": {"a": [3.0]}}, "another grid: none of its 2 candidates"),
    "names": (grid, {}, {"param_grid": {"kind": ["mean"]}}, "another grid: none of its 2"),
    "random space": (
        random, {}, {"param_distributions": {"a": uniform(0.1, 10)}}, "param_distributions"
    ),
    "random seed": (random, {}, {"random_state": 1}, "random_state: 0 then, 1 now"),
    "no seed": (random, {}, {"random_state": None}, "random_state: 0 then, None now"),
    "state": (
        random,
        {"random_state": np.random.RandomState(0)},
        {"random_state": np.random.RandomState(1)},
        "random_state",
    ),
    "bayes space": (bayes, {}, {"search_spaces": {"a": (0.1, 10.0)}}, "search_spaces"),
    "window": (bayes, {}, {"n_points": 2}, "keep it, and change n_jobs"),
    "optimizer": (bayes, {}, {"optimizer": "skopt"}, "optimizer: 'gp' then, 'skopt' now"),
    "points": (bayes, {}, {"initial_points": [{"a": 1.0}]}, "initial_points"),
    "earlier": (
        bayes,
        {},
        {"warm_start_from": {"params": [{"a": 1.0, "kind": "mean"}], "mean_test_score": [0.5]}},
        "warm_start_from",
    ),
    "constraints": (bayes, {}, {"constraints": lambda params: params["a"] < 90}, "constraints"),
    "design": (bayes, {}, {"optimizer_kwargs": {"n_initial_points": 5}}, "optimizer_kwargs"),
    "metric": (
        bayes,
        {"scoring": ["accuracy", "f1"], "refit": "accuracy"},
        {"scoring": ["accuracy", "f1"], "refit": "f1"},
        "metric: 'accuracy' then, 'f1' now",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_problem_is_refused(name: str, tmp_path: Path) -> None:
    make, before, after, told = DIFFERENT[name]
    path = tmp_path / "a.jsonl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(checkpoint=path, **before).fit(X, y)
    content = path.read_bytes()
    Toy.fits.clear()
    with pytest.raises(CheckpointError) as caught:
        make(checkpoint=path, **after).fit(X, y)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert "another path" in str(caught.value)
    assert Toy.fits == []
    assert path.read_bytes() == content


class Weighed(Toy):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(np.asarray(X), y)

    def predict(self, X: Any) -> Any:
        return super().predict(np.asarray(X))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ((other_X(), y, {}), "X"),
        ((X.astype(np.float32), y, {}), "X"),
        ((X[:-1], y[:-1], {}), "X: ndarray of shape (40, 4)"),
        ((FRAME, y, {}), "X"),
        ((X, 1 - y, {}), "y"),
        ((X, y.astype(float), {}), "y"),
        ((X, y, {"sample_weight": WEIGHTS}), "fit's sample_weight: not there then"),
    ],
)
def test_other_data_are_refused(data: Any, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    grid(estimator=Weighed(), checkpoint=path).fit(X, y)
    with pytest.raises(CheckpointError, match="What differs") as caught:
        grid(estimator=Weighed(), checkpoint=path).fit(data[0], data[1], **data[2])
    assert f"\n  {told}" in str(caught.value)


def test_column_names_count(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    grid(estimator=Weighed(), checkpoint=path).fit(FRAME, y)
    with pytest.raises(CheckpointError, match="\n  X"):
        grid(estimator=Weighed(), checkpoint=path).fit(FRAME.rename(columns={"a": "b"}), y)


@pytest.mark.parametrize("make", [grid, random, bayes])
def test_what_changes_no_score_does_not_count(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    make(checkpoint=path).fit(X, y)
    Toy.fits.clear()
    same = {"n_jobs": 2, "verbose": 1, "pre_dispatch": 4, "share_work": False, "error_score": 0}
    make(checkpoint=str(path), **same).fit(X.copy(), y.copy())
    assert Toy.fits == []
    make(checkpoint=path, refit=lambda results: 0).fit(X, y)
    assert len(Toy.fits) == 1  # the refit


def test_neither_do_workers_and_caches_of_the_estimator(tmp_path: Path) -> None:
    steps = [("scale", StandardScaler()), ("last", RandomForestClassifier(2, random_state=0))]
    space = {"last__max_depth": [1, 2]}
    path = tmp_path / "a.jsonl"
    grid(estimator=Pipeline(steps), param_grid=space, checkpoint=path).fit(X, y)
    size = path.stat().st_size
    other = Pipeline(steps, memory=str(tmp_path / "cache"), verbose=True)
    other.set_params(last__n_jobs=2, last__verbose=0)
    grid(estimator=other, param_grid=space, checkpoint=path).fit(X, y)
    assert path.stat().st_size == size
    with pytest.raises(CheckpointError, match="estimator's last__n_estimators: 2 then, 3 now"):
        grid(
            estimator=other.set_params(last__n_estimators=3), param_grid=space, checkpoint=path
        ).fit(X, y)


def test_another_search_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    grid(checkpoint=path).fit(X, y)
    with pytest.raises(CheckpointError, match=r"search: .*GridSearch.*then, .*RandomSearch.* now"):
        random(checkpoint=path).fit(X, y)


def test_a_journal_in_which_nothing_is_recorded_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    grid(checkpoint=path).fit(X, y)
    path.write_bytes(lines_of(path)[0])
    random(checkpoint=path).fit(X, y)
    random(checkpoint=path).fit(X, y)
    path.write_bytes(b"")
    grid(checkpoint=path).fit(X, y)


def test_other_versions_are_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    search = grid(checkpoint=path).fit(X, y)
    monkeypatch.setattr("sklearn.__version__", "9.9.9")
    Toy.fits.clear()
    with pytest.warns(UserWarning, match=r"written with sklearn .*, now 9\.9\.9") as caught:
        again = grid(checkpoint=path).fit(X, y)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert Toy.fits == []
    assert again.best_params_ == search.best_params_


def test_a_library_that_is_not_loaded_yet_has_the_same_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = versions_of(Toy())
    assert loaded["skopt"] == skopt.__version__
    monkeypatch.delitem(sys.modules, "skopt")
    assert versions_of(Toy()) == loaded


def test_what_cannot_be_recognised_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    class Scorer:
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __call__(self, estimator: Any, X: Any, y: Any) -> float:
            return weighted(estimator, X, y)

    Toy.fits.clear()
    with pytest.raises(CheckpointError, match=r"scoring .*lock.*__sktune_version__"):
        grid(checkpoint=path, scoring=Scorer()).fit(X, y)
    with pytest.raises(CheckpointError, match=r"param_grid .*__sktune_version__"):
        grid(checkpoint=path, param_grid={"kind": [threading.Lock()]}).fit(X, y)
    assert Toy.fits == []
    assert not path.exists()
    Scorer.__sktune_version__ = "1"
    grid(checkpoint=path, scoring=Scorer()).fit(X, y)
    grid(checkpoint=path, scoring=Scorer()).fit(X, y)
    assert len(Toy.fits) == 4
    Scorer.__sktune_version__ = "2"
    with pytest.raises(CheckpointError, match="scoring"):
        grid(checkpoint=path, scoring=Scorer()).fit(X, y)


@pytest.mark.parametrize("checkpoint", [3, True, b"bytes", ["a"], object()])
def test_what_is_no_path_is_refused(checkpoint: Any) -> None:
    Toy.fits.clear()
    with pytest.raises(TypeError, match=r"checkpoint is .*pass the path"):
        grid(checkpoint=checkpoint).fit(X, y)
    assert Toy.fits == []


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    Toy.fits.clear()
    (tmp_path / "file").write_text("a,b\n1,2\n")
    told = {
        tmp_path / "missing" / "a.jsonl": "Make its folder",
        tmp_path / "file" / "a.jsonl": "cannot be written",
        f"{tmp_path}/file/folder/": "the directory cannot be made",
        "/dev/null": "no ordinary file",
        tmp_path / "file": "is no journal: .* nothing is overwritten",
        "": "checkpoint is ''",
        "a\0b": "checkpoint is ",
    }
    for path, message in told.items():
        with pytest.raises((CheckpointError, TypeError), match=message):
            grid(checkpoint=path).fit(X, y)
    assert Toy.fits == []
    assert (tmp_path / "file").read_text() == "a,b\n1,2\n"


def test_another_process_knows_the_problem_again(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever seeds its hashes, and wherever its code lies."""
    there = {path.name: path.stat().st_size for path in elsewhere.journals.glob("*.jsonl")}
    assert len(there) == 3
    script = tmp_path / "here.py"
    script.write_text(SCRIPT)
    monkeypatch.setattr(sys, "argv", [str(script), str(elsewhere.journals)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(str(script), run_name="__main__")
    assert there == {path.name: path.stat().st_size for path in elsewhere.journals.glob("*.jsonl")}


def test_splits_are_known_by_their_rows_in_their_order() -> None:
    a, b, c = np.arange(4), np.arange(4, 6), np.arange(6, 8)
    given = [
        [(a, b), (a, c)],
        [(a, c), (a, b)],
        [(b, a), (a, c)],
        [(a, np.concatenate([b, c]))],
        [(np.concatenate([a, b]), c)],
        [(a, b), (a, c), (a, c)],
        [(a, b), (a, c.astype(np.int32))],
        [(np.arange(8) < 4, np.arange(8) == 5), (np.arange(8) < 4, np.arange(8) == 6)],
        [(np.arange(60_000), np.arange(60_000))],
        [(np.arange(60_000), np.arange(60_000)[::-1])],
    ]

    def found(splits: Any) -> str:
        return data_digests(SimpleNamespace(X=X, y=y, splits=splits), at_once=True)["splits"]()  # type: ignore[arg-type] # as much of a problem as is needed

    assert len({found(splits) for splits in given}) == len(given)
    listed = [(a.tolist(), b.tolist()), (a.tolist(), c.tolist())]
    assert found(listed) == found(given[0])


@pytest.mark.parametrize(("n", "soon"), [(_SOON_DIGESTED, True), (_SOON_DIGESTED + 1, False)])
def test_large_data_are_digested_only_where_it_is_asked_for(n: int, soon: bool) -> None:
    """No target at all is told at once."""
    measured = problem(X=[0.5] * n, y=None)
    now = {"X", "y", "splits"} if soon else {"y", "splits"}
    assert data_digests(measured, at_once=False).keys() == now
    told = {name: say() for name, say in data_digests(measured, at_once=True).items()}
    assert told["y"] == digest(None)
    assert told.keys() == {"X", "y", "splits"}
