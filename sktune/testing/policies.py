"""The contract of a policy."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from dataclasses import FrozenInstanceError, fields

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.svm import SVC

from ..policies import Standings, TerminationPolicy
from ..searches import GridSearch
from ..types import Floats

# the laws are inherited, so that each class runs them
a_few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)
tables = st.integers(2, 12).flatmap(
    lambda m: arrays(
        float, (m, 5), elements=st.floats(-2, 1, width=32).map(lambda x: round(float(x), 4))
    )
)


def standings(scores: npt.ArrayLike) -> Standings:
    """Return the standings of candidates, from scores with nan where there is none."""
    table = np.asarray(scores, dtype=float)
    return Standings(table, np.arange(len(table)))


def so_far(table: Floats, n: int, done: int) -> Floats:
    """Return scores of which the first `done` candidates are complete, and others have n splits."""
    known = table.copy()
    known[done:, n:] = np.nan
    return known


class PolicyContract(ABC):
    """A policy is frozen, goes by scores alone, and lets the best so far go on.

    Examples
    --------
    >>> from sktune import MedianStoppingPolicy
    >>> from sktune.testing import PolicyContract
    >>> class TestMedian(PolicyContract):
    ...     def make(self):
    ...         return MedianStoppingPolicy()
    """

    @abstractmethod
    def make(self) -> TerminationPolicy:
        """Make a policy under test."""

    def test_it_is_frozen_and_equal_to_another_like_it(self) -> None:
        policy = self.make()
        assert policy == self.make()
        assert hash(policy) == hash(self.make())
        with pytest.raises(FrozenInstanceError):
            setattr(policy, fields(policy)[0].name, 1)  # type: ignore[arg-type]

    def test_it_survives_pickle_and_clone(self) -> None:
        search = GridSearch(SVC(), {"C": [1, 2]}, early_termination=self.make())
        assert clone(search).early_termination == self.make()
        assert pickle.loads(pickle.dumps(search)).early_termination == self.make()
        assert type(self.make()).__name__ in repr(search)

    @a_few
    @given(tables, st.integers(1, 4), st.data())
    def test_it_says_the_same_again_and_changes_nothing(
        self, table: Floats, n: int, data: st.DataObject
    ) -> None:
        known = so_far(table, n, data.draw(st.integers(0, len(table) - 1)))
        policy, before = self.make(), known.copy()
        trials = standings(known)
        said = [bool(policy(trials, trial)) for trial in trials if not trial.complete]
        again = [
            bool(self.make()(standings(known), trial)) for trial in trials if not trial.complete
        ]
        assert said == again
        np.testing.assert_array_equal(known, before)

    @a_few
    @given(tables, st.integers(1, 4), st.data())
    def test_the_order_of_the_others_does_not_matter(
        self, table: Floats, n: int, data: st.DataObject
    ) -> None:
        table = table + 1e-3 * np.arange(table.size).reshape(table.shape)  # no ties
        known = so_far(table, n, data.draw(st.integers(0, len(table) - 1)))
        order = np.array(data.draw(st.permutations(range(len(table)))))
        policy = self.make()
        one, other = standings(known), standings(known[order])
        for row in range(len(table)):
            if not one[row].complete:
                moved = int(np.flatnonzero(order == row)[0])
                assert bool(policy(one, one[row])) == bool(policy(other, other[moved]))

    @a_few
    @given(tables, st.integers(1, 4))
    def test_the_best_so_far_goes_on(self, table: Floats, n: int) -> None:
        trials = standings(so_far(table, n, 0))
        best = int(np.argmax(trials.means(n)))
        assert not self.make()(trials, trials[best])

    def test_a_candidate_alone_goes_on(self) -> None:
        trials = standings([[0.5, np.nan, np.nan]])
        assert not self.make()(trials, trials[0])

    def test_what_has_failed_does_not_go_on_beside_good_ones(self) -> None:
        rows = [[0.9 - 0.01 * k, 0.9, 0.9, np.nan] for k in range(8)]
        trials = standings([*rows, [0.9, -np.inf, 0.9, np.nan]])
        assert self.make()(trials, trials[8])
        assert not self.make()(trials, trials[0])

    def test_where_all_have_failed_nothing_is_raised(self) -> None:
        trials = standings([[-np.inf, np.nan], [-np.inf, np.nan]])
        assert self.make()(trials, trials[0]) in (True, False)
