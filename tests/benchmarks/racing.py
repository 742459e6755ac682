"""What early termination saves and what it loses, on real searches.

    python -m tests.benchmarks.racing [--seeds 8] [--live 3] [--cache FOLDER] [--json FILE]
        [--pictures FOLDER]

With `--json` every search that was run is added to the file as it ends, a line each, and is not
run again. The full searches' scores are made when they are missing, which takes two minutes a
seed, and are kept in the folder of `--cache`.

**The searches** (`race_searches.py`): 13 random searches over 100 candidates, on data that
scikit-learn brings, none larger than 600 samples; 5 and 10 shuffled folds. The seed is that of the
candidates and of the folds.

**Live and replayed.** `RandomSearch` is run with the first seeds (`--live` of them with racing, and
at 5 folds one with each other policy), and what it has evaluated must be, score by score and nan
by nan, what a replay says: the engine's own decisions on the full search's scores. If it is not,
the benchmark ends. The tables are then made of replays of all seeds.

**Fits used**: of those of the full search; in brackets the worst search. Equal candidates count
once. **Winner kept**: how often the winner's mean over all splits is that of the full search's
winner; in brackets the worst search. **Loss**: the latter's mean over all splits less the
former's; mean of the searches whose score is 1 at best, and the worst of them. **Loss / spread**:
of all searches, divided by the interquartile range of the candidates' means. **CPU**: of the
live searches, over that of full ones with the same seed.

**HalvingRandomSearchCV** has the same candidates on the same splits, factor 3 and else its
defaults: with few samples first. Its winner is evaluated in full besides, which counts. A fit on
half of the samples is a fit, and, by samples, half of one.

**Ten more searches** had no part in building racing; policies are replayed on the first seeds.

**BayesSearch** is run with and without racing, 40 candidates; the loss is the best score (over
all splits, in any case) without racing less the one with it. After the first candidate that is
stopped the two propose different ones, so it may be below 0.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from sktune import RacingPolicy  # noqa: E402 - the threads must be set first
from sktune.engine.racing import ROUND  # noqa: E402
from sktune.policies import Policy  # noqa: E402

from . import race_tables as tables  # noqa: E402
from .race_runs import (  # noqa: E402
    POLICIES,
    Race,
    judged,
    replay,
    run_bayes,
    run_halving,
    run_live,
)
from .race_searches import OTHERS, SEARCHES, RaceSearch  # noqa: E402

FOLDS = 5, 10
HALVING, FULL = "HalvingRandomSearchCV", "none"
LIVE = "racing", "median", "bandit", "truncation", "correlated t-test"
IN_BAYES = ("svc-digits", "tree-cancer", "svr-diabetes", "elasticnet-diabetes", "sgd-cancer")
BAYES_SEEDS, BAYES_N, OTHERS_SEEDS = 3, 40, 3
ALPHAS, SIZES = (0.0, 0.05, 0.1, 0.25, 0.4), (8, 12, 20, 32, 64, 100)
Run = dict[str, Any]


class Kept:
    """Runs in a file, a line each, so that what was stopped goes on."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        text = file.read_text() if file and file.exists() else ""
        self._runs = {tuple(run["key"]): run for run in map(json.loads, text.splitlines())}

    def made(self, kind: str, policy: str, race: Race, make: Callable[[], Run]) -> Run:
        """A run of the file, or a new one."""
        key = kind, policy, race.name
        if key not in self._runs:
            if kind != "replayed":  # which are many, and quick
                print(*key, file=sys.stderr, flush=True)
            self._runs[key] = {"key": list(key), **make()}
            if self._file:
                with self._file.open("a") as file:
                    file.write(json.dumps(self._runs[key]) + "\n")
        return {**of(race, policy), **self._runs[key]}


def of(race: Race, policy: str) -> Run:
    search = race.search
    names = {"search": search.name, "scoring": search.scoring, "policy": policy}
    return {**names, "folds": race.folds, "seed": race.seed}


def races(folds: int, seeds: int, searches: Sequence[RaceSearch] = SEARCHES) -> Iterator[Race]:
    for seed in range(seeds):
        for search in searches:
            yield Race(search, folds, seed)


