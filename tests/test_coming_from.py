"""The page of habits: each row's right side is code that runs, and that is what it stands for."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.space import Space
from sktune.space.shorthands import dimension

PAGE = Path(__file__).parents[1] / "docs" / "coming_from.md"
TEXT = PAGE.read_text()
ROWS = [
    (left, code)
    for left, code in re.findall(r"^\| (.*) \| `([^`]*)` \|$", TEXT, flags=re.MULTILINE)
    if left != "---"
]
SEARCHES = GridSearch, RandomSearch, BayesSearch


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the page's first lines define, in a folder of its own."""
    found: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for example in doctest.DocTestParser().get_examples(TEXT):
            exec(compile(example.source, str(PAGE), "exec"), found)
        eval(
            'clone(search).set_params(checkpoint="iris.jsonl").fit(X, y)', found | {"clone": clone}
        )
        yield found


def test_every_row_of_the_tables_is_read() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    heads = sum(line.startswith("| ---") for line in rows)
    assert len(ROWS) == len(rows) - 2 * heads
    assert len(ROWS) > 80


def case(left: str, code: str) -> Any:
    """A row; what other packages warn of in their own code is none of its business."""
    named = [name for name in ("optuna", "mlflow") if name in code.lower()]
    ignored = pytest.mark.filterwarnings("ignore")
    return pytest.param(left, code, named, id=left, marks=[ignored] if named else [])


@pytest.mark.parametrize(("left", "code", "packages"), [case(*row) for row in ROWS])
def test_the_right_side_runs(
    left: str, code: str, packages: list[str], names: dict[str, Any]
) -> None:
    needed = {name: pytest.importorskip(name, reason=f"pip install {name}") for name in packages}
    value = eval(code, names | needed)
    if isinstance(value, SEARCHES) and not hasattr(value, "cv_results_"):
        if value.n_jobs is None and value.fit_timeout is None:  # those start processes
            X, y = names["X"][::3], names["y"][::3]
            clone(value).set_params(cv=2).fit(X, y)
    elif code.startswith(("{", "[{")):
        assert len(list(Space.read(value, "space").sample(2, 0))) == 2


RANGES = {
    "Uniform(0.1, 1)": lambda rng: rng.uniform(0.1, 1, 10_000),
    "LogUniform(-3, 2)": lambda rng: np.exp(rng.uniform(-3, 2, 10_000)),
    "Normal(10, 3)": lambda rng: rng.normal(10, 3, 10_000),
    "LogNormal(2, 0.5)": lambda rng: np.exp(rng.normal(2, 0.5, 10_000)),
    "QUniform(10, 100, 5)": lambda rng: np.round(rng.uniform(10, 100, 10_000) / 5) * 5,
    "QLogUniform(0, 5, 2)": lambda rng: np.round(np.exp(rng.uniform(0, 5, 10_000)) / 2) * 2,
    "QNormal(10, 3, 0.5)": lambda rng: np.round(rng.normal(10, 3, 10_000) / 0.5) * 0.5,
    "QLogNormal(2, 0.5, 1)": lambda rng: np.round(np.exp(rng.normal(2, 0.5, 10_000))),
}


@pytest.mark.parametrize("expression", RANGES)
def test_ranges_draw_what_the_expression_is_documented_to_draw(
    expression: str, names: dict[str, Any]
) -> None:
    code = dict(ROWS)[f"`{expression}`"]
    given = Space.read({"x": eval(code, dict(names))}, "space").subspaces[0]["x"]
    ours = np.array(dimension("x", given, "space").decode_all(np.linspace(0, 1, 10_001)[1:-1]))
    theirs = RANGES[expression](np.random.default_rng(0))
    shares = np.arange(0.05, 1.0, 0.1)
    step = 5 if expression.startswith("Q") else 0
    np.testing.assert_allclose(
        np.quantile(ours, shares), np.quantile(theirs, shares), rtol=0.06, atol=step
    )
