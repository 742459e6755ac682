"""One thread for BLAS and OpenMP, everywhere: split scores differ by 1e-16 otherwise."""

import gc
import os
from importlib.metadata import version

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

# scikit-learn's tests with arrays that are not numpy's run where scipy knows them
if tuple(map(int, version("scipy").split(".")[:2])) >= (1, 14):
    os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np  # noqa: E402 - the threads must be set first
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_iris  # noqa: E402

# a fit takes as long as it takes, and what a run finds can be run again
settings.register_profile("quick", deadline=None, print_blob=True, max_examples=25)
settings.register_profile("full", deadline=None, print_blob=True, max_examples=200)
settings.load_profile("quick")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at its options
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run all the quick tests in processes, if pytest-xdist is there; few are as fast without."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    option, in_worker = config.option, "PYTEST_XDIST_WORKER" in os.environ
    if (
        whole
        and not in_worker
        and option.markexpr == "not slow"
        and getattr(option, "numprocesses", 0) is None
    ):
        option.numprocesses, option.dist = min(4, os.cpu_count() or 1), "worksteal"


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the garbage collector looks through them once."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def iris() -> tuple[np.ndarray, np.ndarray]:
    return load_iris(return_X_y=True)


@pytest.fixture(scope="session")
def cancer() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_breast_cancer(return_X_y=True)
    return X[::3], y[::3]
