"""What a search says of the machine, the libraries, the seeds and the data it was run with."""

from __future__ import annotations

import json
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import joblib
import numpy as np
import pandas as pd
import pytest
import scipy
import threadpoolctl
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import make_scorer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

import sktune
from sktune import Observer, SearchInfo, replay
from sktune.environment import Moment, git, machine, versions_of
from sktune.journal.contents import Contents
from sktune.journal.line_format import Line, encode
from sktune.journal.reading import contents_at
from tests.helpers.journal.resuming import Toy, X, lines_of, y
from tests.helpers.searches import Make, every_search

SPACE = {"a": [0.5, 1.0, 2.0, 4.0]}


class Hears(Observer):
    """An observer that keeps what it is told of the environment."""

    environment: Any = None

    def search_started(self, info: SearchInfo) -> None:
        self.environment = info.environment


def ran(make: Make, **options: Any) -> Any:
    return make(Toy(), SPACE, cv=2, refit=False, **options).fit(X, y)


@every_search
def test_it_is_json_and_the_same_wherever_it_is_told(make: Make, tmp_path: Path) -> None:
    path, heard, again = tmp_path / "a.jsonl", Hears(), Hears()
    search = ran(make, checkpoint=path, observers=[heard])
    found = search.environment_
    assert json.loads(json.dumps(found)) == found
    assert heard.environment == found
    assert contents_at(path).header.environment == found
    replay(path, again)
    assert again.environment == found
    replay(search, again)
    assert again.environment == found
    assert pickle.loads(pickle.dumps(search)).environment_ == found


@every_search
def test_it_tells_of_the_machine_the_libraries_and_the_data(make: Make) -> None:
    with threadpoolctl.threadpool_limits(1):
        search = ran(make)
        libraries = threadpoolctl.threadpool_info()
    found = search.environment_
    assert found["n_cpus"] == joblib.cpu_count()
    assert found["cpu"]
    assert found["n_jobs"] == 1
    assert found["versions"]["sktune"] == sktune.__version__
    assert {"sklearn", "numpy", "scipy", "joblib"} <= set(found["versions"])
    assert found["versions"]["numpy"] == np.__version__
    assert {one["threads"] for one in found["blas"].values()} == {1}
    assert {one["version"] for one in found["blas"].values()} == {
        library["version"] for library in libraries
    }
    assert set(found["data"]) == {"X", "y", "splits"}


def test_data_are_the_journals_and_other_data_are_others(tmp_path: Path) -> None:
    search = sktune.GridSearch(Toy(), SPACE, cv=2, refit=False)
    plain = search.fit(X, y).environment_["data"]
    recorded = search.set_params(checkpoint=tmp_path / "a.jsonl").fit(X, y).environment_["data"]
    assert plain == recorded
    search.set_params(checkpoint=None, cv=3)
    assert search.fit(X, y).environment_["data"] == plain | {
        "splits": search.environment_["data"]["splits"]
    }
    assert search.fit(X + 1, y).environment_["data"]["X"] != plain["X"]
    assert search.fit(X, 1 - y).environment_["data"]["y"] != plain["y"]


class Blind(Toy):
    """An estimator that looks at no data."""

    def fit(self, X: Any, y: Any = None) -> Blind:
        self.fitted_ = True
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return float(self.a)


def arrays() -> list[Any]:
    """Data that lie in memory, or not, in every way."""
    plain = np.arange(24.0).reshape(8, 3)
    kinds = [plain, np.asfortranarray(plain), plain[::-1], np.repeat(plain, 2, 1)[:, ::2]]
    kinds += [plain.astype("f4"), plain.astype(">f8"), plain > 3, plain.astype(object)]
    kinds += [plain.tolist(), pd.DataFrame(plain), scipy.sparse.csr_array(plain)]
    return [*kinds, plain.astype("U8"), np.ma.masked_array(plain, plain > 3)]


