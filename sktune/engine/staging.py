"""On what candidates are evaluated: one problem, or under successive halving one a rung."""

from __future__ import annotations

from ..evaluation import Guard
from ..problem import Problem, ProblemOn
from ..sharing import Lineages
from ..sharing.files import Files
from ..trials import Rung
from .executing import Executor
from .sharing_plan import SharingPlan


class Stages:
    """Makes what the tasks of a problem have in common, and the next problem when a rung begins.

    Parameters
    ----------
    problem : Problem
    executor : Executor
    lineages : Lineages or None
    problem_on : callable, optional
        From a rung to what is measured on it.
    verify, in_order : bool, default=False
        As of `SharingPlan`.
    """

    def __init__(
        self,
        problem: Problem,
        executor: Executor,
        lineages: Lineages | None,
        problem_on: ProblemOn | None = None,
        *,
        verify: bool = False,
        in_order: bool = False,
    ) -> None:
        self._problem = problem
        self._executor = executor
        self._lineages = lineages
        self._problem_on = problem_on
        self._verify = verify
        self._in_order = in_order
        self._rung: Rung | None = None
        self._files: Files | None = None
        self._common: SharingPlan | None = None

    def enter(self, rung: Rung | None) -> tuple[Problem, SharingPlan] | None:
        """Return what is measured on a rung, and what its tasks have in common.

        None if that is what it was before.
        """
        if self._common is not None and rung == self._rung:
            return None
        problem, executor = self._problem, self._executor
        if rung is not None and self._problem_on is not None:
            problem = self._problem_on(rung)
        if self._common is not None and self._lineages is not None:
            self._lineages = self._lineages.anew()  # of other samples, or with more of a resource
        self.close()
        self._rung = rung
        if self._lineages is not None and executor.n_processes > 1:
            self._files = Files.new()
        folders = () if self._files is None else (self._files.folder,)
        guard = Guard(executor.limits, executor.notes, folders, until=executor.until)
        self._common = SharingPlan(
            problem,
            self._files,
            self._lineages,
            guard=guard,
            verify=self._verify,
            in_order=self._in_order,
        )
        return problem, self._common

    def close(self) -> None:
        """Remove what workers have handed on."""
        if self._files is not None:
            self._files.remove()
            self._files = None
