"""A question about the trials so far."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..trials import Trials


class Policy(ABC):
    """Decides from what is known whether the search goes on.

    Asked in the main thread after every outcome. A policy keeps no state of its own about
    the trials: the store is what it is asked about.
    """

    @abstractmethod
    def ends(self, trials: Trials) -> bool:
        """Whether the search is to end now; what has begun is still finished."""
