"""How far a fit has to come, from curves and a policy made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune.engine.reaching import FEWEST, KnownFits, reach_of
from sktune.objective import Objective
from sktune.policies import Board
from sktune.trials import SINGLE, Outcome, Rounds, Trials

SPLIT = 1
numbers = st.integers(-100, 100)
fits = st.lists(st.tuples(numbers, numbers), min_size=FEWEST + 1, max_size=12)


def standings_of(trials: Trials) -> Any:
    board = Board(trials, Objective())
    for trial in trials:
        board.enter(trial)
    return board.before(len(trials))


def with_fits(known: Any, **more: Any) -> Trials:
    """Candidates with (score, end of the curve), and one that has the first split alone."""
    trials = Trials(2)
    for number, (score, end) in enumerate([*known, (0, 0)]):
        trials.begin({"value": number})
        trials.record(Outcome(number, 0, {SINGLE: 0.0}))
        if number < len(known):
            curve = ((1, 1e3), (2, float(end)))
            rounds = Rounds(**{"n": 2, "metric": "loss", "curve": curve, **more})
            trials.record(Outcome(number, SPLIT, {SINGLE: float(score)}, rounds=rounds))
    return trials


@given(fits, numbers, st.booleans())
def test_it_is_beyond_the_curves_of_all_with_whose_score_one_would_go_on(
    known: Any, least: int, greater: bool
) -> None:
    def policy(trials: Any, trial: Any) -> bool:
        assert trial.number == len(known)
        return bool(trial.scores[SPLIT] < least)

    trials = with_fits(known, greater_is_better=greater)
    standings = standings_of(trials)
    found = KnownFits.of(standings, trials, SPLIT)
    assert found is not None
    best_last = sorted(known, key=lambda fit: fit[0])
    assert (found.scores, found.ends) == (
        [score for score, _ in best_last],
        [end for _, end in best_last],
    )
    reach = reach_of(policy, standings, SPLIT, found)
    if all(score >= least for score, _ in known):
        assert reach is None
        return
    going_on = sum(score >= least for score, _ in known)
    ends = [end for _, end in best_last][-max(going_on, FEWEST) :]
    gap = (max(ends) - min(ends)) / (len(ends) - 1)
    assert reach is not None
    assert reach.value == pytest.approx(
        min(ends) - 3 * gap if greater else max(ends) + 3 * gap, rel=1e-5
    )
    assert (reach.metric, reach.greater_is_better) == ("loss", greater)


@pytest.mark.parametrize("n", [0, FEWEST, FEWEST + 1])
def test_few_fits_tell_nothing(n: int) -> None:
    trials = with_fits([(i, i) for i in range(n)])
    assert (KnownFits.of(standings_of(trials), trials, SPLIT) is not None) == (n > FEWEST)


def test_what_was_given_up_has_failed_or_has_no_curve_tells_nothing() -> None:
    known = [(i, i) for i in range(FEWEST + 1)]
    for more in ({"missed": 0.5}, {"curve": ()}):
        trials = with_fits(known, **more)
        assert KnownFits.of(standings_of(trials), trials, SPLIT) is None
    trials = with_fits([*known[:-1], (np.nan, 3)])
    assert KnownFits.of(standings_of(trials), trials, SPLIT) is None


def test_fits_are_those_of_the_metric_that_most_have() -> None:
    trials = with_fits([(i, i) for i in range(9)])
    other = Rounds(2, metric="error", curve=((2, 0.0),))
    for number in range(10, 13):
        trials.begin({"value": number})
        trials.record(Outcome(number, SPLIT, {SINGLE: 1.0}, rounds=other))
    found = KnownFits.of(standings_of(trials), trials, SPLIT)
    assert found is not None
    assert (found.metric, len(found.scores)) == ("loss", 9)
