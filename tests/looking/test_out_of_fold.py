"""Errors of out-of-fold predictions: the figure, and its part of the report."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.looking import OutOfFoldDisplay, OutOfFoldErrors, Record
from sktune.looking.report.data import page_data
from sktune.looking.report.reading import Reading


def errors_of(search: Any) -> OutOfFoldErrors:
    return OutOfFoldErrors.of(Record.of(search))


def figure_of(search: Any) -> Any:
    figures = page_data(Reading.of(search))["figures"]
    return next((figure for figure in figures if figure["id"] == "errors"), None)


@pytest.mark.parametrize("names", [["a", "b", "c"], [3, 1, 2], [False, True, True]])
def test_the_matrix_is_that_of_the_predictions(names: Any, iris: Any) -> None:
    X, y = iris[0], np.array(names)[iris[1]]
    cv = ShuffleSplit(3, test_size=0.3, random_state=0)
    search = GridSearch(SVC(), {"C": [0.01, 1.0]}, cv=cv, keep="best").fit(X, y)
    told, errors = search.out_of_fold_, errors_of(search)
    known = told.counts > 0
    predicted = told.predict[known].astype(np.array(names).dtype)
    expected = confusion_matrix(y[known], predicted)
    np.testing.assert_array_equal(errors.counts, expected)
    assert list(errors.labels) == sorted(set(names))
    assert (errors.n_samples, errors.n_right) == (known.sum(), np.trace(expected))
    figure = figure_of(search)
    assert sum(figure["written"]) == known.sum()
    assert figure["y"]["labels"] == figure["x"]["labels"][::-1]
    assert f"{np.trace(expected)} are right" in figure["text"]
    drawn = OutOfFoldDisplay.from_search(search)
    texts = sorted(int(text.get_text()) for text in drawn.ax_.texts)
    assert texts == sorted(expected[expected > 0].tolist())


def test_residuals_are_the_truth_less_predictions(rng: Any) -> None:
    X = rng.normal(size=(80, 3))
    y = X[:, 0] + rng.normal(size=80)
    search = GridSearch(Ridge(), {"alpha": [0.1, 1.0]}, keep="best").fit(X, y)
    errors = errors_of(search)
    np.testing.assert_array_equal(errors.residuals, y - search.out_of_fold_.predict)
    assert sum(cell[4] for cell in figure_of(search)["cells"]) == 80
    assert OutOfFoldDisplay.from_search(search).points_.get_offsets().shape == (80, 2)


def test_of_many_classes_those_with_most_errors_are_shown(rng: Any) -> None:
    y = np.repeat(np.arange(30), 10)
    X = np.column_stack([y * 1.0, np.zeros(300)])
    X[y >= 25, 0] = rng.normal(size=50)
    cv = KFold(4, shuffle=True, random_state=0)
    search = GridSearch(KNeighborsClassifier(1), {"p": [2]}, cv=cv, keep="best").fit(X, y)
    errors = errors_of(search)
    assert len(errors.labels) == 20
    assert set(errors.labels) >= set(range(25, 30))
    assert errors.n_samples == 300


def test_what_there_is_nothing_of_is_said(iris: Any) -> None:
    X, y = iris
    search = GridSearch(SVC(), {"C": [1.0]}).fit(X, y)
    assert figure_of(search) is None
    for source in (search, search.cv_results_):
        with pytest.raises(ValueError, match="keep='best'"):
            errors_of(source)
    several = GridSearch(KNeighborsRegressor(), {"p": [1]}, keep="best").fit(X, X[:, :2])
    assert "several outputs" in figure_of(several)["text"]
