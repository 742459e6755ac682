"""The only worker is the thread of the search itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from ...evaluation import Bundle
from ...trials import Outcome
from .contract import BundleReport, Evaluate, Executor, Workers


class Here(Executor):
    """Evaluates bundles in the thread that waits for them, a task at a time."""

    workers = Workers(1, "here")

    def __init__(self) -> None:
        self._waiting: deque[Bundle] = deque()
        self._current: tuple[Bundle, Iterator[Outcome]] | None = None

    def hold(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate

    def submit(self, bundles: Sequence[Bundle]) -> None:
        self._waiting += bundles

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        if self._current is None:
            if not self._waiting:
                return ()
            bundle = self._waiting.popleft()
            self._current = bundle, iter(self._evaluate(bundle))
        bundle, outcomes = self._current
        try:
            if len(bundle.tasks) > 1:
                for outcome in outcomes:
                    return (BundleReport(bundle, (outcome,), "under way"),)
            report = BundleReport(bundle, tuple(outcomes))
        except Exception as exc:  # noqa: BLE001 - it is told
            report = BundleReport(bundle, (), "raised", exc)
        self._current = None
        return (report,)

    def cancel(self) -> None:
        self._waiting.clear()
        self._current = None
