"""The problem: all that is measured, frozen before the first fit."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils import indexable, resample

from . import _sklearn
from .early_stopping import StoppedFits
from .messages import in_short
from .sharing.keeping import may_keep
from .sharing.randomness import Randomness
from .sharing.sources import Draws, draws_of
from .space.setting import configured
from .trials import Rung
from .types import CV, Array, Model, Params, Samples, Scorer, Seed, Splitter, Target

Split = tuple[Any, ...]
"""Indices (or a mask) of the training and of the test samples; with early stopping, of validation
samples too, which are not among the training samples."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything a candidate's score depends on, besides the candidate.

    Attributes
    ----------
    estimator : estimator
        Unfitted and private to the problem; every fit gets a clone.
    X, y : array-likes of n_samples rows; y may be None
    splits : sequence of (train, test)
        Drawn once, so that every candidate is measured on the same ones.
    scorer : callable
        ``scorer(estimator, X, y, **score_params)`` to a number or a dict of numbers.
    fit_params, score_params : mapping
        What is routed to ``fit`` and to the scorer; array-likes as long as X are sliced
        with it.
    return_train_score : bool
    raise_errors : bool
        Whether the first failure ends the search (``error_score="raise"``).
    stopping : StoppedFits or None
        What fits boosters until they do not improve.
    keeps_models : bool
        Whether outcomes come with the models that were fitted.
    """

    estimator: Model
    X: Samples
    y: Target
    splits: Sequence[Split]
    scorer: Scorer
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    return_train_score: bool
    raise_errors: bool
    stopping: StoppedFits | None = None
    keeps_models: bool = False

    @cached_property
    def uses_data_again(self) -> bool:
        """Whether samples are used a second time, so that it shows if they were written into.

        scikit-learn hands the same arrays to the fit and to the train scores, and to one
        metric after the other.
        """
        return self.return_train_score or _sklearn.metric_names(self.scorer) is not None

    @cached_property
    def scores_go_on(self) -> bool:
        """Whether the scorer may draw or keep something: the order of scores matters, and each."""
        functions = _sklearn.functions_of(self.scorer)
        if not functions:
            return False
        return draws_of(functions, seeded=False) is not Draws.NOT or may_keep(functions)

    def repeats(self, params: Params) -> bool:
        """Whether a candidate's scores are the same a second time: nothing is known to be drawn."""
        if self.scores_go_on:
            return False
        try:
            draws = Randomness().of(configured(self.estimator, params))
        except Exception:  # noqa: BLE001 - it cannot be set: its fits fail, each in the same way
            return True
        return draws is Draws.NOT

    @cached_property
    def scored_by_responses(self) -> bool:
        """Whether the scorer sees no more of an estimator than what it predicts."""
        score = getattr(type(self.estimator), "score", None)
        only_predicts = score in (ClassifierMixin.score, RegressorMixin.score)
        params = bool(self.score_params) and not only_predicts
        return (
            _sklearn.asks_for_responses_only(self.scorer, params=params) and not self.scores_go_on
        )

    @cached_property
    def needs_whole(self) -> bool:
        """Whether all that a candidate has fitted is needed to the end, and not its last step."""
        return self.keeps_models or not self.scored_by_responses


ProblemOn = Callable[[Rung | None], Problem]
"""What is measured on a rung of successive halving."""


def check_lengths(X: Samples, y: Target, params: Mapping[str, Any]) -> tuple[Any, Any]:
    """Make X and y indexable; refuse data of different lengths.

    Of the parameters of fit, ``sample_weight`` and ``groups`` must be as long as X.

    Raises
    ------
    ValueError
        Naming what is not as long as X.
    """
    weight, groups = params.get("sample_weight"), params.get("groups")
    lengths = {}
    for name, value in {"X": X, "y": y, "sample_weight": weight, "groups": groups}.items():
        if value is not None and (hasattr(value, "__len__") or hasattr(value, "shape")):
            lengths[name] = _sklearn.n_samples(value)
    n = lengths.get("X")
    if isinstance(y, str):
        raise ValueError(
            f"y is the text {y!r}; pass the values themselves: X.drop(columns={y!r}), X[{y!r}]."
        )
    for name, length in lengths.items():
        if n is not None and length != n:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: X has {n}, "
                f"{name} has {length}. Pass one entry of {name} per row of X."
            )
    X, y = indexable(X, y)
    return X, y


def first_rows(X: Samples, n: int = 5) -> Any:
    """Return the first rows of data, in a container like its own; None of what has no slices."""
    try:
        return X[:n]
    except Exception:  # noqa: BLE001 - whatever a container of the user's raises
        return None


