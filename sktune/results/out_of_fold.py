"""Responses of the best candidate to samples that it was not fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier, is_regressor

from .. import _sklearn
from ..problem import Problem, Split
from ..types import Array, Model

METHODS = ("predict", "predict_proba", "decision_function", "score_samples")
"""What a model may respond to samples."""

Response = Any
"""An array, or a list of arrays, one an output."""


@dataclass(frozen=True, eq=False, repr=False)
class OutOfFold:
    """The responses of the best candidate to samples that it was not fitted on, in X's order.

    Each sample is predicted by the model of the split in whose test samples it is. As an array
    (``numpy.asarray``) it is the one that says most: probabilities, else decision values, else
    predictions.

    Attributes
    ----------
    predict, predict_proba, decision_function, score_samples : array or list of arrays
        As far as the estimator has these methods, of as many rows as X, as
        `sklearn.model_selection.cross_val_predict` gives them: columns are of all `classes`, also
        where the training samples of a split lack one, and of several outputs there is a list. nan
        for samples that are in no test split; labels are then floats, or objects. Of samples that
        are in several the mean, and of labels that which comes most often, the first of equals.
    counts : int array of shape (n_samples,)
        In how many test splits each sample is.
    classes : array, list of arrays or None
        Labels of the classes, in the order of the columns.
    y : array-like or None
        The target that the search was fitted on, itself.
    missing : mapping
        Of the methods without a response why there is none.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sktune import GridSearch
    >>> search = GridSearch(RidgeClassifier(), {"alpha": [1, 10]}, keep="best")
    >>> search.fit(*load_iris(return_X_y=True)).out_of_fold_
    Out-of-fold responses to 150 samples: predict (150,), decision_function (150, 3)
    """

    responses: Mapping[str, Response]
    counts: npt.NDArray[np.int64]
    classes: Any = None
    y: Any = None
    missing: Mapping[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Response:
        known = vars(self)
        if name in known.get("responses", ()):
            return known["responses"][name]
        if name in known.get("missing", ()):
            raise AttributeError(f"out_of_fold_ has no {name}: {known['missing'][name]}")
        if name in METHODS:
            raise AttributeError(f"out_of_fold_ has no {name}: nor has the estimator")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.responses]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        for name in ("predict_proba", "decision_function", "predict", "score_samples"):
            if name in self.responses:
                return np.array(self.responses[name], dtype=dtype)
        raise TypeError("The estimator has no predictions to make an array of.")

    def __repr__(self) -> str:
        shapes = {
            name: f"{len(value)} x {value[0].shape}" if type(value) is list else str(value.shape)
            for name, value in self.responses.items()
        }
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "nothing"
        n, without = len(self.counts), int((self.counts == 0).sum())
        rest = f", {without} in no test split" if without else ""
        return f"Out-of-fold responses to {n} samples{rest}: {told}"


def respond_out_of_fold(
    problem: Problem, models: Mapping[int, Model], splits: Sequence[Split]
) -> OutOfFold:
    """Have each split's model respond to its test samples.

    Parameters
    ----------
    problem : Problem
    models : mapping of int to fitted estimator
        By split; those that are missing have not been evaluated.
    splits : sequence of (train, test)
        Those that the models were fitted on.
    """
    X, y = problem.X, problem.y
    n, rows = _sklearn.n_samples(X), dict[int, Array]()
    given: dict[str, dict[int, Response]] = {}
    classes = _classes_of(y) if is_classifier(problem.estimator) else None
    missing: dict[str, str] = {}
    for split, model in models.items():
        train, test, *_ = _sklearn.split_indices(X, *splits[split])
        rows[split] = np.arange(n)[test]
        X_test, _ = _sklearn.slice_xy(model, X, None, test, train)
        for name in METHODS:
            if not hasattr(model, name):
                continue
            try:
                with warnings.catch_warnings():  # of which the scorer's call has warned
                    warnings.simplefilter("ignore")
                    told = getattr(model, name)(X_test)
                given.setdefault(name, {})[split] = _aligned(told, name, model, classes)
            except Exception as exc:  # noqa: BLE001 - whatever users' code raises
                missing.setdefault(name, f"on split {split}, {type(exc).__name__}: {exc}")
    counts = np.bincount(np.concatenate(list(rows.values())), minlength=n)
    responses: dict[str, Response] = {}
    for name, of_splits in given.items():
        if len(of_splits) < len(models):
            missing.setdefault(name, "not on all splits has the estimator this method")
        if name in missing:
            continue
        votes = name == "predict" and not is_regressor(problem.estimator)
        pairs = [(rows[split], value) for split, value in of_splits.items()]
        if isinstance(pairs[0][1], list):
            responses[name] = [
                _combined([(at, value[k]) for at, value in pairs], counts, votes=votes)
                for k in range(len(pairs[0][1]))
            ]
        else:
            responses[name] = _combined(pairs, counts, votes=votes)
    return OutOfFold(responses, counts, classes, y, missing)


def _classes_of(y: Any) -> Any:
    """Return the labels of a target, a list of several outputs; None if there are none to tell."""
    with suppress(Exception):  # labels of different types, or a sparse target
        labels = np.asarray(y)
        if labels.ndim == 1:
            return np.unique(labels)
        if labels.ndim == 2:
            return [np.unique(column) for column in labels.T]
    return None


def _aligned(told: Any, name: str, model: Model, classes: Any) -> Response:
    """Return a response as an array, or a list of them, with columns of all classes."""
    if isinstance(told, list) and name != "predict":
        seen = getattr(model, "classes_", [None] * len(told))
        known = classes if isinstance(classes, list) else [None] * len(told)
        return [
            _with_all(np.asarray(t), name, *of) for t, *of in zip(told, seen, known, strict=True)
        ]
    values = told.toarray() if hasattr(told, "toarray") else np.asarray(told)
    if name not in ("predict_proba", "decision_function") or isinstance(classes, list):
        return values
    return _with_all(values, name, getattr(model, "classes_", None), classes)


def _with_all(values: Array, name: str, seen: Any, classes: Any) -> Array:
    """Return probabilities or decision values with columns of the classes that were not seen."""
    if seen is None or classes is None or len(seen) == len(classes):
        return values
    if values.ndim == 1 or values.shape[1] != len(seen):
        raise ValueError(f"its {len(seen)} classes of {len(classes)} are no columns to fill up")
    fill = 0 if name == "predict_proba" else np.finfo(values.dtype).min
    full = np.full((len(values), len(classes)), fill, dtype=values.dtype)
    full[:, np.searchsorted(classes, seen)] = values
    return full


def _combined(
    pairs: Sequence[tuple[Array, Array]], counts: npt.NDArray[np.int64], *, votes: bool
) -> Array:
    """Put responses into the order of the samples."""
    rows = np.concatenate([at for at, _ in pairs])
    values = np.concatenate([value for _, value in pairs])
    if (counts == 1).all():
        return values[np.argsort(rows)]
    numbers = values.dtype.kind in "biuf"
    if numbers and not votes:
        weights = 1 / np.maximum(counts, 1)
        combined = np.where(counts == 0, np.nan, 0.0)
        combined = np.array(np.broadcast_to(combined, (*values.shape[1:], len(counts))).T)
        np.add.at(combined, rows, (values.T * weights[rows]).T)
        return combined
    combined = np.full((len(counts), *values.shape[1:]), np.nan, dtype=float if numbers else object)
    for place in np.ndindex(values.shape[1:]):
        column = values[(slice(None), *place)]
        labels, codes = np.unique(column, return_inverse=True)
        ballots = np.zeros((len(counts), len(labels)), dtype=int)
        np.add.at(ballots, (rows, codes), 1)
        winners = labels[ballots.argmax(axis=1)]
        combined[(counts > 0, *place)] = winners[counts > 0]
    return combined
