"""Candidates drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..space import Space
from ..types import Params, Seed
from .base import Strategy


class Sampled(Strategy):
    """Propose candidates drawn from a space.

    All of them are drawn at once: a `random_state` that is shared with the estimator, or
    numpy's global one, would otherwise be advanced by the fits in between, and the
    candidates would depend on where the fits run.

    Parameters
    ----------
    space : Space
        Finite spaces are drawn from without replacement.
    n_iter : int
        How many candidates to draw.
    random_state : int, RandomState instance or None, default=None
        Source of the draws; an instance is advanced as scikit-learn would.
    draw : callable, default=Space.sample
        ``draw(space, n_iter, random_state)`` gives the candidates.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sktune.space import Space
    >>> from sktune.strategies import Sampled
    >>> strategy = Sampled(Space.of({"C": loguniform(0.1, 10)}), n_iter=3, random_state=0)
    >>> [f"{params['C']:.3f}" for params in strategy.ask(5)]
    ['1.252', '2.694', '1.605']
    """

    def __init__(
        self,
        space: Space,
        n_iter: int,
        random_state: Seed = None,
        draw: Callable[[Space, int, Seed], Iterable[Params]] = Space.sample,
    ) -> None:
        self._candidates: list[Params] = list(draw(space, n_iter, random_state))

    @property
    def total(self) -> int:
        """Number of candidates drawn."""
        return len(self._candidates)

    def propose(self, n: int) -> list[Params]:
        return self._candidates[self.asked : self.asked + n]
