"""What it brings that fitted pieces travel between hosts: a simulation with the real planner.

    python -m tests.benchmarks.homes [--hosts 2x2 4x8 8x8 16x8 64x8] [--splits 3 5]
        [--shape NAME ...] [--bytes 10000000]

The time of a search over that of the best possible (see `tests.benchmarks.scheduling`), each step
taking as long as ever; in brackets the seconds of fits before last steps over those of each
distinct one. `stays`: each host fits what it needs. `travels`: what another has fitted is brought
where that takes less time: a hundredth of a second (Ray: one), and its bytes at 100 MB/s.
`one host`: as many workers on a single one.
"""

from __future__ import annotations

import argparse
import math

from tests.benchmarks.simulation import SHAPES, Terms, simulate

_NAMES = ("20 of 30 s", "1 of 30 s", "200 of 5 s", "prefixes", "deep")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", nargs="+", default=["2x2", "4x8", "8x8", "16x8", "64x8"])
    parser.add_argument("--splits", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=list(_NAMES))
    parser.add_argument("--bytes", type=int, default=10**7)
    given = parser.parse_args()
    trips = {"stays": math.inf, "travels": 0.01, "travels (Ray)": 1.0}
    head = ["search", "splits", "hosts x workers", *trips, "one host"]
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for name in given.shape:
        for n_splits in given.splits:
            shape = SHAPES[name]._replace(splits=n_splits)
            for hosts in given.hosts:
                n_hosts, each = map(int, hosts.split("x"))
                cells = []
                for trip in trips.values():
                    terms = Terms(1, n_bytes=given.bytes, trip=trip)
                    plan = simulate(shape, 0, n_hosts * each, terms, n_hosts)
                    cells.append(f"{plan.ratio:.2f} ({plan.again:.2f})")
                cells.append(f"{simulate(shape, 0, n_hosts * each, Terms(1)).ratio:.2f}")
                print(f"| {shape.says} | {n_splits} | {hosts} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
