"""Training samples, divided into those that are fitted on and those that tell when to stop."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from .. import _sklearn
from ..exceptions import warn
from ..messages import in_short
from ..types import Array, Ints, Samples, Target
from .option import EarlyStopping

_SEED = 0
"""Of what is drawn: the same samples are held out in every run."""

_REMEDY = "Pass a larger validation, a splitter of your own for it, or validation='test'."

_NOT_DIVIDED = (
    "early_stopping: validation={} cannot divide the {} training samples of {}, which are all that "
    "it is given, with their groups ({}). Pass a splitter of any samples, or a share of them."
)


def divided(
    option: EarlyStopping,
    splits: Sequence[tuple[Any, Any]],
    X: Samples,
    y: Target,
    groups: Any = None,
    *,
    classes: bool = False,
) -> list[tuple[Any, Any, Any]]:
    """Hold out a part of the training samples of each split.

    Parameters
    ----------
    option : EarlyStopping
    splits : sequence of (train, test)
    X, y : indexable
    groups : array-like, optional
        What was given to the splitter.
    classes : bool, default=False
        Whether y are labels of classes.

    Returns
    -------
    splits : list of (rest, test, validation)

    Raises
    ------
    ValueError
        If a split cannot be divided so.
    """
    pairs = [(_rows(train), _rows(test)) for train, test in splits]
    parts = Parts(option, X, y, groups, pairs, classes=classes)
    found, constant = [], []
    for number, (train, test) in enumerate(pairs):
        rest, validation = parts.of(train, test, f"split {number}")
        found.append((rest, splits[number][1], validation))
        if parts.is_constant(rest, validation):
            constant.append(number)
    if constant:
        warn(
            f"early_stopping: the validation samples of split {', '.join(map(str, constant))} are "
            f"all of one class, so that they tell little about when to stop. {_REMEDY}"
        )
    return found


class Parts:
    """Divides sets of training samples as the splits of a search are made.

    What the splits are like is seen from themselves: whether they keep groups apart, and whether
    all of them go forward in time.
    """

    def __init__(
        self,
        option: EarlyStopping,
        X: Samples,
        y: Target,
        groups: Any,
        splits: Sequence[tuple[Ints, Ints]],
        *,
        classes: bool,
    ) -> None:
        self._option, self._X, self._y = option, X, y
        self._labels: Array | None = None
        if classes and y is not None and np.asarray(y).ndim == 1:
            self._labels = np.unique(np.asarray(y), return_inverse=True)[1].ravel()
        self._groups = None if groups is None else np.asarray(groups)
        self._by_groups = self._groups is not None and not any(
            np.isin(self._groups[test], self._groups[train]).any() for train, test in splits
        )
        self._forward = len(splits) > 1 and all(train.max() < test.min() for train, test in splits)

    def of(self, train: Ints, test: Ints | None, where: str) -> tuple[Ints, Ints]:
        """Return the rest of the training samples, and those that are held out.

        Raises
        ------
        ValueError
            If nothing is left of either.
        """
        held = self._option.validation
        if isinstance(held, str) and test is not None:
            rest, validation = train, test
        elif hasattr(held, "split"):
            rest, validation = self._by_splitter(train, where)
        else:
            share = 0.1 if isinstance(held, str) else held
            n = int(share) if share >= 1 else ceil(share * len(train))
            if n >= len(train):
                raise ValueError(
                    f"early_stopping: {n} of the {len(train)} training samples of {where} are to "
                    "be held out, which leaves none to fit on. Lower validation."
                )
            rest, validation = self._drawn(train, n, where)
        if self._labels is not None:  # a booster cannot be told of classes that it has not seen
            validation = validation[np.isin(self._labels[validation], self._labels[rest])]
        for name, rows in (("to fit on", rest), ("that tell when to stop", validation)):
            if not len(rows):
                raise ValueError(
                    f"early_stopping: validation={in_short(held)} leaves no training samples of "
                    f"{where} {name}. {_REMEDY}"
                )
        return rest, validation

    def is_constant(self, rest: Ints, validation: Ints) -> bool:
        """Whether samples that are held out are all of one class, and the rest is not."""
        if self._labels is None:
            return False
        return len(set(self._labels[validation])) == 1 < len(set(self._labels[rest]))

    def _by_splitter(self, train: Ints, where: str) -> tuple[Ints, Ints]:
        X = _sklearn.slice_params(self._X, {"X": self._X, "y": self._y}, train)
        groups = None if self._groups is None else self._groups[train]
        splitter = copy.deepcopy(self._option.validation)  # asked anew for each split
        with warnings.catch_warnings():  # of groups that it does not look at
            warnings.filterwarnings("ignore", "The groups parameter is ignored")
            try:
                rest, validation = next(iter(splitter.split(X["X"], X["y"], groups)))
                return train[_rows(rest)], train[_rows(validation)]
            except Exception as exc:
                told = str(exc) or "it gives no split"
                raise ValueError(
                    _NOT_DIVIDED.format(in_short(splitter), len(train), where, told)
                ) from exc

    def _drawn(self, train: Ints, n: int, where: str) -> tuple[Ints, Ints]:
        if self._forward:
            ordered = np.sort(train)
            held = np.isin(train, ordered[-n:])
        elif self._by_groups and self._groups is not None:
            held = self._of_groups(train, n, self._groups[train], where)
        else:
            held = self._of_samples(train, n)
        return train[~held], train[held]

    def _of_groups(self, train: Ints, n: int, groups: Array, where: str) -> Array:
        n_groups = len(set(groups.tolist()))
        if n_groups < 2:
            raise ValueError(
                f"early_stopping: the training samples of {where} are all of one group, of which "
                "none can be held out. Pass validation='test', or a splitter that takes single "
                "samples: ShuffleSplit(1, test_size=0.1, random_state=0)."
            )
        size = min(max(round(n / len(train) * n_groups), 1), n_groups - 1)
        draw = GroupShuffleSplit(1, test_size=size, random_state=_SEED)
        _, chosen = next(draw.split(train, groups=groups))
        held = np.zeros(len(train), bool)
        held[chosen] = True
        return held

    def _of_samples(self, train: Ints, n: int) -> Array:
        """Draw single samples, by classes if there are enough of each."""
        places, labels = np.arange(len(train)), None
        if self._labels is not None:
            counts = np.bincount(self._labels[train])
            common = counts[self._labels[train]] > 1  # of the others, there is but one to fit on
            n_classes = int((counts > 1).sum())
            if n < common.sum():
                places = places[common]
            if n_classes <= n <= len(places) - n_classes and common[places].all():
                labels = self._labels[train[places]]
        _, chosen = train_test_split(places, test_size=n, stratify=labels, random_state=_SEED)
        held = np.zeros(len(train), bool)
        held[chosen] = True
        if self._labels is not None:  # what the rest would not know of is fitted on
            held &= np.isin(self._labels[train], self._labels[train[~held]])
            if not held.any():
                held[np.argmax(counts[self._labels[train]] > 1)] = counts.max() > 1
        return held


def _rows(rows: Any) -> Ints:
    """Return the numbers of samples; a mask tells them too."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows
