"""RandomSearch(sampling="sobol"): evenly spread, nothing twice, the same again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, loguniform, norm, randint, uniform
from skopt.space import Integer

from sktune import BayesSearch, RandomSearch, SuccessiveHalving, quantized
from sktune.space import Space, sobol
from sktune.space.identity import identity
from tests.helpers.journal.resuming import Toy, X, y

SPACES: dict[str, Any] = {
    "distributions": {"a": loguniform(0.1, 10), "b": norm(0, 1), "c": randint(1, 9)},
    "ranges": {"a": (0.1, 10.0, "log-uniform"), "b": (1, 9), "c": Integer(1, 64)},
    "steps": {"a": quantized((0.0, 1.0), 0.25), "b": uniform(0, 1)},
    "choices too": {"a": (0.1, 10.0), "b": [None, "x", (1, 2)], "c": np.array([1, 2])},
    "choices": {"a": list(range(9)), "b": ("x", "y", "z")},
    "several": [{"a": loguniform(0.1, 10)}, {"b": ["x", "y"], "c": (1, 900)}, {"a": [0.5]}],
    "allotted": [({"a": (0.1, 10.0)}, 5), ({"b": [1, 2, 3, 4]}, 3)],
    "nothing": {},
}
every_space = pytest.mark.parametrize("name", SPACES)


def drawn(name: str, n: int, seed: Any = 0) -> list[Any]:
    return list(sobol(Space.read(SPACES[name], "space", tuples_too=True), n, seed))


def search(space: Any, **options: Any) -> RandomSearch:
    given = {"n_iter": 8, "random_state": 0, "sampling": "sobol", "cv": 2, "refit": False}
    return RandomSearch(Toy(), space, **given | options)


@pytest.mark.filterwarnings("ignore:The total space of parameters:UserWarning")
@every_space
@given(n=st.integers(1, 40), seed=st.integers(0, 9))
def test_a_longer_one_begins_with_the_same_and_has_nothing_twice(
    name: str, n: int, seed: int
) -> None:
    found = drawn(name, n, seed)
    assert list(map(identity, found)) == list(map(identity, drawn(name, n, seed)))
    if name != "allotted":
        longer = drawn(name, 2 * n, seed)
        assert list(map(identity, found)) == list(map(identity, longer))[: len(found)]
    assert len(set(map(identity, found))) == len(found)
    expected = {"choices": min(n, 27), "allotted": 8, "nothing": 1}.get(name, n)
    assert len(found) == expected


@pytest.mark.filterwarnings("ignore:The total space of parameters:UserWarning")
@every_space
def test_candidates_are_of_the_space(name: str) -> None:
    given = SPACES[name] if isinstance(SPACES[name], list) else [SPACES[name]]
    subs = [one[0] if isinstance(one, tuple) else one for one in given]
    spaces = [set(sub) for sub in subs]
    found = drawn(name, 64)
    for params in found:
        assert set(params) in spaces
        assert 0.1 <= params.get("a", 1) <= 10 or name in ("steps", "choices")
    assert [set(sub) for sub in subs if set(sub) not in [set(params) for params in found]] == []


def test_it_is_spread_more_evenly_than_chance() -> None:
    """By the distance of what was drawn from each distribution, over some seeds."""
    space = {"a": loguniform(0.1, 10), "b": norm(3, 2), "c": (0.0, 1.0)}
    means = []
    for draw in (sobol, Space.sample):
        far = []
        for seed in range(5):
            some = list(draw(Space.read(space, "space", tuples_too=True), 64, seed))
            for name, whole in (("a", loguniform(0.1, 10)), ("b", norm(3, 2)), ("c", uniform())):
                far.append(kstest([params[name] for params in some], whole.cdf).statistic)
        means.append(np.mean(far))
    assert means[0] < means[1] / 4


def test_each_of_several_dicts_has_its_share() -> None:
    space = [{"a": loguniform(0.1, 10)}, {"b": (0.0, 1.0)}]
    found = list(sobol(Space.read(space, "space", tuples_too=True), 32, 0))
    assert sum("a" in params for params in found) == 16


def test_a_finite_space_is_used_up_with_a_warning() -> None:
    weighted = [{"a": [1, 2, 3], "b": ["x", "y"]}, {"a": [4]}]
    with pytest.warns(UserWarning, match=r"total space of parameters 7 is smaller than n_iter=50"):
        found = list(sobol(Space.of(weighted), 50, 0))
    assert len(found) == 7


@pytest.mark.parametrize("n", [2, 20, 24, 25])
def test_what_chance_leaves_out_of_a_finite_space_is_not_missing(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["sktune.space.sobol"]  # whose function hides it
    monkeypatch.setattr(module, "_DOUBLINGS", 1)
    space = [{"a": [4]}, {"a": [1, 2, 3, 5], "b": ["x", "y"], "c": [1, 2, 3]}]
    found = list(sobol(Space.of(space), n, 0))
    assert len({identity(params) for params in found}) == len(found) == n


class OnlyDraws:
    """A distribution that has no quantiles."""

    def rvs(self, random_state: Any = None) -> float:
        return 1.0


def test_what_has_no_quantiles_is_refused_before_a_fit() -> None:
    Toy.fits.clear()
    with pytest.raises(TypeError, match=r"param_distributions\[1\]: 'a' .*no ppf, cdf and support"):
        search([{"a": [1.0]}, {"a": OnlyDraws()}]).fit(X, y)
    assert Toy.fits == []


@pytest.mark.parametrize("wrong", ["grid", "Sobol", None, True])
def test_another_sampling_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"sampling=.*; pass 'random' or 'sobol'"):
        search({"a": [1.0]}, sampling=wrong).fit(X, y)


SPACE = {"a": (0.1, 10.0, "log-uniform"), "kind": ["mean", "other"]}


@pytest.mark.parametrize("seed", [0, None, "state"])
def test_it_goes_on_from_a_checkpoint(seed: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    state = np.random.RandomState(3) if seed == "state" else seed
    if seed == "state":
        whole = search(SPACE, random_state=state).fit(X, y)
        assert whole.cv_results_["params"] != search(SPACE).fit(X, y).cv_results_["params"]
        return
    search(SPACE, n_iter=5, random_state=state, checkpoint=path).fit(X, y)
    Toy.fits.clear()
    whole = search(SPACE, n_iter=8, random_state=state, checkpoint=path).fit(X, y)
    assert len(Toy.fits) == 2 * 3
    if seed == 0:
        assert whole.cv_results_["params"] == search(SPACE).fit(X, y).cv_results_["params"]


def test_sampling_decides_what_is_proposed_so_a_journal_of_the_other_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.jsonl"
    search(SPACE, checkpoint=path).fit(X, y)
    with pytest.raises(ValueError, match="sampling: 'sobol' then, not there now"):
        search(SPACE, checkpoint=path, sampling="random").fit(X, y)


def test_it_goes_with_other_options() -> None:
    first = search(SPACE, include_defaults=True).fit(X, y).cv_results_["params"]
    assert first[0] == {"a": 1.0, "kind": "mean"}
    assert first[1:] == search(SPACE, n_iter=7).fit(X, y).cv_results_["params"]
    halving = SuccessiveHalving(min_resources=10, factor=2)
    halved = search(SPACE, strategy=halving).fit(X, y).cv_results_["params"]
    assert halved[:8] == search(SPACE).fit(X, y).cv_results_["params"]
    with pytest.raises(TypeError, match="sampling"):
        BayesSearch(Toy(), SPACE, sampling="sobol")
