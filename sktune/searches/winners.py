"""How good the best candidate really is, and how sure it is that it is the best."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..optional import package
from ..results import correlated_t, selection_bias, split_scores
from ..space.dimensions import is_number
from ..trials import SINGLE


class Winning:
    """Looks at the best candidate of a fitted search. Mixed in."""

    refit: Any
    multimetric_: bool
    cv_results_: dict[str, Any]
    best_index_: int
    _test_share: float
    _rivals = slice(None)  # rows that compare with the best; of one rung, where there are rungs

    @property
    def best_score_bias_(self) -> float:
        """By how much `best_score_` is likely to be too high, because it is the best of many.

        From the scores of the splits alone: `best_score_` less what the candidates score on each
        split that are the best without it. nan where candidates were not evaluated on several
        splits; not there where `refit` is a callable, which has no `best_score_` either. Under
        successive halving it is that of the choice on the last rung, and nan if there was none:
        what the choice of those who get there adds is not known.
        """
        check_is_fitted(self, "best_index_")
        if callable(self.refit):
            raise AttributeError("refit is a callable, so there is no best_score_ to be too high")
        scores = self._sound_scores()
        alone = len(scores) == 1 and len(self.cv_results_["params"]) > 1
        return float("nan") if alone and "iter" in self.cv_results_ else selection_bias(scores)

    def compare(self, rope: float = 0.01, *, probability: float = 0.95) -> Any:
        """Compare every candidate with the best one; under successive halving, of its rung.

        Parameters
        ----------
        rope : float, default=0.01
            Difference of scores that does not matter: the region of practical equivalence.
        probability : float, default=0.95
            With which the true difference is within the interval.

        Returns
        -------
        table : pandas.DataFrame
            A row a candidate, by its row in ``cv_results_``: ``params``, ``mean_test_score``,
            ``difference`` to the best on the splits that both have, the interval ``low`` to
            ``high``, and the probabilities ``p_worse``, ``p_equal`` and ``p_better`` that it is
            worse by more than `rope`, practically equal, or better, by a Bayesian correlated
            t-test.

        Raises
        ------
        ImportError
            Without pandas.

        References
        ----------
        Benavoli, Corani, Demsar & Zaffalon (2017), section 3.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> from sktune import GridSearch
        >>> search = GridSearch(KNeighborsClassifier(), {"n_neighbors": [1, 6, 100]})
        >>> table = search.fit(*load_iris(return_X_y=True)).compare(rope=0.02)
        >>> table[["difference", "p_worse", "p_equal"]].round(2)
           difference  p_worse  p_equal
        0       -0.02      0.5     0.48
        1        0.00      0.0     1.00
        2       -0.33      1.0     0.00
        """
        check_is_fitted(self, "best_index_")
        if not is_number(rope, least=0):
            raise ValueError(f"rope={rope!r}; pass a difference of scores, 0 or more")
        if not (is_number(probability, least=0, most=1) and 0 < probability < 1):
            raise ValueError(f"probability={probability!r}; pass a number between 0 and 1")
        pandas = package("pandas", "compare makes a pandas.DataFrame")
        scores = split_scores(self.cv_results_, self._deciding)
        rows = [
            asdict(
                correlated_t(
                    one - scores[self.best_index_],
                    rho=self._test_share,
                    rope=rope,
                    probability=probability,
                )
            )
            for one in scores[self._rivals]
        ]
        index = range(len(scores))[self._rivals]
        table = pandas.DataFrame(rows, index=index)
        mean = f"mean_test_{self._deciding}"
        table.insert(0, "params", self.cv_results_["params"][self._rivals])
        table.insert(1, mean, self.cv_results_[mean][self._rivals])
        return table

    @property
    def _deciding(self) -> str:
        """The metric by which the best was chosen."""
        return self.refit if self.multimetric_ and isinstance(self.refit, str) else SINGLE

    def _sound_scores(self) -> Any:
        """Scores of candidates that were evaluated on all splits without a failure."""
        rows = self._rivals
        scores = split_scores(self.cv_results_, self._deciding)[rows]
        return scores[np.asarray(self.cv_results_["status"])[rows] == "ok"]
