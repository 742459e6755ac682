"""Hyper-parameter search for scikit-learn: swap an import, keep everything."""

import importlib
from typing import TYPE_CHECKING, Any

import sklearn.model_selection  # noqa: F401 - first, as a whole: piece by piece, among our modules, takes longer

from .early_stopping import BoostingFamily, Curve, EarlyStopping, register_boosting
from .engine import Executor
from .events import Observer, SearchInfo
from .journal import read_journal, same_environment
from .paths import PathFamily, register_path
from .policies import (
    BanditPolicy,
    ImprovementExhausted,
    MedianStoppingPolicy,
    NoImprovement,
    RacingPolicy,
    StopRule,
    TargetScore,
    TerminationPolicy,
    TruncationSelectionPolicy,
)
from .replay import replay
from .results import one_standard_error, practically_equal
from .searches import BayesSearch, GridSearch, RandomSearch
from .space import quantized
from .strategies import Strategy, SuccessiveHalving

if TYPE_CHECKING:
    from .looking import Report
    from .observers.live_view import LiveView
    from .searches.nested import nested_cross_validate
    from .spaces import space_for

__all__ = [
    "BanditPolicy",
    "BayesSearch",
    "BoostingFamily",
    "Curve",
    "EarlyStopping",
    "Executor",
    "GridSearch",
    "ImprovementExhausted",
    "LiveView",
    "MedianStoppingPolicy",
    "NoImprovement",
    "Observer",
    "PathFamily",
    "RacingPolicy",
    "RandomSearch",
    "Report",
    "SearchInfo",
    "StopRule",
    "Strategy",
    "SuccessiveHalving",
    "TargetScore",
    "TerminationPolicy",
    "TruncationSelectionPolicy",
    "nested_cross_validate",
    "one_standard_error",
    "practically_equal",
    "quantized",
    "read_journal",
    "register_boosting",
    "register_path",
    "replay",
    "same_environment",
    "space_for",
]
__version__ = "1.0.0rc1"

_MODULES = {
    "early_stopping",
    "environment",
    "exceptions",
    "integrations",
    "looking",
    "objective",
    "optimizers",
    "paths",
    "policies",
    "results",
    "searches",
    "space",
    "strategies",
    "testing",
    "tracking",
    "trials",
}
"""Modules with names that the documentation has; the others are the package's own."""

_LATER = {
    "LiveView": "observers.live_view",
    "Report": "looking",
    "nested_cross_validate": "searches.nested",
    "space_for": "spaces",
}
"""Names that are loaded when they are asked for, as most programs do not; and where they are."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _LATER:
        return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__", *_MODULES})
