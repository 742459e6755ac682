"""What a change makes of the regret: the difference of two files of runs, in pairs.

    python -m tests.benchmarks.regret ... --json BEFORE.json     # in one checkout
    python -m tests.benchmarks.regret ... --json AFTER.json      # in another, with the change
    python -m tests.benchmarks.regret_pairs BEFORE.json AFTER.json

The difference is that of the same problem, search, seed and number of trials; after ± is the
standard error over seeds of the mean over problems, of those that both files have for all seeds.
The last column is the CPU over that before, the median of the pairs. The rows of the ablation in
`docs/bayes.md` are such differences, of BayesSearch.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from .regret import budgets, read


def main() -> None:
    before, after = (read(Path(name)) for name in sys.argv[1:3])
    both = sorted(before.keys() & after.keys())
    for search in dict.fromkeys(key[1] for key in both):
        keys = [key for key in both if key[1] == search]
        seeds = sorted({key[2] for key in keys})
        names = [n for n in {k[0] for k in keys} if sum(k[0] == n for k in keys) == len(seeds)]
        off = np.array([
            np.mean([np.subtract(after[k]["regret"], before[k]["regret"])
                     for k in keys if k[2] == seed and k[0] in names], axis=0)
            for seed in seeds
        ])  # fmt: skip
        errors = off.std(axis=0, ddof=1) / np.sqrt(len(seeds))
        cpu = np.median([after[key]["ms"] / before[key]["ms"] for key in keys])
        cells = zip(budgets(*keys[0][3:5]), off.mean(axis=0), errors, strict=True)
        differences = ", ".join(f"{n}: {mean:+.3f} ± {error:.3f}" for n, mean, error in cells)
        print(f"{search}, {len(names)} problems, {len(seeds)} seeds: {differences}, CPU {cpu:.2f}")


if __name__ == "__main__":
    main()
