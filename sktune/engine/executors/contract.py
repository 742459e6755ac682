"""The contract of executors: bundles go to workers, and reports of them come back.

The engine knows workers by this contract alone. What an executor cannot do it says
(`Workers`); nothing is guessed from its class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pickle import Pickler
from typing import Literal

import cloudpickle

from ...evaluation import Bundle, Limits
from ...policies import Deadline
from ...trials import Outcome

Evaluate = Callable[[Bundle], Iterable[Outcome]]
"""Gives the outcomes of a bundle's tasks in their order, each as soon as it is known. Picklable."""

Where = Literal["here", "threads", "processes", "hosts"]
State = Literal["under way", "done", "unsent", "raised", "lost"]


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of an executor, as they are now.

    Attributes
    ----------
    count : int
        How many bundles run at the same time.
    where : {"here", "threads", "processes", "hosts"}
        "here": in the thread that waits for reports. "threads" of this process, which are given
        the same objects. "processes" of this machine, with which files and the clock are shared.
        "hosts": nothing is shared but what is sent.
    waves : bool
        Whether reports come only when all that was submitted is done. More is then submitted in
        one go.
    ends_together : bool
        Whether all that is under way is lost with one worker. What is suspected of having ended
        it is then tried with nothing beside it.

    Examples
    --------
    >>> from sktune.engine.executors import Workers
    >>> Workers(64, "hosts", waves=True)
    Workers(count=64, where='hosts', waves=True, ends_together=False)
    """

    count: int
    where: Where
    waves: bool = False
    ends_together: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a search, which its workers keep.

    Attributes
    ----------
    limits : Limits
        Of each task. An executor that can end a task from outside does so when its time is over.
    deadline : Deadline or None
        After which nothing needs to be waited for.

    Examples
    --------
    >>> from sktune.engine.executors import Terms
    >>> Terms().seconds is None  # no deadline
    True
    """

    limits: Limits = field(default_factory=Limits)
    deadline: Deadline | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds until the deadline, if there is one."""
        return None if self.deadline is None else self.deadline.left


@dataclass(frozen=True, slots=True)
class BundleReport:
    """A report of a bundle.

    Attributes
    ----------
    bundle : Bundle
        The object that was submitted.
    outcomes : sequence of Outcome
        Those that no earlier report had.
    state : {"under way", "done", "unsent", "raised", "lost"}
        "under way": there will be another report. The others are the last of a bundle. "done": it
        was evaluated; with fewer outcomes than tasks if the search was over meanwhile. "unsent": it
        could not be sent or read, or what came of it not be brought back. "raised": evaluating it
        raised, which ends the search. "lost": its worker is gone.
    error : BaseException or None
        Why it has failed or was lost; its text, and that of its cause, are shown to the user.
    begun : mapping of (trial, split) to float, or None
        Of a bundle that was lost: for how many seconds those of its tasks had been under way that
        were; the others were not begun. None if nothing is known: any of them may have been.

    Examples
    --------
    >>> from sktune.engine.executors import BundleReport
    >>> def lost(bundle):
    ...     return BundleReport(bundle, state="lost", error=ConnectionError("its host is gone"))
    """

    bundle: Bundle
    outcomes: Sequence[Outcome] = ()
    state: State = "done"
    error: BaseException | None = None
    begun: Mapping[tuple[int, int], float] | None = None


class Executor(ABC):
    """Workers to which bundles go.

    All methods are called from one thread: first `start`, then `hold`, then `submit` and `wait` in
    any order, `hold` again when there is something else to evaluate, in the end `close`, whatever
    has happened; then perhaps `start` again, for another search. `workers` may be asked any time.

    Attributes
    ----------
    pickler : type of pickle.Pickler
        With which `hold` sends what it takes. By cloudpickle's lambdas can be sent, and functions
        and classes of a script.

    See Also
    --------
    sktune.testing.ExecutorContract : Tests that one of your own has to pass.

    Examples
    --------
    All in this thread, at once:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import Executor, GridSearch
    >>> from sktune.engine.executors import BundleReport, Workers
    >>> class AtOnce(Executor):
    ...     workers = Workers(1, "here")
    ...
    ...     def hold(self, evaluate):
    ...         self.evaluate, self.reports = evaluate, []
    ...
    ...     def submit(self, bundles):
    ...         self.reports += [BundleReport(b, tuple(self.evaluate(b))) for b in bundles]
    ...
    ...     def wait(self, timeout=None):
    ...         reports, self.reports = self.reports, []
    ...         return reports
    ...
    ...     def cancel(self):
    ...         self.reports = []
    >>> search = GridSearch(SVC(), {"C": [1, 10]}, executor=AtOnce())
    >>> search.fit(*load_iris(return_X_y=True)).best_params_
    {'C': 10}
    """

    pickler: type[Pickler] = cloudpickle.Pickler

    def start(self, terms: Terms) -> None:  # noqa: B027 - not all have something to do
        """Get ready for a search.

        Raises
        ------
        Exception
            If there are no workers to be had; the message says what to do.
        """

    @property
    @abstractmethod
    def workers(self) -> Workers:
        """The workers that there are now."""

    @abstractmethod
    def hold(self, evaluate: Evaluate) -> None:
        """Take what evaluates the bundles that will be submitted from now on.

        It has the problem's data, which go to each worker, or each host, once. Called when
        nothing is under way.
        """

    @abstractmethod
    def submit(self, bundles: Sequence[Bundle]) -> None:
        """Take bundles that one worker evaluates in a row, and return at once.

        Mostly it is one; there are several where each takes less than sending it. Each bundle
        has exactly one last report. One whose worker is lost is not tried again by the executor.
        Where workers share files, what has pieces in common (`CommonWork.common`) is best sent to
        the same, but not at the price of workers that have nothing to do.
        """

    @abstractmethod
    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        """Return reports as soon as there are any; none if there are none in `timeout` seconds.

        Raises
        ------
        Exception
            If there will never be a report again, because the cluster is gone; the message says
            what to do. What was reported before stays.
        """

    @abstractmethod
    def cancel(self) -> None:
        """Give up all that is under way: none of it will be reported.

        What is known to end at once may be waited for; nothing else is.
        """

    def close(self) -> None:  # noqa: B027 - as above
        """Let go of what was made for the search; of what the user owns, nothing."""