def live(given: argparse.Namespace, folds: int, kept: Kept) -> Iterator[Run]:
    """Searches that are really run: the full search, halving, and policies."""
    for name in (FULL, HALVING, *(LIVE if folds == FOLDS[0] else LIVE[:1])):
        seeds = given.live if name in ("racing", HALVING) else min(given.live, 1)
        for race in races(folds, seeds):
            yield kept.made("live", name, race, partial(run, name, race, given.cache))


def run(name: str, race: Race, cache: Path) -> Run:
    scores = race.scores(cache)
    if name == HALVING:
        return run_halving(race, scores)
    return run_live(race, scores, POLICIES.get(name))


def replayed(given: argparse.Namespace, folds: int, kept: Kept) -> Iterator[Run]:
    """Every policy, and racing with other rounds and with another alpha."""
    kinds = {name: (policy, ROUND) for name, policy in POLICIES.items()}
    kinds |= {f"alpha = {alpha}": (RacingPolicy(alpha), ROUND) for alpha in ALPHAS}
    kinds |= {f"rounds of {size}": (RacingPolicy(), size) for size in SIZES}
    for name, kind in kinds.items():
        for race in races(folds, given.seeds):
            yield kept.made("replayed", name, race, partial(rerun, race, given.cache, *kind))


def rerun(race: Race, cache: Path, policy: Policy, size: int) -> Run:
    scores = race.scores(cache)
    return judged(scores, replay(race, scores, policy, size), race)


def elsewhere(given: argparse.Namespace, folds: int, kept: Kept) -> list[Run]:
    """Every policy on searches by which none was built."""
    return [
        kept.made("replayed", name, race, partial(rerun, race, given.cache, policy, ROUND))
        for name, policy in POLICIES.items()
        for race in races(folds, OTHERS_SEEDS, OTHERS)
    ]


def in_bayes(kept: Kept) -> list[Run]:
    policies = {FULL: None, "racing": POLICIES["racing"]}
    return [
        kept.made("bayes", name, race, partial(run_bayes, race, policy, BAYES_N))
        for folds in FOLDS
        for race in races(folds, BAYES_SEEDS)
        if race.search.name in IN_BAYES
        for name, policy in policies.items()
    ]


def report(given: argparse.Namespace) -> str:
    kept = Kept(given.json)
    ran = {folds: list(live(given, folds, kept)) for folds in FOLDS}
    bayes = in_bayes(kept)
    new = {folds: elsewhere(given, folds, kept) for folds in FOLDS}
    parts, runs = [], []
    for folds in FOLDS:
        cpu = {(run["policy"], run["search"], run["seed"]): run["cpu"] for run in ran[folds]}
        some = list(replayed(given, folds, kept))
        for run in some:  # which are the same, as has been checked
            if seconds := cpu.get((run["policy"], run["search"], run["seed"])):
                run["cpu"] = seconds
        runs += some
        named = [run for run in some if run["policy"] in POLICIES]
        named += [run for run in ran[folds] if run["policy"] == HALVING]
        full = [run for run in ran[folds] if run["policy"] == FULL]
        parts.append((f"{folds} folds", tables.policies(named, full)))
    raced = [run for run in runs if run["policy"] == "racing"]
    others = [run for run in runs if run["policy"] not in POLICIES]
    parts.append(("Racing, by search", tables.searches(raced)))
    for folds, some in new.items():
        parts.append((f"Ten more searches, {folds} folds", tables.policies(some, [])))
    raced = [run for some in new.values() for run in some if run["policy"] == "racing"]
    parts.append(("Racing, by search; ten more", tables.searches(raced)))
    parts.append(("Racing, by alpha and by the size of a round", tables.variants(others)))
    parts.append(("Racing inside BayesSearch", tables.bayes(bayes)))
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts)


def main() -> None:
    folder = Path(tempfile.gettempdir()) / "sktune-races"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--live", type=int, default=3, metavar="N", help="seeds of real searches")
    parser.add_argument("--cache", type=Path, default=folder, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where runs are kept")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw, and do nothing else")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.pictures:
        from .race_pictures import draw

        draw(given.cache, given.pictures)
    else:
        print(report(given))


if __name__ == "__main__":
    main()
