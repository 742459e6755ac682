"""Nine real data sets that come with packages, to choose settings on.

None of them is among those that `tests.benchmarks.early_stopping` is judged by. Four come with
statsmodels, two with matplotlib, two with scikit-learn's tests; of large ones 1,500 samples are
drawn (of chess 900). The packages are looked for, and not imported.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def file_of(package: str, name: str) -> Path:
    """Return a file that comes with a package."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"{name} comes with {package}: pip install {package}")
    return Path(found.origin).parent / name


def coded(table: Any) -> Any:
    """Have numbers in the place of texts."""
    texts = table.select_dtypes(exclude="number").columns
    codes = {name: table[name].astype("category").cat.codes for name in texts}
    return table.assign(**codes).to_numpy(float)


def drawn(X: Any, y: Any, n: int = 1500) -> tuple[Any, Any]:
    rows = np.random.default_rng(0).permutation(len(y))[:n] if len(y) > n else slice(None)
    return np.asarray(X, float)[rows], np.asarray(y)[rows]


def of_statsmodels(name: str) -> Any:
    return pd.read_csv(file_of("statsmodels", f"datasets/{name}/{name}.csv"))


def affairs() -> tuple[Any, Any]:
    table = of_statsmodels("fair")
    return drawn(table.drop(columns="affairs"), (table["affairs"] > 0).astype(int))


def elections() -> tuple[Any, Any]:
    file = file_of("statsmodels", "datasets/anes96/anes96.csv")
    table = pd.read_csv(file, sep=r"\s+", quotechar="'")
    return drawn(table.drop(columns=["vote", "PID", "DoleLR", "ClinLR"]), table["vote"].astype(int))


def births() -> tuple[Any, Any]:
    table = pd.read_csv(file_of("statsmodels", "treatment/tests/results/cataneo2.csv"))
    return drawn(coded(table.drop(columns=["bweight", "lbweight"])), table["bweight"].astype(float))


def doctors() -> tuple[Any, Any]:
    table = of_statsmodels("randhie")
    return drawn(table.drop(columns="mdvis"), np.log1p(table["mdvis"].astype(float)))


def carbon() -> tuple[Any, Any]:
    """This week's change of carbon dioxide by those of the twelve weeks before."""
    change = np.diff(of_statsmodels("co2")["co2"].interpolate().to_numpy(float))
    n = len(change) - 12
    return drawn(
        np.column_stack([*(change[i : n + i] for i in range(12)), np.arange(n) % 52]), change[12:]
    )


def portrait() -> tuple[Any, Any]:
    """The brightness of a pixel of a photograph by those around."""
    from PIL import Image

    file = file_of("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")
    image, rng = np.asarray(Image.open(file).convert("RGB"), float), np.random.default_rng(0)
    down, right = (rng.integers(8, size - 8, 1500) for size in image.shape[:2])
    around = [(6 * i, 6 * j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    X = np.column_stack([image[down + i, right + j] for i, j in around])
    return X, image[down, right].mean(axis=1)


def elevations() -> tuple[Any, Any]:
    with np.load(file_of("matplotlib", "mpl-data/sample_data/jacksboro_fault_dem.npz")) as file:
        heights, rng = file["elevation"].astype(float), np.random.default_rng(0)
    down, right = (rng.integers(0, size, 1500) for size in heights.shape)
    X = np.column_stack([down, right, down + right, down - right])
    return X.astype(float), heights[down, right]


def of_openml(name: str, quote: str) -> Any:
    """Read a data set that scikit-learn is tested with."""
    file = file_of("sklearn", f"datasets/tests/data/openml/{name}.arff.gz")
    lines = gzip.decompress(file.read_bytes()).decode(errors="replace").splitlines()
    names = [line.split()[1].strip("'\"") for line in lines if line.lower().startswith("@attr")]
    [begin] = [k for k, line in enumerate(lines) if line.lower().startswith("@data")]
    rows = "\n".join(row for row in lines[begin + 1 :] if row.strip() and row[0] != "%")
    options: dict[str, Any] = {"na_values": "?", "quotechar": quote, "skipinitialspace": True}
    return pd.read_csv(io.StringIO(rows), header=None, names=names, **options)


def titanic() -> tuple[Any, Any]:
    table = of_openml("id_40945/data-v1-dl-16826755", '"')
    numbers = table[["pclass", "age", "sibsp", "parch", "fare"]].apply(
        pd.to_numeric, errors="coerce"
    )
    texts = coded(table[["sex", "embarked", "ticket"]])
    return np.column_stack([numbers.to_numpy(float), texts]), table["survived"].to_numpy(int)


def chess() -> tuple[Any, Any]:
    table = of_openml("id_3/data-v1-dl-3", "'")
    return drawn(coded(table.iloc[:, :-1]), coded(table.iloc[:, -1:])[:, 0].astype(int), 900)


SETS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "affairs": affairs,
    "elections": elections,
    "births": births,
    "doctors": doctors,
    "CO2": carbon,
    "portrait": portrait,
    "Titanic": titanic,
    "chess": chess,
    "elevations": elevations,
}
