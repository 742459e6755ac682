"""Selectors of features: one ranking, many thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import validate_data

from .._sklearn import is_sklearns
from .._sklearn.selection import RecordingSelector, worst_features
from ..space.dimensions import is_count, is_number
from ..space.setting import configured
from ..types import Bools, Estimator, Model, Samples
from .family import Fit, PathFamily, adopt


def _is_k(value: object, kind: Callable[[object, int], bool]) -> bool:
    return kind(value, 0) or (isinstance(value, str) and value == "all")


def _is_mode(value: object) -> bool:
    return isinstance(value, str) and value in ("percentile", "k_best", "fpr", "fdr", "fwe")


def _is_part(value: object) -> bool:
    return isinstance(value, float) and 0 < value <= 1


class Univariate(PathFamily):
    """One score for each feature: the fit has all scores, and selects afterwards.

    Parameters
    ----------
    free : mapping of str to callable
        Parameters that say what is selected, with whether the fit takes a value.
    """

    costs_alike = True

    def __init__(self, free: Mapping[str, Callable[[Any], bool]]) -> None:
        self.free = dict(free)

    def applies(self, estimator: Model) -> tuple[str, ...]:
        if not all(takes(getattr(estimator, name)) for name, takes in self.free.items()):
            return ()
        return tuple(self.free)

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        # more features than there are make the fit warn: it is to be the one that is done
        if getattr(estimator, "mode", "k_best") != "k_best":
            return -1
        k = getattr(estimator, "param", getattr(estimator, "k", -1))
        return -1 if isinstance(k, str) else k

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        return adopt(estimator, fit.model)


class Variances(PathFamily):
    """VarianceThreshold: the fit has all variances, for a threshold of 0 other ones."""

    costs_alike = True

    def applies(self, estimator: Model) -> tuple[str, ...]:
        return ("threshold",) if is_number(estimator.threshold, 0) else ()

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        # a fit that no feature passes fails: the smallest threshold passes most
        return (int(estimator.threshold == 0), -estimator.threshold)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        threshold, variances = estimator.threshold, fit.model.variances_
        if (fit.model.threshold == 0) != (threshold == 0):
            return None
        if not np.any(np.isfinite(variances) & (variances > threshold)):
            return None
        return adopt(estimator, fit.model)


class FromModel(PathFamily):
    """SelectFromModel: the fit is that of the estimator inside, all else comes afterwards."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        threshold, limit = estimator.threshold, estimator.max_features
        known = threshold is None or isinstance(threshold, str | Real)
        limited = limit is None or callable(limit) or is_count(limit, 0)
        if estimator.prefit is not False or not known or not limited:
            return ()
        return ("threshold", "max_features")

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        return configured(estimator, {"threshold": None, "max_features": None})

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        limit = estimator.max_features
        estimator = adopt(estimator, fit.model)
        vars(estimator).pop("max_features_", None)
        if limit is None:
            return estimator
        limit = limit(fit.X) if callable(limit) else limit
        # some releases refuse what is more than the features
        shape = getattr(fit.X, "shape", None) or np.shape(fit.X)
        if not isinstance(limit, Integral) or not 0 <= int(limit) <= shape[1]:
            return None
        estimator.max_features_ = limit
        return estimator


