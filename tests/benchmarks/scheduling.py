"""How well bundles of shared work fill the workers: a simulation with the real planner.

    python -m tests.benchmarks.scheduling [--workers 2 8 16 64] [--seeds 5] [--shape NAME ...]
        [--spread 10] [--load 0.002] [--picture FILE]

Candidates are those of a real pipeline, and `Subtrees` cuts them into bundles. What pieces
and last fits take is drawn: lognormal, nine in ten within a factor of `--spread`; with 1 each
step always takes the same. As the engine does, 2 bundles a worker are under way at most, so a
bundle is cut by what is known of costs by then. A worker that wants what another is fitting waits
for it; what has been fitted is loaded, which takes `--load` seconds: .002 from a file of the same
machine, .1 for 12 MB through a network. The last shape has costs that were recorded in a search
of the digits.

The table has the makespan over what no plan could beat that knew all costs beforehand: the
longest chain of fits, or all distinct work, done by no more workers than there are fits that can
have begun. Median over the seeds, with the worst in brackets.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune.engine.planning import Cost
from sktune.engine.subtrees import Subtrees
from sktune.evaluation import Bundle, CommonWork, Evaluator, SharedEvaluator, Task
from sktune.problem import Problem
from sktune.sharing import Lineages, PendingUses, Piece
from sktune.trials import Outcome

SPREAD = 1 / (2 * 1.645)
SEND = 0.003
"""Seconds to send a bundle."""

Steps = Generator[float | tuple[int, int], None, Any]
"""What a worker does: seconds that pass, and the locks it waits for."""


MODEL = Pipeline(
    [
        ("scale", StandardScaler()),
        ("pca", PCA(svd_solver="full")),
        ("best", SelectKBest()),
        ("svc", SVC()),
    ]
)


class Shape(NamedTuple):
    """How many values each step has on how many splits, and a fit's median seconds."""

    says: str
    pca: int
    best: int
    svc: int
    splits: int
    seconds: tuple[float, float, float, float]

    def tasks(self) -> list[list[Task]]:
        """Tasks of each candidate."""
        return [
            [Task(trial, split, params) for split in range(self.splits)]
            for trial, params in enumerate(self._candidates())
        ]

    def pieces(self) -> dict[int, Piece]:
        """Pieces of each candidate."""
        lineages = Lineages(MODEL)
        found = ((trial, lineages.of(params)) for trial, params in enumerate(self._candidates()))
        return {trial: piece for trial, piece in found if piece is not None}

    def _candidates(self) -> Iterable[Any]:
        values = zip(("pca__n_components", "best__k", "svc__C"), self[1:4], strict=True)
        return ParameterGrid({name: list(range(1, n + 1)) for name, n in values})


SHAPES = {
    "few": Shape("few large subtrees", 2, 1, 60, 3, (0.2, 10, 1, 2)),
    "many": Shape("many small subtrees", 60, 1, 4, 3, (0.02, 0.5, 0.1, 0.3)),
    "prefix": Shape("expensive prefix, cheap last fits", 1, 1, 400, 5, (0.1, 30, 0.1, 0.05)),
    "prefixes": Shape("some expensive prefixes, cheap last fits", 6, 1, 40, 5, (0.1, 30, 0.1, 0.1)),
    "last": Shape("cheap prefix, expensive last fits", 1, 1, 80, 3, (0.05, 0.1, 0.05, 20)),
    "one": Shape("one split", 5, 4, 20, 1, (0.1, 5, 1, 2)),
    "deep": Shape("deep", 4, 5, 10, 5, (0.5, 4, 4, 1)),
    "tiny": Shape("tiny fits", 10, 10, 10, 5, (0.001, 0.002, 0.001, 0.002)),
    "20 of 30 s": Shape("20 prefixes of 30 s, 100 last steps of 2 s", 20, 1, 100, 5, (0, 30, 0, 2)),
    "1 of 30 s": Shape("a prefix of 30 s, 2000 last steps of .3 s", 1, 1, 2000, 5, (0, 30, 0, 0.3)),
    "200 of 5 s": Shape("200 prefixes of 5 s, 10 last steps of 1 s", 200, 1, 10, 5, (0, 5, 0, 1)),
    "digits": Shape("recorded on the digits", 8, 1, 8, 3, (0, 0, 0, 0)),
}


class Terms(NamedTuple):
    """By what factor nine in ten fits of a step differ, and the seconds to load what is fitted."""

    spread: float = 10.0
    load: float = 0.002


