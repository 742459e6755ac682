"""Other backends of joblib's, which are called with all bundles that were submitted."""

from __future__ import annotations

from collections.abc import Sequence

from joblib import Parallel, delayed

from ...evaluation import Bundle
from ...trials import Outcome
from .contract import BundleReport, Evaluate, Executor, Where, Workers
from .errands import Surroundings, evaluated


class Waves(Executor):
    """A backend of joblib's that gives everything at the end of a call."""

    def __init__(self, n_jobs: int | None, count: int, where: Where) -> None:
        self._n_jobs = n_jobs
        self._workers = Workers(count, where, waves=True)
        self._waiting: list[Bundle] = []

    @property
    def workers(self) -> Workers:
        return self._workers

    def hold(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate

    def submit(self, bundles: Sequence[Bundle]) -> None:
        self._waiting += bundles

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        bundles, self._waiting = self._waiting, []
        around, call = Surroundings(), delayed(evaluated)
        calls = (call(self._evaluate, (bundle,), around) for bundle in bundles)
        found: list[tuple[int, list[Outcome]]] = Parallel(n_jobs=self._n_jobs)(calls)
        return [
            BundleReport(bundle, of_one) for bundle, (_, of_one) in zip(bundles, found, strict=True)
        ]

    def cancel(self) -> None:
        self._waiting = []
