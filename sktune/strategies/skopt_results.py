"""Results for scikit-optimize's plots and callbacks: an OptimizeResult a branch.

Ranges are skopt dimensions, choices are categories labelled by what they look like. Values
are scores with the sign changed, because scikit-optimize minimises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..optimizers import ScoreModel
from ..optional import package
from ..space import Choices, ConditionalSpace, Dimension, Integer, Quantiles, Real
from ..types import Floats


class SkoptView:
    """One branch of a space, as scikit-optimize sees it."""

    def __init__(self, space: ConditionalSpace, branch: int) -> None:
        # what is made of it may be written to a file, and a user's function cannot be
        self._space, self._branch = space.unconstrained(), branch
        self.names = sorted(space.branches[branch])
        self._labels = {
            name: _labels(dimension.values)
            for name, dimension in space.branches[branch].items()
            if isinstance(dimension, Choices)
        }
        self.space = package("skopt.space").Space([self._dimension(name) for name in self.names])

    def result(
        self, rows: Sequence[Any], values: Floats, surrogate: ScoreModel | None = None
    ) -> Any:
        """Make the OptimizeResult of candidates of this branch, given by their rows and scores."""
        models = [] if surrogate is None else [SkoptModel(self, surrogate)]
        specs = {"args": {}, "function": "sktune.BayesSearch"}  # skopt.dump looks for func there
        utils = package("skopt.utils")
        if not len(rows):  # of which it can make no result
            return utils.OptimizeResult(
                x=None, fun=None, func_vals=np.empty(0), x_iters=[], models=models,
                space=self.space, random_state=None, specs=specs,
            )  # fmt: skip
        return utils.create_result(list(rows), -values, self.space, specs=specs, models=models)

    def points(self, rows: Sequence[Sequence[Any]]) -> Floats:
        """Return the points of rows of skopt's space."""
        dimensions = self._space.branches[self._branch]
        points = np.full((len(rows), 1 + len(self._space.slots)), np.nan)
        points[:, 0] = self._branch
        for number, row in enumerate(rows):
            units = {
                name: self._unit(name, dimensions[name], value)
                for name, value in zip(self.names, row, strict=True)
            }
            points[number] = self._space.with_units(points[number], units)
        return points

    def _dimension(self, name: str) -> Any:
        dimension, skopt = self._space.branches[self._branch][name], package("skopt.space")
        if isinstance(dimension, Choices):
            return skopt.Categorical(self._labels[name], name=name)
        prior = "log-uniform" if getattr(dimension, "log", False) else "uniform"
        low, high = _bounds(dimension)
        if low == high:
            return skopt.Categorical([low], name=name)
        if isinstance(dimension, Integer) or getattr(dimension, "discrete", False):
            return skopt.Integer(low, high, prior=prior, name=name)
        return skopt.Real(low, high, prior=prior, name=name)

    def row(self, params: Mapping[str, Any]) -> list[Any]:
        """Return a candidate as a row of skopt's space."""
        row = []
        for name in self.names:
            dimension = self._space.branches[self._branch][name]
            if isinstance(dimension, Choices):
                place = np.float64(dimension.encode(params[name]) or 0.0)
                row.append(self._labels[name][int(dimension.index(np.asarray(place)))])
            else:
                row.append(params[name])
        return row

    def _unit(self, name: str, dimension: Dimension, value: Any) -> float:
        if isinstance(dimension, Choices):
            return float(dimension.places()[self._labels[name].index(value)])
        low, high = _bounds(dimension)
        value = min(max(value, low), high)  # skopt's grids reach beyond by a rounding error
        whole = isinstance(dimension, Integer) or getattr(dimension, "discrete", False)
        return dimension.encode(round(value) if whole else float(value)) or 0.0


class SkoptModel:
    """A surrogate of scores as a model that scikit-optimize asks."""

    def __init__(self, view: SkoptView, surrogate: ScoreModel) -> None:
        self._view, self._surrogate = view, surrogate

    def predict(
        self, X: Sequence[Sequence[Any]], return_std: bool = False
    ) -> Floats | tuple[Floats, Floats]:
        """Predict what is minimised, at rows of skopt's transformed space."""
        rows = self._view.space.inverse_transform(np.asarray(X))
        mean, std = self._surrogate.predict(self._view.points(rows))
        return (-mean, std) if return_std else -mean


def _bounds(dimension: Dimension) -> tuple[Any, Any]:
    if isinstance(dimension, Real | Integer):
        return dimension.low, dimension.high
    assert isinstance(dimension, Quantiles)  # noqa: S101 - there are no others
    return dimension.decode(0.0), dimension.decode(1.0)


def _labels(values: Sequence[Any]) -> list[str]:
    """Return what values look like; numbered where two look alike."""
    looks = [value if isinstance(value, str) else repr(value) for value in values]
    alike, labels = Counter(looks), []
    before: Counter[str] = Counter()
    for look in looks:
        before[look] += 1
        labels.append(look if alike[look] == 1 else f"{look} ({before[look]})")
    return labels
