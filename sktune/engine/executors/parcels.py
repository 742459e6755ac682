"""Parcels: all that bundles need, packed for workers that share nothing with this process.

Data are large, and go to each worker once; so do the rows of each split. The rest is small, and
is read anew for each load, so that what one task does to it is not another's matter.
"""

from __future__ import annotations

import os
import pickle
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import cloudpickle
import numpy as np

from ...evaluation import Bundle
from ...sharing.files import HostFiles
from ...trials import Outcome
from .contract import Evaluate

_LARGE = 2**15
"""Bytes of an array, beyond which it counts as data."""

_LONG = 1000
"""Entries of a list, or rows of a frame, beyond which it counts as data."""

Data = Sequence[Any] | Mapping[int, Any]


class Parcel:
    """An evaluator in two parts. Picklable, without its data.

    Attributes
    ----------
    data : list
        Arrays, frames and lists, and the rows of each split: to be sent once.
    folders : list of str
        Names of the temporary folders that workers may make.
    whole : bool
        Whether what is evaluated needs all fitted steps.
    """

    def __init__(self, evaluate: Evaluate) -> None:
        file = BytesIO()
        pickler = _ParcelPickler(file)
        pickler.dump(evaluate)
        self.small = file.getvalue()
        self.data: list[Any] = pickler.data
        self._n_common = len(self.data)
        problem = getattr(evaluate, "problem", None)
        self.whole: bool = getattr(problem, "needs_whole", False)
        splits = getattr(problem, "splits", ())
        self._number_of = {id(rows): self._n_common + n for n, rows in enumerate(splits)}
        self.data += splits
        folders = getattr(getattr(evaluate, "guard", None), "folders", ())
        self.folders = list(map(os.path.basename, folders))

    def __getstate__(self) -> dict[str, Any]:
        return {"small": self.small}

    def load(self, bundles: Sequence[Bundle]) -> list[Bundle]:
        """Return bundles as they are sent: the number of its rows in the data is in their place."""
        number = self._number_of
        return [
            replace(bundle, rows=_Number([number[id(bundle.rows)]]))
            if id(bundle.rows) in number
            else bundle
            for bundle in bundles
        ]

    def needed(self, load: Sequence[Bundle]) -> list[int]:
        """Return the numbers of the data that a load needs, for who can send them apart."""
        rows = {bundle.rows[0] for bundle in load if isinstance(bundle.rows, _Number)}
        return [*range(self._n_common), *sorted(rows)]

    def evaluating(self, data: Data, seconds: float | None = None) -> Evaluating:
        """Return, in a worker, what evaluates the bundles of one load.

        Parameters
        ----------
        data : sequence, or mapping of int
            What the worker holds of the data, by their numbers.
        seconds : float, optional
            After which the search is over.
        """
        evaluate = _ParcelUnpickler(self.small, data).load()
        guard = getattr(evaluate, "guard", None)
        if guard is not None:
            until = None if seconds is None else time.time() + seconds
            evaluate.guard = replace(guard, until=until)

        return Evaluating(evaluate, data)


@dataclass(frozen=True)
class Evaluating:
    """An evaluator in a worker, with what it holds of the data."""

    evaluate: Evaluate
    data: Data

    def __call__(self, bundle: Bundle) -> Iterator[Outcome]:
        if isinstance(bundle.rows, _Number):
            bundle = replace(bundle, rows=self.data[bundle.rows[0]])
        yield from self.evaluate(bundle)

    def made(self) -> dict[tuple[int, int], int]:
        """Return the bytes of what was handed on since this was asked, by split and key."""
        files = getattr(self.evaluate, "files", None)
        if not isinstance(files, HostFiles):
            return {}
        made, files.made = files.made, Counter()
        return dict(made)


class _Number(tuple[Any, ...]):
    """The number of a split's rows in the data, in the place of the rows."""

    __slots__ = ()


class _ParcelPickler(cloudpickle.Pickler):  # type: ignore[misc] # without types
    """Leaves data out."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.data: list[Any] = []
        self._known: dict[int, int] = {}

    def persistent_id(self, value: Any) -> int | None:
        if not _is_large(value):
            return None
        number = self._known.setdefault(id(value), len(self.data))
        if number == len(self.data):
            self.data.append(value)  # which keeps its address its own
        return number


class _ParcelUnpickler(pickle.Unpickler):
    def __init__(self, pickled: bytes, data: Data) -> None:
        super().__init__(BytesIO(pickled))
        self._data = data

    def persistent_load(self, pid: int) -> Any:
        return self._data[pid]


def _is_large(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) >= _LONG
    if isinstance(value, np.ndarray):
        return value.nbytes >= _LARGE
    if isinstance(value, type):
        return False
    shape = getattr(value, "shape", None)  # frames, sparse matrices, tensors
    return isinstance(shape, tuple) and bool(shape) and shape[0] >= _LONG
