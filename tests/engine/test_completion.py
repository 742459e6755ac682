"""A search that ends early has as many complete candidates with shared work as without."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import ParameterSampler
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, GridSearch, NoImprovement, Observer, RandomSearch, TargetScore
from sktune.sharing.store import ProcessStore
from tests.helpers.estimators import Counting
from tests.helpers.laws import few
from tests.helpers.transformers import LeavesLast, chain, left
from tests.helpers.virtual_workers import virtual

rng = np.random.default_rng(0)
X, y = rng.normal(size=(24, 6)), np.arange(24) % 2
KINDS: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "prefixes first": (
        make_pipeline(StandardScaler(), PCA(random_state=0), GaussianNB()),
        {"pca__n_components": [1, 2, 3], "gaussiannb__var_smoothing": [1e-9, 1e-3, 1e-1]},
    ),
    "prefixes last": (
        make_pipeline(SelectKBest(), DecisionTreeClassifier(random_state=0)),
        {"decisiontreeclassifier__max_depth": [1, 2, 3], "selectkbest__k": [1, 2, 4]},
    ),
    "neighbours behind a scaler": (
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {
            "standardscaler__with_mean": [True, False],
            "kneighborsclassifier__n_neighbors": [1, 3, 5, 7],
        },
    ),
    "a family": (
        RandomForestClassifier(random_state=0),
        {"max_depth": [1, 2], "n_estimators": [1, 2, 3]},
    ),
    "some alone": (
        make_pipeline(StandardScaler(), GaussianNB()),
        {"gaussiannb": [GaussianNB(), Counting()], "standardscaler": [StandardScaler()] * 2},
    ),
}


class Counts(Observer):
    """Counts the fits of which one is complete candidates, after each of them."""

    def __init__(self) -> None:
        self.complete = [0]
        self.done: Counter[int] = Counter()

    def split_finished(self, trial: Any, outcome: Any) -> None:
        if trial.duplicate_of is None:
            self.done[trial.number] += 1
            n_splits = len(trial.outcomes)
            self.complete.append(sum(n == n_splits for n in self.done.values()))


def complete_after_each_fit(kind: str, n_splits: int, n: int, seed: int, **options: Any) -> Any:
    estimator, grid = KINDS[kind]
    picked = list(ParameterSampler(grid, n, random_state=seed))
    counts = Counts()
    space = [{name: [value] for name, value in params.items()} for params in picked]
    GridSearch(
        estimator, space, cv=n_splits, refit=False, observers=[counts], **options
    ).fit(X, y)  # fmt: skip
    return counts.complete


@settings(max_examples=few(12), deadline=None)
@given(st.sampled_from(list(KINDS)), st.integers(2, 4), st.integers(1, 4), st.integers(0, 99))
def test_at_any_end_sharing_has_as_many_complete_candidates(
    kind: str, n_splits: int, n: int, seed: int
) -> None:
    shared = complete_after_each_fit(kind, n_splits, n, seed)
    alone = complete_after_each_fit(kind, n_splits, n, seed, share_work=False)
    assert len(shared) == len(alone)
    assert all(a >= b for a, b in zip(shared, alone, strict=True))


def test_where_memory_is_short_sharing_goes_first(monkeypatch: Any) -> None:
    """The law needs what is shared on all splits at the same time."""
    monkeypatch.setattr(ProcessStore, "held", lambda *_: 2.0)
    assert complete_after_each_fit("prefixes first", 3, 4, 0)[4] == 0


class Interrupts(Observer):
    """Ends the search after so many fits, in one way or another."""

    def __init__(self, after: int, how: str) -> None:
        self.left = after
        self.how = how

    def split_finished(self, trial: Any, outcome: Any) -> bool:
        self.left -= 1
        if self.left == 0 and self.how == "interrupt":
            raise KeyboardInterrupt
        return self.left <= 0


@pytest.mark.parametrize("how", ["interrupt", "callback"])
def test_what_is_complete_at_an_end_is_kept_and_shared(how: str, tmp_path: Any) -> None:
    grid = {"b__factor": [1.0, 2.0, 3.0], "clf__value": [0.2, 0.4, 0.6]}
    search = GridSearch(
        chain(tmp_path, "a", "b"), grid, cv=3, refit=False, observers=[Interrupts(13, how)]
    )
    with suppress(KeyboardInterrupt):
        search.fit(X, y)
    assert list(search.cv_results_["status"]) == ["ok"] * 4 + ["partial"]
    assert [left(tmp_path, name) for name in ("a", "b", "clf")] == [3, 3 + 3, 13]


@pytest.mark.parametrize(
    ("names", "n_jobs"),
    [
        (("a__factor", "clf__value"), 1),
        (("clf__value", "zz__factor"), 2),
        pytest.param(("a__factor", "clf__value"), 2, marks=pytest.mark.slow),
        pytest.param(("clf__value", "zz__factor"), 1, marks=pytest.mark.slow),
    ],
)
def test_a_rule_costs_no_fit_in_vain(names: Any, n_jobs: int, tmp_path: Any) -> None:
    """Whichever varies faster in the order of candidates, in which rules are asked."""
    step = names[0][0] if names[0] != "clf__value" else "zz"
    factor, values = f"{step}__factor", [0.5, 0.4, 0.3, 0.2]
    spaces = {factor: [1.0, 2.0, 3.0, 4.0], "clf__value": values}
    found = []
    for share_work in (True, False):
        folder = tmp_path / str(share_work)
        folder.mkdir()
        counts = Counts()
        search = GridSearch(
            chain(folder, step), spaces, cv=2, refit=False, stop=NoImprovement(6),
            share_work=share_work, n_jobs=n_jobs, observers=[counts],
        ).fit(X, y)  # fmt: skip
        found.append((len(search.cv_results_["params"]), left(folder, "clf"), left(folder, step)))
    (n, fits, steps), (n_alone, fits_alone, steps_alone) = found
    assert n == n_alone < 16
    assert steps < steps_alone
    assert fits <= fits_alone + (0 if n_jobs == 1 else 4)  # what is under way is finished


RULES: dict[str, Any] = {
    "no progress": NoImprovement(30),
    "a score": TargetScore(0.0),
    "either": NoImprovement(20) | TargetScore(1.0),
    "one's own": lambda trials: len(trials) == 41,
}
QUICK = {"clf__value": list(np.linspace(0.4, 0.9, 120))}
OPTIONS: dict[str, Any] = {"cv": 2, "refit": False}
RULED: dict[str, Any] = {
    "grid": lambda chained, **o: GridSearch(chained, QUICK, **OPTIONS, **o),
    "raced": lambda chained, **o: GridSearch(
        chained, QUICK, early_termination="racing", **OPTIONS, **o
    ),
    "random": lambda chained, **o: RandomSearch(
        chained, QUICK, n_iter=120, random_state=0, **OPTIONS, **o
    ),
    "bayes": lambda chained, **o: BayesSearch(
        chained, {"clf__value": (0.4, 0.9)}, n_iter=40, n_points=2, random_state=0,
        **OPTIONS, **o,
    ),
}  # fmt: skip


def ruled(kind: str, folder: Any, **options: Any) -> tuple[int, int]:
    """Run a search that a rule ends; return how many candidates counted, and the fits."""
    folder.mkdir()
    search = RULED[kind](chain(folder, "a"), **options).fit(X, y)
    return len(search.cv_results_["params"]), left(folder, "clf")


@pytest.mark.parametrize("where", ["processes", "threads"])
@pytest.mark.parametrize("share_work", [False, True])
@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        pytest.param(*each, marks=() if each == ("no progress", "grid") else pytest.mark.slow)
        for each in itertools.product(RULES, RULED)
    ],
)
def test_quick_fits_after_the_last_candidate_are_few(
    rule: str, kind: str, share_work: bool, where: str, tmp_path: Any, monkeypatch: Any
) -> None:
    """What is under way when a rule is met is finished: a few tasks, however little they take."""
    options = {"stop": RULES[rule], "share_work": share_work}
    n, alone = ruled(kind, tmp_path / "one", **options)
    clock = virtual(monkeypatch, 2, where, together=True)  # from which it is told what is quick
    clock.work(monkeypatch, LeavesLast, "fit", 1e-3)
    n_both, both = ruled(kind, tmp_path / "two", **options)
    assert n_both == n < 120
    assert both <= alone + 8
    if kind == "grid":
        assert alone == 2 * n


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_so_they_are_on_real_workers(backend: str, tmp_path: Any) -> None:
    with parallel_config(backend=backend):
        n, fits = ruled(
            "grid", tmp_path / "two", stop=RULES["no progress"], n_jobs=2, share_work=False
        )
    assert fits <= 2 * n + 8


def test_random_search_completes_candidates_too(tmp_path: Any) -> None:
    search = RandomSearch(
        chain(tmp_path, "a"), {"a__factor": [1.0, 2.0], "clf__value": [0.2, 0.4, 0.6]},
        n_iter=6, cv=3, refit=False, random_state=0, observers=[Interrupts(9, "callback")],
    ).fit(X, y)  # fmt: skip
    assert list(search.cv_results_["status"]) == ["ok"] * 3
