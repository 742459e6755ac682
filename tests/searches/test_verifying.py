"""Recorded candidates that are evaluated again score the same, or it is said by how much not."""

from __future__ import annotations

import gc
import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import ShuffleSplit
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.__main__ import main
from sktune.exceptions import CheckpointError
from sktune.journal.line_format import Line, encode
from tests.helpers.journal.resuming import SEARCHES, Toy, X, lines_of, y

SPACE = {"a": [0.1, 0.5, 1.0, 2.0, 10.0, 40.0]}


def grid(path: Any = None, **options: Any) -> GridSearch:
    given = {"estimator": Toy(), "param_grid": SPACE, "cv": 2, "refit": False, "checkpoint": path}
    return GridSearch(**given | options)


def fitted(search: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some candidates fail
        return search.fit(X, y)


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Write a journal anew, with each of its records changed."""
    salt, lines = "", []
    for number, raw in enumerate(lines_of(path), start=1):
        body = json.loads(raw)
        del body["line"], body["synced"], body["sum"]
        change(body)
        lines.append(encode(Line(number, 0, body), salt))
        salt = body.get("salt", salt)
    path.write_bytes(b"".join(lines))


def nudged(candidate: int, split: int, by: float) -> Callable[[dict[str, Any]], object]:
    def change(body: dict[str, Any]) -> None:
        if body["kind"] == "outcome" and (body["candidate"], body["split"]) == (candidate, split):
            body["test"]["score"] += by

    return change


QUICK = ("grid with failures", "grid of estimators", "grid, halved on samples, no seed", "bayes")
NAMES = [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in SEARCHES]


@pytest.mark.parametrize("name", NAMES)
def test_every_search_verifies_itself(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    search = fitted(SEARCHES[name](checkpoint=path))
    before = path.read_bytes(), pickle.dumps(search.cv_results_)
    found = search.verify(path, X, y, n=2)
    assert found
    assert len(found.candidates) == 2
    assert found.difference == 0.0
    assert not found.environment
    assert all(scores for one in found.candidates for scores in one.now.values())
    assert (path.read_bytes(), pickle.dumps(search.cv_results_)) == before


@pytest.mark.parametrize("by", [1e-15, -0.25])
def test_a_score_that_is_another_is_told_by_how_much(by: float, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    fitted(grid(path))
    rewritten(path, nudged(3, 1, by))
    found = grid().verify(path, X, y, n=6)
    assert not found
    assert found.difference == pytest.approx(abs(by), rel=0.2)
    (other,) = [one for one in found.candidates if not one.equal]
    assert other.params == {"a": 2.0}
    assert other.then["score"][1] == pytest.approx(other.now["score"][1] + by, abs=1e-16)
    assert other.then["score"][0] == other.now["score"][0]
    assert "1 of them did not score the same" in str(found)
    assert "{'a': 2.0}" in str(found)


def test_the_best_come_first_and_the_same_each_time(tmp_path: Path) -> None:
    search = fitted(grid(tmp_path / "a.jsonl"))
    means = search.cv_results_["mean_test_score"]
    for n in (1, 3, 50):
        some = [one.params["a"] for one in search.verify(n=n).candidates]
        assert some == [one.params["a"] for one in search.verify(n=n).candidates]
        scores = [means[SPACE["a"].index(a)] for a in some]
        assert scores == sorted(scores, reverse=True)
        assert len(set(some)) == len(some) == min(n, 6)
        assert scores[0] == max(means)
        assert n == 1 or scores[-1] == min(means)
    with pytest.raises(ValueError, match="n=0; pass how many candidates"):
        search.verify(n=0)


def test_what_fails_again_is_equal_and_what_does_not_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    search = fitted(grid(path, param_grid={"a": [0.5, 1.0], "fail": [True, False]}))
    assert search.verify(path, X, y, n=4)

    def heal(body: dict[str, Any]) -> None:
        if body["kind"] == "outcome" and body.get("failures"):
            body["test"], body["failures"] = {"score": 0.5}, []

    rewritten(path, heal)
    found = search.verify(path, X, y, n=4)
    assert [one.equal for one in found.candidates].count(False) == 2
    assert found.difference == np.inf


OTHERS = {
    "data": ({}, (X + 1, y), "X: ndarray"),
    "target": ({}, (X, 1 - y), "y: ndarray"),
    "splits": ({"cv": 3}, (X, y), "splits: 2 splits"),
    "drawn splits": ({"cv": ShuffleSplit(2)}, (X, y), "Give cv a splitter with a random_state"),
    "estimator": ({"estimator": Toy(kind="other")}, (X, y), "estimator's kind: 'mean' then"),
    "scoring": ({"scoring": "f1"}, (X, y), "scoring: None then, 'f1' now"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_scores_that_were_measured_otherwise_are_refused(name: str, tmp_path: Path) -> None:
    options, data, told = OTHERS[name]
    path = tmp_path / "a.jsonl"
    fitted(grid(path))
    Toy.fits.clear()
    with pytest.raises(CheckpointError, match=r"Scores compare only where .*pass the data") as got:
        grid(**options).verify(path, *data)
    assert told in str(got.value)
    assert Toy.fits == []


def test_data_that_another_version_makes_are_told_so(tmp_path: Path) -> None:
    """A frame of other releases of pandas is another one: types of columns are others."""
    path = tmp_path / "a.jsonl"
    fitted(grid(path))

    def earlier(body: dict[str, Any]) -> None:
        if body["kind"] == "header":
            body["versions"]["numpy"] = "0.1"

    rewritten(path, earlier)
    with pytest.raises(CheckpointError, match=r"written with numpy 0\.1, now .* may be why"):
        grid().verify(path, X + 1, y)


def test_another_space_and_other_options_matter_as_little_as_they_can(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    fitted(grid(path, param_grid={"kind": ["mean", Toy(a=3.0)]}))
    assert len(grid().verify(path, X, y).candidates) == 1  # whose object is not in the space
    options = {"error_score": "raise", "stop": lambda trials: True, "verbose": 1}
    search = grid(param_grid={"kind": [Toy(a=3.0), "mean"]}, **options)
    assert len(search.verify(path, X, y).candidates) == 2
    other = grid(tmp_path / "b.jsonl", param_grid={"kind": [Toy(a=4.0)]})
    fitted(other)
    with pytest.raises(CheckpointError, match="no candidate that can be evaluated again"):
        grid().verify(tmp_path / "b.jsonl", X, y)


def test_the_environment_that_was_another_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    search = fitted(grid(path))
    library = {"version": "0.0.1", "architecture": "Z80", "threads": 64}

    def elsewhere(body: dict[str, Any]) -> None:
        if body["kind"] == "header":
            name = next(iter(body["environment"]["blas"]))
            body["environment"]["blas"][name] = library
            body["versions"]["sklearn"] = "0.1"
            body["environment"]["platform"] = "CP/M"

    rewritten(path, elsewhere)
    found = search.verify(path, X, y)
    assert found
    names = [one.name.rpartition(".")[2] for one in found.environment]
    assert names == ["sklearn", "version", "architecture", "threads", "platform"]
    assert [one.may_change_results for one in found.environment] == [True] * 4 + [False]
    assert "versions.sklearn: 0.1 then" in str(found)


def test_what_fit_was_given_besides_is_part_of_it(tmp_path: Path) -> None:
    path, weights = tmp_path / "a.jsonl", np.linspace(1, 2, len(X))
    search = grid(path, estimator=SVC(), param_grid={"C": [1, 2]})
    search.fit(X, y, sample_weight=weights)
    assert search.verify(path, X, y, sample_weight=weights)
    for given in ({}, {"sample_weight": weights + 1}):
        with pytest.raises(CheckpointError, match="fit's sample_weight: ndarray of shape"):
            search.verify(path, X, y, **given)
    with pytest.raises(ValueError, match="what else it was given"):
        search.verify()


class Draws(Toy):
    """An estimator that draws without a seed."""

    def fit(self, X: Any, y: Any) -> Draws:
        super().fit(X, y)
        self.threshold_ += np.random.default_rng().normal()
        return self


def test_what_draws_is_told(tmp_path: Path) -> None:
    search = fitted(grid(tmp_path / "a.jsonl", estimator=Draws()))
    assert "(draws without a seed)" in str(search.verify(n=6))


def test_data_are_those_of_the_fit_while_they_are_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    mine = X.copy()
    search = grid(path).fit(mine, y)
    assert search.verify(path)
    assert pickle.loads(pickle.dumps(search)).verify(path, X, y)
    for lost in (pickle.loads(pickle.dumps(search)), grid(path)):
        with pytest.raises(ValueError, match="pass X and y"):
            lost.verify(path)
    del mine
    gc.collect()  # a search that has ended may refer to itself
    with pytest.raises(ValueError, match="pass X and y"):
        search.verify(path)
    target = y.copy()
    search.fit(X, target)
    assert search.verify(path)
    del target
    gc.collect()
    with pytest.raises(ValueError, match="pass X and y"):
        search.verify(path)
    search = grid(tmp_path / "b.jsonl", estimator=SVC(), param_grid={"C": [1]}).fit(X, y)
    assert search.verify()
    search.set_params(checkpoint=tmp_path / "c.jsonl").fit(X.tolist(), y)
    with pytest.raises(ValueError, match="pass X and y"):  # and not those of the fit before
        search.verify()
    with pytest.raises(NotFittedError):
        grid().verify()


# --- the command ----------------------------------------------------------------------

HEAD = """
import sys
import numpy as np
from sklearn.model_selection import KFold
from sktune import GridSearch
from beside import Toy, X, y
"""
PLAIN = "search = GridSearch(Toy(), {'a': [1.0, 2.0, 4.0]}, cv=2, checkpoint='a.jsonl')\n"
FIT = "    search.fit(X=X, y=y)\n    print('fitted')\n"
SCRIPTS = {
    "at the top": f"{HEAD}{PLAIN}if True:\n{FIT}",
    "guarded": f"{HEAD}{PLAIN}if __name__ == '__main__':\n{FIT}",
    "in a function": f"{HEAD}def main():\n    {PLAIN}{FIT}if __name__ == '__main__':\n    main()",
    "with a net": f"{HEAD}{PLAIN}try:\n{FIT}except Exception:\n    print('fitted')",
    "with arguments": f"{HEAD}{PLAIN}if sys.argv == ['train.py', '--fast']:\n{FIT}",
}
BESIDE = "from tests.helpers.journal.resuming import Toy, X, y"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a journal, and a module that scripts import."""
    (tmp_path / "beside.py").write_text(BESIDE)
    monkeypatch.chdir(tmp_path)
    grid("a.jsonl", param_grid={"a": [1.0, 2.0, 4.0]}).fit(X, y)
    Toy.fits.clear()
    return tmp_path


def run(script: str, *options: str) -> int:
    Path("train.py").write_text(script)
    return main(["verify", "a.jsonl", "--script", "train.py", *options])


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_run_up_to_the_fit(name: str, place: Path, capsys: Any) -> None:
    before = Path("a.jsonl").read_bytes()
    rest = ["--", "--fast"] if name == "with arguments" else []
    assert run(SCRIPTS[name], "-n", "2", *rest) == 0
    told = capsys.readouterr().out
    assert "2 of 3 recorded candidates" in told
    assert "fitted" not in told
    assert len(Toy.fits) == 4
    assert Path("a.jsonl").read_bytes() == before


def test_another_fit_of_the_script_may_be_meant(place: Path, capsys: Any) -> None:
    first = "GridSearch(Toy(), {'a': [8.0]}, cv=3).fit(X, y)\n"
    script = f"{HEAD}{first}{PLAIN}if True:\n{FIT}"
    assert run(script) == 2
    assert "splits: 2 splits" in capsys.readouterr().err
    Toy.fits.clear()
    assert run(script, "--fit", "2", "-n", "1") == 0
    assert len(Toy.fits) == 3 + 1 + 2
    assert run(script, "--fit", "3") == 0  # which there is not, but the names are


def test_a_script_without_a_fit_defines_what_is_needed(place: Path, capsys: Any) -> None:
    assert run(HEAD + PLAIN) == 0
    assert run(HEAD + PLAIN + "del X") == 2
    assert "does not define X" in capsys.readouterr().err


def test_the_exit_code_tells_what_is_the_case(place: Path, capsys: Any) -> None:
    script = SCRIPTS["guarded"]
    assert run(script) == 0
    rewritten(place / "a.jsonl", nudged(0, 0, 0.125))
    assert run(script) == 1
    assert "by 0.125" in capsys.readouterr().out
    for wrong in (
        script.replace("X=X", "X=X + 1"),
        SCRIPTS["with a net"].replace("X=X", "X=X + 1"),
        "import sys\nsys.exit(0)",
        "raise KeyError('of the script')",
        "this is no Python",
        script.replace("cv=2", "cv='two'"),
        script.replace("cv=2", "cv=2, retry_failed=3"),
        "import no_such_module",
    ):
        assert run(wrong) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err
    assert main(["verify", "a.jsonl", "--script", "nowhere.py"]) == 2
    assert main(["verify", "nowhere.jsonl", "--script", "train.py"]) == 2
