"""Searches as studies of Optuna's, read back with Optuna itself."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import urllib.request
import warnings
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform, randint
from sklearn.datasets import load_iris
from sklearn.model_selection import RandomizedSearchCV
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, SuccessiveHalving
from sktune.__main__ import main
from sktune.strategies.studies import own_name
from sktune.testing import KeptTrial, TrackerContract
from sktune.tracking.distributions import Distribution, Names
from sktune.tracking.optuna import OptunaTracker, to_optuna
from tests.helpers.journal import resuming
from tests.helpers.journal.resuming import Toy, lines_of

optuna = pytest.importorskip("optuna", reason="the studies are Optuna's")
pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

X, y = load_iris(return_X_y=True)
JOURNAL = "journal file"
STORAGES = ["memory", "sqlite", JOURNAL]


def storage_at(kind: str, path: Path) -> Any:
    if kind == "memory":
        return optuna.storages.InMemoryStorage()
    if kind == "sqlite":
        return f"sqlite:///{path}/studies.db"
    backend = optuna.storages.journal.JournalFileBackend(str(path / "studies.log"))
    return optuna.storages.JournalStorage(backend)


class _Contract(TrackerContract):
    kind = ""

    @pytest.fixture(autouse=True)
    def _storage(self, tmp_path: Path) -> None:
        self.path = tmp_path
        self.storage = storage_at(self.kind, tmp_path)

    def make(self) -> OptunaTracker:
        return OptunaTracker(self.storage)

    def read(self) -> list[list[KeptTrial]]:
        found = defaultdict(list)
        for name in optuna.get_all_study_names(self.storage):
            for trial in optuna.load_study(study_name=name, storage=self.storage).trials:
                found[trial.user_attrs["search"]].append(_read(trial))
        return list(found.values())


def _read(trial: Any) -> KeptTrial:
    status = trial.user_attrs["status"]
    folds = [score for _, score in sorted(trial.intermediate_values.items())]
    ended = trial.datetime_complete or trial.datetime_start
    return KeptTrial(
        {name.partition(" (")[0]: str(value) for name, value in trial.params.items()},
        {"ok": "ok", "stopped": "stopped", "partial": "stopped"}.get(status, "failed"),
        {"score": folds},
        trial.datetime_start.timestamp(),
        ended.timestamp(),
    )


class TestInMemory(_Contract):
    kind = "memory"

    def test_it_can_be_copied_and_pickled_and_used_again(self) -> None:
        """A copy of a storage in memory would be another one."""
        tracker = self.make()
        for _ in range(2):
            GridSearch(SVC(), {"C": [1, 2]}, observers=[tracker]).fit(X, y)
        assert [len(kept) for kept in self.read()] == [2, 2]


@pytest.mark.slow
class TestSqlite(_Contract):
    kind = "sqlite"


@pytest.mark.slow
class TestJournalFile(_Contract):
    kind = JOURNAL


SPACES: dict[str, Any] = {
    "numbers": {"a": [0.1, 1, 10, 100.0], "kind": ["mean", "other", None]},
    "objects": {"kind": [Toy(a=2.0), ("a", "tuple"), len, np.float64(2.5), True, 1, float("inf")]},
    "conditional": [
        {"a": [0.5, 2.0], "kind": ["mean"]},
        {"a": [7], "kind": ["other", 3]},
        {"a": ["x"], "fail": [True]},
    ],
}


def searched(name: str, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"cv": 2, "refit": False} | options
        return GridSearch(Toy(), SPACES[name], **options).fit(X[:100], y[:100])


@pytest.mark.parametrize("name", SPACES)
def test_every_row_is_a_trial_with_its_folds_and_times(name: str) -> None:
    search = searched(name, cv=11)
    results, study = search.cv_results_, to_optuna(search)
    assert len(study.trials) == len(results["params"])
    for row, trial in enumerate(study.trials):
        ok = results["status"][row] == "ok"
        assert trial.user_attrs["number"] == row
        assert trial.state.name == ("COMPLETE" if ok else "FAIL")
        folds = [results[f"split{split}_test_score"][row] for split in range(11)]
        assert list(trial.intermediate_values.values()) == (folds if ok else [])
        assert trial.value == (results["mean_test_score"][row] if ok else None)  # to the bit
        assert ("this candidate fails" in trial.user_attrs.get("reason", "")) == (not ok)
        assert trial.datetime_start <= trial.datetime_complete
    if name != "conditional":
        assert study.best_trial.user_attrs["number"] == search.best_index_
    starts = [trial.datetime_start for trial in study.trials]
    assert starts == sorted(starts)
    assert (datetime.now() - starts[0]).total_seconds() < 60


def test_a_search_of_scikit_learns_is_a_study_too() -> None:
    space = {"C": loguniform(0.1, 10), "kernel": ["rbf", "poly"]}
    search = RandomizedSearchCV(SVC(), space, n_iter=4, random_state=0).fit(X, y)
    for source in (search, search.cv_results_):
        study = to_optuna(source)
        assert [trial.value for trial in study.trials] == list(
            search.cv_results_["mean_test_score"]
        )
        assert study.best_params == pytest.approx(search.best_params_)
    assert to_optuna(search).trials[0].distributions["C"].log


EXPECTED: list[tuple[Any, dict[str, tuple[Any, ...]]]] = [
    ({"C": [0.1, 1, 10, 100]}, {"C": ("float", 0.1, 100, True)}),
    ({"C": [1, 2, 3, 4]}, {"C": ("int", 1, 4, False)}),
    ({"C": np.logspace(-3, 3, 7)}, {"C": ("float", 1e-3, 1e3, True)}),
    ({"n": [1, 10, 100, 1000]}, {"n": ("int", 1, 1000, True)}),
    ({"n": [0, 10, 100, 1000]}, {"n": ("int", 0, 1000, False)}),
    ({"n": [7]}, {"n": ("int", 7, 7, False)}),
    ({"d": [None, 3, 5]}, {"d": ("choice", (None, 3, 5))}),
    ({"b": [True, False]}, {"b": ("choice", (True, False))}),
    ({"b": [True, 1, None]}, {"b": ("choice", ("True", "1", "None"))}),
    ({"k": np.array(["rbf", "poly"])}, {"k": ("choice", ("rbf", "poly"))}),
    ({"e": [SVC(C=2.0), "passthrough"]}, {"e": ("choice", ("SVC(C=2.0)", "passthrough"))}),
    ({"s": [(50, 50), (10,)]}, {"s": ("choice", ("(50, 50)", "(10,)"))}),
    ({"C": (0.1, 10.0)}, {"C": ("float", 0.1, 10.0, False)}),
    ({"C": (0.1, 10.0, "log-uniform")}, {"C": ("float", 0.1, 10.0, True)}),
    ({"n": (1, 64, "log-uniform")}, {"n": ("int", 1, 64, True)}),
    ({"C": loguniform(0.1, 10)}, {"C": ("float", 0.1, 10, True)}),
    ({"n": randint(2, 9)}, {"n": ("int", 2, 8, False)}),
    ([{"C": [1, 2]}, {"C": [0.5, 8]}], {"C": ("float", 0.5, 8, False)}),
    ([{"k": ["a"]}, {"k": ["b", "a"]}], {"k": ("choice", ("a", "b"))}),
    ([({"C": (0.1, 10.0)}, 3), ({"C": (5.0, 20.0)}, 4)], {"C": ("float", 0.1, 20.0, False)}),
    (
        [{"m": ["sqrt", None]}, {"m": (0.1, 1.0)}],
        {"m": ("choice", ("sqrt", None)), "m (float)": ("float", 0.1, 1.0, False)},
    ),
]


@pytest.mark.parametrize(("space", "expected"), EXPECTED, ids=[str(s)[:40] for s, _ in EXPECTED])
def test_distributions_fit_the_space(space: Any, expected: Any) -> None:
    names = Names({})
    assert names.add_space(space)
    found = {}
    for name, of in names.all.items():
        numbers = (pytest.approx(of.low), pytest.approx(of.high), of.log)
        found[name] = (of.kind, of.choices) if of.kind == "choice" else (of.kind, *numbers)
    assert found == expected
    assert {name: type(choice) for name, of in names.all.items() for choice in of.choices} == {
        name: type(choice) for name, of in expected.items() if of[0] == "choice" for choice in of[1]
    }


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.tuples(st.integers(0, 3)), st.sampled_from([np.float32(0.1), np.int8(3), len, SVC()]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("ab"), VALUES), max_size=8), st.booleans())
@example(candidates=[{"a": 3.4028235677973366e38}, {"a": np.float32(0.1)}], at_once=True)
@example(candidates=[{"a": np.float32(0.1)}, {"a": 3.4028235677973366e38}], at_once=False)
def test_any_candidates_are_trials_of_one_study(candidates: Any, at_once: bool) -> None:
    """Also such as are not of the space, in a study that has others already."""
    study = optuna.create_study()
    for part in (candidates[:4], candidates[4:]):
        taken = {n: of for trial in study.trials for n, of in trial.distributions.items()}
        names = Names({name: Distribution.of_optunas(of) for name, of in taken.items()})
        if at_once:
            names.add_values(part)
        for params in part:
            values, distributions = names.stored(params)
            assert len(values) == len(params)
            for name, of in distributions.items():  # as a database checks it
                for old in (t.distributions.get(name) for t in study.trials):
                    if old is not None:
                        optuna.distributions.check_distribution_compatibility(old, of)
            trial = optuna.create_trial(params=values, distributions=distributions, value=0.0)
            study.add_trial(trial)


def test_stopped_is_pruned_and_rungs_before_the_last_are() -> None:
    space = {"a": [0.01, 1.0, 1.1, 1.2, 30.0, 50.0]}
    raced = GridSearch(Toy(), space, cv=5, early_termination="median", refit=False)
    study = to_optuna(raced.fit(X[:100], y[:100]))
    states = [trial.state.name for trial in study.trials]
    expected = {"ok": "COMPLETE", "stopped": "PRUNED"}
    assert states == [expected[status] for status in raced.cv_results_["status"]]
    stopped = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    assert stopped
    assert all(list(t.intermediate_values.values())[-1] == t.value for t in stopped)
    halving = SuccessiveHalving(min_resources=20, factor=2, random_state=0)
    halved = GridSearch(Toy(), space, cv=2, strategy=halving, refit=False)
    study = to_optuna(halved.fit(X[:100], y[:100]))
    last = halved.cv_results_["iter"].max()
    assert [trial.state.name for trial in study.trials] == [
        "COMPLETE" if rung == last else "PRUNED" for rung in halved.cv_results_["iter"]
    ]
    assert study.best_trial.user_attrs["number"] == halved.best_index_


@pytest.mark.parametrize("kind", STORAGES)
def test_nothing_is_doubled(kind: str, tmp_path: Path) -> None:
    """By replays of the search and of its journal, with another search in the study too."""
    storage, path = storage_at(kind, tmp_path), tmp_path / "a.jsonl"
    search = searched("numbers", checkpoint=path)
    for source in (search, search, path, path):
        study = to_optuna(source, storage, "one")
    assert len(study.trials) == 12
    assert {trial.distributions["a"].log for trial in study.trials} == {True}
    other = to_optuna(searched("conditional"), storage, "one")
    assert len(other.trials) == 12 + 5
    assert len(to_optuna(path, storage, "one").trials) == 12 + 5


@pytest.mark.parametrize("name", SPACES)
def test_a_journal_alone_gives_the_study_of_the_search(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    of_search = to_optuna(searched(name, checkpoint=path)).trials
    of_journal = to_optuna(path).trials
    assert len(of_search) == len(of_journal)
    for one, other in zip(of_search, of_journal, strict=True):
        assert one.intermediate_values == other.intermediate_values
        assert [*map(own_name, one.params)] == [*map(own_name, other.params)]
        if name == "numbers":
            assert one.distributions == other.distributions
            assert one.params == other.params
        assert not any("choice" in name for name in other.params)  # what was tried is known


def test_an_interrupted_candidate_is_running_until_the_search_goes_on(tmp_path: Path) -> None:
    storage, path = storage_at("sqlite", tmp_path), tmp_path / "a.jsonl"
    searched("numbers", checkpoint=path)
    whole = lines_of(path)
    kinds = [json.loads(line)["kind"] for line in whole]
    first = kinds.index("outcome")
    path.write_bytes(b"".join(whole[: first + 1]))
    [trial] = to_optuna(path, storage, "one").trials
    assert (trial.state.name, list(trial.intermediate_values)) == ("RUNNING", [0])
    tracker = OptunaTracker(storage, "one")
    searched("numbers", checkpoint=path, observers=[tracker])
    assert [t.state.name for t in tracker.study_.trials] == ["COMPLETE"] * 12
    assert all(len(t.intermediate_values) == 2 for t in tracker.study_.trials)


class Flaky(Toy):
    """An estimator that fails with some parameters as long as something is wrong."""

    broken = True

    def fit(self, X: Any, y: Any) -> Flaky:
        if Flaky.broken and self.a > 1:
            raise OSError("the device is busy")
        super().fit(X, y)
        return self


def test_what_failed_and_is_done_again_is_a_trial_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, storage = tmp_path / "a.jsonl", storage_at("sqlite", tmp_path)
    for retry in (False, True, True):
        tracker = OptunaTracker(storage, "one")
        search = GridSearch(
            Flaky(), {"a": [0.5, 1.0, 2.0]}, cv=2, checkpoint=path, refit=False,
            retry_failed=retry, observers=[tracker],
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X[:100], y[:100])
        monkeypatch.setattr(Flaky, "broken", False)
    states = [
        (trial.params["a"], trial.state.name) for trial in to_optuna(path, storage, "one").trials
    ]
    assert states == [(0.5, "COMPLETE"), (1.0, "COMPLETE"), (2.0, "FAIL"), (2.0, "COMPLETE")]


KILLED = """
import sys, os, signal
from sktune import GridSearch, Observer
from sktune.tracking.optuna import OptunaTracker
from tests.helpers.journal.resuming import Toy, X, y
class Dies(Observer):
    def trial_finished(self, trial):
        if trial.number == 13:
            os.kill(os.getpid(), signal.SIGKILL)
