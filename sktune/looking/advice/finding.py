"""A finding: one thing that a search tells, in words, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...results.comparing import Comparison, correlated_t
from ..record import Record


@dataclass(frozen=True)
class Finding:
    """One thing that a search tells.

    Attributes
    ----------
    kind : str
        "failures", "defaults", "edge", "improving", "noise", "equal", "no effect", "idle" or
        "sharing".
    text : str
        What was found, and what can be done.
    evidence : mapping of str to object
        The numbers and candidates that it rests on.

    Examples
    --------
    >>> from sktune.looking import Finding
    >>> finding = Finding("edge", "The best C is the largest that was tried.", {"C": 100})
    >>> print(finding, finding.evidence["C"])
    The best C is the largest that was tried. 100
    """

    kind: str
    text: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


def compared(record: Record, row: int, with_row: int, rope: float = 0.0) -> Comparison:
    """Compare a candidate with another, on the splits that both have."""
    scores = record.scores[record.metric]
    share = record.test_share or 1 / max(scores.shape[1], 2)
    return correlated_t(scores[row] - scores[with_row], rho=share, rope=rope)


def complete_rows(record: Record) -> list[int]:
    """Return the rows that compare with the best one, the best mean first; equal ones once."""
    means = np.where(record.ended & ~record.duplicate, record.means, np.nan)
    order = np.argsort(-means, kind="stable")
    return [int(row) for row in order if not np.isnan(means[row])]


def number(value: object) -> str:
    """Write a value; a number in short, a text in quotes.

    A text with brackets is what a journal has of an object: it is written as the object is.
    """
    if isinstance(value, float | np.floating):
        return f"{float(value):.4g}"
    quoted = isinstance(value, str) and "(" not in value
    return repr(value) if quoted else " ".join(str(value).split())


def listed(names: Sequence[str]) -> str:
    """Write names in a row: a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
