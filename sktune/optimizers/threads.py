"""One thread for linear algebra: what is proposed must not depend on how many there are."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from typing import Any

import scipy.linalg  # noqa: F401 - so that its BLAS is loaded when the libraries are listed
from threadpoolctl import ThreadpoolController


@functools.cache
def _libraries() -> ThreadpoolController:
    """List the libraries once: it takes as long as a suggestion."""
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread within a ``with`` block."""
    limit: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limit
