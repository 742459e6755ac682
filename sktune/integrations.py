"""A word to other packages of the searches; importing this module tells those that are installed.

skl2onnx goes by the exact class of a model, and so has to be told that searches are converted as
scikit-learn's are, which is as their ``best_estimator_``:

>>> import sktune.integrations
>>> from skl2onnx import to_onnx  # doctest: +SKIP
>>> to_onnx(search, X[:1])  # doctest: +SKIP
"""

from __future__ import annotations

import importlib.util

from sklearn.model_selection import GridSearchCV

from .optional import package
from .searches import BayesSearch, GridSearch, RandomSearch

__all__ = ["register_with_skl2onnx"]

_NAME, _MODULE = "SklearnGridSearchCV", "grid_search_cv"
"""What skl2onnx calls scikit-learn's search, and its own modules for it."""


def register_with_skl2onnx() -> None:
    """Have skl2onnx convert searches as it converts scikit-learn's grid search.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    skl2onnx = package("skl2onnx", "a conversion to ONNX needs it")
    for search in (GridSearch, RandomSearch, BayesSearch):
        skl2onnx.update_registered_converter(
            search,
            _NAME,
            package(f"skl2onnx.shape_calculators.{_MODULE}").convert_sklearn_grid_search_cv,
            package(f"skl2onnx.operator_converters.{_MODULE}").convert_sklearn_grid_search_cv,
            parser=package("skl2onnx._parse").sklearn_parsers_map[GridSearchCV],
            options="passthrough",
        )


if importlib.util.find_spec("skl2onnx") is not None:
    register_with_skl2onnx()
