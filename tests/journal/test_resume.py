"""A search that is resumed is the search that was never interrupted."""

from __future__ import annotations

import functools
import json
import secrets
import warnings
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktune import BayesSearch, GridSearch, Observer, RandomSearch, read_journal, replay
from sktune.exceptions import CheckpointError, FailedCandidatesWarning
from sktune.journal import checkpoint
from sktune.journal.digests import describe
from tests.helpers.journal.resuming import GRID, RANGES, SEARCHES, Draws, Toy, X, lines_of, y
from tests.helpers.journal.values import made
from tests.helpers.searches import assert_same_results

every_kind = pytest.mark.parametrize("name", SEARCHES)


def fitted(search: Any) -> tuple[Any, int]:
    """Fit quietly; also how many fits it took."""
    Toy.fits.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FailedCandidatesWarning)
        warnings.filterwarnings("ignore", message="One or more of the|The search space is used up")
        search.fit(X, y)
    return search, len(Toy.fits)


def recorded(lines: list[bytes]) -> set[tuple[int, int]]:
    """The tasks that a journal's lines have outcomes of."""
    bodies = [json.loads(line) for line in lines]
    return {(b["candidate"], b["split"]) for b in bodies if b["kind"] == "outcome"}


_ended: dict[str, tuple[Any, bytes]] = {}


def uninterrupted(name: str, path: Path) -> tuple[Any, list[bytes]]:
    """What a search says, and its journal, which is at the path; done once."""
    if name not in _ended:
        search, _ = fitted(SEARCHES[name](checkpoint=path))
        _ended[name] = search.cv_results_, path.read_bytes()
    results, content = _ended[name]
    path.write_bytes(content)
    return results, lines_of(path)


@pytest.mark.parametrize("name", [name for name in SEARCHES if "no seed" not in name])
def test_a_checkpoint_changes_nothing(name: str, tmp_path: Path) -> None:
    results, _ = uninterrupted(name, tmp_path / "a.jsonl")
    plain, _ = fitted(SEARCHES[name]())
    assert_same_results(results, plain.cv_results_)


