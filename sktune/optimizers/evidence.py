"""The branches of a conditional space of which too little is known to give them up.

What the process expects of a branch with one or two points is mostly what it knows of others, and
what is a little better elsewhere would win each time. So each branch gets a number of candidates
that grows with the search, as slowly as the logarithm: what rules for bandits owe to every arm
(Lai & Robbins, Asymptotically efficient adaptive allocation rules, 1985).

    t candidates, K branches    a branch with fewer than floor(log2(1 + t / K)) of them comes next
"""

from __future__ import annotations

import math

import numpy as np

from ..space import ConditionalSpace
from ..types import Bools
from .base import Seen


def owed(space: ConditionalSpace, seen: Seen) -> Bools:
    """Return which branches have too few candidates, and more to try, shape (n_branches,)."""
    n_branches = len(space.branches)
    tried = np.concatenate([seen.points[:, 0], seen.pending[:, 0]]).astype(np.intp)
    least = math.floor(math.log2(1.0 + len(tried) / n_branches))
    sizes = [space.size_of([branch]) for branch in range(n_branches)]
    enough = [least if size is None else min(least, size) for size in sizes]
    return np.bincount(tried, minlength=n_branches) < np.array(enough)
