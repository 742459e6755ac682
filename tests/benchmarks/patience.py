"""How long a fit should go on without improvement, on nine real data sets to choose by.

Run as ``python -m tests.benchmarks.patience`` (six minutes of CPU for each seed). A third of the
data scores what was chosen. Thirty candidates are fitted once, each on five splits with all rounds:
on nine tenths of the training samples, the rest of which is the curve to stop by, and on all of
them with a fixed number. Searches of 15 of them, 200 times in another order, then take their fits
from there, and are set against fixed searches of as many candidates as take the same CPU.

Printed are, by patience: how much better the score of the refit is than with a fixed number of
rounds, and where the CPU goes.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse  # noqa: E402 - threads first
import time  # noqa: E402
import warnings  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from typing import Any  # noqa: E402

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split  # noqa: E402

from tests.benchmarks.real_sets import SETS  # noqa: E402

MOST, FIXED, CANDIDATES, SEARCHED = 500, 100, 30, 15
PATIENCE = [5, 10, 15, 20, 30, 50]
EVALUATION = 2e-5
"""Seconds that a round takes longer where validation samples are looked at: measured beside."""


@dataclass
class Fits:
    """Curves of all candidates: on validation samples, test samples, and in the end."""

    held: Any
    tested: Any
    fixed: Any
    final: Any
    seconds: Any
    """After each number of rounds, of a fit on all training samples."""


@dataclass
class Search:
    """For each candidate: its score, CPU, and what its refit scores and takes."""

    scores: Any
    cpu: Any
    final: Any
    refit: Any


def drawn(rng: Any) -> dict[str, Any]:
    return {
        "learning_rate": float(np.exp(rng.uniform(np.log(0.01), np.log(0.3)))),
        "num_leaves": int(rng.integers(4, 32)),
        "min_child_samples": int(rng.integers(5, 41)),
        "colsample_bytree": float(rng.uniform(0.4, 1)),
    }


def fits(name: str, seed: int) -> Fits:
    """Fit all candidates on all splits."""
    X, y = SETS[name]()
    classes = y.dtype.kind == "i"
    kind: Any = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    by = {"stratify": y} if classes else {}
    train, test = train_test_split(np.arange(len(y)), test_size=1 / 3, random_state=seed, **by)
    splits = list((StratifiedKFold if classes else KFold)(5).split(X[train], y[train]))
    rng, rows = np.random.default_rng(100 + seed), []

    def curves(params: Any, rest: Any, *watched: Any, n: int = MOST, watch: Any = None) -> Any:
        booster = kind(n_estimators=n, n_jobs=1, verbose=-1, **params)
        booster.fit(X[rest], y[rest], eval_set=[(X[w], y[w]) for w in watched], callbacks=watch)
        made = [next(iter(told.values())) for told in booster.evals_result_.values()]
        return np.array(made) if classes else np.sqrt(made)

    for _ in range(CANDIDATES):
        params, on_splits = drawn(rng), []
        for of_split in splits:
            whole, tested = (train[part] for part in of_split)
            by = {"stratify": y[whole]} if classes else {}
            rest, held = train_test_split(whole, test_size=0.1, random_state=0, **by)
            fixed = curves(params, whole, tested, n=FIXED)[0, -1]
            on_splits.append((*curves(params, rest, held, tested), fixed))
        times = [time.process_time()]
        watch = [lambda _, times=times: times.append(time.process_time())]
        [final] = curves(params, train, test, watch=watch)
        rows.append(
            (*map(np.array, zip(*on_splits, strict=True)), final, np.subtract(times, times[0]))
        )
    return Fits(*map(np.array, zip(*rows, strict=True)))


def stopped(curve: Any, patience: int) -> tuple[int, int]:
    """The rounds that are found, and those that are made."""
    lowest = np.minimum.accumulate(curve)
    places = np.arange(len(curve))
    at = np.maximum.accumulate(np.where(np.r_[True, curve[1:] < lowest[:-1]], places, 0))
    over = np.flatnonzero(places - at >= patience)
    return (int(at[over[0]]) + 1, int(over[0]) + 1) if len(over) else (len(curve), len(curve))


def early(known: Fits, patience: int) -> tuple[Search, dict[str, float]]:
    """A search with early stopping; also the shares of its CPU, in per cent."""
    n, made = np.moveaxis([[stopped(c, patience) for c in row] for row in known.held], 2, 0)
    rows, splits = np.indices(n.shape)
    to_best, to_end = known.seconds[rows, n], known.seconds[rows, made]
    cpu = to_end + EVALUATION * made
    scores = known.tested[rows, splits, n - 1].mean(1)
    on_all = np.clip((n.mean(1) * 0.72**-0.5).round().astype(int), 1, MOST)
    every, worse = np.arange(len(n)), np.argsort(scores)[len(n) // 2 :]
    shares = {
        "after the best round": 1 - to_best.sum() / to_end.sum(),
        "looking at validation samples": EVALUATION * made.sum() / cpu.sum(),
        "the worse half of the candidates": cpu[worse].sum() / cpu.sum(),
        "the refit": known.seconds[every, on_all].mean() / (SEARCHED * cpu.sum(1).mean()),
    }
    final, refit = known.final[every, on_all - 1], known.seconds[every, on_all]
    return Search(scores, cpu.sum(1), final, refit), {k: 100 * v for k, v in shares.items()}


def fixed_of(known: Fits) -> Search:
    seconds = known.seconds[:, FIXED]
    return Search(known.fixed.mean(1), 5 * seconds, known.final[:, FIXED - 1], seconds)


def better(ours: Search, theirs: Search, seed: int) -> float:
    """By how many per cent the loss is less than that of a search which takes as much CPU."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(200):
        order = rng.permutation(len(ours.scores))
        first = order[:SEARCHED]
        mine = first[np.argmin(ours.scores[first])]
        cpu = ours.cpu[first].sum() + ours.refit[mine]
        n = max(1, int((np.cumsum(theirs.cpu[order]) <= cpu).sum()))
        other = order[:n][np.argmin(theirs.scores[order[:n]])]
        found.append(1 - ours.final[mine] / theirs.final[other])
    return 100 * float(np.mean(found))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="*", default=list(SETS))
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    table: dict[str, list[list[float]]] = {}
    for name in args.data:
        rows: dict[str, list[float]] = {}
        for seed in range(args.seeds):
            known = fits(name, seed)
            for patience in PATIENCE:
                search, shares = early(known, patience)
                told = {f"better than {FIXED} rounds by %": better(search, fixed_of(known), seed)}
                for what, value in (
                    told | {f"CPU % for {k}": v for k, v in shares.items()}
                ).items():
                    rows.setdefault(f"patience {patience}: {what}", []).append(value)
        for what, values in rows.items():
            table.setdefault(what, []).append(values)
            print(f"{name} | {what} | {np.mean(values):.2f}", flush=True)
    for what, each in table.items():
        means = [float(np.mean(values)) for values in each]
        error = np.std(means, ddof=1) / len(means) ** 0.5 if len(means) > 1 else np.nan
        print(f"all | {what} | {np.mean(means):.2f} ± {error:.2f}")


if __name__ == "__main__":
    main()
