"""What `import sktune` loads: not what few searches use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import sktune

OPTIONAL = {"skopt", "pandas", "polars", "pyarrow", "lightgbm", "xgboost", "matplotlib", "rich"}
OF_TESTS = {"hypothesis", "pytest", "psutil", "IPython"}
OF_SKLEARN = {
    f"sklearn.{name}"
    for name in (
        *("cluster", "compose", "cross_decomposition", "decomposition", "discriminant_analysis"),
        *("ensemble", "feature_extraction.text", "feature_selection", "gaussian_process"),
        *("linear_model", "mixture", "neighbors", "neural_network", "svm", "tree"),
    )
}


def test_what_few_searches_use_is_not_imported() -> None:
    """Neither by the import nor by a search that has no use for it.

    Nor matplotlib by what makes figures, nor a path family that is not met. And dimensions of
    scikit-optimize's are known when the user has imported it later.
    """
    code = """if True:
        import sys
        import sklearn.model_selection
        theirs = set(sys.modules)
        import sktune
        before = set(sys.modules) - theirs
        from sklearn.dummy import DummyClassifier
        X, y = [[0.0]] * 20, [0, 1] * 10
        sktune.GridSearch(DummyClassifier(), {"random_state": [0, 1]}, n_jobs=1, cv=2).fit(X, y)
        later = {"sktune.looking", "sktune.tracking", "sktune.spaces"}
        assert not later & set(sys.modules)
        import sktune.looking
        print(*before, "then", *set(sys.modules) - theirs)
        from sklearn.svm import SVC
        from sktune.paths import registered, searched_in_common
        files = {f"sktune.paths.{known.file}" for known in sktune.paths.registry._KNOWN.values()}
        assert "gamma" in searched_in_common(SVC)
        assert not files & set(sys.modules)
        registered(SVC())
        assert files & set(sys.modules) == {"sktune.paths.saturation"}
        from sktune.space import Choices, Real
        from sktune.space.shorthands import expand
        assert "skopt" not in sys.modules
        from skopt.space import Categorical, Real as Theirs
        assert isinstance(expand("C", Theirs(1.0, 2.0), "space"), Real)
        assert isinstance(expand("C", Categorical(["a", "b"]), "space"), Choices)
        for name in (*sktune.__all__, *dir(sktune)):
            assert getattr(sktune, name) is not None
        assert not hasattr(sktune, "searching")
        """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = (set(modules.split()) for modules in run.stdout.split("then"))
    few = OPTIONAL | OF_TESTS | OF_SKLEARN
    assert "sktune.searches.grid" in before
    assert few & before == set()
    assert few & after == set()


def test_optional_packages_are_imported_by_name_where_they_are_used() -> None:
    """scikit-learn may import some of them itself, so it does not show in what is loaded."""
    for path in Path(sktune.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for_types = {
            node
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
            for node in block.body
        }
        for node in set(ast.walk(tree)) - for_types:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(node.module or "")
            # `sktune.testing` is for tests, and imported by nothing else
            few = OPTIONAL if "testing" in path.parts else OPTIONAL | OF_TESTS
            assert not few & {name.split(".")[0] for name in names}, path


def test_few_modules_of_the_engine_know_joblib() -> None:
    """What others need of it they ask executors for."""
    engine = Path(sktune.__file__).parent / "engine"
    known = set()
    for path in engine.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import(names):
                    modules = [alias.name for alias in names]
                case ast.ImportFrom(module=str(module), level=0):
                    modules = [module]
                case _:
                    continue
            if any(module.partition(".")[0] == "joblib" for module in modules):
                known.add(path.relative_to(engine).as_posix())
    few = ("dask_worker", "inner_threads", "joblib_settings", "loky_workers",
           "multiprocessing_workers", "pools", "waves")  # fmt: skip
    assert known == {f"executors/{name}.py" for name in few}
