"""The short way: nothing is left to be fitted but what is fitted last.

Where all that comes before it is known, and `fit` is given no parameters that scikit-learn
would have to route, the last step is fitted on what reaches it, which is what
`Pipeline.fit` would come to. An estimator that is no pipeline has nothing before it.
"""

from __future__ import annotations

from typing import Any

from ..problem import Problem
from ..sharing import Memo, Piece
from ..space.setting import configured
from ..trials import Params


def ready(problem: Problem, params: Params, piece: Piece, memo: Memo) -> list[Piece] | None:
    """The pieces before the last step, if there is nothing else to do.

    Parameters
    ----------
    problem : Problem
    params : mapping
        The candidate.
    piece : Piece
    memo : Memo
    """
    if not piece.chain:
        return []
    last = piece.parts[-1]
    before = piece.before_last
    plain = problem.scored_by_responses and not problem.fit_params and not problem.estimator.verbose
    if not plain or not before or last is None or last.parts:
        return None
    steps = dict(problem.estimator.steps)
    if not {name.partition("__")[0] for name in params} <= steps.keys():
        return None  # it has parameters of the pipeline itself
    sets = ("fit", "test", "train") if problem.return_train_score else ("fit", "test")
    return before if all(memo.has(before[-1], which) for which in sets) else None


def last_step(problem: Problem, params: Params, piece: Piece) -> Any:
    """What a candidate fits last, unfitted."""
    if not piece.chain:
        return configured(problem.estimator, params)
    name, step = problem.estimator.steps[-1]
    mine = {key: value for key, value in params.items() if key.partition("__")[0] == name}
    step = mine.pop(name, step)
    return configured(step, {key.partition("__")[2]: value for key, value in mine.items()})
