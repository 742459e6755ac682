"""Tables of trials as files, as the docs say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from sktune import GridSearch

X, y = load_iris(return_X_y=True)


def test_a_table_with_objects_is_written_and_read_back(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pandas writes Parquet by it")
    pipeline = Pipeline([("model", SVC())])
    grid = [
        {"model": [SVC(C=2.0), LogisticRegression(max_iter=5000)]},
        {"model__C": [1, 10.0], "model__kernel": ["rbf", "poly"]},
    ]
    trials = GridSearch(pipeline, grid, cv=2).fit(X, y).trials_
    trials.to_csv(tmp_path / "trials.csv")
    text = trials.astype({name: "string" for name in trials if trials[name].dtype == object})
    text.to_parquet(tmp_path / "trials.parquet")
    csv = pd.read_csv(tmp_path / "trials.csv", index_col=0)
    parquet = pd.read_parquet(tmp_path / "trials.parquet")
    for read in (csv, parquet):
        assert list(read.columns) == list(trials.columns)
        assert read["mean_test_score"].to_numpy() == pytest.approx(trials["mean_test_score"])
        assert read["param_model"][0] == "SVC(C=2.0)"
    assert set(parquet["param_model__C"].dropna()) == {"1", "10.0"}
