"""Early stopping inside a search, against what it replaces: a grid over rounds, a fixed number.

Run as ``python -m tests.benchmarks.early_stopping`` (half an hour), with ``--seeds``, ``--only``
and names of data sets, and in pieces with ``--file`` and ``--seconds``; it needs LightGBM, and
plotly for one of the data sets. These are six real ones, chosen by their size before any was tried:
those of scikit-learn with 400 samples or more (of digits 3, 8 and 9, which are taken for one
another), life expectancies (gapminder, which comes with plotly), and the brightness of a pixel by
its neighbours in scikit-learn's two photographs, as a number and above the median or not. Iris,
wine and linnerud are left out: a part of 150 samples that is held out of a split is a dozen.

A third of the data is seen by no search and scores what each has chosen; another third with each
seed. CPU seconds are those of ``fit`` as a whole, the refit too, on one core.

- Grid: learning rate and leaves, with at most 300 rounds found in each fit; against a grid over the
  rounds too, in `GridSearchCV`, and in `GridSearch`, where one fit gives all numbers of rounds.
- Equal CPU: random search over four parameters with early stopping, for few candidates and for
  many, and with a fixed number of rounds, LightGBM's own 100 or as many as early stopping may find,
  for as many candidates as take the same CPU. Both draw the same candidates in the same order. How
  early stopping is set was chosen on nine other data sets (`tests.benchmarks.patience`): up to 100
  rounds in the search, and then up to 500 for the best candidate alone, if it had used them up.
- Refit: a booster with drawn parameters finds its rounds on four splits, and is fitted on all with
  them as they are, scaled by the root of the samples, and in proportion: scores against the last.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse  # noqa: E402 - threads first
import itertools  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
from sklearn import datasets  # noqa: E402
from sklearn.metrics import get_scorer  # noqa: E402
from sklearn.model_selection import GridSearchCV, train_test_split  # noqa: E402

from sktune import EarlyStopping, GridSearch, RandomSearch  # noqa: E402

MOST = 300
GRID = {"learning_rate": [0.03, 0.1, 0.3], "num_leaves": [4, 15]}
ROUNDS = [25, 50, 100, 200, 300]
SPACE = {
    "learning_rate": (0.01, 0.3, "log-uniform"),
    "num_leaves": (4, 31),
    "min_child_samples": (5, 40),
    "colsample_bytree": (0.4, 1.0),
}
OPTION = EarlyStopping(15)
CHOSEN = EarlyStopping(10)
"""Which is better at equal CPU by `tests.benchmarks.patience`."""

CANDIDATES = [4, 20]
FIXED = [100, 500]
"""Numbers of rounds instead: LightGBM's own, and the most that early stopping may find."""


def pixels(name: str) -> tuple[Any, Any]:
    """The brightness of 1,500 pixels, and the colours of eight around each."""
    image = datasets.load_sample_image(name).astype(float)
    inner = np.array(image.shape[:2])[:, None] - 4
    down, right = np.random.default_rng(0).integers(4, inner, size=(2, 1500))
    around = [(i, j) for i in (-3, 0, 3) for j in (-3, 0, 3) if i or j]
    X = np.column_stack([image[down + i, right + j] for i, j in around])
    return X, image[down, right].mean(axis=1)


def gapminder() -> tuple[Any, Any]:
    from plotly.data import gapminder

    table = gapminder(return_type="pandas")
    table["continent"] = table["continent"].astype("category").cat.codes
    X = table[["continent", "year", "pop", "gdpPercap"]].to_numpy(float)
    return X, table["lifeExp"].to_numpy()


def flower() -> tuple[Any, Any]:
    X, brightness = pixels("flower.jpg")
    return X, (brightness > np.median(brightness)).astype(int)


def three_digits() -> tuple[Any, Any]:
    X, y = datasets.load_digits(return_X_y=True)
    chosen = np.isin(y, [3, 8, 9])
    return X[chosen], y[chosen]


DATA: dict[str, Callable[[], tuple[Any, Any]]] = {
    "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "digits": three_digits,
    "gapminder": gapminder,
    "china": lambda: pixels("china.jpg"),
    "flower": flower,
}


class Part:
    """A data set, of which a third is for the scores of what was chosen."""

    def __init__(self, name: str, seed: int) -> None:
        self.X, self.y = DATA[name]()
        classes = np.asarray(self.y).dtype.kind == "i"
        self.scoring = "neg_log_loss" if classes else "neg_root_mean_squared_error"
        self._kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
        self.train, self.test = train_test_split(
            np.arange(len(self.y)), test_size=1 / 3, random_state=seed,
            stratify=self.y if classes else None,
        )  # fmt: skip

    def booster(self, n: int) -> Any:
        return self._kind(n_estimators=n, n_jobs=1, verbose=-1)

    def run(self, fit: Callable[[Any, Any], Any]) -> tuple[float, float]:
        """Call the `fit` of a search; return its CPU seconds, and the score of what it chooses."""
        began = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = fit(self.X[self.train], self.y[self.train])
        return time.process_time() - began, self.score(search)

    def fitted(self, n: int, params: dict[str, Any]) -> Any:
        """A booster on all that searches see."""
        booster = self.booster(n).set_params(**params)
        return booster.fit(self.X[self.train], self.y[self.train])

    def score(self, model: Any) -> float:
        """Score on samples that no search has seen."""
        score: float = get_scorer(self.scoring)(model, self.X[self.test], self.y[self.test])
        return score


