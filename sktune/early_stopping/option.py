"""The option of the searches: how long a fit goes on without improvement, and on which samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..messages import in_short
from ..space.dimensions import is_count, is_number

TEST = "test"
"""Stands for the test samples of the split in the place of validation samples."""

SCORING = "scoring"
"""Stands for the scoring of the search in the place of a booster's own metric."""

_REFITS = ("scaled", "mean", "validate")


@dataclass(frozen=True)
class EarlyStopping:
    """Let each fit of boosting find its own number of rounds, on samples that are held out for it.

    Of the training samples of each split a part is held out. All steps of a pipeline are fitted on
    the rest; the booster is told how it does on that part after each round, and stopped when it has
    not improved for a while. What is scored, on the untouched test samples, is the booster with its
    best number of rounds; if it was never stopped, with all of them.

    Parameters
    ----------
    rounds : int, default=50
        So many rounds without improvement stop a fit.
    validation : float, int, splitter or "test", default=0.1
        How many of a split's training samples are held out: a share, or a number of them. They are
        drawn by classes for classifiers; whole groups where the splits keep groups apart; the last
        ones where the splits go forward in time. Of a splitter the first split is taken; it is
        given the training samples, and their groups. "test" holds out nothing and uses the test
        samples: faster, and optimistic, because the number of rounds has then seen what it is
        scored on.
    metric : str, callable or None, default=None
        By which a fit is stopped: the booster's own metric by default, another one of the booster's
        by name or as it takes it, or "scoring" for what the search goes by, which takes longer.
    refit : "scaled", "mean", "validate" or int, default="scaled"
        With how many rounds the best candidate is fitted on all data: with those of its splits on
        average, scaled to the larger sample (by the root of how much larger it is, up to as many
        as there may be) or as they are;
        early stopping once more, with a part of all data held out; or a number of rounds.

    See Also
    --------
    BoostingFamily : All that early stopping needs to know of a kind of estimators.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sktune import EarlyStopping, GridSearch
    >>> model = HistGradientBoostingClassifier(max_iter=500, random_state=0)
    >>> search = GridSearch(model, {"learning_rate": [0.1, 0.3]}, early_stopping=EarlyStopping(10))
    >>> search = search.fit(*load_breast_cancer(return_X_y=True))
    >>> search.best_n_rounds_ < 500
    True
    """

    rounds: int = 50
    validation: Any = 0.1
    metric: Any = None
    refit: Any = "scaled"

    def check(self) -> None:
        """Refuse what cannot work.

        Raises
        ------
        ValueError, TypeError
            Naming the parameter, and what to pass.
        """
        told = "early_stopping: EarlyStopping"
        if not is_count(self.rounds):
            raise ValueError(
                f"{told}(rounds={in_short(self.rounds)}); pass a whole number of rounds without "
                "improvement, 1 or more."
            )
        held = self.validation
        if not (held == TEST if isinstance(held, str) else hasattr(held, "split")):
            is_share = is_number(held) and 0 < held < 1
            if isinstance(held, type) or not (is_share or is_count(held)):
                raise ValueError(
                    f"{told}(validation={in_short(held)}); pass a share of the training samples "
                    "between 0 and 1, a number of them, a splitter such as "
                    "GroupShuffleSplit(1, test_size=0.1, random_state=0), or 'test'."
                )
        metric = self.metric  # CatBoost's are objects
        is_known = metric is None or isinstance(metric, str) or callable(metric)
        if not is_known and (isinstance(metric, type) or not hasattr(metric, "evaluate")):
            raise TypeError(
                f"{told}(metric={in_short(self.metric)}); pass None for the booster's own metric, "
                "another one as the booster takes it, by name or itself, or 'scoring' for the "
                "search's."
            )
        if not (is_count(self.refit) or (isinstance(self.refit, str) and self.refit in _REFITS)):
            raise ValueError(
                f"{told}(refit={in_short(self.refit)}); pass 'scaled', 'mean', 'validate', or a "
                "whole number of rounds."
            )