class Costs:
    """What each fit takes."""

    def __init__(self, shape: Shape, seed: int, spread: float = 10.0) -> None:
        self._rng, self._sigma = np.random.default_rng(seed), np.log(spread) * SPREAD
        self._medians = dict(zip(("scale", "pca", "best", "svc"), shape.seconds, strict=True))
        self._drawn: dict[tuple[str, int, int], float] = {}

    def of(self, step: str, split: int, which: int) -> float:
        """Seconds of a step on a split, by the key of a piece or the number of a candidate."""
        if (step, split, which) not in self._drawn:
            seconds = self._medians[step] * self._rng.lognormal(0, self._sigma)
            self._drawn[step, split, which] = float(seconds)
        return self._drawn[step, split, which]

    def bound(self, shape: Shape, n_workers: int) -> float:
        """Seconds that any plan needs, though it knew all costs beforehand.

        No longer than the longest chain of fits; and all work has to be done, by no more workers
        at a time than there are fits that can have begun by then.
        """
        begins: dict[Any, float] = {}
        parents: dict[Any, Any] = {}
        longest, pieces = 0.0, shape.pieces()
        for task in (task for of_candidate in shape.tasks() for task in of_candidate):
            at, parent = 0.0, None
            steps = [(part.name, part.key or 0) for part in pieces[task.trial].before_last]
            for step in (*steps, ("svc", task.trial)):
                node = task.split, *step
                begins[node], parents[node] = at, parent
                at, parent = at + self.of(step[0], task.split, step[1]), node
            longest = max(longest, at)
        left, now, n_leaves, inner = sum(self._drawn.values()), 0.0, 0, set()
        for node, at in sorted(begins.items(), key=lambda item: item[1]):
            done = (at - now) * min(n_workers, n_leaves)
            if done >= left:
                break
            left, now = left - done, at
            if parents[node] is None or parents[node] in inner:
                n_leaves += 1
            inner.add(parents[node])  # the first to follow takes the place of what it follows
        return max(longest, now + left / min(n_workers, max(n_leaves, 1)))


