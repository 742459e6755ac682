"""Values of all kinds, made anew in every process that asks for them."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import functools
import json
import pathlib
import random
import re
import sys
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from scipy import sparse, stats
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from skopt.space import Categorical, Integer, Real, Space

from sktune.journal.digests import digest


class Colour(enum.Enum):
    RED = 1


class Switch(enum.Flag):
    A = 1
    B = 2


Pair = collections.namedtuple("Pair", "a b")


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.b = self.a = 1


class Texts(list[str]):
    pass


class Scorer:
    """Many attributes, and a bound method."""

    def __init__(self) -> None:
        self.names, self.power = {"b", "a", "c"}, 2

    def score(self, estimator: Any, X: Any, y: Any) -> float:
        return float(np.mean(y) ** self.power)


class Versioned:
    __sktune_version__ = 3

    def __init__(self) -> None:
        self.lock = (i for i in ())


class Weak(BaseEstimator):
    def __init__(self, zeta: int = 1, alpha: Any = None, beta: str = "b") -> None:
        self.zeta, self.alpha, self.beta = zeta, alpha, beta


class Kept:
    """Takes part in clone, and is not scikit-learn's."""

    def __init__(self, power: int) -> None:
        self.power = power
        self.opened = (i for i in ())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"power": self.power}


class Alike:
    """An array of another library."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values)


@functools.lru_cache
def cached(x: int) -> int:
    return x + 1


def adder(n: Any) -> Callable[[Any], Any]:
    return lambda x: x + n


def in_sets(x: Any) -> bool:
    return x in {"one", "two", "three"} and all(x in {"four", "five"} for x in x)


def recursive() -> Callable[[int], int]:
    def factorial(n: int) -> int:
        return n * factorial(n - 1) if n else 1

    return factorial


def pipeline() -> Any:
    columns = make_column_transformer(
        (StandardScaler(), ["a"]), (OneHotEncoder(), make_column_selector("c"))
    )
    return make_pipeline(columns, FunctionTransformer(adder(2)), LogisticRegression(C=3))


def drawn() -> Any:
    source = np.random.RandomState(5)
    source.random_sample(10)
    return source


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": [1, 2],
            "b": ["x", None],
            "c": pd.Categorical(["u", "v"]),
            "d": pd.to_datetime(["2020", "2021"], utc=True),
            "e": pd.array([1, None], dtype="Int64"),
            "f": pd.array(["s", None], dtype="string"),
            "g": pd.period_range("2020", periods=2, freq="D"),
            "h": pd.interval_range(0, 2),
            "i": pd.to_timedelta([1, 2], unit="s"),
        },
        index=["one", "two"],
    )


def columns() -> pl.DataFrame:
    when = [datetime.datetime(2020, 1, 1), None]
    return pl.DataFrame(
        {"a": [1, None], "b": ["x", None], "c": [[1], []], "d": [0.5, 2], "e": when}
    ).with_columns(pl.col("b").cast(pl.Categorical).alias("f"))


def values() -> dict[str, Any]:
    return {
        "none": None,
        "ellipsis": Ellipsis,
        "scalars": [True, 1, -(10**5000), 0.1, float("nan"), 1j, "é\ud800", b"\0", bytearray(b"a")],
        "nested": {"a": [1, (2, {"b": {3.0}})], 1: collections.OrderedDict(a=1)},
        "sets": [{"one", "two", "three", ("a", 1)}, frozenset({"x", "y", None})],
        "range": [range(1, 9, 2), slice(1, None)],
        "enums": [Colour.RED, Switch.A | Switch.B, Colour],
        "paths": pathlib.PurePosixPath("a/b"),
        "times": [
            datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"), fold=1),
            datetime.date(2020, 1, 1),
            datetime.timedelta(3),
            datetime.UTC,
            pd.Timestamp("2020"),
        ],
        "classes": [int, LogisticRegression, list[int], dict[str, "int"]],
        "collections": [
            Pair(1, 2),
            collections.Counter("aab"),
            collections.defaultdict(list, a=[1]),
            collections.deque([1], 3),
            Texts("ab"),
        ],
        "objects": [Slotted(), Versioned(), Kept(2), decimal.Decimal("1.0"), re.compile("a")],
        "numpy": [np.float64(1), np.int8(1), np.str_("a"), np.datetime64("2020")],
        "dtypes": [np.dtype("f4"), np.dtype([("a", "i1"), ("b", "f8")])],
        "arrays": [np.eye(3), np.array([1, None, "a"], object), np.array("2020", "M8[s]")],
        "padded": np.ones(2, np.dtype("i1,f8", align=True)),
        "strided": np.arange(24.0).reshape(2, 3, 4)[:, ::2].T,
        "random": [drawn(), np.random.default_rng(2), np.random.MT19937(1)],
        "global": [np.random.mtrand._rand, np.random.normal],
        "sparse": [kind(np.eye(3)) for kind in SPARSE],
        "distributions": [stats.uniform(0, 2), stats.norm(loc=2), stats.randint(1, 5)],
        "odd_distributions": [
            stats.loguniform(1e-3, 1),
            stats.rv_histogram((np.array([1, 2.0]), np.array([0, 1.0, 2]))),
            stats.multivariate_normal([0, 0]),
            stats.rv_discrete(values=([1, 2], [0.5, 0.5])),
        ],
        "functions": [adder(2), adder(adder("a")), recursive(), in_sets, cached],
        "others_functions": [len, str.upper, [1].append, np.add, np.sum, f1_score, dict.fromkeys],
        "partials": [functools.partial(max, 1, key=len), functools.partial(adder(1), 2)],
        "methods": [Scorer().score, StandardScaler().fit],
        "modules": [np, random],
        "scorers": [make_scorer(f1_score, average="macro"), get_scorer("roc_auc")],
        "splitters": StratifiedKFold(3, shuffle=True, random_state=np.random.RandomState(3)),
        "estimators": [pipeline(), Weak(alpha=Weak()), VotingClassifier([("a", Weak())])],
        "frozen": FrozenEstimator(LogisticRegression().fit([[0], [1]], [0, 1])),
        "output": StandardScaler().set_output(transform="pandas"),
        "search": GridSearchCV(pipeline(), {"logisticregression__C": stats.uniform()}),
        "pandas": frame(),
        "pandas_one_dtype": pd.DataFrame(np.eye(3), columns=list("abc")),
        "pandas_parts": [frame()["b"], frame()["c"], frame().index, frame()["d"].array],
        "indexes": [
            pd.MultiIndex.from_tuples([("a", 1)], names=["x", None]),
            pd.RangeIndex(3),
            pd.CategoricalIndex(["a"]),
            pd.date_range("2020", periods=2),
        ],
        "polars": [columns(), columns()["a"]],
        "array_like": Alike([1.0, 2.0]),
        "dimensions": [
            Real(1e-3, 2, prior="log-uniform", name="a"),
            Integer(1, 4),
            Categorical(["a", "b"]),
            Categorical([(1, 2), None], prior=[0.3, 0.7]),
            Space([(1, 2), (0.1, 2.0), ["a", "b"]]),
        ],
    }


SPARSE = [
    getattr(sparse, f"{name}_{kind}")
    for name in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")
    for kind in ("array", "matrix")
]


def digests() -> dict[str, str]:
    return {name: digest(value) for name, value in values().items()}


def main() -> None:
    json.dump(digests(), sys.stdout)
