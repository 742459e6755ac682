"""The stages of a search: one problem, or under successive halving one for each rung."""

from __future__ import annotations

import time
from dataclasses import replace

from ..evaluation import ELSEWHERE, Guard, OwnCopies
from ..problem import Problem
from ..sharing.arrays import n_bytes
from ..sharing.files import Files, HostFiles
from ..trials import Rung
from .executors import Workers
from .setup import Setup
from .sharing_plan import SharingPlan


class Stages:
    """The problems of a search, one after the other, each with the plan of its shared work.

    Used as a context manager, which removes what workers have handed on.
    """

    def __init__(self, setup: Setup, workers: Workers) -> None:
        self._setup = setup
        self._workers = workers
        deadline = setup.workers.deadline
        self._until = None if deadline is None else time.time() + deadline.left
        self._lineages = setup.lineages
        # the clock goes on from where that of an earlier run has stopped
        self._began = round(time.time() - (setup.journal.seconds if setup.journal else 0.0), 3)
        self._rung: Rung | None = None
        self._files: Files | None = None
        self._current: tuple[Problem, SharingPlan] | None = None

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *_: object) -> None:
        self._remove_files()

    def enter(self, rung: Rung | None) -> tuple[Problem, SharingPlan]:
        """Return what is measured on a rung, and the plan of its shared work."""
        if self._current is not None:
            if rung == self._rung:
                return self._current
            if self._lineages is not None:  # fits on other samples, or with more of a resource
                self._lineages = self._lineages.anew()
        self._remove_files()
        setup, workers, problem = self._setup, self._workers, self._setup.problem
        if rung is not None and setup.problem_on is not None:
            problem = setup.problem_on(rung)
        if self._lineages is not None and workers.where == "processes":
            self._files = Files.new(n_bytes(problem.X))
        elif self._lineages is not None and workers.where == "hosts":
            self._files = HostFiles.anew()
        folders = () if self._files is None else (self._files.folder,)
        guard = Guard(setup.workers.limits, folders=folders, until=self._until, began=self._began)
        if workers.where == "hosts":
            guard = replace(guard, home=ELSEWHERE, thread=ELSEWHERE, until=None)
        plan = SharingPlan(
            problem,
            self._files,
            self._lineages,
            guard=guard,
            copies=OwnCopies(problem) if workers.where == "threads" else None,
            verify=setup.verify,
            in_order=setup.in_order,
        )
        self._rung, self._current = rung, (problem, plan)
        return self._current

    def _remove_files(self) -> None:
        if self._files is not None:
            self._files.remove()
            self._files = None
