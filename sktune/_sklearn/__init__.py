"""The only package that uses scikit-learn's private names.

Each function here says what it stands for, so that the rest of the package reads without
knowing scikit-learn's insides, and a new scikit-learn release has one place to break.
Supported: scikit-learn 1.7 to 1.9. What searches need is given from here; what families of
paths need is in a file for each kind of estimator.
"""

from .names import VERSION, class_of, is_sklearns, package_of

try:
    from .callbacks import (
        FitContext,
        call_begin,
        call_end,
        has_callbacks,
        leave_to_estimator,
        open_child,
        open_context,
        propagated_callbacks,
    )
    from .searching import (
        RETURN,
        BaseSearchCV,
        also_takes,
        asks_again,
        asks_for_responses_only,
        carried_by_clone,
        check_refit_names_a_metric,
        fit_method,
        functions_of,
        has_valid_params,
        indexable_params,
        metric_names,
        metric_of,
        n_samples,
        names_when_new,
        param_names,
        resolve_scoring,
        response_methods,
        route_fit_params,
        runs_its_own_search,
        scorer_name,
        shorter_way,
        single_scorers,
        slice_params,
        slice_xy,
        split_indices,
        why_refused,
    )
except ImportError as exc:
    _version = ".".join(map(str, VERSION))
    raise ImportError(
        f"sktune cannot work with scikit-learn {_version}, which has other private names than it "
        f"knows: {exc}. Install scikit-learn 1.7 to 1.9, or a later sktune."
    ) from exc
