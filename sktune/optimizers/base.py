"""The contract of an optimizer: one question; and one thread to answer it."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import scipy.linalg  # noqa: F401 - so that its BLAS is loaded when the libraries are listed
from threadpoolctl import ThreadpoolController

from ..space import ConditionalSpace, Pool
from ..types import Bools, Floats
from .folds import shares_of


@dataclass(frozen=True, eq=False)
class Seen:
    """The scores that are known when a candidate is chosen.

    Attributes
    ----------
    points : float array of shape (n, 1 + n_slots)
        Candidates whose scores are known, in the order in which they were asked for; see
        `sktune.space.ConditionalSpace`.
    values : float array of shape (n,)
        Their scores: finite, larger is better. The worst of them stands for one that is missing.
    failed : bool array of shape (n,)
        Where it is missing, because the candidate failed.
    pending : float array of shape (n_pending, 1 + n_slots)
        Candidates under way.
    candidates : sequence of mapping, of length n
        Those whose scores are known, with the very values that were tried.
    folds : float array of shape (n, n_splits) or None
        Their scores on each split, nan where there is none; a row of nan where only the score is
        known. Of a candidate that has some of the splits, the score is the mean over these, less
        how hard these are. None where nothing is told of splits.
    basis : Seen or None
        What was known when it was last time to fit hyperparameters; None if that can be told from
        how many scores there are, as where none of them changes.
    costs : float array of shape (n,) or None
        What each has cost, nan where it is not known; None where costs do not count.

    Examples
    --------
    >>> import numpy as np
    >>> from sktune.optimizers import Seen
    >>> points, failed = np.array([[0.0, 0.1], [0.0, 0.9]]), np.array([False, True])
    >>> seen = Seen(points, np.array([0.7, 0.7]), failed, points[:0], [{"C": 1}, {"C": 9}])
    >>> seen.working.candidates
    [{'C': 1}]
    """

    points: Floats
    values: Floats
    failed: Bools
    pending: Floats
    candidates: Sequence[Mapping[str, Any]]
    folds: Floats | None = None
    basis: Seen | None = None
    costs: Floats | None = None

    @property
    def shares(self) -> Floats:
        """Return which share of the splits each score is the mean of, shape (n,)."""
        return np.ones(len(self.values)) if self.folds is None else shares_of(self.folds)

    @property
    def working(self) -> Seen:
        """Those that did not fail."""
        if not self.failed.any():
            return self
        kept = np.flatnonzero(~self.failed)
        candidates = [self.candidates[int(number)] for number in kept]
        return replace(
            self,
            points=self.points[kept],
            values=self.values[kept],
            failed=self.failed[kept],
            candidates=candidates,
            folds=None if self.folds is None else self.folds[kept],
            costs=None if self.costs is None else self.costs[kept],
        )


class ScoreModel(Protocol):
    """Expects scores."""

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the score at points, shape (m, 1 + n_slots)."""


class Optimizer(ABC):
    """Chooses where to look next.

    What it chooses depends on its arguments alone: an optimizer keeps nothing that would
    change an answer, so that a search can be resumed from its record. One that does keep state has
    a `for_search` and a `propose_again`. One of your own is passed as
    ``BayesSearch(optimizer=...)``.

    Attributes
    ----------
    expects : bool
        Whether it can say what it expects, by `expected_improvement`.
    foresees : bool
        Whether it can say how candidates will end that have some of the splits, by `prospects`.
    weighs_costs : bool
        Whether what candidates cost makes a difference to it.

    Examples
    --------
    The candidate that is farthest from all others, of a hundred that are drawn:

    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearch
    >>> from sktune.optimizers import Optimizer
    >>> class Farthest(Optimizer):
    ...     def propose(self, seen, pool, rng):
    ...         points = pool.draw(100, rng)
    ...         known = np.concatenate([seen.points, seen.pending])
    ...         distances = np.linalg.norm(points[:, np.newaxis] - known, axis=2)
    ...         return points[distances.min(axis=1).argmax()]
    >>> space = {"C": (0.01, 100.0, "log-uniform")}
    >>> search = BayesSearch(SVC(), space, n_iter=8, optimizer=Farthest(), random_state=0)
    >>> C = search.fit(*load_iris(return_X_y=True)).cv_results_["param_C"].astype(float)
    >>> bool(np.diff(np.sort(np.log10(C))).max() < 1)
    True
    """

    expects = False
    foresees = False
    weighs_costs = False

    def for_search(self, space: ConditionalSpace) -> Optimizer:
        """Return the optimizer of one search: itself, or if it keeps state a new one.

        Called before the first fit: raises ValueError or TypeError for what cannot work.
        """
        return self

    @abstractmethod
    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        """Choose a new point.

        Parameters
        ----------
        seen : Seen
            At least one value.
        pool : Pool
            What may be chosen; not used up.
        rng : numpy Generator
            Made anew for each candidate from the search's seed.

        Returns
        -------
        point : float array of shape (1 + n_slots,)
            As the pool gives them.
        """

    def propose_again(  # noqa: B027 - most keep nothing
        self, seen: Seen, pool: Pool, rng: np.random.Generator
    ) -> None:
        """Hear with what it has proposed a point that is known from a checkpoint."""

    def learn(self, seen: Seen) -> None:  # noqa: B027 - most read what is seen when they propose
        """Hear what is known whenever a candidate is done, also after the last proposal."""

    def expected_improvement(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> float:
        """Return by how much the most promising point is expected to beat the best score."""
        return math.inf

    def prospects(self, seen: Seen) -> Floats:
        """Return how likely the mean of each over all splits beats the best that is complete.

        Shape (n,), for those whose scores are known.
        """
        raise NotImplementedError

    def values_at(self, point: Floats) -> Mapping[str, Any]:
        """Return values that are to be tried as they are, where the point would round them."""
        return {}

    def surrogate(self, seen: Seen) -> ScoreModel | None:
        """Return a model of the scores with ``predict(points) -> (mean, std)``, or None."""
        return None


_libraries = functools.cache(ThreadpoolController)
"""Lists the libraries once: it takes as long as a suggestion."""


def one_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread within a ``with`` block: what is proposed must not depend on more."""
    limit: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limit
