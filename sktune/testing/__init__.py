"""Contract suites for pytest, for what you derive from sktune's base classes.

Inherit from a suite and fill in `make`; its tests run with yours. They need pytest and
hypothesis: ``pip install "sktune[test]"``.

>>> from sktune import MedianStoppingPolicy
>>> from sktune.testing import PolicyContract
>>> class TestMedian(PolicyContract):
...     def make(self):
...         return MedianStoppingPolicy()
"""

from .case import Case
from .executors import ExecutorContract
from .observers import ObserverContract
from .path_families import PathFamilyContract
from .policies import PolicyContract
from .strategies import StrategyContract
from .trackers import KeptTrial, TrackerContract

__all__ = [
    "Case",
    "ExecutorContract",
    "KeptTrial",
    "ObserverContract",
    "PathFamilyContract",
    "PolicyContract",
    "StrategyContract",
    "TrackerContract",
]
