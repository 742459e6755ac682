"""What it costs to find out the environment of a search, in milliseconds.

Run as ``python -m tests.benchmarks.environment``. The first search of a process finds out what the
machine is; later ones ask it again for threads, packages, seeds and the commit. The rest of a fit
is there to compare with.
"""

from __future__ import annotations

import time
from statistics import median

from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.searches import setup

RUNS = 50


def main() -> None:
    seconds: list[float] = []
    whole = setup.environment_around

    def timed(*given: object) -> object:
        start = time.perf_counter()
        found = whole(*given)  # type: ignore[arg-type] # what it is given
        seconds.append(time.perf_counter() - start)
        return found

    setup.environment_around = timed  # type: ignore[assignment] # of the same signature
    X, y = load_iris(return_X_y=True)
    search = GridSearch(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.1, 1, 10]})
    fits = []
    for _ in range(RUNS):
        start = time.perf_counter()
        search.fit(X, y)
        fits.append(time.perf_counter() - start)
    first, *later = (1e3 * s for s in seconds)
    print(f"first {first:.2f}, later {median(later):.2f} (up to {max(later):.2f})")
    print(f"a whole fit of three candidates {1e3 * median(fits[1:]):.1f}")


if __name__ == "__main__":
    main()
