"""The types of what is passed around, where Python and numpy have none that tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import NoneType
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""An array of numpy's, of any kind of values."""

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.intp]
Bools: TypeAlias = npt.NDArray[np.bool_]

Params: TypeAlias = Mapping[str, Any]
"""Names of parameters, with the values that they are set to."""

PLAIN = (bool, int, float, complex, str, bytes, NoneType)
"""Python's own types of values that never change, and that nothing but a value tells apart."""

Seed: TypeAlias = int | np.random.RandomState | np.random.Generator | None
"""A source of randomness, as scikit-learn's `random_state`; few take a Generator."""


class Estimator(Protocol):
    """Anything that has scikit-learn's parameters and ``fit``: also a user's."""

    def get_params(self, deep: bool = True) -> dict[str, Any]: ...

    def set_params(self, **params: Any) -> Any: ...

    def fit(self, *args: Any, **params: Any) -> Any: ...


class Model(Estimator, Protocol):
    """An estimator whose attributes are read or set, where it is known which ones it has."""

    def __getattr__(self, name: str, /) -> Any: ...

    def __setattr__(self, name: str, value: Any, /) -> None: ...


class Samples(Protocol):
    """Data of which rows can be taken: an array, a sparse matrix, a data frame, a list."""

    def __getitem__(self, rows: Any, /) -> Any: ...


class Matrix(Samples, Protocol):
    """Samples that were checked: an array or a sparse matrix."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...


Target: TypeAlias = Samples | None
"""The values to predict, a row for each sample; None if there are none."""


class Scorer(Protocol):
    """Scores a fitted estimator: ``scorer(estimator, X, y)``, by one metric or by several."""

    def __call__(
        self, estimator: Any, X: Any, /, *y: Any, **params: Any
    ) -> float | Mapping[str, float]: ...


Scoring: TypeAlias = str | Scorer | Collection[str] | Mapping[str, Any] | None
"""``scoring=``: a metric by name, a scorer, or several; None for the estimator's own score."""


class Splitter(Protocol):
    """Splits samples into training and test sets, by their numbers."""

    def split(self, X: Any, /, *y: Any, **params: Any) -> Iterable[tuple[Any, Any]]: ...

    def get_n_splits(self, *data: Any, **params: Any) -> int: ...


CV: TypeAlias = int | Splitter | Iterable[Any] | None
"""``cv=``: how many folds, what splits, or the splits themselves, each (train, test)."""
