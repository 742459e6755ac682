"""One fit that contains others: what a family of such estimators has to say.

A hundred trees are the first hundred of five hundred with the same seed; every number of
neighbours is one index. A family tells which fits contain which, and takes the contained
one out. What it gives must *respond* as a fit of its own does, to the bit: where that cannot be
had, it gives None, and the fit is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

from ..space.setting import params_of
from ..types import Estimator, Model, Samples

AnyEstimator = TypeVar("AnyEstimator", bound=Estimator)

Answers = Mapping[str, Callable[[Any], Any]]
"""By the name of a method what is called with the samples instead."""


@dataclass(slots=True)
class Fit:
    """A fit that may contain others, and what was made of it.

    Attributes
    ----------
    model : fitted estimator
        Used for several: must not be changed.
    X, y : array-like
        What it was fitted on, or its equal: a model that was fitted for another task has kept
        other objects. y may be None.
    params : mapping
        Further parameters of the fit, for example ``sample_weight``.
    output : array-like or None
        What its ``fit_transform`` gave, if it is a transformer before the last step.
    memory : dict
        Empty at first; for what is worked out from the fit once for all of a family.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sktune.paths import Fit
    >>> X, y = load_diabetes(return_X_y=True)
    >>> fit = Fit(Ridge().fit(X, y), X, y)
    >>> fit.params, fit.memory
    ({}, {})
    """

    model: Model
    X: Any = None
    y: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    output: Any = None
    memory: dict[Any, Any] = field(default_factory=dict)


class PathFamily:
    """Tells which fits of a class contain which others, and takes them out.

    Stateless and picklable: it travels to workers with the tasks. One is made for each class, or
    for several that are alike, and is asked about estimators of exactly these classes, not of
    subclasses, which may have changed anything. It is not asked about estimators that draw from
    a global source of randomness (``random_state=None`` where it matters), have ``n_jobs``
    other than None or 1, ``warm_start`` or ``oob_score``.

    Examples
    --------
    A shrunken mean, where all shrinkages are one fit:

    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator, RegressorMixin
    >>> from sktune import GridSearch, PathFamily, register_path
    >>> class ShrunkenMean(RegressorMixin, BaseEstimator):
    ...     def __init__(self, shrinkage=0.0):
    ...         self.shrinkage = shrinkage
    ...
    ...     def fit(self, X, y):
    ...         self.mean_ = np.mean(y)
    ...         return self
    ...
    ...     def predict(self, X):
    ...         return np.full(len(X), (1 - self.shrinkage) * self.mean_)
    >>> class OneMean(PathFamily):
    ...     def applies(self, estimator):
    ...         return ("shrinkage",)
    ...
    ...     def derive(self, fit, estimator):
    ...         return adopt(estimator, fit.model)
    >>> from sktune.paths import adopt
    >>> register_path(ShrunkenMean, OneMean())
    >>> X, y = np.zeros((30, 1)), np.arange(30.0)
    >>> search = GridSearch(ShrunkenMean(), {"shrinkage": [0.0, 0.1, 0.2]}, cv=3).fit(X, y)
    >>> search.sharing_.steps
    {'ShrunkenMean': (9, 3)}
    """

    draws_by_data: bool = False
    """Whether it depends on the data if a fit without a seed draws; `lead` gives None where it
    does."""

    fit_params: tuple[str, ...] = ("sample_weight",)
    """Names of the parameters that ``fit`` may be given beside X and y. With any other, such as a
    validation set or callbacks, each estimator is fitted by itself."""

    costs_alike: bool = False
    """Whether all fits of which one contains the other take as long: one index, for example."""

    grows: bool = False
    """Whether a larger fit can go on from a smaller one; see `beginning`."""

    either_way: bool = False
    """Whether of fits that differ in the first number of their `order` alone the larger may be
    derived from the smaller too, so that the smaller need not wait for the larger."""

    assists_everywhere: bool = False
    """Whether `assist` has one memory for all splits and data, instead of one for each."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        """Return the parameters in which estimators may differ that are derived from one fit.

        Parameters
        ----------
        estimator : estimator
            Unfitted, of a class that the family is registered for. Its parameters may be
            anything, also what its fit would refuse; an exception counts as ().

        Returns
        -------
        tuple of str
            Empty if nothing can be derived, as its parameters are; so it is by default. Must not
            depend on the values of the parameters that it returns, unless a value is to be
            fitted alone.
        """
        return ()

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        """Return how much the fit of an estimator contains: a number, or a tuple of numbers.

        The largest is fitted first, and the others derived from it. In a tuple the last number
        is the path proper: from the largest, those are derived that agree in all numbers before
        the last; those that do not agree may be derivable (saturation), which is tried, or else
        the largest that does agree is fitted. By default all are equal.
        """
        return 0

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        """Return the unfitted estimator to fit in the place of the largest, itself by default.

        For where all that is to be derived is in another fit that costs the same, for example
        all components of a PCA.

        Parameters
        ----------
        estimator : unfitted estimator
            That which is to be fitted for all of them.
        X : array-like
            What it is going to be fitted on.

        Returns
        -------
        estimator or None
            None if each has to be fitted on such data.
        """
        return estimator

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        """Take the fit of an estimator out of one that contains it.

        Parameters
        ----------
        fit : Fit
            Of the same class and the same parameters, but for those that `applies` returns; on
            the same data. Its model must not be changed.
        estimator : estimator
            Unfitted, and the family's to change.

        Returns
        -------
        fitted estimator or None
            Responds as ``estimator.fit`` would, in each bit and the memory layout of each array:
            whatever a scorer or a next step may ask of it (``predict``, ``predict_proba``,
            ``decision_function``, ``score_samples``, ``score``, ``transform``, ``kneighbors``,
            ...). Other attributes may be the larger fit's: they are not seen, as the best
            candidate is fitted by itself. ``fit.model`` itself says that the two models respond
            alike, so that one's scores are the other's. None if it is not to be had, as by
            default.
        """
        return None

    def beginning(self, fit: Fit, estimator: Model) -> Mapping[str, Any] | None:
        """Return the fitted attributes from which a larger fit goes on, by ``warm_start``.

        Asked only of families that say that they grow.

        Parameters
        ----------
        fit : Fit
            Smaller than the estimator's, else as for `derive`. The fit to come must not change it.
        estimator : estimator
            Unfitted, as `lead` gave it.

        Returns
        -------
        mapping of str to object or None
            Given these and ``warm_start=True`` the estimator's fit has to give what it would have
            given alone, to the bit. None, as by default, if it is fitted from its beginning.
        """
        return None

    def share(self, fit: Fit, estimator: Model) -> float:
        """Return what part of the seconds of a fit an estimator's own would have taken, at most 1.

        By default all of it for those that are equal in `order`, or if they cost alike. Of numbers
        in the order, it is as for iterations that take equally long; else 0, so that no more
        seconds are said to be saved than were.

        Parameters
        ----------
        fit : Fit
            From which the estimator is derived.
        estimator : estimator
            Unfitted.
        """
        own, whole = (_last(self.order(each)) for each in (estimator, fit.model))
        if own == whole or self.costs_alike:
            return 1.0
        return own / whole if 0 < own < whole < inf else 0.0

    def output(self, fit: Fit, model: Model) -> Samples:
        """Return what ``fit_transform`` would have given, of a model that was derived.

        By default ``model.transform(fit.X)``, which is right for all that inherit scikit-learn's
        ``TransformerMixin.fit_transform``.
        """
        return model.transform(fit.X)

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        """Return faster ways to what a derived model's methods return, identical to them.

        Parameters
        ----------
        fit : Fit
            From which the model was derived.
        model : fitted estimator
            A model that was derived; possibly ``fit.model`` itself. Must not be changed.
        memory : dict
            For the one set of samples that the methods will be called with, the same for all
            that are derived from `fit`; empty at first. Within equal leading numbers of `order`
            the smaller come first, as a rule.

        Returns
        -------
        mapping of str to callable
            By the name of the method ("predict", "predict_proba", "kneighbors", ...) what to
            call with the samples instead; methods that call these on `self` gain too.
        """
        return {}

    def kin(self, estimator: Model) -> tuple[str, ...]:
        """Return the parameters in which estimators may differ that help each other's fits.

        Where nothing can be derived, fits may still have work in common. Empty by default.
        """
        return ()

    def assist(self, estimator: Model, memory: dict[Any, Any]) -> None:
        """Prepare an unfitted estimator, just before its fit, to use what its kin have left.

        What the fit gives must be identical to what it gives alone.

        Parameters
        ----------
        estimator : estimator
            Changed.
        memory : dict
            One for all kin, empty at first. They are fitted on the same data, unless
            `assists_everywhere`.
        """


def takes(family: PathFamily, params: Mapping[str, Any]) -> bool:
    """Whether fits can be derived from one another that are given such parameters."""
    return all(name in family.fit_params for name, value in params.items() if value is not None)


def _last(order: float | tuple[float, ...]) -> float:
    return order[-1] if isinstance(order, tuple) else order


def adopt(estimator: AnyEstimator, model: object, **changed: Any) -> AnyEstimator:
    """Give an unfitted estimator the fitted attributes of a model.

    Parameters
    ----------
    estimator : unfitted estimator
        Changed and returned. It keeps its own parameters.
    model : fitted estimator
        Of the same class. What it has is shared, not copied.
    **changed : object
        Attributes that are to be others than the model's.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sktune.paths import adopt
    >>> model = Ridge().fit(*load_diabetes(return_X_y=True))
    >>> half = adopt(Ridge(alpha=2.0), model, coef_=model.coef_ / 2)
    >>> half.alpha, bool(half.intercept_ == model.intercept_)
    (2.0, True)
    """
    params = params_of(estimator)
    for name, value in vars(model).items():
        if name not in params and name not in vars(estimator):
            setattr(estimator, name, value)
    for name, value in changed.items():
        setattr(estimator, name, value)
    return estimator
