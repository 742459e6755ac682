"""Outer folds of nested cross-validation: their scores, and their files beside the journals."""

from __future__ import annotations

import copy
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from ..exceptions import CheckpointError, FailedCandidatesWarning, warn
from ..journal import as_fields
from ..journal.digests import digest
from ..journal.disk import Disk
from ..journal.json_values import exact_value, value_body
from .verifying import RecordedValues

_NO_MATTER = {
    "checkpoint", "keep", "memory_limit", "n_jobs", "observers", "pre_dispatch", "retry_failed",
    "share_work", "verbose", "verify_sharing",
}  # fmt: skip
"""Options of a search that do not change what it chooses."""


@dataclass(frozen=True)
class Fold:
    """An outer fold: its scores, and what its search has chosen.

    Attributes
    ----------
    scores : mapping of str to float
    best_params : mapping
    best_score, bias : float
        nan where there is none.
    story : str
        The traceback, where the search has failed.
    """

    scores: Mapping[str, float]
    best_params: Mapping[str, Any]
    best_score: float
    bias: float
    story: str = ""

    @property
    def error(self) -> str:
        """Why the search has failed, in a line; empty if it has not."""
        _, *lines = self.story.strip().splitlines() or [""]
        return next((line for line in lines if line[:1] not in ("", " ")), self.story)


def scores_of(folds: Sequence[Fold], error_score: float | str) -> dict[str, Any]:
    """Return the scores of all folds, with a stand-in for those that have failed, and warn of it.

    Raises
    ------
    ValueError
        If all have failed.
    """
    failed = Counter(fold.story for fold in folds if fold.error)
    stories = "\n".join(f"{n} of them:\n{story}" for story, n in failed.items())
    n = failed.total()
    if n == len(folds):
        raise ValueError(
            f"All the {n} fits failed: the search on every outer fold. Fix what they say, or pass "
            f"error_score='raise' to see the first as it is raised.\n{stories}"
        )
    if n:
        warn(
            f"{n} fits failed out of a total of {len(folds)}: the search on an outer fold, whose "
            f"scores are set to {error_score}. Pass error_score='raise' to end with the first.\n"
            f"{stories}",
            FailedCandidatesWarning,
        )
    names = next(fold.scores for fold in folds if not fold.error)
    return {n: np.array([fold.scores.get(n, error_score) for fold in folds]) for n in names}


class FoldRecords:
    """The records in a directory, by all that scores of outer folds depend on.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    search : search
        Unfitted.
    given : mapping
        All else that scores depend on.

    Raises
    ------
    CheckpointError
        If the directory cannot be made, or something cannot be recognised in another process.
    """

    def __init__(self, folder: Any, search: Any, given: Mapping[str, Any]) -> None:
        self._folder, self._values = Path(os.fspath(folder)), RecordedValues(search)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise CheckpointError(
                f"checkpoint={os.fspath(folder)!r} is to be a directory, with a journal for each "
                f"outer fold, and cannot be made one ({exc.strerror}). Pass another path."
            ) from exc
        options = search.get_params(deep=False)
        named = {n: value for n, value in options.items() if n not in _NO_MATTER} | dict(given)
        fields = as_fields({"search": type(search), **named})
        self._problem = [[name, found] for name, (found, _) in sorted(fields.items())]

    def find(self, split: Any, *, fitted: bool) -> tuple[Fold, Any] | None:
        """Return the record of a fold, and the `fitted` search where it is asked for.

        None if there is none that can be read. Only who asks for it has a pickle read.
        """
        with suppress(Exception):  # damaged, or of values that are in the space no more
            path = self._path(split)
            body = json.loads(path.read_text(encoding="utf-8"))
            params = {name: self._value(value) for name, value in body["best_params"].items()}
            fold = Fold(body["scores"], params, body["best_score"], body["bias"])
            search = cloudpickle.loads(_pickled(path).read_bytes()) if fitted else None
            return fold, search
        return None

    def write(self, split: Any, fold: Fold, fitted: Any = None) -> None:
        """Record a fold, and its `fitted` search before it: as a whole, or not at all."""
        path = self._path(split)
        if fitted is not None:
            with suppress(Exception):  # what cannot be pickled is fitted again
                told = copy.copy(fitted).set_params(observers=None)
                Disk().begin(str(_pickled(path)), cloudpickle.dumps(told))
        body = {
            "scores": dict(fold.scores),
            "best_params": {name: value_body(value) for name, value in fold.best_params.items()},
            "best_score": fold.best_score,
            "bias": fold.bias,
        }
        Disk().begin(str(path), json.dumps(body).encode())

    def _path(self, split: Any) -> Path:
        return self._folder / f"outer-{digest([self._problem, *split])[:16]}.json"

    def _value(self, body: Any) -> Any:
        is_object = isinstance(body, dict) and "digest" in body
        return self._values.found(body) if is_object else exact_value(body)


def _pickled(path: Path) -> Path:
    return path.with_suffix(".pickle")
