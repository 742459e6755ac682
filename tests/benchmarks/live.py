"""BayesSearch beside the searches of other libraries on real fits.

    python -m tests.benchmarks.live [--seeds 5] [--trials 50] [--seconds 6] [--json FILE] [TASK ...]
    python -m tests.benchmarks.live --from FILE ...

Those of `live_searches.py` take part whose packages are installed, or `--searches NAME ...`; a
column says which version it was. With `--json` every run is added to the file as it ends, a line
each, and runs that the file has are not made again: what was stopped goes on, and tasks can be run
one by one, or in another environment with another version. `--from` prints the tables of what
files have.

**What is compared.** Every search gets the same space, each in its own spelling, the same
estimator, scorer and splits, and is otherwise as it comes: with its own start, its own defaults
(OptunaSearchCV: TPE; BayesSearch begins with the estimator's own parameters where the space has
them); `live_searches.py` says where it is not. 30 % of the samples are held out; on the others
candidates are cross-validated on five shuffled folds. The seed of a run is that of the samples held
out, of the folds and of the search.

**Equal trials**: what a search knows after half of the trials and after all of them. This is what
counts where fits are dear. **Equal wall time**: what it knows some seconds after the call of `fit`,
however many trials that was. This is what counts where fits are cheap, as they are here, and a
suggestion is not. A search goes on until it has had its trials and its time, and what it knew
earlier is read off: none of them plans for the end. A trial counts from when it is scored.
Random searches cannot be ended by time: they are run in rounds, each with a seed of its own.

**Best cross-validated score** is the best mean over the folds so far: how well it searched. The
**held-out score** is that of this candidate, fitted on all that was not held out, by the same
scorer: what it is good for. It is worked out after the clock has stopped.

Cells are means over seeds. Scores vary more with the samples than with the search, so what comes
after ± is the standard error, over seeds, of the difference from the mean of all searches with
the same seed. In brackets: the gap to the best score that any search found with the seed at any
time, in per cent of the gap that all searches have on average after half of the trials. The mean
rank is over tasks and seeds, of scores to four digits. The last line counts tasks in which
BayesSearch is better than the search of that column, as good, and worse; as good means that the
mean difference is below its standard error.

The searches take turns in one process with one thread, and who begins changes from seed to seed.
In the last table are medians over seeds: milliseconds a trial beside fits and scores (suggestions,
and all that a search does around a fit), trials scored in the time, CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads must be set first
from sklearn import model_selection  # noqa: E402
from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.metrics import get_scorer  # noqa: E402

from .live_searches import FOLDS, SEARCHES, Clock, installed, with_version  # noqa: E402
from .live_tables import Run, tables  # noqa: E402
from .live_tasks import TASKS  # noqa: E402

HELD_OUT = 0.3


def run_one(name: str, search: str, seed: int, trials: int, seconds: float) -> Run:
    """Run a search, then fit and score what had won at each moment."""
    task = TASKS[name]()
    X, y = task.data
    labels = y if is_classifier(task.model) else None
    X, X_out, y, y_out = model_selection.train_test_split(
        X, y, test_size=HELD_OUT, random_state=seed, stratify=labels
    )
    kind = model_selection.KFold if labels is None else model_selection.StratifiedKFold
    cv = list(kind(FOLDS, shuffle=True, random_state=seed).split(X, y))
    clock = Clock(trials, seconds)
    model, candidates, scores, inside = SEARCHES[search].run(task, (X, y), cv, seed, clock)
    assert len(candidates) == len(scores) == len(clock.ends), "a trial without an end"
    counts = {f"{n} trials": n for n in (trials // 2, trials)}
    counts[f"{seconds:g} seconds"] = int(np.searchsorted(clock.ends, seconds, side="right"))
    moments, held_out = {}, {}
    for moment, n in counts.items():
        best = int(np.argmax(scores[: max(n, 1)]))  # one trial at least
        if best not in held_out:
            winner = clone(model).set_params(**clone(candidates[best], safe=False)).fit(X, y)
            held_out[best] = float(get_scorer(task.scoring)(winner, X_out, y_out))
        moments[moment] = {"trials": n, "best": scores[best], "held_out": held_out[best]}
    return {
        "task": name, "title": f"{task.title} ({task.scoring})",
        "search": with_version(search), "seed": seed, "n": trials, "seconds": seconds,
        "moments": moments, "scores": scores, "ends": clock.ends, "cpu": clock.cpu,
        "inside": inside,
    }  # fmt: skip


def warm_up(searches: Sequence[str]) -> None:
    """Have every search do once what it does only once."""
    for search in searches:
        task = TASKS["svr"]()
        X, y = task.data
        SEARCHES[search].run(task, (X[:60], y[:60]), model_selection.KFold(FOLDS), 0, Clock(13, 0))


def runs_to_make(given: argparse.Namespace) -> Iterator[tuple[str, str, int]]:
    """Task, search, seed; the searches take turns, and who begins changes."""
    names = given.searches or installed()
    for task in given.tasks or [*TASKS]:
        for seed in range(given.seeds):
            first = seed % len(names)
            yield from ((task, search, seed) for search in names[first:] + names[:first])


def read(path: Path) -> list[Run]:
    """The runs in a file; what was being written when it was stopped is taken off."""
    text = path.read_text() if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole)
    return [json.loads(line) for line in whole.splitlines()]


def make(given: argparse.Namespace) -> list[Run]:
    """Make the runs that are not there yet; all of those that are asked for."""
    there: dict[Any, Run] = {}
    for run in read(given.json) if given.json else []:
        there[run["task"], run["search"], run["seed"], run["n"], run["seconds"]] = run
    runs: list[Run] = []
    cold = True
    for task, search, seed in runs_to_make(given):
        key = task, with_version(search), seed, given.trials, given.seconds
        if key not in there:
            if cold:
                warm_up(given.searches or installed())
                cold = False
            runs.append(run_one(task, search, seed, given.trials, given.seconds))
            if given.json:
                with given.json.open("a") as file:
                    file.write(json.dumps(runs[-1]) + "\n")
            took = runs[-1]["ends"][-1]
            print(f"{task}, {search}, seed {seed}: {took:.0f} s", file=sys.stderr, flush=True)
        else:
            runs.append(there[key])
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)}")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--searches", nargs="+", choices=[*SEARCHES], help="default: those there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where runs are kept")
    parser.add_argument("--from", type=Path, nargs="+", metavar="FILE", dest="files")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.files:
        wanted = given.tasks or [*TASKS]
        runs = [run for file in given.files for run in read(file) if run["task"] in wanted]
    else:
        runs = make(given)
    found = {run["search"] for run in runs}
    columns = [name for search in SEARCHES for name in sorted(found) if name.startswith(search)]
    print(tables(runs, [*dict.fromkeys(columns)]))


if __name__ == "__main__":
    main()