def make_splitter(cv: CV, y: Target, *, classifier: bool) -> Splitter:
    """Turn `cv` into a splitter, as `sklearn.model_selection.check_cv` does.

    Raises
    ------
    ValueError
        For a class in place of an instance, an iterable of anything but pairs, and for
        what `check_cv` refuses.
    """
    if inspect.isclass(cv):
        raise ValueError(f"cv is the class {cv.__name__}; pass an instance: {cv.__name__}().")
    if isinstance(cv, Iterable) and not isinstance(cv, str) and not hasattr(cv, "split"):
        cv = list(cv)
        for index, split in enumerate(cv):
            if not isinstance(split, tuple | list | np.ndarray) or len(split) != 2:
                raise ValueError(
                    f"Split {index} of cv is {in_short(split)}. Pass pairs (train, test) of "
                    "indices, or a splitter such as KFold(5)."
                )
    return check_cv(cv, y, classifier=classifier)  # type: ignore[no-any-return] # without types


def draw_splits(
    cv: Splitter, n_splits: int, X: Samples, y: Target, split_params: Mapping[str, Any]
) -> list[Split]:
    """Draw every split once.

    Parameters
    ----------
    cv : splitter
        As `sklearn.model_selection.check_cv` returns it.
    n_splits : int
        What the splitter says it will give.
    X, y : indexable
    split_params : mapping
        What is routed to the splitter, for example ``groups``.

    Raises
    ------
    ValueError
        If there are no splits, if the splitter's two methods disagree, or if a split has
        no training or no test samples or reaches beyond the data.
    """
    splits = list(cv.split(X, y, **split_params))
    if not splits and not n_splits:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates? "
            f"cv={in_short(cv)} gave no splits; pass a splitter, or an iterable that is not used "
            "up."
        )
    if len(splits) != n_splits:
        raise ValueError(
            f"cv.split and cv.get_n_splits {_sklearn.RETURN} inconsistent results. Expected "
            f"{n_splits} splits, got {len(splits)}. Check {in_short(cv)}."
        )
    n = _sklearn.n_samples(X)
    for index, (train, test) in enumerate(splits):
        for name, rows in (("training", train), ("test", test)):
            _check_rows(rows, n, f"The {name} set of split {index}")
    return splits


def draws_other_splits(
    cv: Splitter, splits: Sequence[Split], X: Samples, y: Target, split_params: Mapping[str, Any]
) -> bool:
    """Whether a splitter, asked again, gives other splits than it gave.

    What it draws from is left as it was: a copy is asked.
    """
    try:
        with warnings.catch_warnings():  # which were given when it was asked first
            warnings.simplefilter("ignore")
            again = list(copy.deepcopy(cv).split(X, y, **split_params))
    except Exception:  # noqa: BLE001 - it has been asked once; a copy may do anything
        return False
    return len(again) != len(splits) or not all(
        np.array_equal(rows, others)
        for split, other in zip(splits, again, strict=True)
        for rows, others in zip(split, other, strict=True)
    )


def subsampled(splits: Sequence[Split], share: float, random_state: Seed) -> list[Split]:
    """Draw a share of the samples of each split, without replacement, as scikit-learn does.

    Parameters
    ----------
    splits : sequence of (train, test)
    share : float
        From 0 to 1, rounded down to whole samples.
    random_state : int or RandomState instance
        With a number, all splits are drawn from with the same.

    Raises
    ------
    ValueError
        If nothing is left of a training or test set.
    """
    return [tuple(_drawn(rows, share, random_state) for rows in split) for split in splits]


def _drawn(rows: Array, share: float, random_state: Seed) -> Array:
    rows = np.asarray(rows)
    if rows.dtype == bool:
        rows = np.flatnonzero(rows)
    n = int(share * len(rows))
    if not n:
        raise ValueError(
            f"{share:.3g} of a set of {len(rows)} samples is none. Raise min_resources, or take "
            "fewer splits."
        )
    return resample(rows, replace=False, random_state=random_state, n_samples=n)  # type: ignore[no-any-return] # without types


def held_out_share(splits: Sequence[Split]) -> float:
    """Return the share of a split's samples that are held out, on average."""
    shares = []
    for split in splits:
        n_train, n_test = (
            int(r.sum()) if r.dtype == bool else len(r) for r in map(np.asarray, split[:2])
        )
        shares.append(n_test / (n_train + n_test))
    return float(np.mean(shares))


def _check_rows(rows: Array, n: int, which: str) -> None:
    rows = np.asarray(rows)
    if rows.size and rows.dtype.kind not in "biu":
        raise ValueError(
            f"{which} has {rows.dtype} for indices. Pass integers, or a mask of {n} bools."
        )
    if rows.dtype == bool:
        empty, beyond = not rows.any(), False
        if len(rows) != n:
            raise ValueError(
                f"{which} is a mask of {len(rows)} bools, but X has {n} samples. Make `cv` from "
                "the same data."
            )
    else:
        empty = rows.size == 0
        beyond = not empty and (rows.min() < -n or rows.max() >= n)
    if empty:
        raise ValueError(
            f"{which} is empty, so it can give no score. Check `cv` (and `groups`): every "
            "split needs training and test samples."
        )
    if beyond:
        raise ValueError(
            f"{which} reaches beyond the {n} samples of X. Make `cv` from the same data."
        )
