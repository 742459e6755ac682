"""What a part of the resource costs, and what it tells, on tuning problems that know both.

    python -m tests.benchmarks.fidelities FILE.py FOLDER

The problems are those of `regret_by_cost`. Of 300 candidates drawn from each: what a ninth and a
third of the samples or epochs cost, as a share of what all of them do; and the rank correlation of
the scores with those of all the resource, of all candidates and of the better half. Only the latter
would help a search: it has soon left the worse half behind.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from .regret import load_from
from .regret_searches import Measure

N_DRAWN = 300
PARTS = 9, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("folder")
    given = parser.parse_args()
    head = [f"1/{part}: cost, ranks, of the better half" for part in PARTS]
    print("| problem |", " | ".join(head), "|")
    for problem in load_from(given.file, given.folder):
        if not problem.resource_max:
            continue
        read = Measure(problem, None).read
        drawn = [read(config) for config in problem.draw(N_DRAWN, np.random.default_rng(0))]
        scores = np.array([problem.score(config) for config in drawn])
        cost = sum(problem.cost(config, problem.resource_max) for config in drawn)
        better = scores >= np.median(scores)
        cells = []
        for part in PARTS:
            some = max(1, round(problem.resource_max / part))
            told = np.array([problem.score(config, some) for config in drawn])
            share = sum(problem.cost(config, some) for config in drawn) / cost
            ranks = [spearmanr(told[of], scores[of])[0] for of in (slice(None), better)]
            cells.append(f"{share:.2f}, {ranks[0]:.2f}, {ranks[1]:.2f}")
        print(f"| {problem.name} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
