"""Which candidate gets its next fold: other rules than that of ``folds="adaptive"``, in pairs.

    python -m tests.benchmarks.fold_rules [--seeds 4] [--rules NAME ...] FILE.py FOLDER

The problems are those of `regret.py`'s `--problems-from`, five noisy folds, 40 candidates' fits.
Printed are the regret after 50, 100 and 200 fits, of the best candidate that has all folds, and the
difference to the rule as it is, of the same problem and seed; after ± is the standard error over
seeds of the mean over problems.

"as it is" is `sktune.strategies.FoldByFold`. "by expected improvement" lets a candidate go on while
its expected improvement, by the splits that it lacks, is not below that of the most promising new
point by all splits. "latent" compares what is believed of a candidate with what is believed of the
best, not with what that scored; "both" takes the geometric mean of that and of the probability that
its mean will be above. "in order" begins every candidate on the first split. "random" draws
candidates, as RandomSearch does, and decides about folds as it is.
"""

from __future__ import annotations

import argparse
import math
import warnings
from typing import Any

import numpy as np
from scipy.special import ndtr

from sktune.optimizers import one_thread
from sktune.optimizers.acquisition import log_expected_improvement
from sktune.strategies import DrawnFoldByFold, FoldByFold, FoldFit, fold_by_fold

from .regret import FIT_BUDGETS, load_from
from .regret_searches import SPLITS, Measure

N_ITER = 40


class ByImprovement(FoldByFold):
    """Go on where a fit promises as much as one of a new candidate."""

    def _prospects(self) -> dict[int, float]:
        """Return 1 for candidates that promise twice as much, 0.3 for as much, 0 for less."""
        seen = self.seen()
        working = seen.working
        with one_thread():
            surrogate = self._optimizer._surrogates.of(seen)  # type: ignore[attr-defined]
            mean, std = surrogate.predict(working.points)
        self._pool.open(self._open_branches())
        rng = np.random.default_rng([self._seed, len(self._observations.tried)])
        new = self._optimizer.expected_improvement(seen, self._pool, rng)
        gains = log_expected_improvement(mean, std, surrogate.best)
        ahead = gains - np.log(np.maximum(1.0 - working.shares, 1e-9)) - math.log(max(new, 1e-300))
        return dict(enumerate(np.where(ahead > math.log(2.0), 1.0, np.where(ahead > 0, 0.3, 0.0))))


class Latent(FoldByFold):
    """Compare what is believed of both."""

    both = False

    def _prospects(self) -> dict[int, float]:
        seen = self.seen().working
        with one_thread():
            surrogate = self._optimizer._surrogates.of(seen)  # type: ignore[attr-defined]
            mean, std = surrogate.predict(seen.points)
        best = int(np.argmax(np.where(seen.shares == 1.0, seen.values, -np.inf)))
        chances = ndtr((mean - mean[best]) / np.sqrt(std**2 + std[best] ** 2))
        if self.both:
            left = 1.0 - seen.shares
            end = seen.shares * seen.values + left * mean
            spread = np.sqrt((left * std) ** 2 + left * surrogate.noise**2)
            chances = np.sqrt(chances * ndtr((end - surrogate.best) / np.maximum(spread, 1e-12)))
        return dict(enumerate(map(float, chances)))


class Both(Latent):
    both = True


class InOrder(FoldByFold):
    def _fit(self, number: int) -> FoldFit:
        super()._fit(number)
        return FoldFit(number, int(np.flatnonzero(np.isnan(self._observations.row(number)))[0]))


RULES: dict[str, tuple[type[FoldByFold], dict[str, float]]] = {
    "as it is": (FoldByFold, {}),
    "one whole": (FoldByFold, {"N_WHOLE": 1}),
    "in order": (InOrder, {}),
    "by expected improvement": (ByImprovement, {}),
    "by expected improvement, one whole": (ByImprovement, {"N_WHOLE": 1}),
    "latent": (Latent, {"GOES_ON": 0.2}),
    "both": (Both, {}),
    "random": (DrawnFoldByFold, {}),
}
_USUAL = {name: getattr(fold_by_fold, name) for name in ("N_WHOLE", "GOES_ON", "TAKEN_UP")}


def regret_of(problem: Any, rule: str, seed: int) -> list[float]:
    """Return the regret after each number of fits."""
    kind, constants = RULES[rule]
    for name, value in {**_USUAL, **constants}.items():
        setattr(fold_by_fold, name, value)
    measure = Measure(problem, seed)
    strategy = kind(problem.search_space(), N_ITER, random_state=seed)
    strategy.begin(SPLITS)
    scores: dict[int, list[float]] = {}
    best, curve = (-math.inf, -math.inf), {0: -math.inf}
    while fit := strategy.next_fit():
        config = measure.read(strategy.candidates[fit.number])
        score = measure.on_split(config, fit.split)
        strategy.tell_fit(fit, score)
        of_one = scores.setdefault(fit.number, [])
        of_one.append(score)
        if len(of_one) == SPLITS:
            best = max(best, (float(np.mean(of_one)), problem.score(config)))
        curve[strategy.n_fits] = best[1]
    ends = [curve[min(n, strategy.n_fits)] for n in FIT_BUDGETS]
    return [problem.regret(end, n / SPLITS) for end, n in zip(ends, FIT_BUDGETS, strict=True)]


def told(values: Any, form: str) -> str:
    """Means over problems, and their standard errors over seeds, which come first."""
    means = values.mean(axis=1)
    errors = means.std(axis=0, ddof=1) / math.sqrt(len(means)) if len(means) > 1 else 0 * means[0]
    pairs = zip(means.mean(axis=0), errors, strict=True)
    return " | ".join(f"{mean:{form}} ± {error:.2f}" for mean, error in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs=2, metavar=("FILE.py", "FOLDER"))
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--rules", nargs="+", default=[*RULES], choices=RULES)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    problems = load_from(*given.source)
    usual: Any = None
    for rule in dict.fromkeys(["as it is", *given.rules]):
        found = np.array(
            [[regret_of(p, rule, seed) for p in problems] for seed in range(given.seeds)]
        )
        usual = found if usual is None else usual
        print(f"| {rule} | {told(found, '.2f')} | {told(found - usual, '+.2f')} |", flush=True)


if __name__ == "__main__":
    main()