@pytest.mark.parametrize("at", range(len(arrays())))
def test_what_is_looked_at_later_is_what_it_was_at_the_fit(at: int, tmp_path: Path) -> None:
    X, y, cv = arrays()[at], np.arange(8) % 2, [(np.arange(4), np.arange(4, 8))]
    blind = Pipeline([("toy", Blind())])
    search = sktune.GridSearch(blind, {"toy__a": [1.0, 2.0]}, cv=cv, refit=False)
    known = search.set_params(checkpoint=tmp_path / "a.jsonl").fit(X, y).environment_
    with threadpoolctl.threadpool_limits(2):
        other = search.set_params(checkpoint=None).fit(X, y)
    blind.set_params(toy=LGBMClassifier())
    y[:] = 1
    cv[0][0][:] = 0
    if isinstance(X, np.ndarray):
        X[:] = X[0]
    assert other.environment_["data"] == known["data"]
    assert other.environment_["versions"] == known["versions"]
    assert {one["threads"] for one in other.environment_["blas"].values()} == {2}


def test_what_is_kept_for_later_is_not_pickled() -> None:
    large = np.random.default_rng(0).normal(size=(300, 300))
    search = sktune.GridSearch(Toy(), SPACE, cv=2, refit=False).fit(large, np.arange(300) % 2)
    assert len(pickle.dumps(search)) < large.nbytes / 10
    assert pickle.loads(pickle.dumps(search)).environment_ == search.environment_


def test_large_data_are_digested_where_it_is_written_down() -> None:
    large = np.zeros((2, 60_000))
    search = sktune.GridSearch(Toy(), SPACE, cv=[([0, 1], [0, 1])], refit=False)
    assert set(search.fit(large, [0, 1]).environment_["data"]) == {"y", "splits"}
    search.set_params(observers=[Observer()])
    assert set(search.fit(large, [0, 1]).environment_["data"]) == {"X", "y", "splits"}


def of_hypothesis(estimator: Any, X: Any, y: Any) -> float:
    return 1.0


of_hypothesis.__module__ = "hypothesis.anything"


class Derived(LGBMClassifier):
    """A class of the user's, over one of a package's."""


class StopAfterThat:
    """An object of sktune's own, in which there is something of another package."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


StopAfterThat.__module__ = "sktune.anything"


@pytest.mark.parametrize(
    ("thing", "package"),
    [
        (LGBMClassifier(), "lightgbm"),
        (Derived(), "lightgbm"),
        (Derived, "lightgbm"),
        (VotingClassifier([("a", make_pipeline(LGBMClassifier()))]), "lightgbm"),
        ({"step": [DecisionTreeClassifier(), LGBMClassifier()]}, "lightgbm"),
        ([({"step": np.array([None, LGBMClassifier()], dtype=object)}, 3)], "lightgbm"),
        (FunctionTransformer(of_hypothesis, kw_args={"a": 1}), "hypothesis"),
        (of_hypothesis, "hypothesis"),
        (StopAfterThat(of_hypothesis), "hypothesis"),
        ({"accuracy": "accuracy", "other": make_scorer(of_hypothesis)}, None),
        (pd.DataFrame, "pandas"),
        ([1.0] * 10**6, None),
        (BaseEstimator, None),
    ],
)
def test_packages_are_found_in_whatever_takes_part(thing: Any, package: str | None) -> None:
    usual = {"sktune", "sklearn", "numpy", "scipy", "joblib", "skopt"}
    assert set(versions_of(thing)) >= usual
    if package is None:
        assert set(versions_of(thing)) == usual
    else:
        assert package in versions_of(thing)


def test_a_search_finds_them_in_its_scorer_space_and_data() -> None:
    frame = pd.DataFrame(X).set_axis(list("abcd"), axis=1)
    pipeline = make_pipeline(FunctionTransformer(), DecisionTreeClassifier())
    space = {"decisiontreeclassifier": [LGBMClassifier(n_estimators=1, verbose=-1)]}
    search = sktune.GridSearch(pipeline, space, cv=2, refit=False, scoring=of_hypothesis)
    versions = search.fit(frame, y).environment_["versions"]
    assert versions["hypothesis"] == hypothesis.__version__
    assert {"lightgbm", "pandas"} <= set(versions)


@pytest.mark.parametrize("value", [3, np.int64(3), None, np.random.RandomState(3), True])
def test_seeds_are_those_that_are_numbers(value: Any) -> None:
    pipeline = make_pipeline(PCA(random_state=4), DecisionTreeClassifier())
    search = sktune.RandomSearch(
        pipeline.set_params(decisiontreeclassifier__random_state=value if value is not True else 1),
        {"decisiontreeclassifier__max_depth": [1, 2]},
        n_iter=1, random_state=5, refit=False,
        cv=KFold(2, shuffle=True, random_state=None if value is True else value),
    )  # fmt: skip
    seeds = search.fit(X, y).environment_["seeds"]
    expected = {"random_state": 5, "estimator__pca__random_state": 4}
    if value == 3:
        expected |= {"estimator__decisiontreeclassifier__random_state": 3, "cv__random_state": 3}
    if value is True:
        expected |= {"estimator__decisiontreeclassifier__random_state": 1}
    assert seeds == expected


def test_a_seed_that_the_journal_gives_is_told(tmp_path: Path) -> None:
    options = {"cv": 2, "refit": False, "checkpoint": tmp_path / "a.jsonl", "n_iter": 2}
    search = sktune.RandomSearch(Toy(), SPACE, **options).fit(X, y)
    seed = contents_at(tmp_path / "a.jsonl").header.seed
    assert search.environment_["seeds"] == {"random_state": seed}
    again = sktune.RandomSearch(Toy(), SPACE, **options).fit(X, y)
    assert again.environment_ == search.environment_


def test_a_plain_search_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(git, "_ask", lambda *command: asked.append(command))
    search = ran(sktune.GridSearch)
    assert asked == []
    assert search.environment_ is not None


class Odd:
    """An object that cannot be looked at."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __reduce__(self) -> Any:
        return Odd, ()


