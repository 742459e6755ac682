"""Successive halving beside racing and the full search, on real searches.

    python -m tests.benchmarks.halving [--seeds 1] [--folds 5 10] [--theirs 1] [--cache FOLDER]
        [--json FILE]

With `--json` every search that was run is added to the file as it ends, a line each, and is not
run again. The full searches' scores are those of `racing.py`, from the folder of `--cache`, where
missing ones are added.

**The searches** (`race_searches.py`): the 13 of the racing benchmark, 100 candidates each, 150 to
600 samples. The seed is that of the candidates, of the folds, and of the samples that are drawn.

**On samples**: all methods see the same candidates on the same folds, factor 3. *halving*: the
defaults, which begin with two samples a fold (and class), or more. *from a ninth*: with
`min_resources` a ninth of the samples, so that there are three rungs, the last on nearly all. *and
racing*: with `early_termination="racing"` inside each rung. *racing*: without halving, replayed on
the full search's scores, and live at the first number of folds with the first seed, where it must
be the same to the nan.

**More samples**: three searches on 1200 and 6000 samples, one seed, at the first number of folds.

**On trees**: `n_estimators` or `max_iter` is the resource, 27 at most, and not searched; the full
search and racing have 27.

**HalvingRandomSearchCV** with `min_resources="exhaust"` is run beside *halving* with the first
seeds (`--theirs`), on samples at the first number of folds. Its rungs, candidates and scores must
be the same to the bit, or the benchmark ends; so what it differs in is CPU.

**Fits used**: of those of the full search; in brackets the worst search. Weighted, a fit with a
third of the resource is a third of a fit. Where the last rung has not all of the resource, its
winner is evaluated in full besides, which counts (but not as CPU). A candidate that failed counts
as evaluated on all splits of its rung. **Winner kept**: how often the winner's mean, over all
splits on all samples with all trees, is that of the full search's winner; in brackets the worst
search. **Loss**: the latter's mean less the former's, both from the full search's scores; mean of
the searches whose score is 1 at best, and the worst of them. **Loss / spread**: of all searches,
divided by the interquartile range of the candidates' means. **CPU**: over that of the full search
with the same seed and folds, where that was run. **First rung failed**: candidates of the first
rung without a mean, such as for an undefined score on too few samples; who of these goes on is left
to their order.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads must be set first
from sklearn.experimental import enable_halving_search_cv  # noqa: E402, F401 - to import the next
from sklearn.model_selection import HalvingRandomSearchCV  # noqa: E402

from sktune import RandomSearch, SuccessiveHalving  # noqa: E402

from . import race_tables as tables  # noqa: E402
from .race_runs import (  # noqa: E402
    POLICIES,
    Floats,
    N,
    Race,
    halving_winner,
    judged,
    lost,
    replay,
    run_live,
    split_scores,
)
from .race_searches import HISTOGRAM, LARGER, SEARCHES, RaceSearch  # noqa: E402
from .racing import Kept, races  # noqa: E402

SAMPLES, TREES = "n_samples", 27
FULL, RACING, THEIRS = "full search", "racing", "HalvingRandomSearchCV"
METHODS = {"halving": 0, "halving from a ninth": 9}
RACED = " and racing"
RESOURCES = {"forest-wine": "n_estimators", "boosting-diabetes": "n_estimators",
             "extra-digits": "n_estimators", HISTOGRAM.name: "max_iter"}  # fmt: skip
Run = dict[str, Any]


def of_trees(search: RaceSearch) -> RaceSearch:
    """The same search with all trees, whose number is not searched."""
    resource = RESOURCES[search.name]
    return replace(
        search,
        name=f"{search.name}-{TREES}",
        make=lambda: search.make().set_params(**{resource: TREES}),
        space={name: given for name, given in search.space.items() if name != resource},
    )


ON_TREES = [of_trees(search) for search in (*SEARCHES, HISTOGRAM) if search.name in RESOURCES]


# --- runs -------------------------------------------------------------------------------


def run_full(race: Race, cache: Path) -> Run:
    """The full search, whose scores are kept, or must be those that are."""
    if (cache / f"{race.name}.npy").exists():
        return run_live(race, race.scores(cache), None)
    search, cpu = race.fit(None)
    race.keep(cache, search)
    return {"cpu": cpu}


def run_racing(race: Race, cache: Path, *, live: bool) -> Run:
    full, policy = race.scores(cache), POLICIES["racing"]
    assert policy is not None
    cpu = run_live(race, full, policy) if live else {}
    return {**judged(full, replay(race, full, policy), race), **cpu}


def run_halving(race: Race, cache: Path, resource: str, part: int, raced: bool) -> Run:
    """Halving, from a part of the samples if one is given."""
    search = halved(race, resource, part=part, policy="racing" if raced else None)
    cpu = race.timed(search)
    return {"cpu": cpu, **told(race, search, race.scores(cache))}


def run_both(race: Race, cache: Path, resource: str) -> Run:
    ours, cpu = both(race, resource)
    return {**cpu, **told(race, ours, race.scores(cache))}


def both(race: Race, resource: str) -> tuple[Any, dict[str, float]]:
    """Halving beside scikit-learn's, which must find the same; the CPU of each."""
    # whose own default for random searches is "smallest"
    limits: dict[str, Any] = {"factor": 3, "min_resources": "exhaust"}
    if resource != SAMPLES:
        limits |= {"resource": resource, "max_resources": TREES}
    searches = {
        "cpu": halved(race, resource),
        "theirs": race.made(
            HalvingRandomSearchCV, n_candidates=N, return_train_score=False, **limits
        ),
    }
    cpu = {name: race.timed(search) for name, search in searches.items()}
    ours, theirs = searches["cpu"], searches["theirs"]
    same = ours.best_index_ == theirs.best_index_ and ours.n_resources_ == theirs.n_resources_
    same &= ours.cv_results_["params"] == theirs.cv_results_["params"]
    same &= np.array_equal(split_scores(ours), split_scores(theirs), equal_nan=True)
    if not same:
        raise SystemExit(f"{race.name}, {resource}: what is found is not what scikit-learn finds")
    return ours, cpu


