"""The record of an outer fold of nested cross-validation: a file beside the journals."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exceptions import CheckpointError
from ..journal import as_fields
from ..journal.digests import digest
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
    """

    scores: Mapping[str, float]
    best_params: Mapping[str, Any]
    best_score: float
    bias: float


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

    def find(self, split: Any) -> Fold | None:
        """Return the record of a fold; None if there is none that can be read."""
        with suppress(Exception):  # damaged, or of values that are in the space no more
            body = json.loads(self._path(split).read_text(encoding="utf-8"))
            params = {name: self._value(value) for name, value in body["best_params"].items()}
            return Fold(body["scores"], params, body["best_score"], body["bias"])
        return None

    def write(self, split: Any, fold: Fold) -> None:
        """Record a fold: as a whole, or not at all."""
        body = {
            "scores": dict(fold.scores),
            "best_params": {name: value_body(value) for name, value in fold.best_params.items()},
            "best_score": fold.best_score,
            "bias": fold.bias,
        }
        path = self._path(split)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(body, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def _path(self, split: Any) -> Path:
        return self._folder / f"outer-{digest([self._problem, *split])[:16]}.json"

    def _value(self, body: Any) -> Any:
        is_object = isinstance(body, dict) and "digest" in body
        return self._values.found(body) if is_object else exact_value(body)