@every_kind
def test_a_finished_search_fits_nothing_again(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    results, lines = uninterrupted(name, path)
    again, n_fits = fitted(SEARCHES[name](checkpoint=path))
    assert_same_results(again.cv_results_, results, times=True)
    assert n_fits == 0
    assert lines_of(path) == lines


@pytest.mark.parametrize(("number", "name"), list(enumerate(SEARCHES)))
def test_resumed_from_anywhere_is_uninterrupted(name: str, number: int, tmp_path: Path) -> None:
    """From the middle, and from the first line or the last but one, in turns."""
    check_resumed(name, tmp_path, lambda n: sorted({n // 2, n - 1 if number % 2 else 1}))


@pytest.mark.slow
@every_kind
def test_resumed_from_everywhere_is_uninterrupted(name: str, tmp_path: Path) -> None:
    check_resumed(name, tmp_path, lambda n: range(1, n))


def check_resumed(name: str, tmp_path: Path, cuts: Callable[[int], Iterable[int]]) -> None:
    path = tmp_path / "a.jsonl"
    results, lines = uninterrupted(name, path)
    n_tasks = len(recorded(lines))
    pipeline = "pipeline" in name  # whose steps may be shared, so fits are not tasks
    for n in cuts(len(lines)):
        path.write_bytes(b"".join(lines[:n]) + lines[n][: len(lines[n]) // 2])
        again, n_fits = fitted(SEARCHES[name](checkpoint=path))
        assert_same_results(again.cv_results_, results)
        left = n_tasks - len(recorded(lines[:n]))
        assert n_fits == left or (pipeline and n_fits <= left)
        assert len(recorded(lines_of(path))) == n_tasks


def test_the_seed_that_was_drawn_is_kept(tmp_path: Path) -> None:
    """Also by a header alone, and another file has another."""
    path = tmp_path / "a.jsonl"
    make = SEARCHES["random, no seed"]
    first, _ = fitted(make(checkpoint=path))
    second, n_fits = fitted(make(checkpoint=path, n_iter=12))
    assert n_fits == 2 * 4
    assert second.cv_results_["params"][:8] == first.cv_results_["params"]
    path.write_bytes(lines_of(path)[0])
    third, n_fits = fitted(make(checkpoint=path))
    assert n_fits == 2 * 8
    assert third.cv_results_["params"] == first.cv_results_["params"]
    other, _ = fitted(make(checkpoint=tmp_path / "b.jsonl"))
    assert other.cv_results_["params"] != first.cv_results_["params"]


@settings(max_examples=5)
@given(
    name=st.sampled_from(sorted(SEARCHES)),
    cuts=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=4),
    torn=st.floats(0, 1, exclude_max=True),
)
def test_any_number_of_interruptions(
    tmp_path_factory: Any, name: str, cuts: list[float], torn: float
) -> None:
    check_interruptions(tmp_path_factory.mktemp("journal") / "a.jsonl", name, cuts, torn)


@pytest.mark.slow
@settings(max_examples=400)
@given(
    name=st.sampled_from(sorted(SEARCHES)),
    cuts=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6),
    torn=st.floats(0, 1, exclude_max=True),
)
def test_any_number_of_interruptions_at_length(
    tmp_path_factory: Any, name: str, cuts: list[float], torn: float
) -> None:
    check_interruptions(tmp_path_factory.mktemp("journal") / "a.jsonl", name, cuts, torn)


def check_interruptions(path: Path, name: str, cuts: list[float], torn: float) -> None:
    """Cut what there is again and again; each time it goes on from there."""
    results, _ = uninterrupted(name, path)
    for cut in cuts:
        there = lines_of(path)
        n = 2 + int(cut * (len(there) - 2)) if len(there) > 2 else len(there) - 1
        n = min(n, len(there) - 1)
        path.write_bytes(b"".join(there[:n]) + there[n][: int(torn * len(there[n]))])
        again, _ = fitted(SEARCHES[name](checkpoint=path))
        assert_same_results(again.cv_results_, results)


def test_n_jobs_does_not_matter(tmp_path: Path) -> None:
    """What one worker began, two end, and the other way round."""
    for name in ("grid", "random", "bayes, three at a time", "bayes of a pipeline"):
        path = tmp_path / f"{name}.jsonl"
        results, lines = uninterrupted(name, path)
        for n_jobs in (2, 1):
            path.write_bytes(b"".join(lines[: len(lines) // 2]))
            again, _ = fitted(SEARCHES[name](checkpoint=path, n_jobs=n_jobs))
            assert_same_results(again.cv_results_, results)


# --- going on with more ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["random", "bayes", "bayes, three at a time", "bayes with skopt"])
def test_more_candidates_go_on(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    few, before = fitted(SEARCHES[name](checkpoint=path, n_iter=5))
    more, n_fits = fitted(SEARCHES[name](checkpoint=path, n_iter=9))
    assert (before, n_fits) == (10, 8)
    whole, _ = fitted(SEARCHES[name](n_iter=9))
    assert_same_results(more.cv_results_, whole.cv_results_)
    assert few.cv_results_["params"] == more.cv_results_["params"][:5]
    _, n_fits = fitted(SEARCHES[name](checkpoint=path, n_iter=3))
    assert n_fits == 0


def test_a_grid_grows_shrinks_and_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for values, fits in (([1.0, 2.0], 4), ([0.5, 1.0, 2.0], 2), ([2.0], 0), ([2.0, 9.0], 2)):
        make = functools.partial(GridSearch, Toy(), {"a": values}, cv=2, refit=False)
        search, n_fits = fitted(make(checkpoint=path))
        assert n_fits == fits
        plain, _ = fitted(make())
        assert_same_results(search.cv_results_, plain.cv_results_)


@pytest.mark.parametrize(("most", "refused"), [(3, True), (2, False)])
def test_whether_anything_recurs_is_not_asked_of_very_many_values(
    most: int, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    monkeypatch.setattr(checkpoint, "_MOST_VALUES", most)
    fitted(GridSearch(Toy(), {"a": [9.0]}, cv=2, refit=False, checkpoint=path))
    other = GridSearch(Toy(), {"a": [1.0, 2.0, 3.0]}, cv=2, refit=False, checkpoint=path)
    with pytest.raises(CheckpointError, match="another grid") if refused else nullcontext():
        assert fitted(other)[1] == 6


def test_values_that_only_look_alike_are_not_taken_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    fitted(GridSearch(Toy(), {"a": [1.0, 2]}, cv=2, refit=False, checkpoint=path))
    grid = {"a": [1.0, 1, True, np.float64(1.0), np.int64(2)]}
    _, n_fits = fitted(GridSearch(Toy(), grid, cv=2, refit=False, checkpoint=path))
    assert n_fits == 2 * 4


def test_a_directory_has_a_journal_for_each_problem(tmp_path: Path) -> None:
    folder = f"{tmp_path}/journals/"
    for a in ([1.0], [2.0]):
        _, n_fits = fitted(GridSearch(Toy(), {"a": a}, cv=2, checkpoint=folder, refit=False))
        assert n_fits == 2
    for kind, space in ((RandomSearch, GRID), (BayesSearch, RANGES)):
        fitted(kind(Toy(), space, n_iter=3, cv=2, random_state=0, checkpoint=folder, refit=False))
    search = GridSearch(Toy(), {"a": [1.0, 2.0]}, cv=2, checkpoint=tmp_path / "journals")
    _, n_fits = fitted(search)
    assert n_fits == 1  # the refit
    assert Path(search.checkpoint_).parent == tmp_path / "journals"
    names = sorted(p.name for p in (tmp_path / "journals").glob("*.jsonl"))
    assert [name.split("-")[0] for name in names] == ["BayesSearch", "GridSearch", "RandomSearch"]


def test_what_is_told_of_a_journal_is_of_one_file_that_is_there(tmp_path: Path) -> None:
    fitted(GridSearch(Toy(), {"a": [1.0]}, cv=2, checkpoint=f"{tmp_path}/", refit=False))
    with pytest.raises(CheckpointError, match=r"is a directory; pass .*\['GridSearch-.*\.jsonl'\]"):
        read_journal(tmp_path)
    with pytest.raises(CheckpointError, match=r"There is no journal at .*/none"):
        read_journal(tmp_path / "none")


def of_kind(estimator: Toy, X: Any, y: Any) -> float:
    return float(estimator.kind(0))


class Hears(Observer):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def split_finished(self, trial: Any, outcome: Any) -> None:
        self.heard.append((trial.number, outcome.split, outcome.recalled, outcome.test_scores))


def test_candidates_that_only_look_alike_are_told_apart(tmp_path: Path) -> None:
    path, hears = tmp_path / "a.jsonl", Hears()
    kinds = [made("f = lambda x: x + 1.0"), made("f = lambda x: x + 2.0")]
    assert describe(kinds[0]) == describe(kinds[1])
    GridSearch(Toy(), {"kind": kinds}, scoring=of_kind, cv=2, checkpoint=path).fit(X, y)
    table = read_journal(path)
    assert list(table["mean_test_score"]) == [1.0, 2.0]
    assert "n_resources" not in table  # which is of rungs
    replay(path, hears)
    assert hears.heard == [
        (n, split, True, {"score": n + 1.0}) for n in range(2) for split in range(2)
    ]


def test_failures_are_recorded_and_warned_of_again(tmp_path: Path) -> None:
    search = SEARCHES["grid with failures"](checkpoint=tmp_path / "a.jsonl")
    told = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search.fit(X, y)
        told.append([str(warning.message) for warning in caught])
    assert told[0] == told[1]
    assert "RuntimeError: this candidate fails" in told[0][0]


def test_a_failure_that_is_to_raise_is_tried_again(tmp_path: Path) -> None:
    make = SEARCHES["grid with failures"]
    for _ in range(2):
        Toy.fits.clear()
        with pytest.raises(RuntimeError, match="this candidate fails"):
            make(checkpoint=tmp_path / "a.jsonl", error_score="raise").fit(X, y)
        assert len(Toy.fits) == 1


def test_a_refit_that_raises_loses_no_candidate(tmp_path: Path) -> None:
    def refit(results: Any) -> int:
        raise RuntimeError("no candidate is good enough")

    path = tmp_path / "a.jsonl"
    with pytest.raises(RuntimeError, match="good enough"):
        SEARCHES["grid"](checkpoint=path, refit=refit).fit(X, y)
    _, n_fits = fitted(SEARCHES["grid"](checkpoint=path))
    assert n_fits == 0


def test_observers_are_told_of_what_was_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jsonl"
    fitted(SEARCHES["grid"](checkpoint=path, verbose=2))
    assert capsys.readouterr().out.count("END") == 20
    fitted(SEARCHES["grid"](checkpoint=path, verbose=2))
    assert capsys.readouterr().out.count("END") == 0
    fitted(SEARCHES["grid"](checkpoint=path, verbose=1))
    assert "20 fits from the checkpoint" in capsys.readouterr().out


def test_what_ends_a_search_ends_it_again_at_the_same_place(tmp_path: Path) -> None:
    for n_points in (1, 3):
        path = tmp_path / f"{n_points}.jsonl"
        sizes = []
        for _ in range(2):
            search = SEARCHES["bayes"](checkpoint=path, n_points=n_points)
            search.fit(X, y, callback=lambda result: len(result.func_vals) == 5)
            sizes.append(len(search.cv_results_["params"]))
        assert sizes == [5, 5]
        whole, _ = fitted(SEARCHES["bayes"](checkpoint=path, n_points=n_points))
        plain, _ = fitted(SEARCHES["bayes"](n_points=n_points))
        assert_same_results(whole.cv_results_, plain.cv_results_)


def test_an_optimizer_of_the_users_is_not_asked_for_what_is_recorded(tmp_path: Path) -> None:
    class Counts(Draws):
        asked = 0

        def propose(self, seen: Any, pool: Any, rng: Any) -> Any:
            Counts.asked += 1
            return super().propose(seen, pool, rng)

    make = SEARCHES["bayes with an optimizer of one's own"]
    fitted(make(checkpoint=tmp_path / "a.jsonl", optimizer=Counts(), n_iter=6))
    Counts.asked = 0
    fitted(make(checkpoint=tmp_path / "a.jsonl", optimizer=Counts(), n_iter=8))
    assert Counts.asked == 2


class Asks:
    """Proposes what follows from what it was told, and holds a name that is drawn."""

    def __init__(self) -> None:
        self.name, self.heard = secrets.token_hex(4), 0

    def ask(self) -> dict[str, Any]:
        return {"a": 0.5 + 0.01 * self.heard, "kind": "mean"}

    def tell(self, params: dict[str, Any], score: float) -> None:
        self.heard += 1


class Versioned(Asks):
    __sktune_version__ = "1"


def with_an_object(kind: type[Asks], n_iter: int, **options: Any) -> BayesSearch:
    return BayesSearch(
        Toy(), RANGES, n_iter=n_iter, cv=3, random_state=0, optimizer=kind(), **options
    )


def test_an_object_that_is_asked_is_told_what_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole, n_fits = fitted(with_an_object(Versioned, 8))
    _, n_begun = fitted(with_an_object(Versioned, 5, checkpoint=path))
    resumed, n_resumed = fitted(with_an_object(Versioned, 8, checkpoint=path))
    assert_same_results(resumed.cv_results_, whole.cv_results_)
    assert n_begun + n_resumed == n_fits + 1  # the refit
    assert resumed.optimizer.heard == whole.optimizer.heard == 8


def test_an_object_that_is_not_the_same_within_is_told_of_versions(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    fitted(with_an_object(Asks, 2, checkpoint=path))
    told = r"optimizer: .*Asks object>, then and now, but.*(.|\n)*`__sktune_version__ = '1'`"
    with pytest.raises(CheckpointError, match=told):
        fitted(with_an_object(Asks, 2, checkpoint=path))
