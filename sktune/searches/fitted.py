"""The attributes and questions of a search that has been run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ..background import background_of
from ..environment import Environment, Moment, completed
from ..optional import package
from ..results import (
    EndedBy,
    OutOfFold,
    SharedWork,
    compare,
    correlated_t,
    selection_bias,
    split_scores,
    summary_line,
    trials_frame,
)
from ..results.failures import Stories
from ..space.dimensions import is_number
from ..strategies.importances import Importance
from ..trials import SINGLE
from .honest import look_up
from .options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from ..looking import Advice


def _looking() -> Any:
    """Return the package of figures, which most programs never ask for."""
    return package("sktune.looking")


class FittedSearch(Options):
    """A search as it is when it has been run: all that is worked out of what `fit` has left."""

    best_estimator_: Any
    best_index_: int
    best_params_: dict[str, Any]
    best_score_: float
    checkpoint_: str
    cv_results_: dict[str, Any]
    ended_by_: EndedBy
    multimetric_: bool
    n_splits_: int
    refit_time_: float
    scorer_: Any

    # where scikit-learn's diagram links to
    _doc_link_module = "sktune"
    _doc_link_template = (
        "https://sktune.readthedocs.io/en/stable/generated/sktune.{estimator_name}.html"
    )

    # rows of `cv_results_` that compare with the best: those of its rung, where there are rungs
    _rivals = slice(None)
    _test_share: float
    _shared: tuple[dict[str, tuple[int, int]], float]
    # where the clock of the search began, and when, how long and by which worker outcomes came
    _id: str
    _resumed_at: float
    _ended = ""  # why, and how far it is, where it did not try everything
    _timing: dict[str, Any]
    _stories: Stories
    # models of the best candidate, and what they respond
    _kept: Mapping[str, Any] | None = None
    _environment: Environment | Moment
    _rounds: list[list[tuple[Any, ...] | None]]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fit_is_finished")

    def __dir__(self) -> list[str]:
        # scikit-learn's tests compare what is listed with what a search of its own has
        hidden = {
            "best_score_bias_",
            "ended_by_",
            "environment_",
            "param_importances_",
            "trials_",
        }
        if self.keep is None:
            hidden |= {"fold_estimators_", "out_of_fold_"}
        if not (isinstance(self.estimator, Pipeline) and "_shared" in vars(self)):
            hidden.add("sharing_")
        return [name for name in super().__dir__() if name not in hidden]

    @property
    def _repr_html_(self) -> Callable[[], str]:
        diagram: Callable[[], str] = super()._repr_html_  # type: ignore[misc] # scikit-learn's
        return lambda: diagram() + self._summary_html

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc] # likewise
        if "text/html" in bundle:
            bundle["text/html"] += self._summary_html
        return bundle

    @property
    def _summary_html(self) -> str:
        """The result in a line, below the diagram; empty while there is none."""
        if "cv_results_" not in vars(self):
            return ""
        score = vars(self).get("best_score_")
        line = summary_line(self.cv_results_, score, vars(self).get("ended_by_"))
        return f"<p>{escape(line)}</p>"

    @property
    def environment_(self) -> Environment:
        """The machine, the libraries, seeds, commit and data with which the search was run."""
        check_is_fitted(self, "_environment")
        return completed(self._environment)

    @property
    def sharing_(self) -> SharedWork:
        """Counts of the work that candidates had in common, and that was done once."""
        check_is_fitted(self, "_shared")
        return SharedWork(*self._shared)  # kept in plain types, which skops need not trust

    @property
    def fold_estimators_(self) -> list[Any]:
        """The best candidate as it was fitted on each split, in the order of the splits."""
        return list(look_up("fold_estimators_", self.keep, self._kept))

    @property
    def out_of_fold_(self) -> OutOfFold:
        """The best candidate's responses to samples that it was not fitted on."""
        return OutOfFold(**look_up("out_of_fold_", self.keep, self._kept))

    @property
    def best_score_bias_(self) -> float:
        """By how much `best_score_` is likely to be too high, because it is the best of many.

        From the scores of the splits alone: `best_score_` less what the candidates score on each
        split that are the best without it. nan where candidates were not evaluated on several
        splits; not there where `refit` is a callable, which has no `best_score_` either. Under
        successive halving it is that of the choice on the last rung, and nan if there was none:
        what the choice of those that get there adds is not known.
        """
        check_is_fitted(self, "best_index_")
        if callable(self.refit):
            raise AttributeError("refit is a callable, so there is no best_score_ to be too high")
        rows = self._rivals
        scores = split_scores(self.cv_results_, self._deciding)[rows]
        scores = scores[np.asarray(self.cv_results_["status"])[rows] == "ok"]
        alone = len(scores) == 1 and len(self.cv_results_["params"]) > 1
        return float("nan") if alone and "iter" in self.cv_results_ else selection_bias(scores)

    @property
    def trials_(self) -> DataFrame:
        """The rows of `cv_results_` as a data frame, one column a parameter, the best first."""
        check_is_fitted(self, "cv_results_")
        metric = self._deciding
        if f"mean_test_{metric}" not in self.cv_results_:  # several metrics, none of which decides
            metric = _looking().Record.of(self).metric
        return trials_frame(self.cv_results_, metric, getattr(self, "best_index_", None))

    @property
    def param_importances_(self) -> list[Importance]:
        """The importance of each parameter that varies: name, importance and standard error."""
        check_is_fitted(self, "cv_results_")
        try:
            looking = _looking()
            found: list[Importance] = looking.Beliefs(looking.Record.of(self)).importances()
        except ValueError as exc:
            raise AttributeError(f"param_importances_: {exc}") from None
        return found

    def plot(self, *, metric: str | None = None) -> Figure:
        """Draw the six figures that answer most questions; see `sktune.looking` for all of them.

        Did it converge? What mattered? Where is the good region? Is the winner really better? What
        did time buy? What was stopped?

        Parameters
        ----------
        metric : str, optional
            Which is shown, where there are several; by default the one that decides.

        Returns
        -------
        figure : matplotlib Figure
            To be saved by its ``savefig``; a notebook shows it.

        Raises
        ------
        ImportError
            Without matplotlib: ``pip install "sktune[plots]"``.
        """
        check_is_fitted(self, "cv_results_")
        figure: Figure = _looking().overview(self, metric=metric)
        return figure

    def report(self, path: str | os.PathLike[str], *, metric: str | None = None) -> None:
        """Write a report: one file with all figures and trials, to be opened in a browser.

        Parameters
        ----------
        path : str or path-like
            The file to be written, such as ``"report.html"``; what is there is replaced.
        metric : str, optional
            Which is shown, where there are several; by default the one that decides.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self, "cv_results_")
        _looking().report(self, path, metric=metric)

    def advise(self, *, metric: str | None = None) -> Advice:
        """Tell what the search itself would advise: findings with their evidence, or as text.

        Is the best value at the edge of its range? Does tuning pay? Are the scores too noisy? Is
        another candidate as good and cheaper? See `sktune.looking.advise`.

        Parameters
        ----------
        metric : str, optional
            Which is looked at, where there are several; by default the one that decides.

        Returns
        -------
        advice : Advice
            A sequence of findings, the most useful first.
        """
        check_is_fitted(self, "cv_results_")
        advice: Advice = _looking().advise(self, metric)
        return advice

    def compare(self, rope: float = 0.01, *, probability: float = 0.95) -> DataFrame:
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
            A row a candidate, the best first, indexed by its row in ``cv_results_``: a column a
            parameter (``param_*``), ``rank_test_score``, ``status``, ``mean_test_score``,
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
        >>> table[["param_n_neighbors", "difference", "p_worse", "p_equal"]].round(2)
           param_n_neighbors  difference  p_worse  p_equal
        1                  6        0.00      0.0     1.00
        0                  1       -0.02      0.5     0.48
        2                100       -0.33      1.0     0.00
        """
        check_is_fitted(self, "best_index_")
        if not is_number(rope, least=0):
            raise ValueError(f"rope={rope!r}; pass a difference of scores, 0 or more")
        if not (is_number(probability, least=0, most=1) and 0 < probability < 1):
            raise ValueError(f"probability={probability!r}; pass a number between 0 and 1")
        low, high = background_of(self).limits.get(self._deciding, (-np.inf, np.inf))
        test = partial(
            correlated_t,
            rho=self._test_share,
            rope=rope,
            probability=probability,
            widest=high - low,
        )
        return compare(self.cv_results_, self.best_index_, self._rivals, self._deciding, test)

    @property
    def _deciding(self) -> str:
        """The metric by which the best was chosen."""
        return self.refit if self.multimetric_ and isinstance(self.refit, str) else SINGLE
