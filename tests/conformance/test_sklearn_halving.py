"""scikit-learn's own tests: `sklearn.model_selection.tests.test_successive_halving`."""

import pytest

from .halving import HalvingGrid, HalvingRandom, Subsampling, check_keys, top_k
from .transplant import transplant

# scikit-learn's tests warn where they mean to; ours take warnings for errors
pytestmark = pytest.mark.filterwarnings("default")

_SEARCHES = {"HalvingGridSearchCV": HalvingGrid, "HalvingRandomSearchCV": HalvingRandom}
_PARTS = {"_SubsampleMetaSplitter": Subsampling, "_top_k": top_k}

globals().update(
    transplant(
        "sklearn.model_selection.tests.test_successive_halving",
        {
            "sklearn.model_selection": _SEARCHES,
            "sklearn.model_selection._search_successive_halving": _PARTS,
            "sklearn.model_selection.tests.test_search": {"check_cv_results_keys": check_keys},
        },
    )
)