def grid(part: Part) -> dict[str, float]:
    """CPU and scores of early stopping, and of grids over the rounds."""
    options: dict[str, Any] = {"cv": 5, "scoring": part.scoring}
    many, whole = part.booster(MOST), {**GRID, "n_estimators": ROUNDS}
    ours = part.run(GridSearch(many, GRID, early_stopping=OPTION, **options).fit)
    shared = part.run(GridSearch(many, whole, **options).fit)
    theirs = part.run(GridSearchCV(many, whole, **options).fit)
    return {
        "times less CPU than GridSearchCV": theirs[0] / ours[0],
        "times less CPU than GridSearch": shared[0] / ours[0],
        "score better by %": 100 * (ours[1] - theirs[1]) / abs(theirs[1]),
    }


def equal_cpu(part: Part, seed: int) -> dict[str, float]:
    """Scores after as much CPU, with early stopping and with a fixed number of rounds."""
    told = {}
    options: dict[str, Any] = {"cv": 5, "scoring": part.scoring}
    for candidates in CANDIDATES:
        seconds, score = part.run(partial(going_on, part, candidates, seed, options))
        for n in FIXED:
            spent, theirs, as_many = after_as_much(part, n, seconds, candidates, seed, options)
            name = f"{candidates} candidates against {n} rounds"
            told[f"{name}: score better by %"] = 100 * (score - theirs) / abs(theirs)
            told[f"{name}: CPU of ours by theirs"] = seconds / spent
            told[f"{name}: their candidates"] = as_many
    return told


def going_on(
    part: Part, candidates: int, seed: int, options: dict[str, Any], X: Any, y: Any
) -> Any:
    """Search with few rounds; the best candidate has more where it has used them up."""
    few, many = map(part.booster, FIXED)
    search: Any = RandomSearch(
        few, SPACE, n_iter=candidates, random_state=seed, early_stopping=CHOSEN, **options
    ).fit(X, y)
    told = [search.cv_results_[f"split{k}_n_rounds"] for k in range(search.n_splits_)]
    if max(rounds[search.best_index_] for rounds in told) < FIXED[0]:
        return search
    best = {name: [value] for name, value in search.best_params_.items()}
    return GridSearch(many, best, early_stopping=CHOSEN, **options).fit(X, y)


def after_as_much(
    part: Part, n: int, seconds: float, candidates: int, seed: int, options: dict[str, Any]
) -> tuple[float, float, int]:
    """CPU, score and candidates of a search with so many rounds, which takes as much CPU.

    As many candidates as that are, is told by what a first search has taken, and for which of
    them.
    """
    enough = max(2, 2 * candidates * FIXED[0] // n)
    search = RandomSearch(part.booster(n), SPACE, n_iter=enough, random_state=seed, **options)
    spent, _ = part.run(search.fit)
    each = search.cv_results_["mean_fit_time"]
    over = np.abs(np.cumsum(each) * spent / each.sum() - seconds)
    as_many = int(over.argmin()) + 1
    return *part.run(search.set_params(n_iter=as_many).fit), as_many


def refit(part: Part, seed: int) -> dict[str, float]:
    """Scores of fits on all samples, by how the rounds of the splits are scaled."""
    rng = np.random.default_rng(seed)
    drawn = {
        "learning_rate": float(np.exp(rng.uniform(np.log(0.04), np.log(0.2)))),
        "num_leaves": int(rng.integers(4, 24)),
    }
    space = {name: [value] for name, value in drawn.items()}
    option = EarlyStopping(30, refit="mean")
    search = GridSearch(part.booster(1000), space, cv=4, early_stopping=option)
    part.run(search.fit)
    rounds, share = search.cv_results_["mean_n_rounds"][0], 0.75 * 0.9
    scores = {}
    for name, by in (("mean", 1.0), ("root", share**-0.5), ("in proportion", 1 / share)):
        scores[name] = part.score(part.fitted(max(1, round(rounds * by)), drawn))
    last = scores.pop("in proportion")
    told = "refit with rounds scaled by {}: score better than in proportion by %"
    return {told.format(name): 100 * (s - last) / abs(last) for name, s in scores.items()}


def measured(name: str, seed: int, only: str | None) -> dict[str, float]:
    part, told = Part(name, seed), {}
    if only in (None, "grid"):
        told |= grid(part)
    if only in (None, "equal"):
        told |= equal_cpu(part, seed)
    if only in (None, "refit"):
        told |= refit(part, seed)
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="*", default=list(DATA))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=["grid", "equal", "refit"])
    parser.add_argument("--file", type=Path, help="what is in it is not measured again")
    parser.add_argument("--seconds", type=float, default=np.inf, help="begin nothing after them")
    args = parser.parse_args()
    began, done = time.time(), {}
    if args.file is not None and args.file.exists():
        lines = map(json.loads, args.file.read_text().splitlines())
        done = {(name, seed): told for name, seed, told in lines}
    for seed, name in itertools.product(range(args.seeds), args.data):
        if (name, seed) not in done and time.time() - began < args.seconds:
            done[name, seed] = measured(name, seed, args.only)
            if args.file is not None:
                with args.file.open("a") as file:
                    print(json.dumps([name, seed, done[name, seed]]), file=file)
    for name in args.data:
        found: dict[str, list[float]] = {}
        for seed in range(args.seeds):
            for what, value in done.get((name, seed), {}).items():
                found.setdefault(what, []).append(value)
        for what, values in found.items():
            each = " ".join(f"{value:.2f}" for value in values)
            error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
            print(f"{name} | {what} | {np.mean(values):.2f} ± {error:.2f} | {each}", flush=True)


if __name__ == "__main__":
    main()
