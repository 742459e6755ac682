"""The contract of boosters: how they are watched, and how many rounds they have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..types import Array, Model, Samples, Target
from .option import EarlyStopping
from .reach import Reach


@dataclass(frozen=True)
class Curve:
    """A booster's metric on validation samples, as a fit has gone on.

    Attributes
    ----------
    values : sequence of float
        After each round that was made.
    greater_is_better : bool
        Whether larger values of the metric are better.
    metric : str
        Its name.
    start : float or None
        The metric before the first round, for a booster that counts it as one to improve on.
    n_rounds : int or None
        Where the booster says itself how many rounds it has found, as its own validation has it.

    See Also
    --------
    BoostingFamily : With an example of a family that returns one.

    Examples
    --------
    >>> from sktune import Curve
    >>> curve = Curve([0.7, 0.5, 0.6], metric="rmse")
    >>> 1 + min(range(3), key=curve.values.__getitem__)  # rounds that are kept
    2
    """

    values: Any
    greater_is_better: bool = False
    metric: str = ""
    start: float | None = None
    n_rounds: int | None = None


@dataclass(frozen=True, eq=False)
class BoostingWatch:
    """A fit that is watched: the samples that were held out for it, and the patience.

    Attributes
    ----------
    rounds : int
        So many rounds without improvement stop a fit.
    X, y : array-like
        Validation samples, as they reach the booster. None for a booster that holds out its own.
    params : mapping
        What goes with them of the parameters of the fit, by the same names: ``sample_weight``.
    validation : float or int
        For a booster that holds out its own samples: how many.
    metric : str, callable or None
        The booster's own metric; None for its default.
    score : callable or None
        In place of the booster's metric: gives the score of the search for what is predicted of
        the validation samples, values or a column of probabilities for each class.
    reach : Reach or None
        What the fit has to come to, if its candidate may lose.

    Examples
    --------
    >>> from sktune.early_stopping import BoostingWatch
    >>> watch = BoostingWatch(rounds=10)
    >>> watch.gives_up([0.7, 0.5])  # its candidate need not come to anything
    False
    """

    rounds: int
    X: Samples | None = None
    y: Target = None
    params: Mapping[str, Any] = field(default_factory=dict)
    validation: Any = None
    metric: Any = None
    score: Callable[[Array], float] | None = None
    reach: Reach | None = None

    def gives_up(self, values: Sequence[float], metric: str | None = None) -> bool:
        """Whether a fit that has come so far is in vain, so that a family may end it.

        Parameters
        ----------
        values : sequence of float
            The metric after each round.
        metric : str, optional
            Its name, where it might be another one than that of other fits.
        """
        reach = self.reach
        return reach is not None and metric in (None, reach.metric) and reach.is_lost(values)


class BoostingFamily:
    """All that early stopping needs to know of a kind of estimators that are fitted round by round.

    Stateless and picklable: it travels to workers with the tasks. One is registered for a class by
    `register_boosting`, and is asked about estimators of exactly that class.

    Attributes
    ----------
    rounds : str
        The parameter that says how many rounds there are.
    sets : collection of str
        Parameters that early stopping sets, which therefore cannot be searched.
    takes : collection of str
        Parameters of ``fit`` by which validation samples would be given, which are refused.
    holds_out : bool
        Whether the estimator holds out validation samples itself, so that it is given all training
        samples.
    scales : bool
        Whether more samples are worth more rounds. Passes over the samples are not.

    Examples
    --------
    >>> from sklearn.ensemble import GradientBoostingRegressor
    >>> from sktune import BoostingFamily, Curve
    >>> class Mine(BoostingFamily):
    ...     def fit(self, estimator, X, y, params, watch):
    ...         estimator.fit(X, y, **params)
    ...         losses = [((watch.y - p) ** 2).mean() for p in estimator.staged_predict(watch.X)]
    ...         return Curve(losses)
    ...     def cut(self, estimator, n_rounds):
    ...         estimator.estimators_ = estimator.estimators_[:n_rounds]
    >>> Mine().rounds
    'n_estimators'
    """

    rounds: str = "n_estimators"
    sets: Collection[str] = ()
    takes: Collection[str] = ("eval_set",)
    holds_out: bool = False
    scales: bool = True

    def rounds_param(self, estimator: Model) -> str:
        """Return the name of the parameter that says how many rounds an estimator has."""
        return self.rounds

    def most(self, estimator: Model) -> int:
        """Return how many rounds an unfitted estimator may have."""
        return int(estimator.get_params(deep=False)[self.rounds_param(estimator)])

    def refusal(self, estimator: Model, option: EarlyStopping) -> str | None:
        """Return why an unfitted estimator cannot be stopped early, with the remedy; else None."""
        return None

    def fit(
        self, estimator: Model, X: Samples, y: Target, params: Any, watch: BoostingWatch
    ) -> Curve:
        """Fit until there are `watch.rounds` rounds without improvement.

        Parameters
        ----------
        estimator : estimator
            Unfitted, and this fit's own.
        X, y : array-like
            What it is fitted on.
        params : mapping
            Further parameters of the fit.
        watch : BoostingWatch
            When to stop it, and by which samples.

        Returns
        -------
        curve : Curve
            Of all rounds that were made.
        """
        raise NotImplementedError

    def cut(self, estimator: Model, n_rounds: int) -> None:
        """Have a fitted estimator predict with its first rounds; they may be all it has."""
        raise NotImplementedError(
            f"{type(self).__name__} defines no cut, and its Curve does not say n_rounds."
        )

    def fix(self, estimator: Model, n_rounds: int) -> None:
        """Give an unfitted estimator a number of rounds, with which it is fitted on all data."""
        estimator.set_params(**{self.rounds_param(estimator): n_rounds})
