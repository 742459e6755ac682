"""What a search does about its checkpoint, if it has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..journal import Field, Journal, as_fields, check_some_recur, is_folder, open_journal
from ..problem import Problem
from ..space import Space


@dataclass(frozen=True)
class Checkpoint:
    """What is known before anything is drawn.

    Attributes
    ----------
    search : estimator
    proposals : mapping of str to Field
        What decides which candidates come next.
    seeds : bool
        Whether the search has no seed, so that the journal gives one.
    """

    search: Any
    proposals: Mapping[str, Field]
    seeds: bool

    @classmethod
    def of(
        cls, search: Any, seed: Any, proposed_from: Callable[[], Mapping[str, Any]]
    ) -> Checkpoint:
        """Describe a search that may have a checkpoint.

        Raises
        ------
        CheckpointError
            If what is searched cannot be recognised in another process.
        """
        if search.checkpoint is None:
            return cls(search, {}, seeds=False)
        proposals = as_fields(proposed_from())
        seeds = "random_state" in proposals and (seed is None or seed is np.random)
        return cls(search, proposals, seeds)

    @contextmanager
    def opened(self, problem: Problem, given: Mapping[str, Any]) -> Iterator[Journal | None]:
        """Open the journal of a problem; None without a checkpoint."""
        if self.search.checkpoint is None:
            yield None
            return
        with open_journal(
            self.search, problem, given, self.proposals, seeded=not self.seeds
        ) as journal:
            grid = getattr(self.search, "param_grid", None)
            if grid is not None:
                as_fields({"param_grid": grid})  # whose values must be recognised again
                if not is_folder(self.search.checkpoint):
                    resource = getattr(self.search.strategy, "resource", None)
                    check_some_recur(journal, Space.of(grid).subspaces, resource=resource)
            yield journal
