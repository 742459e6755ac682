"""A tuning problem that is looked up in a table, and the parameters of its space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

WORST = 2.0  # regret is clipped there
DRAWN = 2000  # random searches whose median is taken, where it is not worked out
Config = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """What searches are told of a parameter; and what the places in the grid stand for."""

    name: str
    values: Sequence[Any]
    cond: tuple[str, Sequence[Any]] | None = None  # a parameter before it, and with which values
    log = False  # places in the grid are evenly spaced

    @property
    def kind(self) -> str:
        return "c" if isinstance(self.values[0], str) else "i"

    @property
    def low(self) -> int:
        return 0

    @property
    def high(self) -> int:
        return len(self.values) - 1

    @property
    def choices(self) -> list[Any]:
        return list(self.values)

    @property
    def options(self) -> list[Any]:
        """All that a search may choose."""
        return self.choices if self.kind == "c" else list(range(len(self.values)))

    def is_active(self, config: Mapping[str, Any]) -> bool:
        return self.cond is None or config.get(self.cond[0]) in self.cond[1]


def configurations(space: Sequence[Parameter]) -> list[Config]:
    """All of a space; in each the active parameters only."""
    found: list[Config] = [{}]
    for p in space:
        found = [
            {**config, **more}
            for config in found
            for more in ([{p.name: o} for o in p.options] if p.is_active(config) else [{}])
        ]
    return found


class Table:
    """A tuning problem that is looked up; its scores have an axis a parameter, then the folds.

    With `noise`, the regret is relative to random search that is told noisy scores too.
    """

    def __init__(
        self, name: str, space: Sequence[Parameter], scores: Any, noise: bool = False
    ) -> None:
        self.name, self.space = name, space
        self._means = scores.mean(axis=-1)
        ease = np.nanmedian((scores - self._means[..., None]).reshape(-1, scores.shape[-1]), axis=0)
        self._folds = scores - ease + ease.mean()
        every = configurations(space)
        means = np.array([self.score(config) for config in every])
        order = np.argsort(means)
        sizes = {p.name: len(p.options) for p in space}
        chances = 1 / np.array([np.prod([sizes[name] for name in config]) for config in every])
        self._sorted, self._below = means[order], np.cumsum(chances[order])
        self._sorted_folds = np.array([self._folds[self._cell(every[k])] for k in order])
        self.median_of_random = cache(self._drawn_median if noise else self._exact_median)

    def active(self, config: Mapping[str, Any]) -> Config:
        """The parameters that count, given the others."""
        found: Config = {}
        for p in self.space:
            if p.is_active(found):
                found[p.name] = config[p.name]
        return found

    def _cell(self, config: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(p.options.index(config[p.name]) if p.name in config else 0 for p in self.space)

    def score(self, config: Mapping[str, Any]) -> float:
        """The true score: the mean over the folds."""
        return float(self._means[self._cell(config)])

    def noisy(self, config: Mapping[str, Any], rng: np.random.Generator) -> float:
        """The score of one fold, drawn; but for what makes the fold easy or hard for all."""
        return float(rng.choice(self._folds[self._cell(config)]))

    def search_space(self) -> Any:
        """As sktune takes it: a dict, or one for each way to set what others depend on."""
        above = {p.cond[0] for p in self.space if p.cond}
        found = []
        for fixed in configurations([p for p in self.space if p.name in above]):
            one: dict[str, Any] = {name: [value] for name, value in fixed.items()}
            for p in self.space:
                if p.name not in above and p.is_active(fixed):
                    one[p.name] = p.choices if p.kind == "c" else (p.low, p.high)
            found.append(one)
        return found if len(found) > 1 else found[0]

    def _exact_median(self, trials: int) -> float:
        """The median of the best of so many independent draws."""
        place = np.searchsorted(self._below, 0.5 ** (1 / trials))
        return float(self._sorted[min(int(place), len(self._sorted) - 1)])

    def _drawn_median(self, trials: int) -> float:
        """The same where what looks best is taken, by the mean of as many noisy scores as folds."""
        rng = np.random.default_rng(trials)
        places = np.searchsorted(self._below, rng.random((DRAWN, trials)) * self._below[-1])
        n = self._sorted_folds.shape[1]
        told = np.zeros(places.shape)
        for _ in range(n):
            told += self._sorted_folds[places, rng.integers(n, size=places.shape)]
        taken = np.take_along_axis(places, told.argmax(axis=1)[:, None], axis=1)
        return float(np.median(self._sorted[taken]))

    def regret(self, best: float, trials: int) -> float:
        """0 for the best there is, 1 for the median of random search; clipped."""
        top = self._sorted[-1]
        return float(min(WORST, (top - best) / max(top - self.median_of_random(trials), 1e-12)))
