"""Trials as a data frame: types of parameters, and the order of rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving
from sktune.results.frames import param_series, trials_frame

X, Y = make_classification(90, 5, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)

MISSING = object()
KINDS = {
    "bools": st.booleans(),
    "integers": st.integers(-(2**63), 2**63 - 1),
    "floats": st.floats(allow_nan=False),
    "others": st.one_of(
        st.none(), st.text(max_size=2), st.lists(st.integers(), max_size=2), st.just(Ridge()),
        st.integers(2**63, 2**70), st.booleans(), st.integers(), st.floats(allow_nan=False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_every_value_comes_back_as_it_is(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.one_of(st.just(MISSING), KINDS[kind]), min_size=1, max_size=6))
    params = [{} if value is MISSING else {"p": value} for value in values]
    column = param_series(params).get("param_p")
    if column is None:
        assert all(value is MISSING for value in values)
        return
    for value, found in zip(values, column, strict=True):
        if value is MISSING:
            assert pd.isna(found)
        else:
            assert found == value
            assert isinstance(found, bool | np.bool_) == isinstance(value, bool)


def test_types_are_those_of_the_values() -> None:
    params = [{"n": 1, "C": 0.5, "b": True, "k": None, "f": 1}, {"n": 2, "k": "rbf", "f": 1.0}]
    columns = param_series([*params, {"C": 1.0}])
    dtypes = {name: str(column.dtype) for name, column in columns.items()}
    assert dtypes == {
        "param_n": "Int64", "param_C": "float64", "param_b": "boolean", "param_k": "object",
        "param_f": "object",
    }  # fmt: skip
    assert columns["param_k"][0] is None
    assert columns["param_k"][2] is pd.NA
    assert str(param_series(params)["param_n"].dtype) == "int64"


DEPTHS = {"max_depth": [1, 2, 3, 5, 8, None], "min_samples_leaf": [1, 5]}
SEARCHES: dict[str, Any] = {
    "grid": GridSearch(TREE, DEPTHS, cv=3),
    "racing": RandomSearch(
        TREE, DEPTHS, n_iter=12, cv=6, early_termination="racing", random_state=0
    ),
    "halving": GridSearch(TREE, DEPTHS, cv=3, strategy=SuccessiveHalving(min_resources=30)),
    "conditional": BayesSearch(
        TREE, [{"max_depth": (1, 8)}, {"ccp_alpha": (0.0, 0.1)}], n_iter=6, cv=3, random_state=0
    ),
    "two metrics": GridSearch(TREE, DEPTHS, cv=3, scoring=["roc_auc", "accuracy"], refit=False),
    "own rule": GridSearch(TREE, DEPTHS, cv=3, refit=lambda results: 7),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_rows_are_those_of_cv_results_the_best_first(name: str) -> None:
    search = SEARCHES[name].fit(X, Y)
    table, results = search.trials_, search.cv_results_
    assert sorted(table.index) == list(range(len(results["params"])))
    for row in table.index:
        for name_, value in results["params"][row].items():
            assert table[f"param_{name_}"][row] == value or value is None
        assert table["status"][row] == results["status"][row]
    columns = [name for name in results if name != "params"]
    assert sorted(table.columns) == sorted(columns)
    best = getattr(search, "best_index_", None)
    rest = list(table.index)
    if best is not None:
        assert rest.pop(0) == best
    deciding = "score" if "mean_test_score" in results else "roc_auc"
    has_mean = ~np.isnan(results[f"mean_test_{deciding}"][rest])
    assert (np.diff(has_mean.astype(int)) <= 0).all()  # those without a mean are last
    rungs = np.asarray(results.get("iter", np.zeros(len(has_mean) + 1)))[rest][has_mean]
    ranks = results[f"rank_test_{deciding}"][rest][has_mean]
    assert list(zip(-rungs, ranks, strict=True)) == sorted(zip(-rungs, ranks, strict=True))


def test_results_of_scikit_learn_have_a_table_too() -> None:
    results = GridSearchCV(TREE, DEPTHS, cv=3).fit(X, Y).cv_results_
    table = trials_frame(results, "score")
    assert table["mean_test_score"].is_monotonic_decreasing
    assert len(table) == 12


def test_a_search_without_pandas_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    search = SEARCHES["grid"].fit(X, Y)
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        search.trials_  # noqa: B018 - it is asked for


class Fails(DecisionTreeClassifier):
    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        if self.max_depth == 2:
            raise ValueError("<b>not 2</b>")
        return super().fit(X, y, sample_weight, check_input)


def test_the_diagram_has_the_result_below_it() -> None:
    search = GridSearch(Fails(), {"max_depth": [1, 2, 3]}, cv=2)
    assert not search._repr_html_().endswith("</p>")
    assert 'generated/sktune.GridSearch.html"' in search._repr_html_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    line = f"Best score {search.best_score_:.4g}; 3 candidates, 1 failed; completed"
    assert f"<p>{line}</p>" in search._repr_html_()
    assert line in search._repr_mimebundle_()["text/html"]
    pipeline = make_pipeline(StandardScaler(), search)
    assert "GridSearch" in pipeline._repr_html_()
    with config_context(display="text"):
        assert not hasattr(search, "_repr_html_")
        assert list(search._repr_mimebundle_()) == ["text/plain"]
