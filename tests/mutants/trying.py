"""A mutant, and whether a test notices it: in a fork, in a copy of the tree."""

from __future__ import annotations

import compileall
import gc
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from py_compile import PycInvalidationMode
from types import CodeType, FunctionType

import pytest

from .places import ROOT, Mutant

QUIET = ("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")


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
