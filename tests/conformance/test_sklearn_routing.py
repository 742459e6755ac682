"""scikit-learn's own tests: `sklearn.tests.test_metaestimators_metadata_routing`."""

import pytest

from .transplant import transplant

# scikit-learn's tests warn where they mean to; ours take warnings for errors
pytestmark = pytest.mark.filterwarnings("default")

globals().update(transplant("sklearn.tests.test_metaestimators_metadata_routing"))
