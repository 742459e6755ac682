"""The errand of a worker: to evaluate bundles, whoever has sent it there."""

from __future__ import annotations

import os
import pickle
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pickle import PicklingError
from queue import SimpleQueue
from typing import Any

from sklearn import config_context, get_config

from ...evaluation import Bundle, Notes
from ...trials import Outcome
from .contract import BundleReport, Evaluate
from .inner_threads import InnerThreads


def _filters() -> list[tuple[Any, ...]]:
    """Return the filters of warnings that hold here, without what cannot be sent."""
    own = getattr(warnings, "_get_filters", None)  # they belong to a context, where that is so
    return [tuple(one) for one in (warnings.filters if own is None else own())]


@dataclass(frozen=True)
class Surroundings:
    """The settings around a fit, as they are in this thread: scikit-learn's, and of warnings.

    And how many threads a fit may use.
    """

    threads: InnerThreads = field(default_factory=InnerThreads)
    config: dict[str, Any] = field(default_factory=get_config)
    filters: Sequence[tuple[Any, ...]] = field(default_factory=_filters)

    @contextmanager
    def around(self) -> Iterator[None]:
        """Have the same around what is done meanwhile."""
        with config_context(**self.config), warnings.catch_warnings(), self.threads.kept():
            warnings.resetwarnings()
            for action, message, category, module, line in self.filters:
                _filter(action, message, category, module, line)
            yield


def _filter(action: Any, message: Any, category: Any, module: Any, line: int) -> None:
    texts = [one.pattern if isinstance(one, re.Pattern) else one or "" for one in (message, module)]
    with suppress(AssertionError, TypeError):  # a filter of a kind of its own
        warnings.filterwarnings(action, texts[0], category, texts[1], line, append=True)


def evaluated(
    evaluate: Evaluate,
    bundles: Sequence[Bundle] | bytes,
    surroundings: Surroundings,
    notes: Notes | None = None,
    tell: Callable[[BundleReport], None] | None = None,
) -> tuple[int, list[Outcome]]:
    """Evaluate bundles in a worker; return its process, and the outcomes not told otherwise.

    Parameters
    ----------
    evaluate : callable
    bundles : sequence of Bundle, or bytes
        Pickled where a worker would end at what it cannot read, and nobody hear of it again.
    surroundings : Surroundings
    notes : Notes, optional
        Where outcomes are told as soon as they are known, from processes.
    tell : callable, optional
        Likewise, from threads.

    Raises
    ------
    PicklingError
        If they cannot be read.
    """
    some = _read(bundles) if isinstance(bundles, bytes) else bundles
    left: list[Outcome] = []

    def take(bundle: Bundle, outcome: Outcome) -> None:
        if tell is not None:
            tell(BundleReport(bundle, (outcome,), "under way"))
        elif notes is None or not notes.end(outcome):
            left.append(outcome)

    guard = getattr(evaluate, "guard", None)
    if notes is not None and guard is not None:
        evaluate.guard = replace(guard, notes=notes)  # type: ignore[attr-defined]
        evaluate.guard.arrive()  # type: ignore[attr-defined]
    with surroundings.around():
        for bundle in some:
            for outcome in evaluate(bundle):
                take(bundle, outcome)
    return os.getpid(), left


def _read(pickled: bytes) -> Sequence[Bundle]:
    try:
        bundles: Sequence[Bundle] = pickle.loads(pickled)  # noqa: S301 - our own search's
    except Exception as error:
        raise PicklingError(f"{type(error).__name__}: {error}") from error
    return bundles


def put(queue: SimpleQueue[tuple[int, Any]], number: int, came: Any) -> None:
    """Note what has come of a load; called where it comes, in threads that are not the search's."""
    queue.put((number, came))
