"""LightGBM and XGBoost: the first trees of many. Optional, and looked up lazily."""

from __future__ import annotations

from ..space.dimensions import is_count
from ..types import Estimator, Model
from .family import Fit, PathFamily, adopt

BOOSTER = "_Booster"
"""The attribute in which the estimators of both libraries keep what they have trained."""

PREFIX_KEEPING = frozenset(
    {"alpha", "bagging_seed", "cat_l2", "cat_smooth", "data_random_seed", "data_sample_strategy"}
    | {"deterministic", "enable_bundle", "extra_seed", "extra_trees", "fair_c", "seed"}
    | {"feature_fraction_bynode", "feature_fraction_seed", "force_col_wise", "force_row_wise"}
    | {"is_unbalance", "lambdarank_truncation_level", "linear_lambda", "linear_tree", "max_bin"}
    | {"max_cat_threshold", "max_cat_to_onehot", "max_delta_step", "min_data_in_bin"}
    | {"min_data_per_group", "other_rate", "path_smooth", "scale_pos_weight", "top_rate"}
    | {"tweedie_variance_power", "use_missing", "verbose", "verbosity", "zero_as_missing"}
)
"""LightGBM's further parameters with which each tree depends on those before it only. Others,
such as the many names for a number of iterations, may say something else."""


class LightGBMTrees(PathFamily):
    """`n_estimators` of LightGBM, but for dart, which scales earlier trees anew."""

    fit_params = ("sample_weight", "group", "init_score", "feature_name")

    def applies(self, estimator: Model) -> tuple[str, ...]:
        free = (
            is_count(estimator.n_estimators)
            and estimator.boosting_type in ("gbdt", "goss", "rf")
            and not callable(estimator.objective)
            and is_seed(estimator.random_state)
            and _further_params(estimator) <= PREFIX_KEEPING
        )
        return ("n_estimators",) if free else ()

    def order(self, estimator: Model) -> int:
        return int(estimator.n_estimators)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model, wanted = fit.model, int(estimator.n_estimators)
        reached = model.n_estimators_
        if wanted == model.n_estimators:
            return model
        if reached < model.n_estimators:
            # an iteration that finds no split is dropped; with other samples, the next may find one
            if draws(estimator) or reached < 2:
                return None
            if wanted >= reached:
                return model
        if wanted > reached:
            return None
        text = model.booster_.model_to_string(num_iteration=wanted)
        booster = type(model.booster_)(model_str=text)
        params = estimator.get_params(deep=False)
        own = {
            name: value
            for name, value in vars(model).items()
            if name not in params and name != "_other_params"
        }
        return adopt(estimator, model, **{**own, BOOSTER: booster})


def _further_params(estimator: Model) -> set[str]:
    """Parameters that the class's constructor takes without knowing them."""
    known = type(estimator)().get_params(deep=False)
    return set(estimator.get_params(deep=False)) - set(known)


def draws(estimator: Model) -> bool:
    """Whether each iteration of LightGBM sees other samples or features."""
    return not (
        estimator.boosting_type == "gbdt"
        and (estimator.subsample_freq == 0 or estimator.subsample == 1.0)
        and estimator.colsample_bytree == 1.0
        and _further_params(estimator) <= {"verbose", "verbosity", "max_bin"}
    )


class XGBoostTrees(PathFamily):
    """`n_estimators` of XGBoost's trees, but for dart, which scales earlier trees anew."""

    fit_params = ("sample_weight", "base_margin", "feature_weights", "verbose")

    def applies(self, estimator: Model) -> tuple[str, ...]:
        free = (
            is_count(estimator.n_estimators)
            and estimator.booster in (None, "gbtree")
            and estimator.device in (None, "cpu")
            and estimator.early_stopping_rounds is None
            and estimator.callbacks is None
            and estimator.enable_categorical is False  # a cut booster forgets the categories
            and estimator.feature_types is None
            and not callable(estimator.objective)
            and not callable(estimator.eval_metric)
            and is_seed(estimator.random_state)
            and not vars(estimator).get("kwargs")
        )
        return ("n_estimators",) if free else ()

    def order(self, estimator: Model) -> int:
        return int(estimator.n_estimators)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model, wanted = fit.model, int(estimator.n_estimators)
        booster = model.get_booster()
        if wanted > booster.num_boosted_rounds():
            return None
        if wanted == model.n_estimators:
            return model
        return adopt(estimator, model, **{BOOSTER: booster[:wanted]})


def is_seed(value: object) -> bool:
    """Whether a value is a seed or None, which is a fixed one: others draw whenever asked."""
    return value is None or is_count(value) or (type(value) is int and value == 0)


FAMILIES: dict[str, PathFamily] = {
    **dict.fromkeys(("LGBMClassifier", "LGBMRegressor", "LGBMRanker"), LightGBMTrees()),
    **dict.fromkeys(("XGBClassifier", "XGBRegressor"), XGBoostTrees()),
}
