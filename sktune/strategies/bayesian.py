"""Bayesian search as a strategy: start, window, budget. An optimizer chooses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from ..exceptions import warn
from ..messages import in_short
from ..objective import Objective
from ..optimizers import (
    AskTells,
    Optimizer,
    ScoreModel,
    Seen,
    make_optimizer,
)
from ..space import Constraints, Pool
from ..space.conditional import read_space
from ..space.dimensions import is_count
from ..space.pool import LARGEST_LISTED, PATIENCE
from ..trials import SINGLE, Trial
from ..types import Floats, Params, Seed
from .base import Proposal, Strategy
from .beginning import Beginning
from .costs import Cost, Costs
from .observations import Observations, Tried
from .start import StartingPoint, defaults_point, initial_points, known_parameters
from .transfer import transferred
from .warm_start import read_results

N_DESIGN = 3
"""Points of the design. More only delay learning."""


class Bayesian(Strategy):
    """Propose candidates from what earlier ones scored.

    Candidate t is proposed from exactly the outcomes of candidates 0 to t - `n_points`,
    however many more are known, so that what is proposed does not depend on which of
    several workers was first.

    Parameters
    ----------
    search_spaces : dict, list of dict, or list of (dict, int)
        As for `sktune.BayesSearch`.
    n_iter : int, default=50
        How many candidates to propose, unless the space gives allotments.
    n_points : int, default=1
        How many candidates may be under way.
    optimizer : {"gp", "skopt"} or object with ask and tell, default="gp"
        What chooses among candidates, as `optimizer` of `sktune.BayesSearch`.
    optimizer_kwargs : dict, optional
        ``n_initial_points`` for all; the rest for `skopt.Optimizer`.
    initial_points : sequence of dict, optional
        Candidates to begin with; names that are left out are drawn.
    defaults : mapping, optional
        The estimator's own values, which are candidate 0; the first of `known` says where they lie.
    known : sequence of mapping, optional
        Tried next, as far as the space contains them: the parameters of the estimator as it is,
        and what is known to be good.
    warm_start_from : `cv_results_` or fitted search, optional
        Earlier results, which count as observations and are not proposed again, but for the
        best: it is tried once more, with `initial_points`, and what it scores then counts.
    transfer : bool, default=False
        Whether these are of other data: its ranks are a prior that fades, and nothing else.
    constraints : callable, optional
        ``constraints(params) -> bool``.
    cost : "time" or callable, optional
        What a candidate costs; what is expected of it is divided by that.
    random_state : int, RandomState instance or None, default=None
        Source of all draws; with an int the candidates are the same each time.
    metric : str, default="score"
        What is maximised.

    Attributes
    ----------
    space : ConditionalSpace
        What `search_spaces` says.
    best_earlier_score : float
        Of `warm_start_from`; -inf if it has none.

    Examples
    --------
    >>> from sktune.strategies import Bayesian
    >>> from sktune.trials import Trial
    >>> strategy = Bayesian({"x": (-1.0, 2.0)}, n_iter=12, random_state=0)
    >>> best = -1.0
    >>> while candidates := strategy.ask(1):
    ...     score = 1 - (candidates[0]["x"] - 0.5) ** 2
    ...     strategy.tell([Trial.of(strategy.asked - 1, candidates[0], [score])])
    ...     best = max(best, score)
    >>> f"{best:.3f}"
    '1.000'
    """

    def __init__(
        self,
        search_spaces: Any,
        n_iter: int = 50,
        *,
        n_points: int = 1,
        optimizer: str | Optimizer | AskTells = "gp",
        optimizer_kwargs: Mapping[str, Any] | None = None,
        initial_points: Sequence[Mapping[str, Any]] | None = None,
        defaults: Mapping[str, Any] | None = None,
        known: Sequence[Mapping[str, Any]] = (),
        warm_start_from: Any = None,
        transfer: bool = False,
        constraints: Constraints | None = None,
        cost: Cost | None = None,
        random_state: Seed = None,
        metric: str = SINGLE,
    ) -> None:
        _check_counts(n_iter=n_iter, n_points=n_points)
        self.window: int = n_points
        self.objective = Objective(metric)
        self.space, self._allotments = read_space(search_spaces, "search_spaces", constraints)
        self._n_iter = sum(self._allotments) if self._allotments else n_iter
        self._pool = Pool(self.space)
        options = dict(optimizer_kwargs or {})
        n_design = options.pop("n_initial_points", N_DESIGN)
        _check_counts(n_initial_points=n_design)
        self._optimizer = make_optimizer(optimizer, self.space, options)
        self._costs = None if cost is None else Costs(cost)
        if self._costs is not None and not self._optimizer.weighs_costs:
            raise ValueError(
                f"optimizer={in_short(optimizer)} does not look at costs. Leave cost out, or take "
                "optimizer='gp'."
            )
        self._seed = int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
        if transfer:
            self._optimizer, there = transferred(warm_start_from, optimizer, self.space, metric)
            known, warm_start_from = [*known, *there], None
        earlier = read_results(warm_start_from, self.space, metric)
        for point in earlier.points:
            self._pool.take(point)
        begin = [] if defaults is None else [defaults_point(self.space, defaults, known[0])]
        self._earlier = earlier.with_best_apart(self.space)
        for first in begin:  # tried here, whatever an earlier search had of it
            self._pool.give_back(first.point)
            self._earlier = self._earlier.without(first.point, self.space)
        self.best_earlier_score = self._earlier.best_score
        self._observations = Observations(self.space, self.objective, self._earlier, self._costs)
        self.expects = self._optimizer.expects
        self._beginning = self._begin(
            begin, [] if initial_points is None else initial_points, known, n_design
        )
        coming = self._beginning.next
        if self._costs is not None and coming is not None:
            # a cost that is none is told of before the first fit
            self._costs.of_params(self.space.decode(coming.point))
        self._used_up = False

    def _begin(
        self,
        begin: list[StartingPoint],
        given: Any,
        known: Sequence[Mapping[str, Any]],
        n_design: int,
    ) -> Beginning:
        rng = np.random.default_rng([self._seed])
        own = [point for params in known for point in known_parameters(self.space, params, rng)]
        first = begin + initial_points(self.space, given, rng)
        if len(given) and len(first) > self._n_iter:
            warn(
                f"{len(given)} initial_points, but n_iter={self._n_iter}: the last "
                f"{len(first) - self._n_iter} are not tried. Raise n_iter for them."
            )
        return Beginning(self.space, self._pool, first, own, self._earlier, n_design, rng)

    @property
    def candidates(self) -> list[Params]:
        """All candidates that have been proposed."""
        return [tried.params for tried in self._observations.tried]

    @property
    def points(self) -> list[Floats]:
        """The places of these, each a float array of shape (1 + n_slots,)."""
        return [tried.point for tried in self._observations.tried]

    @property
    def total(self) -> int:
        """The number of candidates that there will be, as far as is known."""
        if self._used_up:
            return self.asked
        left = self._pool.all_left()
        known = self.asked + len(left) if left is not None else self._n_iter
        return min(self._n_iter, known)

    def propose(self, n: int) -> list[Params]:
        proposed: list[Params] = []
        tried = self._observations.tried
        while len(proposed) < n and len(tried) < self._n_iter and not self._used_up:
            if len(tried) - len(self._observations.scores) >= self.window:
                if proposed:
                    break
                raise RuntimeError(
                    f"candidate {len(tried)} is proposed from the outcomes of candidates 0 to "
                    f"{len(tried) - self.window}; tell them first, or raise n_points"
                )
            params = self._next()
            if params is None:
                self._used_up = True
                self._tell_why()
            else:
                proposed.append(params)
        return proposed

    def _tell_why(self) -> None:
        """Say why there are fewer candidates than were asked for."""
        n, size = len(self._observations.tried), self._pool.size
        warn(
            f"The search space is used up: it has no more than {n} candidates, of the "
            f"{self._n_iter} that were asked for. The search ends."
            if size is not None and size <= LARGEST_LISTED
            else f"After {n} of {self._n_iter} candidates, {PATIENCE} draws found no other that "
            "the constraints allow. The search ends."
        )

    def _next(self) -> Params | None:
        """Choose candidate t, in the order: start, draws until something is known, optimizer."""
        t = len(self._observations.tried)
        rng = np.random.default_rng([self._seed, t])
        self._pool.open(self._open_branches())
        if self._beginning.was_chosen(t) and len((seen := self._known()).values):
            self._optimizer.propose_again(seen, self._pool, rng)
        first = self._beginning.take(t)
        if first is not None:
            return self._tried(first.point, first.given)
        if self._pool.is_empty(rng):
            return None
        seen = self._known()
        given: Mapping[str, Any] = {}
        if len(seen.values):
            point = self._choose(seen, rng)
            given = self._optimizer.values_at(point)
        else:
            point = self._pool.draw(1, rng)[0]
        self._pool.take(point)
        return self._tried(point, given)

    def _choose(self, seen: Seen, rng: np.random.Generator) -> Floats:
        """Choose a new point, of what the pool has, from what is known."""
        return self._optimizer.propose(seen, self._pool, rng)

    def _known(self) -> Seen:
        """Return what the next candidate is chosen from."""
        return self.seen(max(0, len(self._observations.tried) - self.window + 1))

    def _tried(self, point: Floats, given: Mapping[str, Any]) -> Params:
        """Note the next candidate: its point, with values that were given as they are."""
        params = {**self.space.decode(point), **given}
        self._observations.tried.append(Tried(point, params, given))
        return params

    def proposal(self, number: int) -> Proposal:
        tried = self._observations.tried[number]
        return Proposal(*self.space.places_of(tried.point), tried.given)

    def restore(self, proposals: Sequence[Proposal]) -> None:
        self._beginning.restore(proposals)

    def _open_branches(self) -> Sequence[int]:
        """Return the branches whose allotment is not spent."""
        if not self._allotments:
            return range(len(self.space.branches))
        spent = np.bincount(
            [int(tried.point[0]) for tried in self._observations.tried],
            minlength=len(self._allotments),
        )
        return [b for b, allotted in enumerate(self._allotments) if spent[b] < allotted]

    def learn(self, trials: Sequence[Trial]) -> None:
        self._observations.learn(trials)
        self._optimizer.learn(self.seen())

    def seen(self, n: int | None = None) -> Seen:
        """Return what is known from the first `n` candidates, by default all, and before."""
        return self._observations.seen(n)

    def expected_improvement(self, trials: Sequence[Trial]) -> float:
        known = Observations(self.space, self.objective, self._earlier)
        known.tried = self._observations.tried[: len(trials)]
        known.learn(trials)
        seen = known.seen()
        if not len(seen.values):
            return math.inf
        pool = Pool(self.space)
        for point in seen.points:
            pool.take(point)
        rng = np.random.default_rng([self._seed, len(trials)])
        if pool.is_empty(rng):
            return 0.0
        return self._optimizer.expected_improvement(seen, pool, rng)

    @property
    def surrogate(self) -> ScoreModel | None:
        """The optimizer's model of the scores, of all that is known; None if it has none."""
        seen = self.seen()
        return self._optimizer.surrogate(seen) if len(seen.values) else None


def _check_counts(**counts: object) -> None:
    for name, value in counts.items():
        if not is_count(value):
            raise ValueError(f"{name}={value!r}; pass a whole number, at least 1.")
