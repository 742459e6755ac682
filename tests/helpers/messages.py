"""What searches say that refuse to be fitted."""

from __future__ import annotations

import traceback
import warnings
from typing import Any

import numpy as np
import pytest

X2, y2 = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


def refusal(search: Any, X: Any = X2, y: Any = y2, **params: Any) -> str:
    """Return what a search says that cannot be fitted; nothing else may be said."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((ValueError, TypeError)) as caught:
            search.fit(X, y, **params)
    assert len("".join(traceback.format_exception(caught.value)).splitlines()) < 60
    return str(caught.value)