class Elimination(PathFamily):
    """RFE: a fit that keeps fewer features eliminates on the way what others do.

    Ranks tell in which round a feature went. The last round of the one that is derived may be
    a smaller one; it is repeated. The final estimator is fitted.
    """

    def applies(self, estimator: Model) -> tuple[str, ...]:
        step, wanted = estimator.step, estimator.n_features_to_select
        steps = is_count(step) or (isinstance(step, float) and 0 < step < 1)
        counts = wanted is None or is_count(wanted) or _is_part(wanted)
        # what it says of each round would not be said
        if not steps or not counts or estimator.verbose not in (0, False):
            return ()
        return ("n_features_to_select",)

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        wanted = estimator.n_features_to_select
        if isinstance(wanted, Integral):
            return (0, -int(wanted))
        return (1, -0.5 if wanted is None else -wanted)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        lead, total = fit.model, fit.model.n_features_in_
        kept = _kept(estimator.n_features_to_select, total)
        if kept > total or kept < max(lead.n_features_, 1):
            return None
        if kept == lead.n_features_:
            return adopt(estimator, lead)
        step = estimator.step
        step = int(max(1, step * total)) if 0.0 < step < 1.0 else int(step)
        rounds, rest = divmod(total - kept, step)
        support = lead.ranking_ <= lead.ranking_.max() - rounds
        if rest:
            last = self._fitted(fit, estimator, support)
            worst = worst_features(estimator, last, rest)
            if worst is None:
                return None
            support[np.flatnonzero(support)[worst]] = False
        model = self._fitted(fit, estimator, support)
        return adopt(estimator, lead, support_=support, estimator_=model)

    def share(self, fit: Fit, estimator: Model) -> float:
        """Return the share of the features that are eliminated; the first take longest."""
        total = fit.model.n_features_in_
        whole = total - fit.model.n_features_
        own = total - _kept(estimator.n_features_to_select, total)
        return 1.0 if own == whole else own / whole

    def _fitted(self, fit: Fit, estimator: Model, support: Bools) -> Model:
        """Return the estimator inside, fitted on the features that are left."""
        if "data" not in fit.memory:
            fit.memory["data"] = validate_data(
                clone(fit.model),
                fit.X,
                fit.y,
                accept_sparse="csc",
                ensure_min_features=2,
                ensure_all_finite=False,
                multi_output=True,
            )
        X, y = fit.memory["data"]
        params = fit.params
        if get_config()["enable_metadata_routing"]:
            params = process_routing(estimator, "fit", **params).estimator.fit
        features = np.arange(len(support))[support]
        return clone(estimator.estimator).fit(X[:, features], y, **params)


def _kept(wanted: Any, total: int) -> int:
    if wanted is None:
        return total // 2
    return int(wanted) if isinstance(wanted, Integral) else int(total * wanted)


class Sequence(PathFamily):
    """SequentialFeatureSelector: a fit of more steps takes those of the others first."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        wanted, tol = estimator.n_features_to_select, estimator.tol
        automatic = isinstance(wanted, str) and wanted == "auto"
        counts = automatic or is_count(wanted) or _is_part(wanted)
        # with tol it looks at the scores
        if not counts or (automatic and tol is not None) or not _is_steady(estimator.cv):
            return ()
        return ("n_features_to_select",) if estimator.direction in _SIGN else ()

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        wanted, sign = estimator.n_features_to_select, _SIGN[estimator.direction]
        if isinstance(wanted, Integral):
            return (0, sign * int(wanted))
        return (1, sign * (0.5 if isinstance(wanted, str) else wanted))

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        lead = clone(estimator)
        # not made anew: a clone carries more than parameters
        lead.__class__ = RecordingSelector
        return lead

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        total = fit.model.n_features_in_
        picked = getattr(fit.model, "picked_", [])
        steps = _steps(estimator, total)
        if steps is None or steps > len(picked):
            return None
        support = np.zeros(total, dtype=bool)
        support[picked[:steps]] = True
        if estimator.direction == "backward":
            support = ~support
        return adopt(estimator, fit.model, support_=support)


_SIGN = {"forward": 1, "backward": -1}


def _steps(estimator: Model, total: int) -> int | None:
    """Return how many features are added or removed; None if the fit refuses."""
    wanted = estimator.n_features_to_select
    if isinstance(wanted, str):
        return total // 2
    kept = _kept(wanted, total)
    if isinstance(wanted, Integral) and kept >= total:
        return None
    return kept if estimator.direction == "forward" else total - kept


def _is_steady(cv: object) -> bool:
    """Whether the folds are the same each time they are asked for."""
    if cv is None or isinstance(cv, Integral | list | tuple):
        return True
    if not is_sklearns(type(cv)):
        return False
    about = vars(cv)
    fixed = about.get("shuffle", True) is False or "random_state" not in about
    return fixed or isinstance(about["random_state"], Integral)


FAMILIES: dict[str, PathFamily] = {
    "SelectKBest": Univariate({"k": partial(_is_k, kind=is_count)}),
    "SelectPercentile": Univariate({"percentile": partial(is_number, least=0, most=100)}),
    **dict.fromkeys(
        ("SelectFpr", "SelectFdr", "SelectFwe"),
        Univariate({"alpha": partial(is_number, least=0, most=1)}),
    ),
    "GenericUnivariateSelect": Univariate(
        {"mode": _is_mode, "param": partial(_is_k, kind=is_number)}
    ),
    "VarianceThreshold": Variances(),
    "SelectFromModel": FromModel(),
    "RFE": Elimination(),
    "SequentialFeatureSelector": Sequence(),
}
