"""Small searches with a checkpoint, whose every score is another one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import uniform

from sktune.journal.disk import LONGEST_LINE
from sktune.journal.line_format import Body, Line, encode
from tests.helpers.estimators import Counting

X = np.arange(24.0).reshape(12, 2)
y = np.array([0, 1] * 6)
N_SPLITS = 2

SPACES = {
    "grid": {"value": [1.5, 2.5, 3.5]},
    "random": {"value": uniform(1, 3)},
    "bayes": {"value": (1.0, 4.0), "other": ["a", "b"]},
}


def score(estimator: Any, X: Any, y: Any) -> float:
    """Tell candidates and splits apart."""
    return float(estimator.value * X[:, 0].sum() + (estimator.other == "b"))


def small(
    make: Callable[..., Any], checkpoint: Any = None, folder: Any = "", **options: Any
) -> Any:
    """Make a search; `folder` is where its fits are counted."""
    return make(
        Counting(folder=str(folder)),
        options.pop("space", SPACES[make.__name__]),
        scoring=score,
        refit=False,
        cv=N_SPLITS,
        **({"checkpoint": os.fspath(checkpoint)} if checkpoint is not None else {}),
        **options,
    )


def fitted(make: Callable[..., Any], *args: Any, **options: Any) -> dict[str, Any]:
    """Return the results of a search."""
    return small(make, *args, **options).fit(X, y).cv_results_


def lines_of(data: bytes) -> Iterator[bytes]:
    """Cut bytes into lines as the disk does."""
    stream = BytesIO(data)
    while line := stream.readline(LONGEST_LINE + 1):
        yield line


def bodies_of(path: Path) -> list[Body]:
    """Read a file that is known to be sound, without what every line has."""
    bodies = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [{k: v for k, v in b.items() if k not in ("line", "synced", "sum")} for b in bodies]


def forge(path: Path, bodies: Iterable[Body]) -> None:
    """Write a file with checksums that are right, whatever it says."""
    bodies = list(bodies)
    salts = ["", *[bodies[0].get("salt", "")] * len(bodies)]
    path.write_bytes(
        b"".join(encode(Line(n + 1, 0, body), salts[n]) for n, body in enumerate(bodies))
    )
