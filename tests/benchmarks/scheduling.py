"""How well bundles of shared work fill the workers: a simulation with the real planner.

    python -m tests.benchmarks.scheduling [--workers 2 8 16 64] [--seeds 5] [--shape NAME ...]
        [--spread 10] [--load 0.002] [--picture FILE]

Candidates are those of a real pipeline, and `Subtrees` cuts them into bundles. What pieces
and last fits take is drawn: lognormal, nine in ten within a factor of `--spread`; with 1 each
step always takes the same. As the engine does, 2 bundles a worker are under way at most, so a
bundle is cut by what is known of costs by then. A worker that wants what another is fitting waits
for it; what has been fitted is loaded, which takes `--load` seconds: .002 from a file of the same
machine, .1 for 12 MB through a network. The last shape has costs that were recorded in a search
of the digits.

The table has the makespan over what no plan could beat that knew all costs beforehand: one bundle
is sent; then comes the longest chain of fits, or all distinct work, done by no more workers than
there are fits that can have begun (`Costs.bound` says why). What is sent or loaded later is none of
it, since a plan might do without. Median over the seeds, with the worst in brackets.
"""

from __future__ import annotations

import argparse
import statistics

import matplotlib.pyplot as plt

from tests.benchmarks.simulation import SHAPES, Shape, Terms, simulate


def row(shape: Shape, workers: list[int], n_seeds: int, terms: Terms) -> list[str]:
    """Simulate a shape with each number of workers; a row of the table."""
    cells = [f"{shape.says} ({len(shape.tasks()) * shape.splits})"]
    for n_workers in workers:
        plans = [simulate(shape, seed, n_workers, terms) for seed in range(n_seeds)]
        ratios = [plan.ratio for plan in plans]
        cells.append(f"{statistics.median(ratios):.2f} ({max(ratios):.2f})")
    last = plans[-1]
    return [*cells, str(last.n_bundles), f"{1000 * last.planning / last.n_bundles:.1f} ms"]


def draw(ratios: dict[str, list[float]], workers: list[int], file: str) -> None:
    """Draw a line for each shape."""
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for name, of_one in ratios.items():
        axes.plot(workers, of_one, marker="o", markersize=3, label=name)
    axes.axhspan(1.0, 1.1, color="0.9", zorder=0)
    axes.set(
        xscale="log", yscale="log", xticks=workers, xticklabels=list(map(str, workers)),
        yticks=[1, 1.1, 1.5, 2, 4, 8], yticklabels=["1", "1.1", "1.5", "2", "4", "8"],
        xlabel="workers", ylabel="time over the best possible",
    )  # fmt: skip
    axes.minorticks_off()
    axes.legend(fontsize=7, frameon=False)
    figure.savefig(file, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 8, 16, 64])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--spread", type=float, default=10.0)
    parser.add_argument("--load", type=float, default=0.002)
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--picture", help="where to draw it")
    given = parser.parse_args()
    ratios: dict[str, list[float]] = {}
    most = f"{given.workers[-1]} workers"
    head = ["shape (tasks)", *map(str, given.workers), f"bundles, {most}", f"planning one, {most}"]
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for name in given.shape:
        cells = row(SHAPES[name], given.workers, given.seeds, Terms(given.spread, given.load))
        print(f"| {' | '.join(cells)} |", flush=True)
        ratios[cells[0]] = [float(cell.split()[0]) for cell in cells[1 : 1 + len(given.workers)]]
    if given.picture:
        draw(ratios, given.workers, given.picture)


if __name__ == "__main__":
    main()
