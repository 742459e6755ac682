"""How much of the code a fit passes through: files, functions, hops; and what an import costs.

Run as ``python -m tests.benchmarks.fit_trace``. Traces `GridSearch.fit` at ``n_jobs=1`` in this
process, four candidates on five splits, and counts what belongs to ``sktune/`` alone:

- files, and functions in them (comprehensions and lambdas are functions of their own);
- hops before the first fit: calls from one file of sktune to another before an
  estimator is fitted;
- hops a task: all of a search's, by its 20 tasks;
- parameters of the longest signature that is no constructor; lines;
- CPU seconds of ``import sktune``, as a ratio to ``import sklearn.model_selection``, in turn.

The counts depend on nothing but the code, so one run is enough.
"""

from __future__ import annotations

import ast
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from sklearn.datasets import load_iris  # noqa: E402 - threads first
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

import sktune  # noqa: E402

PACKAGE = Path(sktune.__file__).parent
N_SPLITS = 5
SEARCHES = {
    "SVC": (SVC(), {"C": [1, 10], "gamma": [0.1, 0.01]}),
    "pipeline": (
        make_pipeline(StandardScaler(), PCA(), SVC()),
        {"pca__n_components": [2, 3], "svc__C": [1, 10]},
    ),
}


class Trace:
    """The calls between functions of the package, while it is active.

    Attributes
    ----------
    functions : set of (file, qualified name)
    hops : int
        Calls from one file of the package to another, whatever is called in between.
    hops_before_fit : int or None
        Those before an estimator of scikit-learn was fitted.
    """

    def __init__(self) -> None:
        self.functions: set[tuple[str, str]] = set()
        self.hops = 0
        self.hops_before_fit: int | None = None

    def __enter__(self) -> Trace:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: Any) -> None:
        sys.setprofile(None)

    def _note(self, frame: Any, event: str, _: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        if not _is_ours(code):
            fits = code.co_name in ("fit", "fit_transform") and "/sklearn/" in code.co_filename
            if fits and "model_selection" not in code.co_filename and self.hops_before_fit is None:
                self.hops_before_fit = self.hops
            return
        self.functions.add((code.co_filename, code.co_qualname))
        caller = frame.f_back
        while caller is not None and not _is_ours(caller.f_code):
            caller = caller.f_back
        self.hops += caller is not None and caller.f_code.co_filename != code.co_filename


def _is_ours(code: Any) -> bool:
    return bool(code.co_filename.startswith(str(PACKAGE)))


def traced(estimator: Any, grid: Any) -> Trace:
    """Trace a search; what is imported or cached by a first one is there already."""
    X, y = load_iris(return_X_y=True)
    for _ in range(2):
        search = sktune.GridSearch(estimator, grid, n_jobs=1, cv=N_SPLITS)
        with Trace() as trace:
            search.fit(X, y)
    return trace


def longest_signature() -> tuple[int, str]:
    """Most parameters of a function that is no constructor, and which it is."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                n = sum(argument.arg not in ("self", "cls") for argument in given)
                found.append((n, f"{path.relative_to(PACKAGE)}: {node.name}"))
    return max(found)


def import_ratios(times: int) -> list[float]:
    """CPU of importing sktune by that of importing sklearn.model_selection, in turn."""
    _import_cpu("sktune")  # compiles what has changed
    return [_import_cpu("sktune") / _import_cpu("sklearn.model_selection") for _ in range(times)]


def _import_cpu(module: str) -> float:
    code = f"import time; import {module}; print(time.process_time())"
    # what is installed is compiled
    compiled = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=compiled
    )
    return float(run.stdout)


def main() -> None:
    for what, (estimator, grid) in SEARCHES.items():
        trace = traced(estimator, grid)
        n_files = len({file for file, _ in trace.functions})
        print(f"{what}: {n_files} files, {len(trace.functions)} functions")
        n_tasks = 4 * N_SPLITS
        print(f"{what}: {trace.hops_before_fit} hops before the first fit")
        print(f"{what}: {trace.hops / n_tasks:.1f} hops a task")
    most, where = longest_signature()
    print(f"longest signature: {most} parameters ({where})")
    files = list(PACKAGE.rglob("*.py"))
    n_lines = sum(len(path.read_text().splitlines()) for path in files)
    print(f"{n_lines} lines in {len(files)} files")
    ratios = import_ratios(15)
    print(
        f"import: {statistics.median(ratios):.2f} of sklearn.model_selection's CPU "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
