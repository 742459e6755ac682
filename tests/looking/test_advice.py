"""Advice: each finding is there where it is true, and not where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, RandomSearch, Report, SuccessiveHalving
from sktune.looking import Record, advise
from sktune.looking.advice.effort import idle_workers, still_improving
from sktune.looking.advice.failures import failed_alike
from sktune.looking.advice.finding import number
from sktune.looking.report.data import page_data
from sktune.looking.report.reading import Reading

N_SPLITS = 5


def results_of(
    params: list[dict[str, Any]],
    score: Callable[..., float],
    *,
    noise: float = 0.002,
    fit_time: Callable[..., float] = lambda **_: 0.1,
    seed: int = 0,
) -> dict[str, Any]:
    """Return `cv_results_` of candidates whose true scores are known; None is a failure."""
    rng = np.random.default_rng(seed)
    true = np.array([np.nan if (s := score(**p)) is None else s for p in params], dtype=float)
    splits = true[:, np.newaxis] + noise * rng.normal(size=(len(params), N_SPLITS))
    splits += 0.05 * rng.normal(size=N_SPLITS)  # some splits are easier
    means = splits.mean(axis=1)
    failed = np.isnan(true)
    ranks = np.argsort(np.argsort(-np.nan_to_num(means, nan=-np.inf), kind="stable")) + 1
    return {
        "params": params,
        "mean_test_score": means,
        "rank_test_score": ranks,
        "mean_fit_time": np.array([fit_time(**p) for p in params]),
        "mean_score_time": np.zeros(len(params)),
        "status": np.where(failed, "failed", "ok").astype(object),
        "error": np.array(["ValueError: no" if bad else None for bad in failed], dtype=object),
        **{f"split{k}_test_score": splits[:, k] for k in range(N_SPLITS)},
    }


def kinds(advice: Any) -> list[str]:
    return [finding.kind for finding in advice]


def only(advice: Any, kind: str) -> Any:
    [finding] = [finding for finding in advice if finding.kind == kind]
    return finding


CS = [{"C": c} for c in np.logspace(-3, 3, 7)]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_best_at_an_end_is_told(sign: int) -> None:
    advice = advise(results_of(CS, lambda C: 0.7 + 0.03 * sign * np.log10(C)))
    finding = only(advice, "edge")
    assert finding.evidence["parameter"] == "C"
    assert ("1e+04" in finding.text) if sign > 0 else ("0.0001" in finding.text)
    mixed = [{"C": c} for c in (0.01, 0.1, 1)]
    finding = only(advise(results_of(mixed, lambda C: 0.7 + 0.03 * np.log10(C))), "edge")
    assert "(0.01 to 1). Widen it, to 10 say." in finding.text
    counts = results_of([{"k": k} for k in (20, 50, 100)], lambda k: 0.9 - k / 300)
    assert (
        "20, is at the lower end of what was tried (20 to 100). Widen it, to 10"
        in only(advise(counts), "edge").text
    )


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_told_of_ends_where_the_best_is_inside_or_all_are_alike(seed: int) -> None:
    inside = results_of(CS, lambda C: 0.7 - 0.03 * np.log10(C) ** 2, seed=seed)
    assert "edge" not in kinds(advise(inside))
    natural = [{"p": p} for p in (0.0, 0.25, 0.5, 1.0)]
    for way in (1, -1):
        assert "edge" not in kinds(advise(results_of(natural, lambda p, way=way: way * p)))
    assert "edge" not in kinds(advise(results_of([{"k": k} for k in (1, 2, 3)], lambda k: -k)))


def test_few_false_alarms_of_ends_in_noise() -> None:
    flat = [results_of(CS, lambda C: 0.7, noise=0.01, seed=seed) for seed in range(100)]
    assert sum("edge" in kinds(advise(found)) for found in flat) <= 5


def test_no_end_is_told_of_parameters_that_do_not_matter() -> None:
    names, told = "abcdefgh", []
    for seed in range(6):
        rows = drawn(30, *names, seed=seed)
        found = results_of(rows, lambda a, b, **_: 0.5 - (a - 0.4) ** 2 - (b - 0.6) ** 2)
        told += [one.evidence["parameter"] for one in advise(found) if one.kind == "edge"]
    assert told == []


def drawn(n: int, *names: str, seed: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [dict(zip(names, row, strict=True)) for row in rng.random((n, len(names))).tolist()]


def test_parameters_without_effect_are_told_and_others_are_not() -> None:
    rows = drawn(40, "a", "b", "c")
    advice = advise(results_of(rows, lambda a, b, c: 0.5 + a - 0.8 * (b - 0.5) ** 2))
    assert list(only(advice, "no effect").evidence["importances"]) == ["c"]
    every = advise(results_of(rows, lambda a, b, c: 0.5 + 0.4 * a + 0.3 * b + 0.3 * c))
    assert "no effect" not in kinds(every)
    # where nothing matters, or of few candidates, nothing can be told
    assert "no effect" not in kinds(advise(results_of(rows, lambda **_: 0.7, noise=0.02)))
    few = results_of(rows[:8], lambda a, b, c: a)
    assert "no effect" not in kinds(advise(few))


SIZES = [{"n_estimators": n} for n in (10, 50, 100, 200)]


def test_a_rival_that_is_as_good_and_cheaper_is_told() -> None:
    found = results_of(SIZES, lambda n_estimators: 0.9 - 0.3 / n_estimators, noise=0.001)
    finding = only(advise(found), "equal")
    assert (finding.evidence["row"], finding.evidence["how"]) == (1, "simpler")
    times = {"a": 1.0, "b": 0.2, "c": 0.1}
    kernels = [{"kernel": kernel} for kernel in times]
    found = results_of(
        kernels, lambda kernel: {"a": 0.9, "b": 0.899, "c": 0.6}[kernel],
        noise=0.001, fit_time=lambda kernel: times[kernel],
    )  # fmt: skip
    finding = only(advise(found), "equal")
    assert (finding.evidence["row"], finding.evidence["how"]) == (1, "faster")


def test_a_rival_that_is_worse_or_no_cheaper_is_not_told() -> None:
    worse = results_of(SIZES, lambda n_estimators: n_estimators / 300, noise=0.001)
    assert "equal" not in kinds(advise(worse))
    as_slow = results_of([{"kernel": k} for k in "ab"], lambda kernel: 0.9)
    assert "equal" not in kinds(advise(as_slow))
    # with so much noise nobody knows
    noisy = results_of(SIZES, lambda n_estimators: 0.9, noise=0.2)
    assert "equal" not in kinds(advise(noisy))


@pytest.mark.parametrize("seed", range(10))
def test_noise_is_told_where_it_is_what_makes_the_differences(seed: int) -> None:
    rows = drawn(30, "a", seed=seed)
    only(advise(results_of(rows, lambda a: 0.7, noise=0.05, seed=seed)), "noise")
    sharp = results_of(rows, lambda a: 0.7 + 0.3 * a, noise=0.05, seed=seed)
    assert "noise" not in kinds(advise(sharp))
    assert "noise" not in kinds(advise(results_of(rows, lambda a: 0.7, noise=0.0, seed=seed)))


class Searched:
    """Results of a search that proposes candidates at random, as far as advice looks at it."""

    n_iter = 40
    refit, error_score = True, np.nan

    def __init__(self, results: dict[str, Any]) -> None:
        self.cv_results_ = results


def test_a_search_that_still_improves_says_so() -> None:
    late = [{"a": a} for a in [*np.linspace(0.3, 0.5, 35), *np.linspace(0.8, 0.9, 5)]]
    found = results_of(late, lambda a: a)
    finding = only(advise(Searched(found)), "improving")
    assert finding.evidence["n_more"] == 10
    assert 0 < finding.evidence["expected"] < 0.2
    early = results_of(late[::-1], lambda a: a)
    assert "improving" not in kinds(advise(Searched(early)))
    assert "improving" not in kinds(advise(found))  # a grid's last candidates are a corner


def test_few_false_alarms_of_improvement_in_noise() -> None:
    rows = drawn(20, "a")
    level = [results_of(rows, lambda a: 0.7, noise=0.01, seed=seed) for seed in range(100)]
    told = [any(still_improving(Record.of(Searched(found)))) for found in level]
    assert sum(told) <= 3


@pytest.mark.parametrize(
    ("fails", "rule"),
    [
        (lambda C, kernel: C > 90 and kernel == "poly", "C > .* and kernel == 'poly'"),
        (lambda C, kernel: kernel == "poly", "kernel == 'poly'"),
        (lambda C, kernel: C < 20, "C < "),
    ],
)
def test_failures_are_described_by_a_rule(fails: Any, rule: str) -> None:
    rng = np.random.default_rng(0)
    params = [
        {"C": float(c), "kernel": str(k)}
        for c, k in zip(rng.uniform(0, 200, 60), rng.choice(["rbf", "poly"], 60), strict=True)
    ]
    found = results_of(params, lambda **p: None if fails(**p) else 0.5)
    finding = advise(found)[0]
    assert finding.kind == "failures"
    words = finding.evidence["rule"].split(" and ")
    for part in rule.split(" and "):
        assert any(np.char.find(word, part.replace(".*", "").split()[0]) >= 0 for word in words)
    assert len(words) == rule.count(" and ") + 1
    n_failed = sum(fails(**p) for p in params)
    assert finding.evidence["n_failed"] == n_failed
    assert "ValueError: no" in finding.text


@pytest.mark.parametrize(("n", "n_failed"), [(20, 2), (20, 4), (50, 3)])
def test_failures_by_chance_have_no_rule(n: int, n_failed: int) -> None:
    told = 0
    for seed in range(20):
        rows = drawn(n, "a", "b", "c", "d", "e", seed=seed)
        bad = {rows[k]["a"] for k in np.random.default_rng(seed).permutation(n)[:n_failed]}
        found = results_of(rows, lambda bad=bad, **p: None if p["a"] in bad else 0.5)
        told += next(failed_alike(Record.of(found))).evidence["rule"] is not None
    assert told <= 2


def test_all_of_a_few_values_that_fail_are_a_rule() -> None:
    params = [{"C": c, "gamma": g} for c in (0.1, 1.0, 2.0, 10.0, 20.0) for g in (0.01, 0.1)]
    found = results_of(params, lambda C, gamma: None if C > 5 else 0.5 + gamma)
    assert advise(found)[0].evidence["rule"] == "C > 4"


def test_what_failed_alike_has_its_own_rule() -> None:
    names = ("lbfgs", "liblinear", "saga", "sag")
    params = [{"solver": s, "C": c} for s in names for c in (0.1, 1.0, 10.0, 100.0)]
    bad = [
        p["solver"] == "liblinear" or (p["C"] in (1.0, 100.0) and p["solver"] == "sag")
        for p in params
    ]
    found = results_of(params, lambda **p: None if bad[params.index(p)] else 0.5)
    found["error"][[p["solver"] == "sag" for p in params]] = "ValueError: another"
    finding = next(failed_alike(Record.of(found)))
    assert finding.evidence["rule"] == "solver == 'liblinear'"
    assert finding.text.startswith("4 of 16 candidates failed, where solver == 'liblinear': ")
    assert finding.text.endswith(" 2 more failed otherwise.")


def test_where_all_failed_the_reason_is_told() -> None:
    [finding] = advise(results_of([{"C": 1.0}, {"C": 2.0}], lambda C: None))
    assert finding.kind == "failures"
    assert finding.text.startswith("All 2 candidates failed: ValueError: no. ")


def test_failures_without_a_rule_have_none() -> None:
    rng = np.random.default_rng(0)
    by_chance = dict(enumerate(rng.random(60) < 0.3))
    params = [{"seed": int(s), "depth": int(d)} for s, d in enumerate(rng.integers(5, size=60))]
    found = results_of(params, lambda seed, depth: None if by_chance[seed] else 0.5)
    assert advise(found)[0].evidence["rule"] is None
    assert "failures" not in kinds(advise(results_of(params, lambda **_: 0.5)))


X, Y = make_classification(150, 5, n_informative=3, random_state=0)


def test_tuning_that_does_not_pay_is_told() -> None:
    near = GridSearch(LogisticRegression(), {"C": [0.9, 1.0, 1.1]}).fit(X, Y)
    assert only(near.advise(), "defaults").evidence["row"] == 1
    stump = GridSearch(DecisionTreeClassifier(max_depth=1, random_state=0), {"max_depth": [1, 4]})
    assert "defaults" not in kinds(stump.fit(X, Y).advise())
    absent = GridSearch(LogisticRegression(), {"C": [0.9, 1.1]}).fit(X, Y)
    assert "defaults" not in kinds(absent.advise())


def test_the_reason_why_nothing_was_shared_is_told() -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1.0, 10.0]}
    alone = GridSearch(pipeline, grid, share_work=False).fit(X, Y)
    assert "share_work=False" in only(alone.advise(), "sharing").text
    assert "sharing" not in kinds(GridSearch(pipeline, grid).fit(X, Y).advise())
    first = GridSearch(pipeline, {"standardscaler__with_mean": [True, False]}, share_work=False)
    assert "sharing" not in kinds(first.fit(X, Y).advise())


class OwnScaler(StandardScaler):
    """Draws, or keeps what it has seen."""

    seen: ClassVar[list[int]] = []

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> OwnScaler:
        self.seen.append(len(X))
        return super().fit(X)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (PCA(2, svd_solver="randomized"), r"step.*draws with random_state=None\. Give it a number"),
        (OwnScaler(), "step is of a class that is not shared"),
    ],
    ids=["draws", "own class"],
)
def test_what_keeps_a_step_from_being_shared_is_told(step: Any, told: str) -> None:
    pipeline = Pipeline([("step", step), ("model", LogisticRegression())])
    search = GridSearch(pipeline, {"model__C": [0.1, 1.0, 10.0]}).fit(X, Y)
    assert re.search(told, only(search.advise(), "sharing").text)


def test_idle_workers_are_told() -> None:
    found = results_of(CS, lambda C: 0.7)
    record = Record.of(found)
    started = np.full((7, 5), np.nan)
    own, worker = started.copy(), started.copy()
    started[0, :3], own[0, :3], worker[0, :3] = (0.0, 0.0, 9.0), (1.0, 1.0, 1.0), (0, 1, 0)
    vars(record).update(started=started, own_time=own, worker=worker)
    assert next(idle_workers(record)).evidence["busy"] == pytest.approx(0.15)
    own[0, :3] = 10.0, 9.0, 1.0
    assert not list(idle_workers(record))


def test_every_kind_of_search_can_be_asked(fitted: dict[str, Any]) -> None:
    for search in fitted.values():
        advice = advise(search)
        assert len(advice) == len(list(advice))
        assert all(finding.text for finding in advice)
        assert repr(advice).count("\n") == max(len(advice) - 1, 0)
    advice = fitted["failed but one"].advise()
    assert "4 of 5 candidates failed" in advice[0].text


def test_what_a_journal_tells_is_what_its_search_tells(fitted: dict[str, Any]) -> None:
    search = fitted["five"]
    told = [finding.text for finding in advise(search.checkpoint_)]
    from_search = [finding.text for finding in search.advise() if finding.kind != "defaults"]
    assert told == from_search


def test_nothing_to_advise_is_said() -> None:
    alone = GridSearch(DummyClassifier(), {"strategy": ["prior"]}).fit(X, Y)
    assert repr(alone.advise()) == "Nothing to advise."


def told(source: Any) -> list[tuple[str, str]]:
    return [(finding.kind, finding.text) for finding in advise(source)]


class Told(Report):
    """Keeps what the page of a search advises in the end, without a file."""

    def _write(self, reading: Reading) -> None:
        self.advice = page_data(reading).get("advice")


PIPELINE = make_pipeline(StandardScaler(), LogisticRegression())
LEVELS = [*np.linspace(0.1, 0.3, 15).tolist(), 0.9]
SEARCHES: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "defaults": (
        lambda **given: GridSearch(LogisticRegression(), {"C": [0.9, 1.0, 1.1]}, **given),
        {"defaults"},
    ),
    "a step as it was": (
        lambda **given: GridSearch(
            PIPELINE, {"standardscaler": ["passthrough", StandardScaler()]}, **given
        ),
        {"defaults"},
    ),
    "sharing": (
        lambda **given: GridSearch(
            PIPELINE, {"logisticregression__C": [0.1, 1.0, 10.0]}, share_work=False, **given
        ),
        {"defaults", "sharing"},
    ),
    "improving": (
        lambda **given: RandomSearch(
            Late(), {"level": [*LEVELS, 0.1, 0.1]}, n_iter=18, random_state=1, **given
        ),
        {"improving"},
    ),
    "several metrics": (
        lambda **given: GridSearch(
            DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4, 5]},
            scoring=["accuracy", "roc_auc"], refit="roc_auc", **given,
        ),
        set(),
    ),
    "other splits": (
        lambda **given: GridSearch(
            DecisionTreeClassifier(max_depth=2, random_state=0), {"max_depth": [1, 2, 3, 4]},
            cv=ShuffleSplit(4, test_size=0.1, random_state=0), **given,
        ),
        set(),
    ),
    "failures": (
        lambda **given: GridSearch(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [1, 2, 2, 3], "min_samples_leaf": [0, 0, 1, 2]}, **given,
        ),
        {"failures"},
    ),
    "halving": (
        lambda **given: GridSearch(
            DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, None]}, cv=3,
            strategy=SuccessiveHalving(min_resources=40), **given,
        ),
        set(),
    ),
}  # fmt: skip


class Late(ClassifierMixin, BaseEstimator):
    """Scores as high as it is told, but for a little that differs with the split."""

    def __init__(self, level: float = 0.5) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        return self

    def score(self, X: Any, y: Any) -> float:
        return self.level + 1e-3 * float(X[0, 0])


def test_a_step_is_written_as_its_journal_has_it() -> None:
    assert number(StandardScaler()) == number(str(StandardScaler())) == "StandardScaler()"
    assert number("rbf") == "'rbf'"


@pytest.mark.filterwarnings("ignore:.*fits failed")
@pytest.mark.parametrize("kind", SEARCHES)
def test_whatever_tells_of_a_search_advises_the_same(kind: str, tmp_path: Path) -> None:
    make, least = SEARCHES[kind]
    path, page = tmp_path / "search.jsonl", Told("no.html")
    search = make(checkpoint=path, observers=[page]).fit(X, Y)
    expected = told(search)
    assert Record.of(path).metric == Record.of(search).metric
    assert least <= {kind for kind, _ in expected}
    assert told(path) == expected
    assert page.advice == [text for _, text in expected]
    resumed = make(checkpoint=path).fit(X, Y)
    assert told(resumed) == told(path) == expected
