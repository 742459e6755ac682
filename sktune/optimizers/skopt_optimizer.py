"""`skopt.Optimizer` as an optimizer.

scikit-optimize handles numbers between 0 and 1 well and objects badly (tuples, None, mixed
types), so it is given places only: a Real dimension for each slot, and an index for the
branch and for choices. What it proposes is decoded here.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..optional import package
from ..space import Choices, ConditionalSpace, Pool
from ..types import Floats
from .base import Optimizer, ScoreModel, Seen, one_thread

_DRAWN = 500
"""Points among which the most promising is taken where skopt proposes a known one."""

_OURS = {
    "dimensions": "the space is given as search_spaces",
    "random_state": "the seed is the search's random_state",
    "initial_point_generator": "the start is the search's own",
    "n_random_starts": "the start is the search's own; see initial_points",
    "n_jobs": "candidates are proposed in the parent, by one thread",
    "model_queue_size": "the last model is kept",
}


def are_skopts(options: Mapping[str, Any]) -> bool:
    """Whether there are options, and `skopt.Optimizer` has all of them."""
    if not options:
        return False
    return options.keys() <= inspect.signature(package("skopt").Optimizer).parameters.keys()


class SkoptOptimizer(Optimizer):
    """Let scikit-optimize choose.

    Parameters
    ----------
    space : ConditionalSpace
        What is searched.
    options : mapping
        For `skopt.Optimizer`: ``base_estimator``, ``acq_func``, ``acq_optimizer``,
        ``acq_func_kwargs``, ``acq_optimizer_kwargs``. ``acq_func="gp_hedge"`` chooses among
        its functions anew each time.

    Raises
    ------
    ValueError
        For options that the search sets itself, and those that scikit-optimize refuses.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearch
    >>> options = {"base_estimator": "RF", "acq_func": "LCB", "n_initial_points": 3}
    >>> search = BayesSearch(
    ...     SVC(), {"C": (0.1, 10.0)}, n_iter=4, optimizer="skopt", optimizer_kwargs=options
    ... )
    >>> bool(search.fit(*load_iris(return_X_y=True)).best_score_ > 0.9)
    True
    """

    def __init__(self, space: ConditionalSpace, options: Mapping[str, Any]) -> None:
        for name in options:
            if name in _OURS:
                raise ValueError(f"optimizer_kwargs: {name!r} cannot be set here: {_OURS[name]}.")
        if options.get("base_estimator") == "dummy" or options.get("acq_func") in ("EIps", "PIps"):
            raise ValueError(
                "optimizer_kwargs: base_estimator='dummy' is RandomSearch, and acquisition "
                "functions per second need times, which would make the search depend on them."
            )
        self._space = space.unconstrained()  # its models may be written to a file
        self._options = dict(options)
        try:
            self._try_out()
        except Exception as exc:
            raise ValueError(
                f"optimizer_kwargs: skopt.Optimizer cannot work with them ({exc}). Its "
                "base_estimator is 'GP', 'RF', 'ET' or a regressor whose predict takes "
                "return_std: pass one of these."
            ) from exc

    def _try_out(self) -> None:
        """Go once around, so that what cannot work is refused before the first fit."""
        points = self._space.sample(2, np.random.default_rng(0))
        nothing = np.empty((0, points.shape[1]))
        values, failed = np.array([0.0, 1.0]), np.zeros(2, dtype=bool)
        seen = Seen(points, values, failed, nothing, self._space.decode_all(points))
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            optimizer = self._told(seen, 0)
            optimizer.ask()
            _Model(self, optimizer).predict(points)

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence, and of points told twice
            return self._propose(seen, pool, rng)

    def _propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        optimizer = self._told(seen, int(rng.integers(2**31 - 1)))
        point = pool.fresh(self._from_skopt([optimizer.ask()]))
        if len(point):
            return np.asarray(point[0])
        # it insists on what is not allowed or not new: the most promising of what is
        points = pool.draw(_DRAWN, rng)
        mean, std = _Model(self, optimizer).predict(points)
        return np.asarray(points[np.argmax(mean + 1.96 * std)])

    def surrogate(self, seen: Seen) -> ScoreModel:
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Model(self, self._told(seen, 0))

    def _told(self, seen: Seen, seed: int) -> Any:
        """A new skopt.Optimizer that knows all; pending points count as the mean so far."""
        optimizer = self._make(seed)
        values = [*-seen.values, *[-float(np.mean(seen.values))] * len(seen.pending)]
        points = np.concatenate([seen.points, seen.pending])
        optimizer.tell(self.to_skopt(points), values)
        return optimizer

    def _make(self, seed: int) -> Any:
        return package("skopt").Optimizer(
            self._dimensions(), n_initial_points=0, random_state=seed, **self._options
        )

    def _dimensions(self) -> list[Any]:
        n_branches, skopt = len(self._space.branches), package("skopt.space")
        dimensions = [skopt.Categorical(list(range(n_branches)))] if n_branches > 1 else []
        for _, dimension in self._space.slots:
            if isinstance(dimension, Choices):
                dimensions.append(skopt.Categorical(list(range(dimension.n_values))))
            else:
                dimensions.append(skopt.Real(0.0, 1.0))
        return dimensions

    def to_skopt(self, points: Floats) -> list[list[Any]]:
        """Return points as rows of skopt's space."""
        columns: list[list[Any]] = []
        if len(self._space.branches) > 1:
            columns.append([int(branch) for branch in points[:, 0]])
        for slot, (_, dimension) in enumerate(self._space.slots):
            units = np.nan_to_num(points[:, 1 + slot], nan=0.5)
            if isinstance(dimension, Choices):
                columns.append([int(index) for index in dimension.index(units)])
            else:
                columns.append([float(unit) for unit in units])
        return [list(row) for row in zip(*columns, strict=True)]

    def _from_skopt(self, rows: list[list[Any]]) -> Floats:
        shift = int(len(self._space.branches) > 1)
        points = np.zeros((len(rows), 1 + len(self._space.slots)))
        for number, row in enumerate(rows):
            points[number, 0] = row[0] if shift else 0
            for slot, (_, dimension) in enumerate(self._space.slots):
                given = row[shift + slot]
                chosen = isinstance(dimension, Choices)
                points[number, 1 + slot] = dimension.places()[int(given)] if chosen else given
        return points


class _Model:
    """The last model of a skopt.Optimizer, for points and scores."""

    def __init__(self, of: SkoptOptimizer, told: Any) -> None:
        self._of, self._space, self._model = of, told.space, told.models[-1]

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        rows = self._space.transform(self._of.to_skopt(points))
        mean, std = self._model.predict(rows, return_std=True)
        return -np.asarray(mean), np.asarray(std)
