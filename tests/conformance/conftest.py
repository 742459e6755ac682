"""Fixtures of scikit-learn's own conftest that its tests need in some releases."""

from collections.abc import Iterator

import pytest
from sklearn import config_context

from .transplant import REPLACED


@pytest.fixture
def print_changed_only_false() -> Iterator[None]:
    with config_context(print_changed_only=False):
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what scikit-learn's tests of routing do with meta-estimators of its own."""
    others = [item for item in items if _is_about_others(item)]
    items[:] = [item for item in items if item not in set(others)]
    config.hook.pytest_deselected(items=others)


def _is_about_others(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    about = None if callspec is None else callspec.params.get("metaestimator")
    if not isinstance(about, dict) or "metaestimator" not in about:
        return False
    return about["metaestimator"] not in REPLACED.values()
