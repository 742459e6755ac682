"""Break a module in one place at a time, and see whether a test notices.

    pytest -q --cov --cov-context=test --durations=0 > covered.txt
    python -m tests.mutants sktune/policies --durations covered.txt --json tried.jsonl

A mutant has one place changed: a comparison, `and` for `or`, a condition turned round, an
operator, a number, a truth value, what is returned, a statement left out. It is tried with tests
that run its line, as the coverage file knows: those of its own part first, of others one case of
each before the rest, quick ones first, for so many seconds. It is killed if one fails, or does not
end. Which mutants are tried is drawn with `--seed`, a `--share` of each module. Results are added
to the file of `--json` as they come, and not made again; with `--again` those that survived are
tried once more. `--from` prints the table of such files.

Libraries that do this leave out what is decorated, as most of this package is (frozen dataclasses,
properties), or begin a Python for each mutant. Here each is a fork of a process that has imported
all of it, in a copy of the tree, and costs little more than its tests: there the functions that
differ get their new code, and where a module does beside its functions all is imported anew.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import copy
import gc
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from py_compile import PycInvalidationMode
from types import CodeType, FunctionType

import pytest

ROOT = Path(__file__).parents[1]
PAIRS = (
    (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn), (ast.Add, ast.Sub), (ast.Mult, ast.Div), (ast.BitOr, ast.BitAnd),
    (ast.And, ast.Or),
)  # fmt: skip
OTHER = {
    **{a: b for pair in PAIRS for a, b in (pair, pair[::-1])},
    **dict.fromkeys((ast.FloorDiv, ast.Mod, ast.Pow), ast.Mult),
}
QUIET = ("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
TYPES = {"annotation", "returns", "decorator_list", "type_params"}


@dataclass(frozen=True)
class Mutant:
    """A part of a file, as bytes, and what stands there instead."""

    path: str
    lines: tuple[int, int]
    span: tuple[int, int]
    old: str
    new: str
    in_function: bool


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in place of a node."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[place] = OTHER[type(op)]()
            yield changed
    if isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in OTHER:
        changed = copy.copy(node)
        changed.op = OTHER[type(node.op)]()
        yield changed
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
    if isinstance(node, ast.Return) and ast.unparse(node) not in {
        "return",
        "return None",
        "return False",
    }:
        yield ast.Return(ast.Constant(None))
    call = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    kept = isinstance(node, ast.Assign) and isinstance(
        node.targets[0], ast.Attribute | ast.Subscript
    )
    if call or kept or isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break):
        yield ast.Pass()


def places(
    node: ast.AST, *, within: bool = False
) -> Iterator[tuple[ast.expr | ast.stmt, list[ast.AST], bool]]:
    """Nodes that may be changed, how, and whether within a function; no types, no texts."""
    for field, value in ast.iter_fields(node):
        inner = within or (field == "body" and isinstance(node, ast.FunctionDef | ast.Lambda))
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in TYPES:
                found = [*changes(child)]
                asked = isinstance(child, ast.Name | ast.Attribute | ast.Call)
                if field in {"test", "ifs"} and asked:
                    found.append(ast.UnaryOp(ast.Not(), child))
                if found:
                    yield child, found, inner
                if not isinstance(child, ast.JoinedStr):  # it has no positions within
                    yield from places(child, within=inner)


def mutants(path: str) -> list[Mutant]:
    """All mutants of a file."""
    text = (ROOT / path).read_bytes()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, new, inner in places(ast.parse(text)):
        lines = node.lineno, node.end_lineno or node.lineno
        span = starts[lines[0] - 1] + node.col_offset, starts[lines[1] - 1] + node.end_col_offset
        old = text[slice(*span)].decode()
        for change in new:
            written = ast.unparse(change)
            written = f"({written})" if isinstance(change, ast.expr) else written
            found.append(Mutant(path, lines, span, old, written, inner))
    return found


class Tests:
    """The tests that run a line, in the order in which they are tried."""

    def __init__(self, durations: Path) -> None:
        from coverage import CoverageData

        self._data = CoverageData(str(ROOT / ".coverage"))
        self._data.read()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        for took, test in re.findall(r"^([\d.]+)s \w+ +(tests/.*)$", durations.read_text(), re.M):
            self._seconds[test] += float(took)

    @cache  # noqa: B019 - there is one, to the end
    def _by_line(self, path: str) -> dict[int, set[str]]:
        lines = self._data.contexts_by_lineno(path)
        return {line: {test.rpartition("|")[0] for test in tests} for line, tests in lines.items()}

    def of(self, mutant: Mutant, limit: float) -> list[str]:
        """As many as take so many seconds; none if no test runs it."""
        by_line, (first, last) = self._by_line(mutant.path), mutant.lines
        found = set().union(*(by_line.get(line, ()) for line in range(first, last + 1)))
        if found == {""}:  # what is done at import, such as defaults
            found = set().union(*by_line.values())
        return self._ordered(found - {""}, mutant, limit)

    def _ordered(self, tests: set[str], mutant: Mutant, limit: float) -> list[str]:
        cases: Counter[str] = Counter()
        keyed = []
        for test in sorted(tests, key=lambda test: (self._seconds[test], test)):
            function = test.partition("[")[0]
            own = test.startswith(f"tests/{Path(mutant.path).parts[1]}/")
            keyed.append((not own, 0 if own else cases[function], self._seconds[test], test))
            cases[function] += 1
        chosen, left = [], limit
        for *_, seconds, test in sorted(keyed):
            left -= seconds + 0.01
            if left < 0 and chosen:
                break
            chosen.append(test)
        return chosen


def forget() -> None:
    """Have the package and its tests imported anew, when they are."""
    for name in [name for name in sys.modules if name.split(".")[0] in {"sktune", "tests"}]:
        del sys.modules[name]


def codes(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """All code within some, by its qualified name and line."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield (inner.co_qualname, inner.co_firstlineno), inner
            yield from codes(inner)


