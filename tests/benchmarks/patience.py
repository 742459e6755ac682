"""How early stopping is best set in a search, on nine real data sets to choose by.

Run as ``python -m tests.benchmarks.patience`` (a quarter of an hour for each seed), with
``--samples 500`` for small data, and in pieces with ``--keep`` and ``--seconds``. A third of the
data, or all that is left of it, scores what was chosen. Forty candidates are fitted once, each on
five splits with all rounds: on all training samples, and on nine and eight tenths of them, the rest
of which is a curve to stop by. Searches of some of them, 300 times in another order, then take
their fits from there, and are set against searches with a fixed number of rounds, of as many
candidates as take the same CPU.

Printed are, by rule and by how many candidates are searched: how much better the score of the refit
is than with a fixed number of rounds, and where the CPU goes. ``--judged`` prints it for the six
data sets of `tests.benchmarks.early_stopping`, on which nothing was chosen, by the chosen rule.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse  # noqa: E402 - threads first
import itertools  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from dataclasses import dataclass, replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split  # noqa: E402

from tests.benchmarks.early_stopping import DATA  # noqa: E402
from tests.benchmarks.real_sets import SETS  # noqa: E402

MOST, FIXED, CANDIDATES, SEARCHED = 500, (100, 500), 40, (4, 8, 16)
EVALUATION = 2e-5
"""Seconds that a round takes longer where validation samples are looked at: measured beside."""


@dataclass(frozen=True)
class Rule:
    """A setting of early stopping.

    Attributes
    ----------
    patience : int
    share : float
        Of the training samples, which is held out; 0 for the test samples themselves.
    power : float
        By which power of how much larger all data are the rounds are scaled for the refit.
    common : bool
        Whether a candidate has one number of rounds for all splits, by the mean of its curves.
    first : int
        The most rounds of the search; where its best candidate has used them up, it alone goes on.
    most : int
        The most rounds that there may be.
    """

    patience: int = 10
    share: float = 0.1
    power: float = 0.5
    common: bool = False
    first: int = MOST
    most: int = MOST


CHOSEN = Rule(first=100)
RULES = {f"patience {n}": Rule(n) for n in (5, 10, 15, 20, 30, 50)} | {
    "10, refit by the mean": Rule(power=0),
    "10, a fifth held out": Rule(share=0.2),
    "10, stopped by the test samples": Rule(share=0, power=0),
    "10, one number for all splits": Rule(common=True),
    "10, by the test samples, one number": Rule(share=0, power=0, common=True),
    "10, 100 rounds at most": Rule(first=100, most=100),
    "10, 100 rounds, then the best goes on": CHOSEN,
}


@dataclass
class Fits:
    """Losses of all candidates after each round."""

    held: dict[float, Any]
    """On validation samples, by which share of the training samples they are."""
    tested: dict[float, Any]
    final: Any
    """On samples that no search has seen, of a fit on all others."""
    seconds: Any
    """Of that fit."""


@dataclass
class Search:
    """For each candidate: its score, CPU and rounds on the splits, and those of its refit."""

    scores: Any
    cpu: Any
    n: Any
    made: Any
    refit: Any


def drawn(rng: Any) -> dict[str, Any]:
    return {
        "learning_rate": float(np.exp(rng.uniform(np.log(0.01), np.log(0.3)))),
        "num_leaves": int(rng.integers(4, 32)),
        "min_child_samples": int(rng.integers(5, 41)),
        "colsample_bytree": float(rng.uniform(0.4, 1)),
    }


def fits(X: Any, y: Any, samples: int, seed: int) -> Fits:
    """Fit all candidates on all splits."""
    classes, n = y.dtype.kind == "i", len(y)
    kind: Any = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    if samples < n:
        rows = np.random.default_rng(7 + seed).permutation(n)
        X, y = X[rows], y[rows]

    def divided(rows: Any, size: Any) -> Any:
        by = {"stratify": y[rows]} if classes else {}
        return train_test_split(rows, test_size=size, random_state=0, **by)

    by = {"stratify": y} if classes else {}
    size = n - -(-min(samples, n) // 3) if samples >= n else samples * 2 // 3
    train, test = train_test_split(np.arange(n), train_size=size, random_state=seed, **by)
    splits = list((StratifiedKFold if classes else KFold)(5).split(X[train], y[train]))

    def curves(params: Any, rest: Any, *watched: Any, watch: Any = None) -> Any:
        booster = kind(n_estimators=MOST, n_jobs=1, verbose=-1, **params)
        booster.fit(X[rest], y[rest], eval_set=[(X[w], y[w]) for w in watched], callbacks=watch)
        made = [next(iter(told.values())) for told in booster.evals_result_.values()]
        return np.array(made) if classes else np.sqrt(made)

    held: dict[float, list[Any]] = {0: [], 0.1: [], 0.2: []}
    tested: dict[float, list[Any]] = {0: [], 0.1: [], 0.2: []}
    rng, final, seconds = np.random.default_rng(100 + seed), [], []
    for _ in range(CANDIDATES):
        params = drawn(rng)
        for share in held:
            found = []
            for whole, of_test in ((train[a], train[b]) for a, b in splits):
                rest, part = divided(whole, share) if share else (whole, of_test)
                found.append(curves(params, rest, part, of_test)[[0, -1]])
            for all_of, curve in zip(
                (held, tested), np.moveaxis(np.array(found), 1, 0), strict=True
            ):
                all_of[share].append(curve)
        times = [time.process_time()]
        watch = [lambda _, times=times: times.append(time.process_time())]
        final.append(curves(params, train, test, watch=watch)[0])
        seconds.append(np.subtract(times, times[0]))
    curves_of, scored = (
        {share: np.array(rows) for share, rows in all_of.items()} for all_of in (held, tested)
    )
    return Fits(curves_of, scored, np.array(final), np.array(seconds))


def stopped(curves: Any, patience: int) -> tuple[Any, Any]:
    """Return the rounds that are found by curves, and those that are made."""
    lowest, places = np.minimum.accumulate(curves, -1), np.arange(curves.shape[-1])
    new = np.insert(curves[..., 1:] < lowest[..., :-1], 0, True, axis=-1)
    at = np.maximum.accumulate(np.where(new, places, 0), -1)
    over = places - at >= patience
    first, ends = over.argmax(-1), over.any(-1)
    n = at_round(at, np.where(ends, first, places[-1]) + 1) + 1
    return np.where(ends, n, len(places)), np.where(ends, first + 1, len(places))


def at_round(curves: Any, n: Any) -> Any:
    return np.take_along_axis(curves, np.asarray(n)[..., None] - 1, -1)[..., 0]


def early(known: Fits, rule: Rule, most: int) -> Search:
    """Search with early stopping, up to so many rounds."""
    curves, tested = known.held[rule.share][..., :most], known.tested[rule.share]
    n, made = stopped(curves, rule.patience)
    rows = np.arange(len(n))[:, None]
    cpu = (known.seconds[rows, made] + EVALUATION * made).sum(1)
    if rule.common:  # a curve that has ended goes on as it was
        ended = np.arange(most) >= made[..., None]
        on = np.where(ended, at_round(curves, made)[..., None], curves)
        n = np.repeat(on.mean(1).argmin(-1)[:, None] + 1, n.shape[1], axis=1)
    larger = 1 / (0.8 * (1 - rule.share))
    refit = np.clip((n.mean(1) * larger**rule.power).round().astype(int), 1, MOST)
    return Search(at_round(tested, n).mean(1), cpu, n, made, refit)


def told_of_fits(known: Fits, rule: Rule) -> dict[str, float]:
    """Where the CPU of a search goes, and how far candidates differ in the end, in per cent."""
    search = early(known, replace(rule, common=False), rule.most)
    rows, fixed = np.arange(len(search.n)), known.final[:, FIXED[0] - 1]
    by_split = rows[:, None]
    to_best = known.seconds[by_split, search.n].sum()
    to_end = known.seconds[by_split, search.made].sum()
    cpu, worse = search.cpu.sum(), np.argsort(search.scores)[len(rows) // 2 :]
    refit = known.final[rows, search.refit - 1]
    good = np.argsort(refit)[: len(rows) // 2]
    told = {
        "of the CPU: rounds after the best one": 1 - to_best / to_end,
        "of the CPU: looking at validation samples": EVALUATION * search.made.sum() / cpu,
        "of the CPU: the worse half of the candidates": search.cpu[worse].sum() / cpu,
        "of the loss: candidates differ by": refit.std() / refit.mean(),
        f"of the loss: candidates with {FIXED[0]} rounds differ by": fixed.std() / fixed.mean(),
        "of the loss: the better half's rounds cost": np.median(
            refit[good] / known.final[good].min(1) - 1
        ),
    }
    return {f"% {what}": 100 * share for what, share in told.items()}


def better(known: Fits, rule: Rule, n_fixed: int, searched: int, seed: int) -> dict[str, float]:
    """By how many per cent the loss is less than that of a search which takes as much CPU.

    The mean of 300 searches, and their standard deviation.
    """
    rng, found = np.random.default_rng(seed), []
    search, longer = early(known, rule, rule.first), early(known, rule, rule.most)
    fixed, cost = known.tested[0][..., n_fixed - 1].mean(1), 5 * known.seconds[:, n_fixed]
    for _ in range(300):
        order = rng.permutation(CANDIDATES)
        first = order[:searched]
        mine = first[np.argmin(search.scores[first])]
        cpu, refit = search.cpu[first].sum(), search.refit[mine]
        if search.made[mine].max() == rule.first < rule.most:
            cpu, refit = cpu + longer.cpu[mine], longer.refit[mine]
        cpu += known.seconds[mine, refit]
        n = int(np.abs(np.cumsum(cost[order]) - cpu).argmin()) + 1
        other = order[:n][np.argmin(fixed[order[:n]])]
        found.append(1 - known.final[mine, refit - 1] / known.final[other, n_fixed - 1])
    name = f"{searched} candidates, better than {n_fixed} rounds by %"
    return {name: 100 * np.mean(found), f"{name}, one search": 100 * np.std(found)}


def kept(folder: Path | None, name: str, samples: int, seed: int, data: Any) -> Fits:
    """Return fits that were kept, or make them."""
    path = None if folder is None else folder / f"{name} {samples} {seed}.npy"
    if path is not None and path.exists():
        fits_of: Fits = np.load(path, allow_pickle=True).item()
        return fits_of
    X, y = data()
    made = fits(X, y, samples, seed)
    if path is not None:
        np.save(path, np.array(made, dtype=object))
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="*")
    parser.add_argument("--judged", action="store_true")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--samples", type=int, default=1500)
    parser.add_argument(
        "--keep", type=Path, help="a folder for fits; those there are not done again"
    )
    parser.add_argument("--seconds", type=float, default=np.inf, help="begin nothing after them")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    sets = DATA if args.judged else SETS
    rules = {"chosen": CHOSEN, "up to 500 rounds": replace(CHOSEN, first=MOST)}
    began = time.time()
    table: dict[str, dict[str, list[float]]] = {}
    for seed, name in itertools.product(range(args.seeds), args.data or sets):
        if time.time() - began > args.seconds:
            return
        known = kept(args.keep, name, args.samples, seed, sets[name])
        for label, rule in (rules if args.judged else RULES).items():
            told = told_of_fits(known, rule)
            for searched, n in itertools.product(SEARCHED, FIXED):
                told |= better(known, rule, n, searched, seed)
            for what, value in told.items():
                row = table.setdefault(f"{label}: {what}", {})
                row.setdefault(name, []).append(value)
    for what, row in table.items():
        for name, values in row.items() if args.judged else ():
            print(f"{name} | {what} | {told_of(values)}")
        means = [float(np.mean(values)) for values in row.values()]
        print(f"all | {what} | {told_of(means)} | {sum(m > 0 for m in means)} of {len(means)}")


def told_of(values: list[float]) -> str:
    error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return f"{np.mean(values):.2f} ± {error:.2f} | " + " ".join(f"{v:.2f}" for v in values)


if __name__ == "__main__":
    main()
