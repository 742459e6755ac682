"""All comparisons with other libraries, one after the other, each in a process of its own.

    python -m tests.benchmarks --list     # which there are, and which peers
    python -m tests.benchmarks --quick    # each once, as small as it goes
    python -m tests.benchmarks            # in full, for docs/benchmarks.md: many hours

`peers.txt` has the versions of the tables; not all of them can be installed side by side. A
comparison without its peer is left out, and said so. Theirs and ours take turns within each; what
it measures is in its module.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sktune

PEERS = Path(__file__).parent / "peers.txt"


@dataclass(frozen=True)
class Comparison:
    """A module of this folder, what it is about, and what it needs beside scikit-learn."""

    module: str
    about: str
    needs: tuple[str, ...] = ()
    quick: str = ""
    full: str = ""


REGRET = "--searches BayesSearch RandomSearch"
COMPARISONS = (
    Comparison("drop_in", "GridSearchCV, RandomizedSearchCV", (), "--runs 1", "--runs 9"),
    Comparison("small_frames", "GridSearchCV, small data", (), "--repeat 1 --rows 200"),
    Comparison("tiny", "GridSearchCV, tiny fits", (), "--repeat 1"),
    Comparison("huge_grid", "GridSearchCV, ten million candidates"),
    Comparison("in_vain", "GridSearchCV, what fails or is not shared", (), "--repeat 1"),
    Comparison("sharing", "GridSearchCV, memory=, dask-ml", (), "--repeat 1 --n-jobs 1"),
    Comparison("halving", "HalvingRandomSearchCV, racing", (), "--folds 5 --theirs 1"),
    Comparison("early_stopping", "a grid over the rounds of LightGBM", ("lightgbm",)),
    Comparison("walls", "Optuna's TPE, where little works", ("optuna",)),
    Comparison(
        "regret",
        "Optuna's TPE, as it is and with the settings of Optuna 4",
        ("optuna",),
        f"{REGRET} TPE --seeds 1 --trials 15",
        f"{REGRET} TPE --seeds 10",
    ),
    Comparison(
        "regret",
        "Optuna's CMA-ES",
        ("optuna", "cmaes"),
        f"{REGRET} CMA-ES --seeds 1 --trials 15",
        f"{REGRET} CMA-ES",
    ),
    Comparison(
        "regret",
        "Optuna's GPSampler",
        ("optuna", "torch"),
        f"{REGRET} GPSampler --seeds 1 --trials 15",
        f"{REGRET} GPSampler --seeds 2 --trials 30",
    ),
    Comparison(
        "regret",
        "skopt's BayesSearchCV",
        (),
        f"{REGRET} BayesSearchCV --seeds 1 --trials 15",
        f"{REGRET} BayesSearchCV",
    ),
    *(
        Comparison(
            "regret",
            name,
            (package,),
            f"{REGRET} {name} --seeds 1 --trials 15",
            f"{REGRET} {name} --seeds 2 --trials 30",
        )
        for name, package in (("HEBO", "HEBO"), ("SMAC", "smac"))
    ),
    Comparison(
        "live",
        "on real fits, those of them that are installed, RandomizedSearchCV, OptunaSearchCV, "
        "BayesSearchCV, GASearchCV, HEBO, SMAC, FLAML, Hyperactive, dask-ml",
        (),
        "--seeds 1 --trials 12 --seconds 1 svr",
        "--seeds 3 --trials 30 --seconds 3 svr network boosting",
    ),
)


def pins() -> dict[str, str | None]:
    """The peers, and the version of each that the tables are of."""
    lines = [line for line in PEERS.read_text().splitlines() if line and line[0] != "#"]
    return {name: pin or None for name, _, pin in (line.partition("==") for line in lines)}


def installed(name: str) -> str | None:
    """The version of a distribution, None if it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def tell_peers() -> None:
    """Print which peers there are, and which are missing or other than in the tables."""
    print(f"sktune {sktune.__version__}, Python {sys.version.split()[0]}")
    for name, pin in pins().items():
        found = installed(name)
        told = found or "missing"
        if pin and found != pin:
            told += f" (the tables: {pin})"
        print(f"  {name} {told}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run what can be run; the number of those that failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    parser.add_argument("--quick", action="store_true", help="each once, as small as it goes")
    parser.add_argument("--only", default="", metavar="TEXT", help="those with it in their name")
    options = parser.parse_args(argv)
    tell_peers()
    failed = 0
    for one in COMPARISONS:
        if not re.search(re.escape(options.only), f"{one.module} {one.about}", re.IGNORECASE):
            continue
        missing = [name for name in one.needs if installed(name) is None]
        arguments = one.quick if options.quick else one.full
        print(f"\n== {one.module} {arguments}\n{one.about}", flush=True)
        if missing:
            print(f"left out, without {', '.join(missing)}")
        elif not options.list:
            command = [sys.executable, "-m", f"tests.benchmarks.{one.module}", *arguments.split()]
            failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
