"""Every candidate of a finite space, in order."""

from __future__ import annotations

from itertools import islice

from ..space import Space
from ..types import Params
from .base import Strategy


class Enumerated(Strategy):
    """Propose every candidate of a space, in scikit-learn's order.

    Candidates are made when they are asked for, so ten million of them cost nothing
    until their turn comes.

    Parameters
    ----------
    space : Space
        Without distributions.

    Examples
    --------
    >>> from sktune.space import Space
    >>> from sktune.strategies import Enumerated
    >>> strategy = Enumerated(Space.of({"C": [1, 10, 100]}))
    >>> strategy.ask(2), strategy.ask(2), strategy.ask(2)
    ([{'C': 1}, {'C': 10}], [{'C': 100}], [])
    """

    def __init__(self, space: Space) -> None:
        self._total = space.size
        self._candidates = space.enumerate()

    @property
    def total(self) -> int | None:
        """Number of candidates in the space."""
        return self._total

    def propose(self, n: int) -> list[Params]:
        return list(islice(self._candidates, n))
