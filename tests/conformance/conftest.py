"""Fixtures of scikit-learn's own conftest that its tests need in some releases."""

from collections.abc import Iterator

import pytest
from sklearn import config_context

from .transplant import REPLACED


@pytest.fixture
def print_changed_only_false() -> Iterator[None]:
    with config_context(print_changed_only=False):
        yield


NOT_OURS = {
    "test_unsupported_sample_weight_scorer": "the first of its scorers is a metric, and refused; "
    "tests/searches/test_scorers.py has the others.",
    "test_base_estimator_inputs": "it takes it that set_params is called for fits alone; here "
    "names are looked at before. tests/searches/test_halving.py says what reaches fit.",
    "must yield consistent folds": "splits are drawn once, so any splitter will do.",
}
"""Of scikit-learn's tests of searches."""

LONG = (
    "test_search_with_2d_array", "test_aggressive_elimination", "test_n_iterations",
    "test_min_max_resources",
)  # fmt: skip
"""Of scikit-learn's tests those that take seconds: in the plain run every third case."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not about our classes, or is not to be; defer most of what takes long."""
    for name in LONG:
        cases = [item for item in items if item.name.partition("[")[0] == name]
        for number, case in enumerate(cases, start=1):
            if number % 3:
                case.add_marker(pytest.mark.slow)
    others = [
        item
        for item in items
        if _is_about_others(item) or any(name in item.nodeid for name in NOT_OURS)
    ]
    items[:] = [item for item in items if item not in set(others)]
    config.hook.pytest_deselected(items=others)


def _is_about_others(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    params = {} if callspec is None else callspec.params
    about = params.get("metaestimator")  # of its tests of routing
    if isinstance(about, dict) and "metaestimator" in about:
        return about["metaestimator"] not in REPLACED.values()
    if item.name.startswith("test_meta_estimators_delegate_data_validation["):
        return type(params["estimator"]) not in REPLACED.values()
    return False
