"""A simulation of shared work on several workers, and hosts, with the real planner.

Candidates are those of a real pipeline, `Subtrees` cuts them into bundles, and `Homes` says on
which host each is done. What pieces and last fits take is drawn, or was recorded.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune.engine.executors import BundleReport, homes
from sktune.engine.executors.remote import Load
from sktune.engine.planning import Cost
from sktune.engine.subtrees import Subtrees
from sktune.evaluation import Bundle, CommonWork, Evaluator, SharedEvaluator, Task
from sktune.problem import Problem
from sktune.sharing import Lineages, PendingUses, Piece
from sktune.trials import Outcome

SPREAD = 1 / (2 * 1.645)
SEND = 0.003
"""Seconds to send a bundle."""

Lock = tuple[str, int, int]
"""A host, a split, and the key of a piece."""

Steps = Generator[float | Lock, None, Any]
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

    def planned(self) -> Subtrees:
        """Return the plan of all tasks."""
        rows = np.arange(0)
        splits = [(rows, rows)] * self.splits
        return Subtrees(self.tasks(), self.pieces(), splits, leads={}, whole=False)

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
    """What holds of all workers.

    Attributes
    ----------
    spread : float
        By what factor nine in ten fits of a step differ.
    load : float
        Seconds to load what is fitted.
    n_bytes : int
        Of what comes out of a fit, as it is brought from host to host.
    trip : float
        Seconds that this takes beside its bytes; infinite where nothing travels.
    """

    spread: float = 10.0
    load: float = 0.002
    n_bytes: int = 10**7
    trip: float = 0.01


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

    def of_piece(self, split: int, key: int) -> float:
        """Seconds of a step before the last that was fitted, by its key."""
        names = (name for name in self._medians if name != "svc")
        return next(self._drawn[at] for name in names if (at := (name, split, key)) in self._drawn)

    @property
    def distinct(self) -> float:
        """Seconds of all distinct work."""
        return sum(self._drawn.values())

    def bound(self, shape: Shape, n_workers: int) -> float:
        """Seconds that any plan needs, though it knew all costs beforehand.

        No worker fits anything before it has been sent a bundle, the first one included: what
        follows begins `SEND` after the search does. From then on it takes no less than the longest
        chain of fits; and all distinct fits have to be done, by no more workers at a time than
        there are fits that can have begun by then. For fits that run at the same time, and are
        the first of their kind, do not follow one another; so each stands below a leaf of its own
        in the tree of what can have begun, or is one: a fit begins no earlier than all that it
        follows takes.

        Later bundles, and what is loaded, count for nothing. One bundle for each split may be all
        that a worker is sent. And what it would load it may fit anew, while there is nothing else
        for it to do: until the last steps can begin, most of many workers have nothing. Where all
        are busy before that, and pieces are no fewer than workers, each may have pieces of its own.
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
        left, now, n_leaves, inner = self.distinct, 0.0, 0, set()
        for node, at in sorted(begins.items(), key=lambda item: item[1]):
            done = (at - now) * min(n_workers, n_leaves)
            if done >= left:
                break
            left, now = left - done, at
            if parents[node] is None or parents[node] in inner:
                n_leaves += 1
            inner.add(parents[node])  # the first to follow takes the place of what it follows
        return SEND + max(longest, now + left / min(n_workers, max(n_leaves, 1)))


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
        self._locks: dict[Lock, deque[Steps]] = {}
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

    def free(self, lock: Lock) -> None:
        if waiting := self._locks[lock]:
            self.start(waiting.popleft())
        else:
            del self._locks[lock]


@dataclass
class Worker:
    """Evaluates bundles as `Evaluator` and `Memo` do.

    Attributes
    ----------
    host : str
    files : set of (split, key)
        What has been handed on, on its host.
    fitted : Counter of (split, key)
        What was fitted, on its host, that bundles have in common.
    here : set of (split, key)
        What is in the worker's own memory.
    made : dict of (split, key) to int
        What its latest bundle has handed on, and of how many bytes.
    """

    clock: Clock
    costs: Costs
    terms: Terms
    host: str
    files: set[tuple[int, int]]
    fitted: Counter[tuple[int, int]]
    here: set[tuple[int, int]] = field(default_factory=set)
    made: dict[tuple[int, int], int] = field(default_factory=dict)

    def bring(self, places: Iterable[tuple[int, int]]) -> Steps:
        """Have fits brought from another host."""
        for place in places:
            yield self.host, *place
            if place not in self.files:
                yield self.terms.trip + self.terms.n_bytes / homes.BANDWIDTH
                self.files.add(place)
            self.clock.free((self.host, *place))

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
            fits = yield from self._reach(piece.before_last, task.split, keep, shared.common)
            fits.append(("svc", self.costs.of("svc", task.split, task.trial)))
            yield fits[-1][1]
            own = sum(seconds for _, seconds in fits)  # to wait is no work
            outcomes.append(Outcome(task.trial, task.split, {}, own_time=own, fits=tuple(fits)))
            self.here = {at for at in self.here if at[0] != task.split or at[1] in keep}
        return outcomes

    def _reach(
        self, path: Sequence[Piece], split: int, keep: Collection[int], common: Collection[int]
    ) -> Steps:
        """Fit, load or wait for what comes before the last step; returns the fits."""
        fits, held = [], set()
        for k, piece in enumerate(path):
            at = split, piece.key
            if (yield from self._has_any([at, *((split, p.key) for p in path[k + 1 :])])):
                continue
            for lock in ((split, path[-1].key), at):
                if lock[1] in common and lock not in held:
                    yield self.host, *lock
                    held.add(lock)
            if not (yield from self._has_any([at, (split, path[-1].key)])):
                fits.append((piece.name, self.costs.of(piece.name, split, piece.key)))
                yield fits[-1][1]
                self.fitted[at] += piece.key in common
                self.here |= {at} if piece.key in keep else set()
                if piece.key in keep and piece.key in common:
                    self.files.add(at)
                    self.made[at] = self.terms.n_bytes
            if at in held:
                held.remove(at)
                self.clock.free((self.host, *at))
        for lock in held:
            self.clock.free((self.host, *lock))
        return fits

    def _has_any(self, wanted: list[tuple[int, int]]) -> Steps:
        """Whether any of some results is there; loads it."""
        if any(at in self.here for at in wanted):
            return True
        found = next((at for at in wanted if at in self.files), None)
        if found is not None:
            yield self.terms.load
            self.here.add(found)
        return found is not None


