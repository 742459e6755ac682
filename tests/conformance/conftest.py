"""Fixtures of scikit-learn's own conftest that its tests need in some releases."""

from collections.abc import Iterator

import pytest
from sklearn import config_context


@pytest.fixture
def print_changed_only_false() -> Iterator[None]:
    with config_context(print_changed_only=False):
        yield
