"""The environment of a search: all beside the problem that its scores may depend on.

An environment is plain data, as JSON has them:

- ``python``, ``platform``, ``cpu``, ``n_cpus``: of the machine;
- ``blas``: the libraries of linear algebra and threads, each with ``version``, ``architecture``
  and ``threads``;
- ``versions``: of the packages that took part, by the names they are imported by;
- ``n_jobs``: how many fits ran at the same time;
- ``seeds``: every ``random_state`` and ``seed`` that is a number;
- ``git``: the ``commit`` of the script, or of the working directory, and whether it is ``dirty``;
  None where there is no repository;
- ``data``: digests of X, y and the splits, as far as they are known.
"""

from .differences import Difference, Differences, differences, rows
from .gathering import Environment, Moment, completed, here, seeds_of
from .packages import versions_of

__all__ = [
    "Difference",
    "Differences",
    "Environment",
    "Moment",
    "completed",
    "differences",
    "here",
    "rows",
    "seeds_of",
    "versions_of",
]