path, storage = sys.argv[1:]
tracker = OptunaTracker(storage)
GridSearch(Toy(), {"a": [float(k) for k in range(1, 31)]}, cv=2, checkpoint=path,
           observers=[tracker, Dies()]).fit(X, y)
"""


def test_a_kill_leaves_what_a_replay_and_the_search_complete(tmp_path: Path) -> None:
    path, storage = tmp_path / "a.jsonl", f"sqlite:///{tmp_path}/studies.db"
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(path), storage]
    assert subprocess.run(command, cwd=root, check=False).returncode == -9
    n_recorded = sum(json.loads(line)["kind"] == "outcome" for line in lines_of(path)) // 2
    study = to_optuna(path, storage)
    assert 13 <= len(study.trials) == n_recorded < 30
    tracker = OptunaTracker(storage)
    search = GridSearch(
        Toy(), {"a": [float(k) for k in range(1, 31)]}, cv=2, checkpoint=path, observers=[tracker]
    ).fit(resuming.X, resuming.y)
    assert optuna.get_all_study_names(storage) == [study.study_name]
    trials = optuna.load_study(study_name=study.study_name, storage=storage).trials
    assert sorted(trial.params["a"] for trial in trials) == sorted(search.param_grid["a"])
    assert {trial.state.name for trial in trials} == {"COMPLETE"}


def test_the_command_line_keeps_a_journal_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, storage = tmp_path / "a.jsonl", f"sqlite:///{tmp_path}/studies.db"
    searched("numbers", checkpoint=path)
    command = ["track", str(path), "--to", "optuna", "--storage", storage, "--study-name", "one"]
    assert [main(command), main(command)] == [0, 0]
    assert len(optuna.load_study(study_name="one", storage=storage).trials) == 12
    assert main(command[:4]) == 1
    assert "needs a storage, such as --storage sqlite" in capsys.readouterr().err


def test_what_is_told_where_something_is_missing_can_be_run(tmp_path: Path) -> None:
    path, storage = tmp_path / "a.jsonl", f"sqlite:///{tmp_path}/studies.db"
    tracker = OptunaTracker(storage, "the one")
    tracker.make_store = lambda: 1 / 0  # type: ignore[assignment, return-value] # what goes wrong
    search = GridSearch(Toy(), SPACES["numbers"], cv=2, checkpoint=path, observers=[tracker])
    with pytest.warns(UserWarning, match="division by zero") as told:
        search.fit(X[:100], y[:100])
    command = str(told[0].message).partition("python -m sktune ")[2]
    assert main(shlex.split(command)) == 0
    assert len(optuna.load_study(study_name="the one", storage=storage).trials) == 12


# --- and back ---------------------------------------------------------------------------


BAYES = [
    {"a": (0.01, 100.0, "log-uniform"), "kind": ["mean", ("a", "tuple")]},
    {"a": (1, 9), "kind": [Toy(a=3.0)], "fail": [False]},
]


def bayes(n_iter: int = 7, **options: Any) -> Any:
    search = BayesSearch(Toy(), BAYES, n_iter=n_iter, cv=2, refit=False, random_state=0, **options)
    return search.fit(X[:100], y[:100])


@pytest.mark.parametrize("transfer", [False, True])
def test_a_study_of_a_search_is_that_search_to_one_that_goes_on(transfer: bool) -> None:
    first = bayes()
    study = to_optuna(first)
    by_search = bayes(4, warm_start_from=first, transfer=transfer)
    by_study = bayes(4, warm_start_from=study, transfer=transfer)
    assert repr(by_search.cv_results_["params"]) == repr(by_study.cv_results_["params"])


def test_a_study_of_the_users_counts_with_its_sign(tmp_path: Path) -> None:
    def loss(trial: Any) -> float:
        a = trial.suggest_float("a", 0.01, 100.0, log=True)
        kind = trial.suggest_categorical("kind", ["mean", "other"])
        if trial.number == 2:
            raise ValueError
        if trial.number == 3:
            raise optuna.TrialPruned
        return abs(np.log(a)) - (kind == "mean")

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(loss, n_trials=8, catch=ValueError)
    space = {"a": (0.01, 100.0, "log-uniform"), "kind": ["mean", "other"], "fail": [False]}
    path = tmp_path / "a.jsonl"
    options: dict[str, Any] = {"n_iter": 3, "random_state": 0, "cv": 2, "refit": False}
    for _ in range(2):  # and it is known again
        search = BayesSearch(Toy(), space, warm_start_from=study, checkpoint=path, **options)
        search.fit(X[:100], y[:100])
    first = search.cv_results_["params"][0]
    assert first == {**study.best_params, "fail": False}
    with pytest.raises(ValueError, match="a study of 2 objectives"):
        BayesSearch(
            Toy(), space, warm_start_from=optuna.create_study(directions=["minimize"] * 2)
        ).fit(X, y)


def test_optuna_goes_on_with_a_study_of_a_grid() -> None:
    study = to_optuna(searched("numbers"))

    def objective(trial: Any) -> float:
        trial.suggest_categorical("kind", ["mean", "other", None])
        return -abs(trial.suggest_float("a", 0.1, 100, log=True) - 3)

    study.optimize(objective, n_trials=3)
    assert len(study.trials) == 15


def test_a_study_that_minimises_is_told_of(tmp_path: Path) -> None:
    storage = storage_at("sqlite", tmp_path)
    optuna.create_study(storage=storage, study_name="loss", direction="minimize")
    search = GridSearch(Toy(), {"a": [1.0, 2.0]}, observers=[OptunaTracker(storage, "loss")])
    with pytest.warns(UserWarning, match="does not maximise one value"):
        search.fit(X[:100], y[:100])
    assert len(search.cv_results_["params"]) == 2


# --- Optuna's own figures ---------------------------------------------------------------


@pytest.fixture(scope="module")
def grid() -> GridSearch:
    space = {"C": [0.01, 0.1, 1, 10], "gamma": [0.001, 0.1, 1.0], "kernel": ["rbf", "poly"]}
    return GridSearch(SVC(), space, cv=3).fit(X, y)


FIGURES = [
    "contour", "edf", "intermediate_values", "optimization_history", "parallel_coordinate",
    "param_importances", "rank", "slice", "timeline",
]  # fmt: skip


@pytest.mark.parametrize("backend", ["plotly", "matplotlib"])
@pytest.mark.parametrize("figure", FIGURES)
def test_optunas_figures_show_a_grid(figure: str, backend: str, grid: Any) -> None:
    pytest.importorskip(backend, reason="Optuna draws by it")
    study = to_optuna(grid)
    module = optuna.visualization if backend == "plotly" else optuna.visualization.matplotlib
    drawn = getattr(module, f"plot_{figure}")(study)
    if backend == "matplotlib":
        import matplotlib.pyplot as plt

        plt.close("all")
        return
    if figure == "slice":
        shown = [sorted(map(str, trace.x)) for trace in drawn.data]
        assert [len(values) for values in shown] == [24, 24, 24]
    if figure == "intermediate_values":
        assert len(drawn.data) == 24
    if figure == "timeline":
        assert sum(len(trace.x) for trace in drawn.data) == 24
    if figure == "optimization_history":
        assert len(drawn.data[0].x) == 24


def test_the_dashboard_lists_the_trials(tmp_path: Path, grid: Any) -> None:
    """By its own server, on this machine, while nothing else runs."""
    dashboard = pytest.importorskip("optuna_dashboard", reason="it is asked for the trials")
    storage = f"sqlite:///{tmp_path}/studies.db"
    to_optuna(grid, storage, "a grid")
    application = dashboard.wsgi(storage)
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            api = f"http://127.0.0.1:{server.server_port}/api/studies"
            [study] = _asked(api)["study_summaries"]
            trials = _asked(f"{api}/{study['study_id']}")["trials"]
        finally:
            server.shutdown()
            thread.join()
    assert study["study_name"] == "a grid"
    assert [trial["values"] for trial in trials] == [
        [pytest.approx(mean)] for mean in grid.cv_results_["mean_test_score"]
    ]
    assert all(len(trial["intermediate_values"]) == 3 for trial in trials)
    shown = [{p["name"]: p["param_external_value"] for p in trial["params"]} for trial in trials]
    assert shown == [{k: str(v) for k, v in p.items()} for p in _floats(grid.cv_results_["params"])]


def _floats(candidates: Any) -> list[dict[str, Any]]:
    """Numbers as Optuna keeps them in a range of floats."""
    return [{**params, "C": float(params["C"])} for params in candidates]


def _asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""
