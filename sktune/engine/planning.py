"""Plan bundles: tasks of one split that are sent to a worker together.

A bundle is short enough that little is lost with it and progress moves, long enough that
the way to the worker and back does not matter, and small enough that all workers end
together (guided self-scheduling: Polychronopoulos & Kuck 1987).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from ..evaluation import Bundle, Task
from ..problem import Split
from ..trials import Outcome

SECONDS = 0.5
"""Expected work in a bundle. Sending one takes milliseconds."""

GROWTH = 2
"""How much larger than the last a bundle may be, while the first costs come in."""


@dataclass(slots=True)
class Cost:
    """Seconds that tasks have taken so far, on average over the more recent ones.

    Attributes
    ----------
    seconds : float or None
        All of a task; None before the first outcome.
    last : float or None
        A task whose steps had been fitted for others, but for the last.
    step : float or None
        One more step.
    """

    seconds: float | None = None
    last: float | None = None
    step: float | None = None

    def learn(self, outcome: Outcome) -> None:
        """Take in what one more task took."""
        self.seconds = nearer(self.seconds, outcome.own_time)
        last, n_steps = outcome.own_time, len(outcome.fits) - 1
        if n_steps > 0:  # around their fits there is as much to do: columns, the test samples
            last = min(last, outcome.fits[-1][1] + outcome.score_time)
            self.step = nearer(self.step, (outcome.own_time - last) / n_steps)
        self.last = nearer(self.last, last)


def nearer(mean: float | None, value: float) -> float:
    """Return the mean of the more recent values, with one more."""
    return value if mean is None else mean + 0.1 * (value - mean)


def plan(
    tasks: Sequence[Sequence[Task]],
    splits: Sequence[Split],
    cost: Cost,
    *,
    n_workers: Callable[[], int],
    numbered: bool = False,
) -> Iterator[Bundle]:
    """Cut candidates into bundles, one split each, as they are asked for.

    Parameters
    ----------
    tasks : sequence over candidates of the tasks over splits
        Of splits whose outcome is known there is none.
    splits : sequence of (train, test)
    cost : Cost
        Read at every bundle, so that sizes follow what has been learnt.
    n_workers : callable
        Asked for every bundle, as workers may join and leave. A single one gets one task at a
        time: there is nothing to save, and every outcome is known at once.
    numbered : bool, default=False
        Whether each candidate is handed out before the next: what comes after one that is the
        last would be in vain.
    """
    done = size = 0
    while done < len(tasks):
        size = 1 if numbered else _size(cost, size, len(tasks) - done, n_workers())
        by_split: defaultdict[int, list[Task]] = defaultdict(list)
        for of_candidate in tasks[done : done + size]:
            for task in of_candidate:
                by_split[task.split].append(task)
        for split in sorted(by_split):
            yield Bundle(split, splits[split], tuple(by_split[split]))
        done += size


def _size(cost: Cost, last: int, left: int, n_workers: int) -> int:
    if n_workers <= 1 or cost.seconds is None:
        return 1
    by_time = int(SECONDS / max(cost.seconds, 1e-6))
    fair_share = ceil(left / (2 * n_workers))
    return max(1, min(by_time, fair_share, GROWTH * last))
