"""Errors on samples that were not fitted on, for the page: as cells."""

from __future__ import annotations

import numpy as np

from ..out_of_fold import OutOfFoldErrors
from .parts import counted, number_axis
from .values import Json, number, numbers

_BINS = 24
"""Cells along each axis of residuals and predictions."""


def errors(data: OutOfFoldErrors) -> Json:
    """Return a confusion matrix, or how many residuals there are at which predictions."""
    return _residuals(data) if data.labels is None else _confusion(data)


def _confusion(data: OutOfFoldErrors) -> Json:
    assert data.labels is not None  # noqa: S101 - it is a classifier's
    names, n = [str(label) for label in data.labels], len(data.labels)
    shares = data.counts / np.maximum(data.counts.sum(axis=1, keepdims=True), 1)
    at = np.argwhere(data.counts)
    cells = [  # the first class on top
        [j - 0.5, j + 0.5, n - i - 1.5, n - i - 0.5, number(shares[i, j])] for i, j in at.tolist()
    ]  # fmt: skip
    text = (
        f"Of {counted(data.n_samples, 'sample')}, each predicted by a model that has not seen it, "
        f"{data.n_right} are right."
    )
    wrong = data.counts - np.diag(np.diag(data.counts))
    if wrong.any():
        i, j = np.unravel_index(wrong.argmax(), wrong.shape)
        text += f" Most often {names[i]} is taken for {names[j]}: {wrong[i, j]} times."
    return {
        "x": {"name": "taken for", "labels": names, "log": False},
        "y": {"name": "class", "labels": names[::-1], "log": False},
        "cells": cells, "written": [int(data.counts[i, j]) for i, j in at],
        "best": None, "value": "share of the class", "text": text,
    }  # fmt: skip


def _residuals(data: OutOfFoldErrors) -> Json:
    counts, xs, ys = np.histogram2d(data.predicted, data.residuals, bins=_BINS)
    cells = [
        [*numbers(xs[i : i + 2]), *numbers(ys[j : j + 2]), int(counts[i, j])]
        for i in range(_BINS) for j in range(_BINS) if counts[i, j]
    ]  # fmt: skip
    low, middle, high = np.percentile(data.residuals, [5, 50, 95])
    text = (
        f"Of {counted(data.n_samples, 'sample')}, each predicted by a model that has not seen it, "
        f"the truth less the prediction is {middle:.4g} in the middle, and from {low:.4g} to "
        f"{high:.4g} for nine in ten."
    )
    x, y = number_axis("out-of-fold prediction"), number_axis("truth less prediction")
    x["ends"], y["ends"] = numbers(xs[[0, -1]]), numbers(ys[[0, -1]])
    return {"x": x, "y": y, "cells": cells, "best": None, "value": "samples", "text": text}
