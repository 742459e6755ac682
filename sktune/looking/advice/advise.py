"""All findings of a search, the most useful first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import overload

from ..record import Record, Source
from .effort import idle_workers, nothing_shared, still_improving
from .failures import failed_alike
from .finding import Finding
from .parameters import at_the_edge, without_effect
from .winner import as_good_and_cheaper, defaults_as_good, too_noisy


class Advice(Sequence[Finding]):
    """Findings, the most useful first; printed, they are read as text.

    Parameters
    ----------
    findings : iterable of Finding
        In the order in which they are shown.

    Examples
    --------
    >>> from sktune.looking import Advice, Finding
    >>> advice = Advice([Finding("edge", "The best C is the largest that was tried: try more.")])
    >>> advice
    1. The best C is the largest that was tried: try more.
    >>> [finding.kind for finding in advice]
    ['edge']
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __repr__(self) -> str:
        if not self._findings:
            return "Nothing to advise."
        return "\n".join(f"{k}. {finding.text}" for k, finding in enumerate(self._findings, 1))


def advise(source: Source, metric: str | None = None) -> Advice:
    """Look for what a search tells of how to go on; silent where its scores do not tell.

    Parameters
    ----------
    source : fitted search, mapping, str or path-like
        A search of sktune's or of scikit-learn's, its ``cv_results_``, or the path of a
        checkpoint, also while the search runs. Of ``cv_results_`` alone less is known: neither the
        estimator's own values, nor what was shared.
    metric : str, optional
        Which is looked at, where there are several; by default the one that decides.

    Returns
    -------
    advice : Advice
        A sequence of `Finding`, the most useful first.

    Raises
    ------
    ValueError
        If there is no such metric, or nothing was tried yet.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import advise
    >>> grid = {"gamma": [0.001, 0.01, 0.1]}
    >>> search = GridSearch(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> advise(search)[0].kind
    'edge'
    """
    return advice_of(Record.of(source, metric))


def advice_of(record: Record) -> Advice:
    """Look at a record."""
    return Advice(
        list(
            chain(
                failed_alike(record),
                defaults_as_good(record),
                at_the_edge(record),
                still_improving(record),
                too_noisy(record),
                as_good_and_cheaper(record),
                without_effect(record),
                idle_workers(record),
                nothing_shared(record),
            )
        )
    )
