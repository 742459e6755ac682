"""The results of nested cross-validation: what a search, as a whole, is worth on new data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..messages import in_short
from ..optional import package
from ..space.dimensions import is_number
from ..space.identity import identity
from ..types import Floats
from .frames import param_series

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class NestedResults(Mapping[str, Any]):
    """The outer folds of nested cross-validation; as a mapping what `cross_validate` returns.

    Attributes
    ----------
    scores : mapping of str to array of shape (n_folds,)
        ``fit_time``, ``score_time``, ``test_score`` (or ``test_*`` of several metrics), and
        ``train_*``, ``estimator`` and ``indices`` if they were asked for: `results["test_score"]`.
    best_params : sequence of dict
        Of each outer fold, those that its search has chosen.
    best_scores : float array of shape (n_folds,)
        `best_score_` of each search; nan where a callable `refit` has chosen.
    biases : float array of shape (n_folds,)
        `best_score_bias_` of each search: by how much it expects `best_score_` to be too high; nan
        for scikit-learn's searches.
    metric : str or None
        Which of `scores` is of the same metric as `best_scores`; None if none is known to be.
    errors : sequence of str or None
        Of each outer fold, why its search has failed; None if it has not.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, nested_cross_validate
    >>> results = nested_cross_validate(
    ...     GridSearch(SVC(), {"kernel": ["linear", "sigmoid"]}), *load_iris(return_X_y=True)
    ... )
    >>> results["test_score"].shape, results.stability
    ((5,), {'kernel': 1.0})
    """

    scores: Mapping[str, Any]
    best_params: Sequence[Mapping[str, Any]]
    best_scores: Floats
    biases: Floats
    metric: str | None = field(default="test_score")
    errors: Sequence[str | None] = ()

    @property
    def _chosen(self) -> list[Mapping[str, Any]]:
        """The parameters of outer folds whose search has not failed."""
        failed = {k for k, error in enumerate(self.errors) if error is not None}
        return [params for k, params in enumerate(self.best_params) if k not in failed]

    def __getitem__(self, name: str) -> Any:
        return self.scores[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def optimism(self) -> Floats:
        """By how much `best_score_` was too high on each outer fold; nan where that is not known.

        On average that is what `biases` estimates without outer folds. A single outer fold has
        noise of its own.
        """
        if self.metric is None:
            return np.full(len(self.best_params), np.nan)
        return np.asarray(self.best_scores - self.scores[self.metric])

    @property
    def stability(self) -> dict[str, float]:
        """The share of outer folds that agree on the value that most have chosen, by parameter.

        1 says that all have chosen the same. Of a parameter with many values a small share may
        mean that it matters little, or that values near each other are as good.
        """
        folds = self._chosen
        shares = {}
        for name in dict.fromkeys(name for params in folds for name in params):
            chosen = Counter(
                identity({name: params[name]}) if name in params else None for params in folds
            )
            shares[name] = max(chosen.values()) / len(folds)
        return shares

    def to_frame(self) -> DataFrame:
        """Return a pandas.DataFrame with a row for each outer fold.

        Raises
        ------
        ImportError
            Without pandas.
        """
        pandas = package("pandas", "a table of outer folds is a pandas.DataFrame")
        columns = {n: v for n, v in self.scores.items() if n not in ("estimator", "indices")}
        columns |= {"best_score": self.best_scores, "optimism": self.optimism, "bias": self.biases}
        columns |= param_series([dict(params) for params in self.best_params])
        if any(self.errors):
            columns["error"] = list(self.errors)
        frame = pandas.DataFrame(columns)
        frame.index.name = "fold"
        return frame

    def __repr__(self) -> str:
        n = len(self._chosen)
        lines = [f"Nested cross-validation of {len(self.best_params)} outer folds."]
        for fold, error in enumerate(self.errors):
            if error is not None:
                lines.append(f"fold {fold} has failed: {error}")
        for name, values in self.scores.items():
            if name.startswith("test_"):
                what = f"{name.removeprefix('test_')}: {_mean_and_std(values)}"
                lines.append(f"{what} on samples that no search has seen")
        if not np.isnan(self.best_scores).all():
            lines.append(f"best_score_ of the searches: {_mean_and_std(self.best_scores)}")
        if not np.isnan(self.optimism).all():
            told = f"optimism: {_mean_and_std(self.optimism)}"
            if not np.isnan(self.biases).all():
                told += f"; best_score_bias_ says {np.nanmean(self.biases):.4f}"
            lines.append(told)
        for name, share in self.stability.items():
            lines.append(f"{name}: {round(share * n)} of {n} folds agree{self._most(name)}")
        return "\n".join(lines)

    def _most(self, name: str) -> str:
        """Return the value that most folds have chosen, if two agree, and the range, as text."""
        values = [params[name] for params in self._chosen if name in params]
        counts = Counter(identity({name: value}) for value in values)
        key, n = counts.most_common(1)[0]
        if n == 1 and len(self._chosen) > 1:
            return _range_of(values)
        most = next(value for value in values if identity({name: value}) == key)
        return f" on {in_short(most)}{_range_of(values)}"


def _range_of(values: Sequence[Any]) -> str:
    """Return from where to where numbers are, as text; empty if they are equal, or no numbers."""
    if not all(map(is_number, values)) or min(values) == max(values):
        return ""
    return f", all from {min(values):.4g} to {max(values):.4g}"


def _mean_and_std(values: Any) -> str:
    return f"{np.nanmean(values):.4f} ± {np.nanstd(values):.4f}"
