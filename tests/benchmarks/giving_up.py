"""Fits that are given up in the middle: what they save, and how often the winner is another.

Run as ``python -m tests.benchmarks.giving_up`` (half an hour), with ``--draws``, ``--rule`` and
policies. On each of nine real data sets 100 candidates of LightGBM are fitted once on five splits,
with early stopping, and their curves and scores kept. Searches of 60 of them, drawn anew each time,
then take their fits from there, with the policy between splits alone and within fits too. By how
much the mean score of another winner is less, is told in median distances of scores from theirs.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse  # noqa: E402 - threads first
import warnings  # noqa: E402
from typing import Any  # noqa: E402

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.base import BaseEstimator, RegressorMixin  # noqa: E402
from sklearn.metrics import get_scorer  # noqa: E402
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split  # noqa: E402

from sktune import (  # noqa: E402
    BoostingFamily,
    Curve,
    EarlyStopping,
    GridSearch,
    Observer,
    register_boosting,
)
from sktune.early_stopping import reach as rule  # noqa: E402
from sktune.engine.racing import Racing  # noqa: E402
from tests.benchmarks.real_sets import SETS  # noqa: E402

MOST, PATIENCE = 400, 30
FITS: list[list[tuple[Any, float]]] = []
"""Of each candidate and split: the curve, and the score."""


def fits(X: Any, y: Any, n: int = 100) -> list[list[tuple[Any, float]]]:
    """Fit candidates on all splits."""
    classes = y.dtype.kind == "i"
    kind: Any = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    scorer = get_scorer("neg_log_loss" if classes else "neg_mean_squared_error")
    cv = (StratifiedKFold if classes else KFold)(5, shuffle=True, random_state=0)
    rng, found = np.random.default_rng(1), []
    for _ in range(n):
        rate, leaves, samples, penalty = np.exp(
            rng.uniform(np.log([0.005, 2, 2, 1e-3]), np.log([0.5, 48, 60, 100]))
        )
        booster = kind(
            n_estimators=MOST, n_jobs=1, verbose=-1, learning_rate=rate, num_leaves=int(leaves),
            min_child_samples=int(samples), reg_lambda=penalty,
            colsample_bytree=rng.uniform(0.2, 1),
        )  # fmt: skip
        found.append([])
        for train, test in cv.split(X, y):
            held = {"test_size": 0.15, "random_state": 0, "stratify": y[train] if classes else None}
            rest, validation = train_test_split(train, **held)
            stop = lightgbm.early_stopping(PATIENCE, verbose=False)
            eval_set = [(X[validation], y[validation])]
            booster.fit(X[rest], y[rest], eval_set=eval_set, callbacks=[stop])
            [curve] = next(iter(booster.evals_result_.values())).values()
            found[-1].append((curve, scorer(booster, X[test], y[test])))
    return found


class Recorded(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A candidate whose fits were done before; samples are numbers, ten to a split."""

    def __init__(self, number: int = 0, n_estimators: int = MOST) -> None:
        self.number, self.n_estimators = number, n_estimators

    def fit(self, X: Any, y: Any) -> Recorded:
        self.is_fitted_ = True
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        return FITS[self.number][int(X[0, 0]) // 10][1]


class Family(BoostingFamily):
    takes = ()

    def fit(self, estimator: Any, X: Any, y: Any, params: Any, watch: Any) -> Curve:
        estimator.fit(X, y)
        seen = {int(x) // 10 for x in (*X[:, 0], *watch.X[:, 0])}
        [split] = set(range(5)) - seen
        made: list[float] = []
        for value in FITS[estimator.number][split][0]:
            made.append(value)
            if watch.gives_up(made):
                break
        return Curve(made, metric="loss")

    def cut(self, estimator: Any, n_rounds: int) -> None:
        pass


class Ends(Observer):
    """Keep the outcomes."""

    def search_finished(self, results: Any) -> None:
        self.outcomes = [o for trial in results.table.rows for o in trial.finished]


def searched(candidates: list[int], policy: str) -> tuple[int, int]:
    """Return the rounds that a search has made, and its winner."""
    X, heard = np.arange(50.0)[:, None], Ends()
    search = GridSearch(
        Recorded(), {"number": candidates}, cv=KFold(5), refit=False, early_termination=policy,
        early_stopping=EarlyStopping(PATIENCE, validation=8), observers=[heard],
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, X[:, 0])
    rounds = sum(outcome.rounds.curve[-1][0] for outcome in heard.outcomes)
    return rounds, search.best_params_["number"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("policies", nargs="*", default=["racing", "median"])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--rule", type=int, nargs=3, help="in the place of FIRST, EVERY and LOOKS")
    args = parser.parse_args()
    if args.rule:
        rule.FIRST, rule.EVERY, rule.LOOKS = args.rule
    register_boosting(Recorded, Family())
    reach = Racing.reach
    for name, load in SETS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            FITS[:] = fits(*load())
        means = np.array([np.mean([score for _, score in of_splits]) for of_splits in FITS])
        apart = np.median(np.abs(means - np.median(means)))
        for policy in args.policies:
            made, lost = np.zeros(2), []
            for draw in range(args.draws):
                chosen = np.random.default_rng(draw).permutation(len(FITS))[:60].tolist()
                Racing.reach = reach  # type: ignore[method-assign]
                rounds, winner = searched(chosen, policy)
                Racing.reach = lambda *_: None  # type: ignore[assignment, method-assign, return-value]
                rounds_between, winner_between = searched(chosen, policy)
                made += rounds, rounds_between
                if winner != winner_between:
                    lost.append((means[winner_between] - means[winner]) / apart)
            saved = f"{1 - made[0] / made[1]:.0%} of the rounds saved"
            others = f"another winner in {len(lost)} of {args.draws}, by {sum(lost):.3f} in all"
            print(f"{name} | {policy} | {saved}, {others}", flush=True)


if __name__ == "__main__":
    main()
