"""Candidate 0 is the estimator as it was given, whatever the search and its other options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, GridSearch, RandomSearch, Strategy, SuccessiveHalving
from sktune.looking.record import Record
from sktune.space.identity import identity
from tests.helpers.journal.resuming import Toy, X, lines_of, y
from tests.helpers.laws import in_turn

KINDS = ["mean", "other"]
SPACES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "grid": (GridSearch, {"a": [0.5, 1.0, 2.0, 4.0], "kind": KINDS}, {}),
    "grid without them": (GridSearch, {"a": [0.5, 2.0, 4.0, 8.0]}, {}),
    "random": (RandomSearch, {"a": loguniform(0.1, 10), "kind": KINDS}, {"n_iter": 7}),
    "random over lists": (RandomSearch, {"a": [0.5, 1.0, 1.0, 2.0], "kind": KINDS}, {"n_iter": 7}),
    "random, of few": (RandomSearch, {"a": randint(1, 4)}, {"n_iter": 9}),
    "bayes": (BayesSearch, {"a": (0.1, 10.0, "log-uniform"), "kind": KINDS}, {"n_iter": 7}),
    "bayes of dicts": (
        BayesSearch,
        [({"a": (2, 5), "kind": ["other"]}, 4), ({"a": (0.1, 10.0)}, 3)],
        {},
    ),
    "bayes by folds": (
        BayesSearch,
        {"a": (0.1, 10.0)},
        {"n_iter": 4, "n_points": 2, "folds": "adaptive"},
    ),
    "bayes of choices": (BayesSearch, {"a": [1, 2, 3], "kind": KINDS}, {"n_iter": 4}),
    "bayes, points too": (
        BayesSearch,
        {"a": (0.1, 10.0)},
        {"n_iter": 5, "initial_points": [{"a": 2.0}]},
    ),
    "bayes with skopt": (BayesSearch, {"a": (0.1, 10.0)}, {"n_iter": 4, "optimizer": "skopt"}),
}
every_space = pytest.mark.parametrize("name", SPACES)
of_grid_and_random = pytest.mark.parametrize("name", [n for n in SPACES if "bayes" not in n])


def search_of(name: str, **more: Any) -> Any:
    kind, space, options = SPACES[name]
    options = options | ({} if kind is GridSearch else {"random_state": 0})
    search = kind(more.pop("estimator", Toy()), space, cv=3, refit=False, include_defaults=True)
    return search.set_params(**options | more)


def tried(search: Any) -> list[Any]:
    found: list[Any] = search.fit(X, y).cv_results_["params"]
    return found


def check_begins_with_defaults(params: list[Any], estimator: Any = None) -> None:
    own = (Toy() if estimator is None else estimator).get_params()
    first, *others = [identity(dict(p)) for p in params]
    assert first == identity({name: own[name] for name in params[0]})
    assert first not in others


def test_random_refuses_numbers_for_each_dict() -> None:
    search = search_of("random", param_distributions=[({"a": loguniform(0.1, 10)}, 3)])
    with pytest.raises(ValueError, match=r"include_defaults: each dict .*without numbers"):
        search.fit(X, y)


@pytest.mark.filterwarnings(r"ignore:initial_points\[0\]=.* is not tried. another:UserWarning")
@pytest.mark.parametrize(("name", "a"), in_turn(SPACES, [1.0, 1, 2, 2.5]))
def test_candidate_0_is_the_estimator_as_it_was_given(name: str, a: Any) -> None:
    if "choices" in name and a == 2.5:
        pytest.skip("it is not in the space")
    search = search_of(name, estimator=Toy(a=a))
    check_begins_with_defaults(tried(search), Toy(a=a))
    assert Record.of(search).own == 0


OPTIONS: dict[str, Any] = {
    "alone": {}, "jobs": {"n_jobs": 2}, "racing": {"early_termination": "racing"}
}  # fmt: skip


@pytest.mark.parametrize(("name", "options"), in_turn(SPACES, OPTIONS))
def test_the_same_seed_gives_the_same_candidates(name: str, options: str) -> None:
    if (name, options) == ("bayes by folds", "racing"):
        pytest.skip("these do not go together")
    found = tried(search_of(name, **OPTIONS[options]))
    check_begins_with_defaults(found)
    if options != "racing" or "bayes" not in name:  # which learns from what is left
        assert found == tried(clone(search_of(name)))


@every_space
def test_it_counts_among_all(name: str) -> None:
    search = search_of(name)
    n = len(tried(search))
    if name == "grid":
        assert n == 8
    elif name == "grid without them":
        assert n == 5
    elif "dicts" in name:
        assert n == 7
    elif "folds" in name:
        assert n >= search.n_iter
    elif "few" in name or "lists" in name:  # draws equal to it are not tried again
        assert 1 < n <= search.n_iter
    else:
        assert n == search.n_iter


@of_grid_and_random
@pytest.mark.parametrize("n_iter", [None, "exhaust"])
def test_halving_begins_with_it_too(name: str, n_iter: Any) -> None:
    if n_iter is not None and "grid" in name:
        pytest.skip("a grid has no n_iter")
    strategy = SuccessiveHalving(min_resources=10, factor=2, random_state=0)
    more = {} if n_iter is None else {"n_iter": n_iter}
    search = search_of(name, strategy=strategy, cv=2, **more)
    tried(search)
    first = np.asarray(search.cv_results_["iter"]) == 0
    params = [p for p, on in zip(search.cv_results_["params"], first, strict=True) if on]
    check_begins_with_defaults(params)
    assert search.n_candidates_[0] == len(params)


def test_halving_by_a_parameter_leaves_that_to_the_rungs() -> None:
    strategy = SuccessiveHalving("a", factor=2, max_resources=4)
    search = search_of("grid", param_grid={"kind": ["other", "more"]}, strategy=strategy)
    assert tried(search)[0] == {"kind": "mean", "a": search.n_resources_[0]}


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    ({"a": (2.0, 10.0)}, {}, r"a=1.0, .*not in search_spaces: .*Widen the range"),
    ({"a": [2.0, 3.0, 4.0]}, {}, r"a=1.0, .*add it to the choices"),
    ([{"a": (2, 9)}, {"a": (0.1, 9.0), "kind": ["other"]}], {}, "a=1.0|kind='mean'"),
    ({"a": (0.1, 9.0)}, {"constraints": lambda p: p["a"] > 2}, r"constraints .*'a': 1\.0"),
]


@pytest.mark.parametrize(("space", "options", "told"), REFUSED)
def test_bayes_refuses_defaults_outside_the_space(space: Any, options: Any, told: str) -> None:
    Toy.fits.clear()
    search = search_of("bayes", search_spaces=space, **options)
    with pytest.raises(ValueError, match=told) as caught:
        search.fit(X, y)
    assert "leave include_defaults out" in str(caught.value)
    assert Toy.fits == []
    search.set_params(include_defaults=False, n_iter=2).fit(X, y)


def test_bayes_refuses_names_that_the_estimator_has_not() -> None:
    pipe = Pipeline([("scale", StandardScaler()), ("last", Toy())])
    space = {"last": [LogisticRegression()], "last__C": (0.1, 9.0)}
    with pytest.raises(ValueError, match=r"last=Toy|no parameter 'last__C'"):
        search_of("bayes", estimator=pipe, search_spaces=space).fit(X, y)


@pytest.mark.parametrize("best", [True, False])
def test_bayes_tries_them_again_after_an_earlier_search(best: bool) -> None:
    earlier = {
        "params": [{"a": 3.0}, {"a": 1.0}, {"a": 5.0}],
        "mean_test_score": [0.5, 0.9 if best else 0.4, 0.3],
    }
    search = search_of("bayes of choices", search_spaces={"a": [1.0, 3.0, 5.0]}, n_iter=2)
    found = tried(search.set_params(warm_start_from=earlier, n_iter=1 if best else 2))
    assert found == ([{"a": 1.0}] if best else [{"a": 1.0}, {"a": 3.0}])
    assert len(search._strategy.seen().values) == 3  # each counts once


@pytest.mark.parametrize("kind", [RandomSearch, BayesSearch])
def test_known_spaces_have_them(kind: Any, tmp_path: Path) -> None:
    estimator, path = DecisionTreeClassifier(random_state=0), tmp_path / "a.jsonl"
    options: Any = {"n_iter": 4, "random_state": 0, "cv": 2, "include_defaults": True}
    found = tried(kind(estimator, "auto", checkpoint=path, **options))
    check_begins_with_defaults(found, estimator)  # no limit of depth, which is in no range
    path.write_bytes(b"".join(lines_of(path)[:-2]))
    assert tried(kind(estimator, "auto", checkpoint=path, **options)) == found


class Fixed(Strategy):
    total = 1

    def propose(self, n: int) -> list[Any]:
        return [{"a": 2.0}][self.asked :][:n]


@of_grid_and_random
def test_a_strategy_of_ones_own_is_told_to_propose_them(name: str) -> None:
    with pytest.raises(ValueError, match=r"strategy of your own .* propose the estimator's own"):
        search_of(name, strategy=Fixed()).fit(X, y)


@every_space
@pytest.mark.parametrize("value", [1, None, "yes"])
def test_the_option_is_true_or_false(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match="include_defaults"):
        search_of(name, include_defaults=value).fit(X, y)
