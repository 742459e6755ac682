"""Plain values of every kind, for hypothesis."""

from __future__ import annotations

import collections

import numpy as np
from hypothesis import strategies as st

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
