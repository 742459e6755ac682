"""Values to be digested."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

scalars = (
    st.sampled_from([0, 0.0, -0.0, False, 1, 1.0, True, "", "a", "b", "ab", b"", b"ab", None])
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=3)
    | st.binary(max_size=2)
    | st.sampled_from([np.float64(1), np.float32(1), np.int64(1), np.bool_(1), np.str_("a")])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["a", "b", "ab", 1, None]), inner, max_size=3)
        | st.dictionaries(st.text(max_size=1), inner, max_size=2).map(collections.OrderedDict)
    ),
    max_leaves=6,
)


def made(source: str, file: str = "<test>", **names: Any) -> Any:
    """Compile a function; its name is ``f``."""
    space = {"__name__": "made", **names}
    exec(compile(source, file, "exec"), space)
    return space["f"]


def attribute(value: Any, **attributes: Any) -> Any:
    vars(value).update(attributes)
    return value


class Holder:
    """An object with attributes of any kind."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def method(self) -> None:
        pass

    def other(self) -> int:
        return 1


class Other(Holder):
    pass


def pipeline(C: Any) -> Any:
    return make_pipeline(
        ColumnTransformer([("a", StandardScaler(), [0])]),
        make_pipeline(StandardScaler(), LogisticRegression(C=C)),
    )