class Recorded(Costs):
    """What each fit took when it was done, once, on scikit-learn's digits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape, 0)
        X, y = load_digits(return_X_y=True)
        splits = list(StratifiedKFold(shape.splits).split(X, y))
        problem = Problem(MODEL, X, y, splits, check_scoring(MODEL), {}, {}, False, True)
        evaluator, pieces = SharedEvaluator(Evaluator(problem)), shape.pieces()
        for task in (task for of_candidate in shape.tasks() for task in of_candidate):
            piece = pieces[task.trial]
            keys = {part.name: part.key for part in piece.walk}
            shared = CommonWork({task.trial: piece}, keep=piece.keys)
            (outcome,) = evaluator(Bundle(task.split, splits[task.split], (task,), shared))
            for name, seconds in outcome.fits[:-1]:
                self._drawn[name, task.split, keys[name] or 0] = seconds
            before = sum(seconds for _, seconds in outcome.fits[:-1])
            self._drawn["svc", task.split, task.trial] = outcome.own_time - before


@lru_cache
def costs_of(shape: Shape, seed: int, spread: float) -> Costs:
    """Drawn, or recorded where nothing says how long fits take."""
    return Costs(shape, seed, spread) if any(shape.seconds) else Recorded(shape)


class Clock:
    """Lets several go on as their time comes, and holds their locks."""

    def __init__(self) -> None:
        self.now = 0.0
        self._next: list[tuple[float, int, Steps]] = []
        self._locks: dict[tuple[int, int], deque[Steps]] = {}
        self._order = count()

    def start(self, steps: Steps, after: float = 0.0) -> None:
        heappush(self._next, (self.now + after, next(self._order), steps))

    def run(self) -> None:
        while self._next:
            self.now, _, steps = heappop(self._next)
            wanted = next(steps, None)
            if isinstance(wanted, float):
                self.start(steps, wanted)
            elif wanted is not None and wanted in self._locks:
                self._locks[wanted].append(steps)
            elif wanted is not None:
                self._locks[wanted] = deque()
                self.start(steps)

    def free(self, lock: tuple[int, int]) -> None:
        if waiting := self._locks[lock]:
            self.start(waiting.popleft())
        else:
            del self._locks[lock]


@dataclass
class Worker:
    """Evaluates bundles as `Evaluator` and `Memo` do.

    Attributes
    ----------
    files : set of (split, key)
        What has been handed on.
    here : set of (split, key)
        What is in the worker's own memory.
    """

    clock: Clock
    costs: Costs
    files: set[tuple[int, int]]
    load: float
    here: set[tuple[int, int]] = field(default_factory=set)

    def evaluate(self, bundle: Bundle) -> Steps:
        """Go through the tasks of a bundle; returns their outcomes."""
        shared = bundle.shared
        assert shared is not None
        pending = PendingUses(shared.pieces.items(), whole=False)
        outcomes = []
        for task in bundle.tasks:
            piece = shared.pieces[task.trial]
            pending.done(task.trial, piece)
            keep = pending.keys | shared.keep
            start = self.clock.now
            fits = yield from self._reach(piece.before_last, task.split, keep, shared.common)
            fits.append(("svc", self.costs.of("svc", task.split, task.trial)))
            yield fits[-1][1]
            own = self.clock.now - start
            outcomes.append(Outcome(task.trial, task.split, {}, own_time=own, fits=tuple(fits)))
            self.here = {at for at in self.here if at[0] != task.split or at[1] in keep}
        return outcomes

    def _reach(
        self, path: list[Piece], split: int, keep: Collection[int], common: Collection[int]
    ) -> Steps:
        """Fit, load or wait for what comes before the last step; returns the fits."""
        fits, held = [], set()
        for k, piece in enumerate(path):
            at = split, piece.key
            if (yield from self._has_any([at, *((split, p.key) for p in path[k + 1 :])])):
                continue
            for lock in ((split, path[-1].key), at):
                if lock[1] in common and lock not in held:
                    yield lock
                    held.add(lock)
            if not (yield from self._has_any([at, (split, path[-1].key)])):
                fits.append((piece.name, self.costs.of(piece.name, split, piece.key)))
                yield fits[-1][1]
                self.here |= {at} if piece.key in keep else set()
                self.files |= {at} if piece.key in keep and piece.key in common else set()
            if at in held:
                held.remove(at)
                self.clock.free(at)
        for lock in held:
            self.clock.free(lock)
        return fits

    def _has_any(self, wanted: list[tuple[int, int]]) -> Steps:
        """Whether any of some results is there; loads it."""
        if any(at in self.here for at in wanted):
            return True
        found = next((at for at in wanted if at in self.files), None)
        if found is not None:
            yield self.load
            self.here.add(found)
        return found is not None


class Plan(NamedTuple):
    """How a simulated search went."""

    ratio: float
    n_bundles: int
    planning: float


def simulate(shape: Shape, seed: int, n_workers: int, terms: Terms) -> Plan:
    """Evaluate all tasks; planning is in real seconds, everything else in simulated ones."""
    tasks, costs, learnt, clock = (
        shape.tasks(),
        costs_of(shape, seed, terms.spread),
        Cost(),
        Clock(),
    )
    bound = costs.bound(shape, n_workers)
    rows = np.arange(0)
    subtrees = Subtrees(tasks, shape.pieces(), [(rows, rows)] * shape.splits, leads={}, whole=False)
    bundles = subtrees.bundles(learnt, lambda: n_workers)
    queue: deque[Bundle] = deque()
    idle = [Worker(clock, costs, set(), terms.load) for _ in range(n_workers)]
    for worker in idle:
        worker.files = idle[0].files
    n_bundles, planning = 0, 0.0

    def fill() -> None:
        nonlocal n_bundles, planning
        start = time.perf_counter()
        n_busy = n_workers - len(idle)
        while n_busy + len(queue) < 2 * n_workers and (bundle := next(bundles, None)) is not None:
            queue.append(bundle)
            n_bundles += 1
        planning += time.perf_counter() - start
        while idle and queue:
            clock.start(work(idle.pop(), queue.popleft()))

    def work(worker: Worker, bundle: Bundle) -> Iterator[Any]:
        yield SEND
        for outcome in (yield from worker.evaluate(bundle)):
            learnt.learn(outcome)
            subtrees.take_in(outcome)
        idle.append(worker)
        fill()

    fill()
    clock.run()
    assert not queue
    assert next(bundles, None) is None
    return Plan(clock.now / bound, n_bundles, planning)


def row(shape: Shape, workers: list[int], n_seeds: int, terms: Terms) -> list[str]:
    """Simulate a shape with each number of workers; a row of the table."""
    cells = [f"{shape.says} ({len(shape.tasks()) * shape.splits})"]
    for n_workers in workers:
        plans = [simulate(shape, seed, n_workers, terms) for seed in range(n_seeds)]
        ratios = [plan.ratio for plan in plans]
        cells.append(f"{statistics.median(ratios):.2f} ({max(ratios):.2f})")
    last = plans[-1]
    return [*cells, str(last.n_bundles), f"{1000 * last.planning / last.n_bundles:.1f} ms"]


def draw(ratios: dict[str, list[float]], workers: list[int], file: str) -> None:
    """Draw a line for each shape."""
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for name, of_one in ratios.items():
        axes.plot(workers, of_one, marker="o", markersize=3, label=name)
    axes.axhspan(1.0, 1.1, color="0.9", zorder=0)
    axes.set(
        xscale="log", yscale="log", xticks=workers, xticklabels=list(map(str, workers)),
        yticks=[1, 1.1, 1.5, 2, 4, 8], yticklabels=["1", "1.1", "1.5", "2", "4", "8"],
        xlabel="workers", ylabel="time over the best possible",
    )  # fmt: skip
    axes.minorticks_off()
    axes.legend(fontsize=7, frameon=False)
    figure.savefig(file, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 8, 16, 64])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--spread", type=float, default=10.0)
    parser.add_argument("--load", type=float, default=0.002)
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--picture", help="where to draw it")
    given = parser.parse_args()
    ratios: dict[str, list[float]] = {}
    most = f"{given.workers[-1]} workers"
    head = ["shape (tasks)", *map(str, given.workers), f"bundles, {most}", f"planning one, {most}"]
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for name in given.shape:
        cells = row(SHAPES[name], given.workers, given.seeds, Terms(given.spread, given.load))
        print(f"| {' | '.join(cells)} |", flush=True)
        ratios[cells[0]] = [float(cell.split()[0]) for cell in cells[1 : 1 + len(given.workers)]]
    if given.picture:
        draw(ratios, given.workers, given.picture)


if __name__ == "__main__":
    main()
