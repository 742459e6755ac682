"""scikit-learn's own tests: `sklearn.model_selection.tests.test_search`."""

import pytest

from .transplant import transplant

# scikit-learn's tests warn where they mean to; ours take warnings for errors
pytestmark = pytest.mark.filterwarnings("default")

globals().update(transplant("sklearn.model_selection.tests.test_search"))
