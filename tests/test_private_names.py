"""One package knows scikit-learn's private names, and other rules for all files."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import sktune

PACKAGE = Path(sktune.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
COMPATIBILITY = PACKAGE / "_sklearn"


@functools.cache
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def imported(source: str) -> list[str]:
    """Modules that are imported, and what is taken from them, with dots."""
    found = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [f"{module}.{alias.name}" for alias in node.names]
    return found


def private_sklearn_names(source: str) -> list[str]:
    """Names that begin with an underscore and are not this package's own."""
    tree = parsed(source)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn"):
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            found += [part for part in parts if part.startswith("_")]
        if isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
            found += [n for n in names if names[0] == "sklearn" and n.startswith("_")]
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            found.append(node.attr)
        if isinstance(node, ast.Constant) and node.value in OF_SKLEARN:
            found.append(str(node.value))
    return [name for name in found if name not in OWN]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def own_private_names() -> set[str]:
    """What this package itself defines with an underscore: functions, classes, attributes."""
    own = {"_sklearn", "_exit", *OF_MULTIPROCESSING}  # `_exit` is of os
    for path in FILES:
        for node in ast.walk(parsed(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                own.add(node.name)
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                own.add(node.attr)
    return own


OF_MULTIPROCESSING = {"_worker_handler", "_inqueue", "_rlock", "_outqueue", "_wlock"}
OF_SKLEARN = {"_skl_callbacks", "_metadata_request", "_sklearn_output_config"}
OWN = own_private_names()


def test_only_one_package_uses_private_names_of_scikit_learn() -> None:
    for path in FILES:
        if COMPATIBILITY not in path.parents:
            assert private_sklearn_names(path.read_text()) == [], path


def test_the_detector_detects() -> None:
    assert private_sklearn_names("from sklearn.metrics._scorer import x") == ["_scorer"]
    assert private_sklearn_names("from sklearn.base import _fit_context") == ["_fit_context"]
    assert private_sklearn_names("import sklearn.utils._tags") == ["_tags"]
    assert private_sklearn_names("search._get_scorers()") == ["_get_scorers"]
    assert private_sklearn_names("vars(x)['_skl_callbacks']") == ["_skl_callbacks"]
    assert private_sklearn_names((COMPATIBILITY / "searching.py").read_text())


POSIX_ONLY = {"crypt", "curses", "fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog"}
POSIX_ONLY |= {"termios", "tty"}


def test_everything_imports_on_windows() -> None:
    for path in FILES:
        names = {name.split(".")[0] for name in imported(path.read_text())}
        assert not POSIX_ONLY & names, path


def test_no_import_hides_inside_a_function() -> None:
    for path in FILES:
        for node in ast.walk(parsed(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                hidden = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                assert not hidden, f"{path}:{node.lineno}"


def test_docstrings_open_with_a_noun_or_an_imperative() -> None:
    for path in FILES:
        for node in ast.walk(parsed(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                opening = (ast.get_docstring(node) or " ").partition(" ")[0]
                where = f"{path}:{getattr(node, 'lineno', 1)}"
                assert opening not in {"Who", "Whom", "Whose", "What", "Which"}, where


ROOT = Path(__file__).parents[1]
TOP = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
    "sktune",
    "tests",
    "examples",
    "docs",
}
MADE = {"build", "dist", "__pycache__", "PKG-INFO"}  # the last in what is released


def test_the_top_level_is_the_agreed_one() -> None:
    """Also by tests, nothing is left lying about."""
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {name for name in names - TOP - MADE if not name.endswith(".egg-info")} == set()


TESTS = Path(__file__).parent


def test_no_test_module_is_imported() -> None:
    """What several of them need is in `tests/helpers/`."""
    imports = re.compile(r"^ *(?:from|import) +((?:tests|\.).*)", re.MULTILINE)
    for path in sorted(TESTS.rglob("*.py")):
        for names in imports.findall(path.read_text()):
            assert not re.search(r"\b(test_|conftest)", names), f"{path} imports {names}"
