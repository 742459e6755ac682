"""Figures of a search, as scikit-learn's displays: from the search, its results or its journal."""

from .advice import Advice, Finding, advise
from .beliefs import Beliefs
from .curves import Curves, CurvesDisplay
from .display import Display
from .folds import Folds, FoldsDisplay
from .history import History, HistoryDisplay
from .importances import Importances, ImportancesDisplay
from .out_of_fold import OutOfFoldDisplay, OutOfFoldErrors
from .overview import overview
from .parallel import ParallelCoordinates, ParallelCoordinatesDisplay
from .param_axis import ParamAxis
from .param_effects import ParamEffects, ParamEffectsDisplay
from .param_pair import ParamPair, ParamPairDisplay
from .record import Record
from .report import Report, report
from .rivals import Rivals, RivalsDisplay
from .rungs import Rungs, RungsDisplay
from .score_time import ScoreTime, ScoreTimeDisplay
from .several_metrics import SeveralMetrics, SeveralMetricsDisplay
from .timeline import Timeline, TimelineDisplay

__all__ = [
    "Advice",
    "Beliefs",
    "Curves",
    "CurvesDisplay",
    "Display",
    "Finding",
    "Folds",
    "FoldsDisplay",
    "History",
    "HistoryDisplay",
    "Importances",
    "ImportancesDisplay",
    "OutOfFoldDisplay",
    "OutOfFoldErrors",
    "ParallelCoordinates",
    "ParallelCoordinatesDisplay",
    "ParamAxis",
    "ParamEffects",
    "ParamEffectsDisplay",
    "ParamPair",
    "ParamPairDisplay",
    "Record",
    "Report",
    "Rivals",
    "RivalsDisplay",
    "Rungs",
    "RungsDisplay",
    "ScoreTime",
    "ScoreTimeDisplay",
    "SeveralMetrics",
    "SeveralMetricsDisplay",
    "Timeline",
    "TimelineDisplay",
    "advise",
    "overview",
    "report",
]
