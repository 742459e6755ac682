"""Break a module in one place at a time, and see whether a test notices.

    pytest -q --cov --cov-context=test --durations=0 > covered.txt
    python -m tests.mutants sktune/policies --durations covered.txt --json tried.jsonl

A mutant has one place changed: a comparison, `and` for `or`, a condition turned round, an
operator, a number, a truth value, what is returned, a statement left out. It is tried with tests
that run its line, as the coverage file knows: those of its own part first, of others one case of
each before the rest, quick ones first, for so many seconds. It is killed if one fails, or does not
end. Which mutants are tried is drawn with `--seed`, a `--share` of each module. Results are added
to the file of `--json` as they come, and not made again; with `--again` those that survived are
tried once more. `--from` prints the table of such files, and what has survived. What needs no test
stands in `explained.txt`, with the reason.

Libraries that do this leave out what is decorated, as most of this package is (frozen dataclasses,
properties), or begin a Python for each mutant. Here each is a fork of a process that has imported
all of it, in a copy of the tree, and costs little more than its tests: there the functions that
differ get their new code, and where a module does beside its functions all is imported anew.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

import pytest

from .covering import Tests
from .explained import change_of, explained, shown
from .places import ROOT, mutants
from .trying import QUIET, copied, run, tried

ENDS = "killed", "explained", "survived", "no test runs it"


def table(rows: Sequence[dict[str, str]]) -> str:
    """Mutants by module, the last time that each was tried."""
    latest = {(row["path"], *row["span"], row["new"]): row for row in rows}
    for row in latest.values():
        if row["end"] in ENDS[2:] and change_of(row) in explained():
            row["end"] = "explained"
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in latest.values():
        counts[row["path"]][row["end"].split(":")[0]] += 1
        counts["all"][row["end"].split(":")[0]] += 1
    lines = [
        "| module | mutants | killed | explained | survived | not run |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in [*sorted(counts.keys() - {"all"}), "all"]:
        n = counts[name]
        cells = [n.total(), *map(n.__getitem__, ENDS)]
        lines.append(f"| {' | '.join([name, *map(str, cells)])} |")
    left = [shown(change_of(row)) for row in latest.values() if row["end"] in ENDS[2:]]
    return "\n".join([*lines, "", *sorted(left)])


def read(files: Sequence[Path]) -> list[dict[str, str]]:
    return [json.loads(line) for file in files if file.exists() for line in file.open()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", help="modules, or folders of them")
    parser.add_argument("--durations", type=Path, help="what pytest printed with --durations=0")
    parser.add_argument("--json", type=Path, help="where results are kept")
    parser.add_argument("--share", type=float, default=0.2, help="of the mutants of a module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=6, help="of tests for a mutant")
    parser.add_argument("--minutes", type=float, default=40, help="for all of them")
    parser.add_argument("--again", action="store_true", help="try survivors once more")
    parser.add_argument("--from", type=Path, nargs="+", dest="files", help="print their table")
    given = parser.parse_args()
    if given.files:
        print(table(read(given.files)))
        return
    before = read([given.json])
    done = {(row["path"], *row["span"], row["new"]): row["end"] for row in before}
    chosen = []
    for path in [
        str(file.relative_to(ROOT))
        for name in given.paths
        for file in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")))
    ]:
        every = mutants(path)
        wanted = min(len(every), max(6, round(given.share * len(every))))
        chosen += random.Random(f"{path}{given.seed}").sample(every, wanted)
    random.Random(given.seed).shuffle(chosen)  # what is stopped has tried some of each module
    tests, tree, until = Tests(given.durations), copied(), time.monotonic() + 60 * given.minutes
    chosen_tests = {mutant: tests.of(mutant, given.seconds) for mutant in chosen}
    files = {test.partition("::")[0] for some in chosen_tests.values() for test in some}
    with (tree / "output.txt").open("w") as output, redirect_stdout(output):
        pytest.main([*QUIET, "--collect-only", *sorted(files)])
    run(tree, ["--collect-only", *{t for some in chosen_tests.values() for t in some}], 300)
    # cases from a generator can be collected once only
    lost = set(re.findall(r"not found: .*?/tree/(.*)$", (tree / "output.txt").read_text(), re.M))
    for mutant, some in chosen_tests.items():
        chosen_tests[mutant] = [test for test in some if test.partition("[")[0] not in lost]
    code, failed = run(tree, chosen_tests[chosen[0]], 300)
    if code != 0:
        raise SystemExit(f"tests fail without any mutant: {failed}")
    for mutant in chosen:
        end = done.get((mutant.path, *mutant.span, mutant.new), "")
        again = given.again and end in ENDS[2:]
        if time.monotonic() > until or (end and not again):
            continue
        result = {"end": "explained", "by": ""}
        if (change := change_of(asdict(mutant))) not in explained():
            result = tried(tree, mutant, chosen_tests[mutant], given.seconds)
        before.append({**asdict(mutant), **result, "change": change})
        with given.json.open("a") as file:
            file.write(json.dumps(before[-1]) + "\n")
    shutil.rmtree(tree.parent)
    print(table(before))


if __name__ == "__main__":
    main()