def halved(race: Race, resource: str, part: int = 0, policy: Any = None) -> Any:
    """A search by halving, not fitted."""
    limits: dict[str, Any] = {} if resource == SAMPLES else {"max_resources": TREES}
    if part:
        limits["min_resources"] = len(race.search.data()[0]) // part
    strategy = SuccessiveHalving(resource, factor=3, **limits)
    return race.made(RandomSearch, n_iter=N, strategy=strategy, early_termination=policy)


def told(race: Race, search: Any, full: Floats) -> Run:
    """What halving has cost and lost."""
    found = search.cv_results_
    most = TREES if search.strategy.resource != SAMPLES else len(race.search.data()[0])
    ran = ~np.isnan(split_scores(search)) | (found["status"] == "failed")[:, None]
    fits, share = ran.mean(axis=1), found["n_resources"] / most
    besides = 0 if search.n_resources_[-1] == most else 1
    failed = np.isnan(found["mean_test_score"]) & (found["status"] == "failed")
    return {
        "used": (fits.sum() + besides) / N,
        "weighted": float((fits * share).sum() + besides) / N,
        "rungs": [*map(list, zip(search.n_candidates_, search.n_resources_, strict=True))],
        "most": most,
        "failed": float(failed[found["iter"] == 0].mean()),
        **lost(full, halving_winner(race, search)),
    }


def on(race: Race, given: argparse.Namespace, kept: Kept, resource: str) -> Iterator[Run]:
    """All methods on a search with a seed and a number of folds, one after the other."""
    first, cache = race.seed == 0, given.cache
    timed = first and (race.folds == given.folds[0] or resource != SAMPLES)
    if timed:
        run = kept.made("halving", FULL, race, partial(run_full, race, cache))
        full = race.scores(cache)
        yield {**run, **judged(full, full, race)}
    live = timed and race.folds == given.folds[0]
    yield kept.made("halving", RACING, race, partial(run_racing, race, cache, live=live))
    methods = METHODS if resource == SAMPLES else [*METHODS][:1]
    for name in methods:
        part = METHODS[name]
        for raced in (False, True):
            make = partial(run_halving, race, cache, resource, part, raced)
            beside = race.folds == given.folds[0] or resource != SAMPLES
            if beside and race.seed < given.theirs and not (part or raced):
                make = partial(run_both, race, cache, resource)
            run = kept.made("halving", name + RACED * raced, race, make)
            yield run
            if "theirs" in run:
                yield {**run, "policy": THEIRS, "cpu": run["theirs"]}


# --- tables -----------------------------------------------------------------------------


def compared(runs: Sequence[Run], resource: str) -> str:
    """A row for each method, those that go together beside each other."""
    order = [FULL, RACING, *(name + end for name in METHODS for end in ("", RACED)), THEIRS]
    some = sorted(runs, key=lambda run: order.index(run["policy"]))
    return tables.policies(some, [run for run in some if run["policy"] == FULL], resource)


def report(given: argparse.Namespace) -> str:
    kept = Kept(given.json)
    trees: list[Run] = []
    samples: list[Run] = []
    for folds in given.folds:
        for race in races(folds, given.seeds, ON_TREES):
            resource = RESOURCES[race.search.name.removesuffix(f"-{TREES}")]
            trees += on(race, given, kept, resource)
        for race in races(folds, given.seeds):
            samples += on(race, given, kept, SAMPLES)
    larger = [
        run for race in races(given.folds[0], 1, LARGER) for run in on(race, given, kept, SAMPLES)
    ]
    parts = [
        (f"On {resource}, {folds} folds", compared(some, resource))
        for resource, runs in {"samples": samples, "trees": trees}.items()
        for folds, some in tables.by(runs, "folds").items()
    ]
    parts.append((f"More samples, {given.folds[0]} folds", compared(larger, "samples")))
    samples += larger
    for name in METHODS:
        runs = [run for run in samples if run["policy"] == name]
        parts.append((f"On samples, {name}, by search", tables.rungs(runs)))
    halving = [run for run in trees if run["policy"] == "halving"]
    parts.append(("On trees, halving, by search", tables.rungs(halving)))
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts)


def main() -> None:
    folder = Path(tempfile.gettempdir()) / "sktune-races"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--folds", type=int, nargs="+", default=[5, 10])
    parser.add_argument(
        "--theirs", type=int, default=1, metavar="N", help="seeds of scikit-learn's"
    )
    parser.add_argument("--cache", type=Path, default=folder, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where runs are kept")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(report(given))


if __name__ == "__main__":
    main()
