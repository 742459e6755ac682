"""The pictures that docs/benchmarks.md begins with, drawn from its own tables.

python -m tests.benchmarks.summary_pictures [FOLDER]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

DOCS = Path(__file__).parents[2] / "docs"
NUMBER = re.compile(r"-?\d*\.\d+|-?\d+")
COLOURS = {
    "BayesSearch": "#0072b2",
    "Optuna's TPE": "#d55e00",
    "Optuna's TPE with the settings of Optuna 4": "#cc79a7",
    "Optuna's CmaEsSampler": "#009e73",
    "RandomSearch": "#999999",
}


def table(heading: str, n: int = 0) -> list[list[str]]:
    """The cells of the n-th table below a heading of the page, without its header."""
    text = (DOCS / "benchmarks.md").read_text("utf-8")
    section = re.split(r"^#+ ", text[text.index(f"# {heading}\n") :], flags=re.MULTILINE)[1]
    tables = re.findall(r"(?:^\|.*\n)+", section, flags=re.MULTILINE)
    rows = tables[n].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def numbers(cell: str) -> list[float]:
    """The numbers of a cell: a mean and its error, or a median and its range."""
    return [float(one) for one in NUMBER.findall(cell)]


def regret(ax: Axes, n: int, trials: list[int], title: str) -> None:
    """Draw regret against trials, with standard errors."""
    for name, *cells in table("How few trials BayesSearch needs", n):
        means, errors = zip(*(numbers(cell) for cell in cells[: len(trials)]), strict=True)
        width = 2.5 if name == "BayesSearch" else 1.2
        colour = COLOURS.get(re.sub(r" \d+\.[\d.]+", "", name))  # which version does not matter
        ax.errorbar(trials, means, errors, label=name, color=colour, lw=width, capsize=3)
    ax.set(title=title, xlabel="trials", xticks=trials, ylim=(0, 1.35))


def ratios(
    ax: Axes, rows: list[list[str]], column: int, title: str, *, ours_first: bool = False
) -> None:
    """Draw theirs over ours, with ranges: to the right of 1 ours takes less."""
    names = [row[0] for row in rows]
    for y, row in enumerate(rows):
        median, low, high = numbers(row[column])[:3]
        if ours_first:
            median, low, high = 1 / median, 1 / high, 1 / low
        colour = COLOURS["BayesSearch"] if low > 1 else "#d55e00" if high < 1 else "#999999"
        ax.errorbar(median, y, xerr=[[median - low], [high - median]], fmt="o", color=colour)
    ax.axvline(1, color="black", lw=1)
    ax.set(title=title, xscale="log", yticks=range(len(names)))
    ax.set_yticklabels(names, fontsize=8)
    ax.set_xticks([0.8, 1, 2, 5, 10], ["0.8", "1", "2", "5", "10"])
    ax.minorticks_off()
    ax.invert_yaxis()


def main(folder: str = str(DOCS / "images")) -> None:
    """Draw both pictures."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained", sharey=True)
    regret(axes[0], 0, [15, 30, 60, 100], "six tables of real fits")
    regret(axes[1], 3, [15, 30, 60], "16 surrogates of tunings")
    regret(axes[2], 1, [15, 30, 60, 100], "six tables, noisy folds")
    axes[0].set_ylabel("regret (1: random search)")
    handles, names = axes[1].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=5, fontsize=8)
    figure.savefig(f"{folder}/benchmarks-regret.png", dpi=80)

    figure, axes = plt.subplots(3, 1, figsize=(7.5, 7.5), layout="constrained", sharex=True)
    ratios(axes[0], table("Shared work"), 3, "work to share")
    drop_in = table("GridSearchCV and RandomizedSearchCV against ours")
    ratios(axes[1], drop_in, 2, "nothing to share")
    in_vain = table("What fails, and what cannot be shared")
    ratios(axes[2], in_vain, 4, "what fails, or cannot be shared", ours_first=True)
    axes[2].set_xlabel("CPU of GridSearchCV / CPU of sktune")
    figure.savefig(f"{folder}/benchmarks-work.png", dpi=80)


if __name__ == "__main__":
    main(*sys.argv[1:])
