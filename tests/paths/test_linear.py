"""Ridge regression: one Gram matrix for all penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge, RidgeClassifier

from sktune._sklearn import linear as ours
from sktune.paths import Fit, family_of
from sktune.testing import Case
from sktune.testing.path_families import difference, responses
from tests.helpers.path_laws import PathLaws

RNG = np.random.RandomState(0)
X = RNG.randn(90, 6) * [1, 10, 1, 0.1, 1, 1] + [0, 5, 0, 0, 1, -1]
WIDE = RNG.randn(40, 60)
Y = RNG.randn(90)
THREE = RNG.randint(0, 3, size=90)
WEIGHTS = {"sample_weight": RNG.rand(90)}
GRID = {"alpha": [0.01, 1, 30.0, np.float32(0.1)]}
TWO = {"alpha": [0.5, 3.0]}


class TestRidge(PathLaws):
    def cases(self) -> list[Case]:
        frame = pd.DataFrame(X, columns=list("abcdef"))
        several = RNG.randn(90, 3)
        alike = {"alpha": [0, 2.0], "solver": ["auto", "cholesky"], "tol": [1e-4], "max_iter": [5]}
        labels = RNG.randint(0, 2, size=(90, 3))
        return [
            Case(Ridge(), GRID, X, Y),
            Case(Ridge(fit_intercept=False), GRID, X, Y),
            Case(Ridge(), GRID, X, Y, WEIGHTS),
            Case(Ridge(fit_intercept=False), TWO, X, Y, WEIGHTS),
            Case(Ridge(solver="cholesky"), TWO, X, Y),
            Case(Ridge(), alike, X, Y),
            Case(Ridge(), TWO, X, several),
            Case(Ridge(), TWO, X, several, WEIGHTS),
            Case(Ridge(fit_intercept=False), TWO, X, np.asfortranarray(several)),
            Case(Ridge(), TWO, X, Y.reshape(-1, 1)),
            Case(Ridge(), TWO, np.asfortranarray(X), Y),
            Case(Ridge(), TWO, X.astype(np.float32), Y),
            Case(Ridge(), TWO, X.astype(np.float32), Y.astype(np.float32), WEIGHTS),
            Case(Ridge(), TWO, RNG.randint(0, 9, size=(90, 4)), THREE),
            Case(Ridge(), TWO, frame, pd.Series(Y)),
            Case(Ridge(), TWO, X.tolist(), Y.tolist()),
            Case(Ridge(), TWO, WIDE, Y[:40]),
            Case(
                Ridge(),
                TWO,
                WIDE,
                RNG.randn(40, 2),
                {"sample_weight": WEIGHTS["sample_weight"][:40]},
            ),
            Case(RidgeClassifier(), GRID, X, THREE),
            Case(RidgeClassifier(), GRID, X, THREE > 1),
            Case(RidgeClassifier(), TWO, X, np.array(["a", "b", "c"])[THREE], WEIGHTS),
            Case(RidgeClassifier(class_weight="balanced"), TWO, X, THREE),
            Case(RidgeClassifier(class_weight={0: 2}), TWO, X.astype(np.float32), THREE, WEIGHTS),
            Case(RidgeClassifier(fit_intercept=False), TWO, frame, THREE),
            Case(RidgeClassifier(), TWO, RNG.randint(0, 9, size=(90, 4)), THREE),
            Case(RidgeClassifier(), TWO, X, labels),
            Case(RidgeClassifier(), TWO, WIDE, THREE[:40]),
        ]

    def alone(self) -> list[Any]:
        odd = [-1.0, np.nan, np.inf, True, "1", None, np.ones(2), [1.0]]
        return [
            *(Ridge(alpha=alpha) for alpha in odd),
            *(Ridge(solver=solver) for solver in ("svd", "lsqr", "sparse_cg", "saga", "lbfgs", 3)),
            *(Ridge(tol=tol) for tol in (-1, None)),
            *(Ridge(max_iter=n) for n in (0, 2.5, "2")),
            Ridge(positive=True),
            Ridge(copy_X=False),
            RidgeClassifier(copy_X=False),
            RidgeClassifier(solver="sag", random_state=0),
        ]


def derived(lead: Any, estimator: Any, X: Any, y: Any) -> Any:
    family, _ = family_of(estimator)
    return family.derive(Fit(lead.fit(X, y), X, y), estimator)


def test_equations_that_cannot_be_solved_are_left_to_a_fit() -> None:
    alike = np.repeat(np.arange(30.0)[:, None], 2, axis=1)
    own = Ridge(alpha=0).fit(alike, Y[:30])
    assert own.solver_ == "svd"
    assert derived(Ridge(alpha=1), Ridge(alpha=0), alike, Y[:30]) is None
    model = derived(Ridge(alpha=0), Ridge(alpha=1), alike, Y[:30])
    own = Ridge(alpha=1).fit(alike, Y[:30])
    assert not difference(responses(model, alike), responses(own, alike))


def test_sparse_data_are_left_to_a_fit() -> None:
    assert derived(Ridge(alpha=1), Ridge(alpha=2), sparse.csr_matrix(X), Y) is None


def test_other_arrays_are_left_to_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "get_config", lambda: {"array_api_dispatch": True})
    assert derived(Ridge(alpha=1), Ridge(alpha=2), X, Y) is None


def test_one_weight_for_all() -> None:
    family, _ = family_of(Ridge())
    params = {"sample_weight": 3.0}
    model = family.derive(Fit(Ridge(9).fit(X, Y, **params), X, Y, params), Ridge(2))
    assert not difference(model, Ridge(2).fit(X, Y, **params))


def test_data_are_left_as_they_are() -> None:
    data = X.copy(), Y.copy()
    derived(Ridge(), Ridge(alpha=3), *data)
    assert not difference(data, (X, Y))