def replace_code(file: Path, before: bytes, after: bytes) -> bool:
    """Have functions that are there do what the text after says; whether they can."""
    old, new = (dict(codes(compile(text, str(file), "exec"))) for text in (before, after))
    differ = {at for at in old.keys() & new if old[at] != new[at]}
    gc.unfreeze()  # what our tests put out of its sight
    for function in [f for f in gc.get_objects() if type(f) is FunctionType]:
        at = function.__code__.co_qualname, function.__code__.co_firstlineno
        if at in differ and function.__code__.co_filename == str(file):
            try:
                function.__code__ = new[at]
            except ValueError:  # it closes over fewer names
                return False
    return True


def run(
    tree: Path, arguments: Sequence[str], limit: float, prepare: Callable[[], object] = bool
) -> tuple[int | None, str]:
    """Run tests in a fork, for some seconds of work; how it ended, and the first that failed."""
    from resource import RLIMIT_CPU, setrlimit  # there where `fork` is

    output = tree / "output.txt"
    pid = os.fork()
    if pid == 0:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(file, stream)
        setrlimit(RLIMIT_CPU, (int(limit), int(limit)))
        prepare()
        code = pytest.main([*QUIET, "-x", *arguments])
        sys.stdout.flush()
        os._exit(int(code))
    until, status = time.monotonic() + 5 * limit, None  # of a machine with more to do
    while status is None and time.monotonic() < until:
        ended, how = os.waitpid(pid, os.WNOHANG)
        status = os.waitstatus_to_exitcode(how) if ended else time.sleep(0.01)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # and the workers that it has begun
    if status is None:
        os.waitpid(pid, 0)
    failed = re.search(r"^(?:FAILED|ERROR):? (.*?)(?: - .*)?$", output.read_text(), re.M)
    return status, failed[1] if failed else ""


def copied() -> Path:
    """A copy of the tree, where mutants are written; this process goes there."""
    tree = Path(tempfile.mkdtemp()) / "tree"
    left_out = shutil.ignore_patterns(".git", "build", "__pycache__", ".coverage*")
    shutil.copytree(ROOT, tree, ignore=left_out)
    modes = PycInvalidationMode.CHECKED_HASH  # two mutants may be written in the same second
    compileall.compile_dir(tree / "sktune", quiet=2, invalidation_mode=modes)
    os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.path[:] = [str(tree), *(path for path in sys.path if path not in {"", str(ROOT)})]
    os.chdir(tree)
    forget()
    return tree


def tried(tree: Path, mutant: Mutant, tests: Sequence[str], limit: float) -> dict[str, str]:
    """What becomes of a mutant."""
    if not tests:
        return {"end": "no test runs it", "by": ""}
    file, text = tree / mutant.path, (ROOT / mutant.path).read_bytes()
    begin, end = mutant.span
    changed = text[:begin] + mutant.new.encode() + text[end:]
    file.write_bytes(changed)

    def prepare() -> None:
        if not (mutant.in_function and replace_code(file, text, changed)):
            forget()

    try:
        code, failed = run(tree, tests, 4 * limit + 20, prepare)
    finally:
        file.write_bytes(text)
    ends = {0: "survived", None: "killed: no end", -signal.SIGXCPU: "killed: no end"}
    return {"end": ends.get(code, "killed"), "by": failed}


def table(rows: Sequence[dict[str, str]]) -> str:
    """Mutants by module, the last time that each was tried."""
    latest = {(row["path"], *row["span"], row["new"]): row for row in rows}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in latest.values():
        counts[row["path"]][row["end"].split(":")[0]] += 1
        counts["all"][row["end"].split(":")[0]] += 1
    lines = [
        "| module | mutants | killed | survived | not run |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in [*sorted(counts.keys() - {"all"}), "all"]:
        n = counts[name]
        cells = [n.total(), n["killed"], n["survived"], n["no test runs it"]]
        lines.append(f"| {' | '.join([name, *map(str, cells)])} |")
    return "\n".join(lines)


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
    code, failed = run(tree, chosen_tests[chosen[0]], 300)
    if code != 0:
        raise SystemExit(f"tests fail without any mutant: {failed}")
    for mutant in chosen:
        end = done.get((mutant.path, *mutant.span, mutant.new), "")
        if time.monotonic() > until or (end and not (given.again and end == "survived")):
            continue
        result = tried(tree, mutant, chosen_tests[mutant], given.seconds)
        before.append({**asdict(mutant), **result})
        with given.json.open("a") as file:
            file.write(json.dumps(before[-1]) + "\n")
    shutil.rmtree(tree.parent)
    print(table(before))


if __name__ == "__main__":
    main()
