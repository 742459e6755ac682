"""A case that a family of paths is tested with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import _sklearn
from ..types import Estimator, Samples, Scorer, Target


@dataclass
class Case:
    """Estimators that are derived from one fit.

    Attributes
    ----------
    estimator : estimator object
        What the values of the grid are set on.
    grid : dict
        Names of parameters and the values to derive.
    X, y : arrays
        What is fitted on.
    params : dict
        What is passed to ``fit`` besides.
    n_fits : int, default=1
        How many a search over the grid has to do a split, at most.
    scoring : str or callable, default=None
        By what the search of the test scores.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from sktune.testing import Case
    >>> X = np.random.default_rng(0).normal(size=(30, 5))
    >>> Case(PCA(), {"n_components": [1, 2, 3]}, X).n_fits
    1
    """

    estimator: Estimator
    grid: dict[str, list[Any]]
    X: Samples
    y: Target = None
    params: dict[str, Any] = field(default_factory=dict)
    n_fits: int = 1
    scoring: str | Scorer | None = None

    def samples(self) -> list[Any]:
        """Return the samples that models are fitted on, and others."""
        rows = np.arange(_sklearn.n_samples(self.X))[::-2]
        others = _sklearn.slice_params(self.X, {"X": self.X}, rows)["X"]
        is_moved = isinstance(others, np.ndarray) and others.dtype.kind == "f"
        return [self.X, others + others.dtype.type(0.01) if is_moved else others]