def test_what_cannot_be_looked_at_ends_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "libraries", lambda: 1 / 0)
    found = Moment([Odd()], {}, 1, {"X": lambda: str(1 / 0)}).found
    assert found["versions"] == found["blas"] == found["data"] == {}
    assert found["python"]


def elsewhere(monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    known = dict(machine.machine())
    monkeypatch.setattr("sktune.environment.gathering.machine", lambda: known | what)


def test_a_search_that_goes_on_elsewhere_records_that_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    search = sktune.GridSearch(Toy(), {"a": [0.5, 1.0]}, cv=2, refit=False, checkpoint=path)
    first = search.fit(X, y).environment_
    size = path.stat().st_size
    search.fit(X, y)
    assert path.stat().st_size == size  # nothing new, nothing written
    elsewhere(monkeypatch, cpu="another one")
    search.fit(X, y)
    assert path.stat().st_size == size
    search.set_params(param_grid={"a": [0.5, 1.0, 2.0, 3.0]}).fit(X, y)
    assert search.environment_ == first | {"cpu": "another one"}
    contents = contents_at(path)
    assert contents.environments == [first, search.environment_]
    kinds = [json.loads(line)["kind"] for line in lines_of(path)]
    assert kinds.count("environment") == 1
    assert kinds[kinds.index("closed") + 1] == "environment"


def test_a_journal_of_an_older_version_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    ran(sktune.GridSearch, checkpoint=path)
    header = json.loads(lines_of(path)[0])
    del header["environment"], header["sum"]
    line = Line(header.pop("line"), header.pop("synced"), header)
    contents = Contents.read([encode(line, "")])
    assert contents is not None
    assert set(contents.environments[0]) == {"python", "versions", "data"}


def test_libraries_are_looked_for_beside_no_other_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would wait for what another thread imports, which may wait for it."""
    machine.libraries()
    monkeypatch.setitem(sys.modules, "imported meanwhile", sys)
    looked: list[str] = []
    monkeypatch.setattr(
        machine, "ThreadpoolController", lambda: looked.append(threading.current_thread().name)
    )
    monkeypatch.setattr(machine, "_known", [*machine._known])
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(machine.libraries).result() is machine._known[-1][1]
    assert looked == []
    machine.libraries()
    assert looked == [threading.main_thread().name]
