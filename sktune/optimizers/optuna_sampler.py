"""Optuna's samplers as optimizers.

A sampler sees a study in memory. Objects and mixed types do badly in Optuna (its choices are None,
bools, numbers and text), so it is given an index for the branch and for choices; ranges are as they
are. Samplers keep state (their draws, the trial that a generation began with), so a search has
a copy of its own: it is asked in the order of the candidates and told exactly what counts for
the next one, and where a search goes on from its record it is asked and told all of that again.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..messages import in_short
from ..optional import package
from ..space import Choices, ConditionalSpace, Dimension, Integer, Pool, Real
from ..space.choices import is_category
from ..types import Floats
from .base import Optimizer, Seen, one_thread

_TRIES = 10
"""So often a sampler is asked before a candidate is drawn."""

_BRANCH = "(dict)"
"""What the choice of a branch is called; no parameter has such a name."""

_REMEDIES = {
    "GridSampler": "has a grid of its own; use GridSearch, or RandomSearch for some of it",
    "PartialFixedSampler": "goes by names of the study; leave what is fixed out of the space, and "
    "set it on the estimator",
}


class OptunaSampler(Optimizer):
    """Let a sampler of Optuna's choose: ``BayesSearch(optimizer=OptunaSampler(sampler))``.

    The start of the search is its own (`initial_points`, the estimator's parameters, the design),
    and the sampler is told of it, as of candidates that count from an earlier search. What it
    proposes twice, or what constraints forbid, it is told has failed and is asked for again,
    ten times; then a candidate is drawn. One that failed is told as the worst so far.

    Parameters
    ----------
    sampler : optuna.samplers.BaseSampler
        For one objective. A search uses a copy; this one stays as it is. Where it has no seed it
        gets one from the search's `random_state`. From a `checkpoint` it is asked and told again
        what it was before, so that it goes on as if there had been no end; for that a QMCSampler
        needs a seed.

    Examples
    --------
    >>> from optuna.samplers import TPESampler  # doctest: +SKIP
    >>> optimizer = OptunaSampler(TPESampler(seed=0))  # doctest: +SKIP
    >>> BayesSearch(SVC(), {"C": (0.01, 100.0)}, optimizer=optimizer)  # doctest: +SKIP
    """

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __repr__(self) -> str:
        return f"OptunaSampler({type(self.sampler).__name__}(...))"

    def for_search(self, space: ConditionalSpace) -> Optimizer:
        optuna = package("optuna", "OptunaSampler needs it")
        if not isinstance(self.sampler, optuna.samplers.BaseSampler):
            raise TypeError(
                f"OptunaSampler({in_short(self.sampler)}): pass a sampler of optuna.samplers, such "
                "as TPESampler(seed=0)."
            )
        for name, remedy in _REMEDIES.items():
            if isinstance(self.sampler, getattr(optuna.samplers, name)):
                raise ValueError(f"OptunaSampler: {name} {remedy}.")
        _Asked(space, self.sampler).try_out()
        return _Asked(space, self.sampler)

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        return self.for_search(pool.space).propose(seen, pool, rng)


class _Asked(Optimizer):
    """A copy of a sampler, its study, and the trials that are under way."""

    def __init__(self, space: ConditionalSpace, sampler: Any) -> None:
        self._space, self._given = space, sampler
        self._params = _params_of(space)
        self._begin()

    def _begin(self) -> None:
        self._study: Any = None
        self._told: set[bytes] = set()
        self._open: dict[bytes, int] = {}
        self._exactly: Mapping[str, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy, which begins anew, is made of."""
        return {"space": self._space, "sampler": self._given}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc] # a copy begins as one that is new

    def try_out(self) -> None:
        """Ask once for each branch, so that what cannot work is refused before the first fit.

        Raises
        ------
        ValueError
            With what the sampler says.
        """
        rng = np.random.default_rng(0)
        try:
            with _quiet():
                self._make_study(rng)
                for branch in range(len(self._space.branches)):
                    for point in self._space.sample(2, rng, [branch]):
                        self._add(point, 0.0)
                    self._study.tell(self._ask(branch)[0], 0.0)
        except Exception as exc:
            raise ValueError(
                f"OptunaSampler({in_short(self._given)}) cannot propose from this space: "
                f"{type(exc).__name__}: {exc}"
            ) from exc

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        with _quiet():
            if self._study is None:
                self._make_study(rng)
            self._hear(seen)
            closed = len(pool.branches) < len(self._space.branches)
            for _ in range(_TRIES):
                branch = int(rng.choice(list(pool.branches))) if closed else None
                trial, point, self._exactly = self._ask(branch)
                if len(new := pool.fresh(point[np.newaxis])):
                    params = {**self._space.decode(new[0]), **self._exactly}
                    if self._space.holds(params):
                        self._open[new[0].tobytes()] = trial.number
                        return np.asarray(new[0])
                self._fail(trial.number)
        self._exactly = {}
        return np.asarray(pool.draw(1, rng)[0])

    def propose_again(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> None:
        self.propose(seen, pool, rng)

    def values_at(self, point: Floats) -> Mapping[str, Any]:
        return self._exactly

    def _make_study(self, rng: np.random.Generator) -> None:
        optuna = package("optuna")
        sampler = copy.deepcopy(self._given)
        _seed_where_there_is_none(sampler, rng)
        pruner = optuna.pruners.NopPruner()
        self._study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
        self._study.stop = lambda: None  # a sampler that has no more calls it; the pool knows

    def _hear(self, seen: Seen) -> None:
        """Tell what has become known, in order; what came to nothing; and what is under way."""
        known = [point.tobytes() for point in seen.points]
        rows = zip(seen.points, known, seen.values, seen.failed, strict=True)
        for point, name, value, failed in rows:
            if name in self._told:
                continue
            self._told.add(name)
            if name not in self._open:
                self._open[name] = self._add(point)
            number = self._open.pop(name)
            if failed and seen.failed.all():
                self._fail(number)  # there is no worst yet
            else:
                self._study.tell(number, float(value))
        pending = {point.tobytes(): point for point in seen.pending}
        for name in self._open.keys() - pending.keys():
            self._fail(self._open.pop(name))  # stopped before anything could be said of it
        for name, point in pending.items():
            if name not in self._open:
                self._open[name] = self._add(point)

    def _ask(self, branch: int | None) -> tuple[Any, Floats, dict[str, Any]]:
        """Return a trial, its point, and the numbers that are to be tried as they are."""
        if branch is not None:
            self._study.enqueue_trial({_BRANCH: branch})
        trial = self._study.ask()
        chosen = {}
        if len(self._space.branches) > 1:
            branches = package("optuna").distributions.CategoricalDistribution(
                range(len(self._space.branches))
            )
            branch = _suggested(trial, _BRANCH, branches)
        point = np.full(1 + len(self._params), np.nan)
        point[0] = branch = branch or 0
        for slot in np.flatnonzero(self._space.active[branch]):
            if (param := self._params[slot]) is not None:
                value = _suggested(trial, param.name, param.distribution)
                point[1 + slot] = param.place(value)
                if isinstance(param.dimension, Real):
                    chosen[self._space.slots[slot][0]] = value
        return trial, point, chosen

    def _add(self, point: Floats, value: float | None = None) -> int:
        """Add a candidate that the sampler has not proposed; return the number of its trial."""
        optuna = package("optuna")
        params, distributions = {}, {}
        if len(self._space.branches) > 1:
            params[_BRANCH] = int(point[0])
            distributions[_BRANCH] = optuna.distributions.CategoricalDistribution(
                range(len(self._space.branches))
            )
        for slot in np.flatnonzero(self._space.active[int(point[0])]):
            if (param := self._params[slot]) is not None:
                params[param.name] = param.value(float(point[1 + slot]))
                distributions[param.name] = param.distribution
        states = optuna.trial.TrialState
        state = states.RUNNING if value is None else states.COMPLETE
        self._study.add_trial(
            optuna.trial.create_trial(
                state=state, params=params, distributions=distributions, value=value
            )
        )
        return len(self._study.get_trials(deepcopy=False)) - 1

    def _fail(self, number: int) -> None:
        self._study.tell(number, state=package("optuna").trial.TrialState.FAIL)


class _Param:
    """A dimension as a parameter of Optuna's: an index, a number of a range, or a place."""

    def __init__(self, name: str, dimension: Dimension) -> None:
        of = package("optuna").distributions
        self.name, self.dimension = name, dimension
        if is_category(dimension):
            self.distribution = of.CategoricalDistribution(range(dimension.n_values))
        elif isinstance(dimension, Choices):
            self.distribution = of.IntDistribution(0, dimension.n_values - 1)
        elif isinstance(dimension, Integer):
            self.distribution = of.IntDistribution(dimension.low, dimension.high, dimension.log)
        elif isinstance(dimension, Real):
            self.distribution = of.FloatDistribution(dimension.low, dimension.high, dimension.log)
        else:
            self.distribution = of.FloatDistribution(0.0, 1.0)

    def place(self, value: Any) -> float:
        if isinstance(self.dimension, Choices):
            return float(self.dimension.places()[value])
        if isinstance(self.dimension, Integer | Real):
            unit = self.dimension.encode(value)
            return 0.5 if unit is None else unit
        return float(value)

    def value(self, unit: float) -> Any:
        if isinstance(self.dimension, Choices):
            return int(self.dimension.index(np.array(unit)))
        return self.dimension.decode(unit) if isinstance(self.dimension, Integer | Real) else unit


def _params_of(space: ConditionalSpace) -> list[_Param | None]:
    """Return for each slot its parameter, under a name of its own; None for constants."""
    params: list[_Param | None] = []
    names: set[str] = set()
    for number, (name, dimension) in enumerate(space.slots):
        own = f"{name} ({number})" if name in names else name  # a name has one distribution
        names.add(own)
        params.append(None if dimension.n_values == 1 else _Param(own, dimension))
    return params


def _suggested(trial: Any, name: str, of: Any) -> Any:
    distributions = package("optuna").distributions
    if isinstance(of, distributions.CategoricalDistribution):
        return trial.suggest_categorical(name, of.choices)
    if isinstance(of, distributions.IntDistribution):
        return trial.suggest_int(name, of.low, of.high, log=of.log)
    return trial.suggest_float(name, of.low, of.high, log=of.log)


def _seed_where_there_is_none(sampler: Any, rng: np.random.Generator) -> None:
    """Seed sources of draws that would get a seed from the system when they are first used."""
    for value in list(vars(sampler).values()):
        if isinstance(value, package("optuna").samplers.BaseSampler):
            _seed_where_there_is_none(value, rng)
        elif type(value).__name__ == "LazyRandomState" and vars(value).get("_rng", value) is None:
            value.rng.seed(int(rng.integers(2**31 - 1)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's log and warnings, of what it draws independently, to itself."""
    logging = package("optuna").logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)
