"""The view of a search in a notebook."""

from __future__ import annotations

import sys
import types
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from sktune import GridSearch, LiveView
from sktune.events import Observer
from sktune.observers.live_view import _history
from sktune.testing import ObserverContract
from sktune.testing.observers import Scripted
from tests.helpers.estimators import Counting, Faulty
from tests.helpers.searches import every_search, more

X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


class Notebook:
    """Stands in for IPython in the kernel of a notebook, and keeps what it shows."""

    kernel = object()

    def __init__(self) -> None:
        self.shown: list[tuple[str, dict[str, str]]] = []
        self.display_module = types.SimpleNamespace(display=self._display)
        self.module = types.SimpleNamespace(get_ipython=lambda: self, display=self.display_module)

    def _display(self, data: Any, raw: bool, display_id: bool) -> Notebook:
        assert raw
        assert display_id
        self.shown.append(("display", data))
        return self

    def update(self, data: Any, raw: bool) -> None:
        self.shown.append(("update", data))


@pytest.fixture
def notebook(monkeypatch: Any) -> Notebook:
    notebook = Notebook()
    monkeypatch.setitem(sys.modules, "IPython", notebook.module)
    monkeypatch.setitem(sys.modules, "IPython.display", notebook.display_module)
    monkeypatch.setattr("sktune.observers.live_view._PAUSE", 0.0)
    return notebook


class TestLiveViewElsewhere(ObserverContract):
    def make(self) -> Observer:
        return LiveView()


@pytest.mark.usefixtures("notebook")
class TestLiveView(ObserverContract):
    def make(self) -> Observer:
        return LiveView()


@every_search
def test_one_output_is_updated(make: Any, notebook: Notebook) -> None:
    space = {"value": [1, 2, 3, 4]}
    make(Scripted(), space, **more(make, n_iter=4), cv=2, observers=[LiveView(2)]).fit(X, y)
    assert [how for how, _ in notebook.shown] == ["display"] + ["update"] * (
        len(notebook.shown) - 1
    )
    last = notebook.shown[-1][1]
    assert last["text/plain"].startswith("completed: 4/4 candidates, 8/8 fits")
    tree = ElementTree.fromstring(f"<div>{last['text/html'].replace('<br>', '')}</div>")
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert rows[0] == ["score", "candidate", "value"]
    assert [row[2] for row in rows[1:]] == ["4", "3"]
    assert len(list(tree.iter("circle"))) == 4
    assert "refitting" in " ".join(data["text/plain"] for _, data in notebook.shown)


def test_values_are_text_and_never_markup(notebook: Notebook) -> None:
    values = ["<script>alert(1)</script>", '"><b>', "a" * 500]
    GridSearch(Scores(), {"value": values}, cv=2, refit=False, observers=[LiveView()]).fit(X, y)
    html = notebook.shown[-1][1]["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a" * 50 not in html


class Scores(Counting):
    """Scores without a look at its value."""

    def score(self, X: Any, y: Any) -> float:
        return 0.5


def test_an_end_is_told(notebook: Notebook) -> None:
    search = GridSearch(Faulty(), {"value": [1, 2, "interrupt"]}, cv=2, observers=[LiveView()])
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    last = notebook.shown[-1][1]
    assert last["text/plain"].startswith("interrupted: 2/3 candidates")
    kept = "Kept: cv_results_ and best_params_, of what was done. Missing: best_estimator_."
    assert all(kept in told for told in last.values())


def test_where_there_is_no_notebook_it_is_text(capsys: Any) -> None:
    GridSearch(Faulty(), {"value": [1, 2]}, cv=2, observers=[LiveView()]).fit(X, y)
    assert "Completed: 2 candidates, 4 fits" in capsys.readouterr().out


def test_copies_have_nothing_of_a_search(notebook: Notebook) -> None:
    search = GridSearch(Faulty(), {"value": [1, 2]}, cv=2, observers=[LiveView(3)]).fit(X, y)
    (copied,) = clone(search).observers
    assert vars(copied) == {"n_rows": 3}
    before = len(notebook.shown)
    search.fit(X, y)  # another output, for the cell that it is in now
    assert notebook.shown[before][0] == "display"


@pytest.mark.parametrize("n_rows", [0, -1, 1.5, "5", None])
def test_a_number_of_rows_that_is_none_is_refused(n_rows: Any) -> None:
    with pytest.raises(ValueError, match="pass a whole number of candidates"):
        LiveView(n_rows)


@pytest.mark.parametrize(
    "means",
    [
        [], [0.5], [float("nan")] * 3, [0.5, 0.5], [0.5, float("nan"), 0.7],
        [-float("inf"), 1.0, 2.0], list(np.linspace(0, 1, 5000)), [1e300, -1e300],
    ],
)  # fmt: skip
def test_any_history_can_be_drawn(means: list[float]) -> None:
    drawn = _history(means)
    known = np.isfinite(means).sum()
    assert bool(drawn) == (known > 1)
    if drawn:
        tree = ElementTree.fromstring(f"<div>{drawn}</div>")
        assert 1 < len(list(tree.iter("circle"))) <= 400
        places = [float(c.get(axis, "nan")) for c in tree.iter("circle") for axis in ("cx", "cy")]
        assert all(-1 <= place <= 481 for place in places)
        assert len(drawn) < 40_000


@pytest.mark.slow
def test_in_a_real_notebook() -> None:
    pytest.importorskip("ipykernel", reason="there is no kernel to run a notebook in")
    nbclient = pytest.importorskip("nbclient", reason="there is nothing to run a notebook with")
    nbformat = pytest.importorskip("nbformat", reason="there is nothing to make a notebook with")
    code = """
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
from sktune import GridSearch, LiveView
tree, grid = DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}
search = GridSearch(tree, grid, observers=[LiveView()], verbose=1).fit(*load_iris(return_X_y=True))
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    shown = [output for output in outputs if output.output_type == "display_data"]
    assert len(shown) == 2  # of progress and of the view, each updated in its place
    assert all(o.data["text/plain"].startswith("completed: 3/3 candidates") for o in shown)
    assert "<table" in shown[1].data["text/html"]


class Ends(Observer):
    """Ends a search after its second candidate."""

    def trial_finished(self, trial: Any) -> bool:
        return bool(trial.number >= 1)


@pytest.mark.parametrize(("ends", "full"), [([], True), ([Ends()], False)])
def test_the_bar_of_a_search_that_was_ended_is_not_full(
    ends: list[Any], full: bool, notebook: Notebook
) -> None:
    observers = [LiveView(), *ends]
    GridSearch(Counting(), {"value": [1, 2, 3, 4]}, cv=2, refit=False, observers=observers).fit(
        X, y
    )
    html = notebook.shown[-1][1]["text/html"]
    share = float(html.partition('<progress value="')[2].partition('"')[0])
    assert (share == 1) is full
