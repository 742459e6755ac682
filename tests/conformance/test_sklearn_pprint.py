"""scikit-learn's own tests: `sklearn.utils.tests.test_pprint`."""

import pytest

from .transplant import transplant

# scikit-learn's tests warn where they mean to; ours take warnings for errors
pytestmark = pytest.mark.filterwarnings("default")

globals().update(transplant("sklearn.utils.tests.test_pprint"))