class Plan(NamedTuple):
    """How a simulated search went.

    Attributes
    ----------
    ratio : float
        Its time over that of the best possible.
    again : float
        Seconds of all fits, over those of each distinct one.
    n_bundles : int
    planning : float
        Seconds of ours.
    """

    ratio: float
    again: float
    n_bundles: int
    planning: float


def simulate(shape: Shape, seed: int, n_workers: int, terms: Terms, n_hosts: int = 1) -> Plan:
    """Evaluate all tasks; planning is in real seconds, everything else in simulated ones."""
    cluster, costs = cluster_of(shape, seed, n_workers, terms, n_hosts)
    bound = costs.bound(shape, n_workers)
    cluster.run()
    again = cluster.fitted / costs.distinct
    return Plan(cluster.clock.now / bound, again, cluster.n_bundles, cluster.planning)


def cluster_of(
    shape: Shape, seed: int, n_workers: int, terms: Terms, n_hosts: int
) -> tuple[Cluster, Costs]:
    """Return a cluster with all that is to be done, and what it takes."""
    costs = costs_of(shape, seed, terms.spread)
    return Cluster(shape.planned(), costs, n_workers, terms, n_hosts), costs


class Cluster:
    """Workers of one host or several, and the bundles that are under way."""

    def __init__(
        self, subtrees: Subtrees, costs: Costs, n_workers: int, terms: Terms, n_hosts: int
    ) -> None:
        self.clock = Clock()
        self.n_bundles, self.planning, self.fitted = 0, 0.0, 0.0
        self._subtrees, self._learnt, self._n_workers = subtrees, Cost(), n_workers
        self._bundles = subtrees.bundles(self._learnt, lambda: n_workers)
        self._homes, self._waiting = homes.Homes(terms.trip), list[Load]()
        names = [str(n) for n in range(n_hosts)]
        self._hosts = dict.fromkeys(names, n_workers // n_hosts)
        self._queues: dict[str, deque[Load]] = {name: deque() for name in ("", *names)}
        self._under_way: set[Load] = set()
        files = {name: set[tuple[int, int]]() for name in names}
        self.fits = {name: Counter[tuple[int, int]]() for name in names}
        self._workers = [
            Worker(self.clock, costs, terms, name, files[name], self.fits[name])
            for name, n in self._hosts.items()
            for _ in range(n)
        ]
        self._idle = {name: [w for w in self._workers if w.host == name] for name in names}

    def run(self) -> None:
        """Do all that there is to do."""
        with patch.object(homes.time, "monotonic", lambda: self.clock.now):
            self._fill()
            self.clock.run()
        assert not self._under_way
        assert not self._waiting
        assert next(self._bundles, None) is None

    def _fill(self) -> None:
        start = time.perf_counter()
        most = 2 * self._n_workers - len(self._under_way)
        while len(self._waiting) < most and (bundle := next(self._bundles, None)) is not None:
            self._waiting.append(Load(deque([bundle])))
            self.n_bundles += 1
        for load in self._homes.settled(self._waiting, self._hosts, self._under_way):
            self._waiting.remove(load)
            self._under_way.add(load)
            self._queues[load.home.host].append(load)
        self.planning += time.perf_counter() - start
        for name, idle in self._idle.items():
            while idle and (queue := self._queues[name] or self._queues[""]):
                self.clock.start(self._work(idle.pop(), queue.popleft()))

    def _work(self, worker: Worker, load: Load) -> Iterator[Any]:
        yield SEND
        yield from worker.bring(load.home.brings)
        (bundle,) = load.left
        worker.made = {}
        outcomes = yield from worker.evaluate(bundle)
        for outcome in outcomes:
            self._learnt.learn(outcome)
            self._subtrees.take_in(outcome)
            self.fitted += sum(seconds for _, seconds in outcome.fits)
        self._homes.take_in(load, BundleReport(bundle, outcomes), worker.made)
        self._under_way.remove(load)
        self._idle[worker.host].append(worker)
        self._fill()
