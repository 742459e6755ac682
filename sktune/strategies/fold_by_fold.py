"""Search fold by fold: after each fit, whether a candidate is worth its next split.

A race (Maron & Moore, Hoeffding races, 1994) that the surrogate judges instead of a test: it knows
the candidate's scores so far, how hard their splits are, how noisy they are, and what similar
candidates scored, and learns of every fold as it comes. As in Yerramilli & Apley, Fold-wise
Bayesian optimization for tuning by cross-validation (Technometrics 2025, doi
10.1080/00401706.2025.2515926), a fit is what is chosen; but the process is one over candidates,
with noise by how many splits they have: one over candidate and split stayed at the incumbent
(measured). With P the probability that a candidate's mean over all splits is above that of the
best complete one,

1. a candidate goes on to its next split as long as P > `GOES_ON`; else it is set aside;
2. those that were set aside are taken up again, the likeliest first, where P > `TAKEN_UP`;
3. only then is a new candidate chosen.

The first `N_WHOLE` get all splits: with fewer, nothing is known of noise or splits. Splits are
begun in turn, so that what is learned of the first one is not all there is; but first come those on
which a candidate of the same `work` has been, whose first steps need not be fitted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..optimizers import Seen
from ..optimizers.surrogate import milestone
from ..types import Floats, Params
from .bayesian import Bayesian
from .fold_observations import FoldFit, FoldObservations

GOES_ON = 0.15
"""Probability to become the best above which a candidate gets its next split. With .3 there is
less regret after few fits, and more after many."""

TAKEN_UP = 0.4
"""The same, of one that was set aside."""

N_WHOLE = 3
"""Candidates that get all splits in any case."""


class FoldByFold(Bayesian):
    """Propose fits one by one, each from what exactly the fits before its window scored.

    The budget is `n_iter` candidates times the number of splits, in fits, and so are allotments:
    what candidates save that are set aside is spent on others. `n_points` fits may be under way.

    Parameters
    ----------
    search_spaces, n_iter, **options
        As of `Bayesian`; the optimizer must foresee how candidates end ("gp").
    work : callable, optional
        From parameters to a key of the work that candidates of the same key have in common.

    Attributes
    ----------
    n_fits : int
        How many fits have been proposed.
    aside : set of int
        Candidates that are not worth their next split, as far as is known.

    Examples
    --------
    >>> from sktune.strategies import FoldByFold
    >>> strategy = FoldByFold({"x": (-1.0, 2.0)}, n_iter=9, random_state=0)
    >>> strategy.begin(n_splits=3)
    >>> while fit := strategy.next_fit():
    ...     x = strategy.candidates[fit.number]["x"]
    ...     strategy.tell_fit(fit, fit.split - (x - 0.5) ** 2)
    >>> 24 < strategy.n_fits <= 27, len(strategy.candidates) > 9
    (True, True)
    """

    def __init__(
        self,
        search_spaces: Any,
        n_iter: int = 50,
        *,
        work: Callable[[Params], Hashable] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(search_spaces, n_iter, **options)
        if not self._optimizer.foresees:
            raise ValueError(
                'folds="adaptive" goes by what the optimizer foresees of a candidate, and this one '
                'foresees nothing; take optimizer="gp", or folds="all".'
            )
        if options.get("cost") is not None:
            raise ValueError(
                'folds="adaptive" goes by fits, not by what they cost; leave cost out, or take '
                'folds="all".'
            )
        self._observations: FoldObservations = FoldObservations(
            self.space, self.objective, self._earlier
        )
        self.n_fits = 0
        self.aside: set[int] = set()
        self._work = work
        self._splits_of_work: defaultdict[Hashable, set[int]] = defaultdict(set)
        self._going: list[int] = []
        self._under_way: set[int] = set()
        self._basis: Seen | None = None
        self._is_over = False

    def begin(self, n_splits: int) -> None:
        """Say how many splits there are; before anything else."""
        self._observations.n_splits = n_splits

    @property
    def total(self) -> int:
        """How many candidates could have all splits; in the end, how many there are."""
        n_begun = len(self._observations.tried)
        return n_begun if self._is_over else max(self._n_iter, n_begun + 1)

    def next_fit(self) -> FoldFit | None:
        """Return the next fit; None if there is none until more has been told, or no more at all.

        A new candidate has the number that comes next, and is in `candidates`.
        """
        n_splits = self._observations.n_splits
        left = self._n_iter * n_splits - self.n_fits
        if not left:
            self.aside.update(self._going)
            self._going.clear()
            self._is_over = not self._under_way
            return None
        while self._going:
            number = self._going.pop(0)
            if self._goes_on(number):
                return self._fit(number)
            self.aside.add(number)
        # a new one that could not have all splits would be of no use: what there is gets the rest
        owed = sum(n_splits - self._observations.n_done(number) for number in self._under_way)
        if left - owed >= n_splits and not self._used_up:
            again = self._likeliest_aside(TAKEN_UP)
            if again is not None:
                return self._fit(again)
            if self.ask(1):
                return self._fit(len(self._observations.tried) - 1)
        again = self._likeliest_aside(GOES_ON)
        if again is not None:
            return self._fit(again)
        self._is_over = not self._under_way
        return None

    def tell_fit(self, fit: FoldFit, score: float) -> None:
        """Report what a fit scored, nan if it failed, in the order in which they were proposed."""
        self._under_way.discard(fit.number)
        self._observations.hear(fit, score)
        if np.isnan(self._observations.row(fit.number)).any():
            self._going.append(fit.number)

    def propose(self, n: int) -> list[Params]:
        known = self.seen()
        if (size := len(known.working.values)) and milestone(size) == size:
            self._basis = known
        params = self._next()
        if params is not None:
            return [params]
        self._used_up = True
        if len(self._observations.tried) < self._n_iter:
            self._tell_why()
        return []

    def seen(self, n: int | None = None) -> Seen:
        return replace(super().seen(n), basis=self._basis)

    def _known(self) -> Seen:
        return self.seen()

    def _fit(self, number: int) -> FoldFit:
        """Propose the next split of a candidate."""
        self.aside.discard(number)
        self._under_way.add(number)
        self.n_fits += 1
        row = self._observations.row(number)
        turn = np.roll(np.arange(len(row)), -(number % len(row)))
        left = turn[np.isnan(row[turn])].tolist()
        key = number if self._work is None else self._work(self.candidates[number])
        done = self._splits_of_work[key]
        split = next((split for split in left if split in done), left[0])
        done.add(split)
        return FoldFit(number, split)

    def _goes_on(self, number: int) -> bool:
        known = self._observations
        if number in known.failed:
            return False
        return known.n_whole < N_WHOLE or self._prospects()[number] > GOES_ON

    def _likeliest_aside(self, least: float) -> int | None:
        """Return which of those that were set aside is taken up again."""
        if not (idle := sorted(self.aside - self._observations.failed)):
            return None
        prospects = self._prospects()
        best = max(idle, key=lambda number: prospects[number])  # of equal ones the first
        return best if prospects[best] > least else None

    def _prospects(self) -> dict[int, float]:
        """Return each candidate's probability to become the best."""
        known = self._observations
        numbers = [number for number, score in enumerate(known.scores) if score is not None]
        found = self._optimizer.prospects(self.seen())[-len(numbers) :]
        return dict(zip(numbers, map(float, found), strict=True))

    def _open_branches(self) -> Sequence[int]:
        if not self._allotments:
            return super()._open_branches()
        spent = np.zeros(len(self._allotments))
        for number, tried in enumerate(self._observations.tried):
            spent[int(tried.point[0])] += self._observations.n_done(number)
        n_splits = self._observations.n_splits
        return [b for b, n in enumerate(self._allotments) if spent[b] + n_splits <= n * n_splits]


class DrawnFoldByFold(FoldByFold):
    """Draw candidates at random, and decide after each fit which is worth its next split.

    What is known of a candidate says only whether it goes on, not which comes next.

    Parameters
    ----------
    search_spaces, n_iter, **options
        As of `FoldByFold`.

    Examples
    --------
    >>> from sktune.strategies import DrawnFoldByFold
    >>> strategy = DrawnFoldByFold({"x": (-1.0, 2.0)}, n_iter=9, random_state=0)
    >>> strategy.begin(n_splits=3)
    >>> while fit := strategy.next_fit():
    ...     x = strategy.candidates[fit.number]["x"]
    ...     strategy.tell_fit(fit, fit.split - (x - 0.5) ** 2)
    >>> strategy.n_fits <= 27, len(strategy.candidates) > 12
    (True, True)
    """

    def __init__(self, search_spaces: Any, n_iter: int = 10, **options: Any) -> None:
        super().__init__(search_spaces, n_iter, optimizer_kwargs={"n_initial_points": 1}, **options)

    def _choose(self, seen: Seen, rng: np.random.Generator) -> Floats:
        point: Floats = self._pool.draw(1, rng)[0]
        return point
