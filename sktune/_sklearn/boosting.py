"""What paths of gradient boosting need of scikit-learn's insides."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Mapping
from functools import partial
from heapq import heappop, heappush
from typing import Any

import numpy as np
from sklearn.ensemble._gradient_boosting import predict_stages
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from .searching import n_samples

_DRAWN_BY_A_TREE = 2**31 - 1
"""A tree of gradient boosting draws one number below this, for its splitter."""


# --- what several models have in common -----------------------------------------------


def answers_from(model: Any, raw_predict: Callable[[Any], Any]) -> Mapping[str, Any]:
    """Methods of a model whose sum over trees is computed by `raw_predict`."""
    other = object.__new__(type(model))
    vars(other).update(vars(model))
    other._raw_predict = raw_predict
    names = ("predict", "predict_proba", "decision_function")
    return {name: getattr(other, name) for name in names if hasattr(other, name)}


def _continued(
    sums: dict[int, Any], stages: int, start: Callable[[], Any], add: Callable[[int, Any], None]
) -> Any:
    """Sum up a number of stages, from the nearest smaller number that was asked for."""
    if stages not in sums:
        if 0 not in sums:
            sums[0] = start()
        nearest = max(done for done in sums if done < stages)
        total = sums[nearest].copy(order="K")
        add(nearest, total)
        sums[stages] = total
    return sums[stages].copy(order="K")


# --- GradientBoosting -----------------------------------------------------------------


def stage_sums(model: Any, memory: dict[Any, Any], X: Any) -> Any:
    """Compute what `model._raw_predict(X)` returns, from sums over fewer stages in `memory`."""

    def add(done: int, total: Any) -> None:
        predict_stages(model.estimators_[done:], X, model.learning_rate, total)

    start = partial(model._raw_predict_init, X)
    return _continued(memory.setdefault("sums", {}), model.n_estimators_, start, add)


def source_after(estimator: Any, fit: Any, stages: int) -> np.random.RandomState | None:
    """Return the source of randomness, as it is after a number of a fit's stages.

    Parameters
    ----------
    estimator : GradientBoosting*
        Unfitted; if it has a source of its own, it gets another, in that state.
    fit : sktune.paths.Fit
        Its memory holds the states known so far.
    stages : int

    Returns
    -------
    RandomState or None
        None if the draws of the fit are not those expected.
    """
    if "states" not in fit.memory:
        fit.memory["states"] = _states_of(estimator, fit)
    state = _state_after(fit, stages)
    if state is None:
        return None
    source = np.random.RandomState()
    source.set_state(state)
    if isinstance(estimator.random_state, np.random.RandomState):
        estimator.random_state = source
    return source


def _states_of(estimator: Any, fit: Any) -> dict[int, Any]:
    """Draw what a fit draws, and keep the state before its first stage; empty if it differs."""
    seed, n = copy.deepcopy(estimator.random_state), n_samples(fit.X)
    if estimator.n_iter_no_change is not None:
        classes = np.asarray(fit.y).ravel() if hasattr(fit.model, "classes_") else None
        train, _ = train_test_split(
            np.arange(n),
            random_state=seed,
            test_size=estimator.validation_fraction,
            stratify=classes,
        )
        n = len(train)
    fit.memory["n_train"] = n
    states = {0: check_random_state(seed).get_state()}
    last = _advanced(states, fit.model, n, fit.model.n_estimators_)
    return states if _same_state(last, fit.model._rng.get_state()) else {}


def _state_after(fit: Any, stages: int) -> Any:
    states = fit.memory["states"]
    return _advanced(states, fit.model, fit.memory["n_train"], stages) if states else None


def _advanced(states: dict[int, Any], model: Any, n_train: int, stages: int) -> Any:
    """Draw what the stages draw, from the nearest smaller number whose state is known."""
    if stages not in states:
        nearest = max(done for done in states if done < stages)
        source = np.random.RandomState()
        source.set_state(states[nearest])
        for _ in range(nearest, stages):
            if model.subsample < 1.0:
                source.uniform(size=n_train)
            for _ in range(model.n_trees_per_iteration_):
                source.randint(0, _DRAWN_BY_A_TREE)
        states[stages] = source.get_state()
    return states[stages]


def _same_state(a: Any, b: Any) -> bool:
    return a[0] == b[0] and bool(np.array_equal(a[1], b[1])) and a[2:] == b[2:]


def first_stages(model: Any, stages: int, source: Any) -> dict[str, Any]:
    """Return the fitted attributes that depend on the number of stages."""
    trees = model.estimators_[:stages].copy()
    for at, tree in np.ndenumerate(trees):
        trees[at] = other = object.__new__(type(tree))
        vars(other).update(vars(tree), random_state=source)
    changed = {"estimators_": trees, "n_estimators_": stages, "_rng": source}
    for name in ("train_score_", "oob_improvement_", "oob_scores_"):
        if hasattr(model, name):
            changed[name] = getattr(model, name)[:stages].copy()
    if hasattr(model, "oob_scores_"):
        changed["oob_score_"] = changed["oob_scores_"][-1]
    return changed


# --- HistGradientBoosting -------------------------------------------------------------


def iteration_sums(model: Any, memory: dict[Any, Any], X: Any) -> Any:
    """Compute what `model._raw_predict(X)` returns, from sums over fewer iterations."""
    if "X" not in memory:
        memory["X"] = model._preprocess_X(X, reset=False)

    def start() -> Any:
        shape = (memory["X"].shape[0], model.n_trees_per_iteration_)
        return np.zeros(shape, model._baseline_prediction.dtype, "F") + model._baseline_prediction

    def add(done: int, total: Any) -> None:
        n_threads = _openmp_effective_n_threads(None)
        model._predict_iterations(memory["X"], model._predictors[done:], total, False, n_threads)

    return _continued(memory.setdefault("sums", {}), model.n_iter_, start, add)


def first_iterations(model: Any, iterations: int) -> dict[str, Any]:
    """Return the fitted attributes that depend on the number of iterations."""
    # scores are empty without early stopping; with it, the first is of no iteration
    return {
        "_predictors": [list(trees) for trees in model._predictors[:iterations]],
        "train_score_": model.train_score_[: iterations + 1].copy(),
        "validation_score_": model.validation_score_[: iterations + 1].copy(),
    }


def sources_of(estimator: Any, fit: Any, iterations: int) -> dict[str, Any] | None:
    """Return the attributes that hold seeds, as the fit of an unfitted estimator would leave them.

    None if they are not those of the fit, or not known. If the estimator has a source of its
    own, it gets another, in the state that its fit would leave it in.
    """
    model = fit.model
    if estimator.random_state is None:
        subsample, n = model._bin_mapper.subsample, n_samples(fit.X)
        drawn = model.do_early_stopping_ or (subsample is not None and n > subsample)
        if drawn or model.max_features < 1.0:
            return None
        return {"_feature_subsample_rng": copy.deepcopy(model._feature_subsample_rng)}
    source = check_random_state(copy.deepcopy(estimator.random_state))
    seed, seed_of_features = (source.randint(np.iinfo(np.uint32).max, dtype="u8") for _ in range(2))
    if seed != model._random_seed:
        return None
    features = _features_after(fit, seed_of_features, iterations)
    if features is None:
        return None
    if isinstance(estimator.random_state, np.random.RandomState):
        estimator.random_state = source
    return {"_feature_subsample_rng": features}


def _features_after(fit: Any, seed: Any, iterations: int) -> np.random.Generator | None:
    """Return the source of features to try, as it is after a number of a fit's iterations."""
    source = np.random.default_rng(seed)
    if fit.model.max_features == 1.0:
        return source
    if "states" not in fit.memory:
        states = fit.memory["states"] = [source.bit_generator.state]
        mask = np.zeros(fit.model._n_features, dtype=bool)
        for trees in fit.model._predictors:
            for tree in trees:
                for _ in range(_searched(tree.nodes, fit.model)):
                    source.shuffle(mask)
            states.append(source.bit_generator.state)
        if states[-1] != fit.model._feature_subsample_rng.bit_generator.state:
            states.clear()
    if not fit.memory["states"]:
        return None
    source.bit_generator.state = fit.memory["states"][iterations]
    return source


class _Open:
    """A node that was found worth a split: the most worthy one is split first."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def __lt__(self, other: _Open) -> bool:
        return bool(self.node["gain"] > other.node["gain"])


def _searched(nodes: Any, model: Any) -> int:
    """Count the nodes of a tree for which a split was searched, by growing it once more."""
    least = 2 * model.min_samples_leaf
    waiting = [nodes[0]] if nodes[0]["count"] >= least else []
    searched, closed = 0, 0
    heap: list[_Open] = []
    while True:
        for node in waiting:
            searched += 1
            if node["gain"] > 0:
                heappush(heap, _Open(node))
            else:
                closed += 1
        if not heap:
            return searched
        node = heappop(heap).node
        if closed + len(heap) + 2 == model.max_leaf_nodes:
            return searched
        children = [nodes[node["left"]], nodes[node["right"]]]
        if node["depth"] + 1 == model.max_depth:
            children, closed = [], closed + 2
        waiting = [child for child in children if child["count"] >= least]
        closed += len(children) - len(waiting)


def bound_anew(estimator: Any, model: Any) -> dict[str, Any]:
    """Return those attributes of a fitted model that refer to it, for another estimator."""
    own: dict[str, Any] = {}
    if getattr(model, "_scorer", None) is not None:
        own["_scorer"] = check_scoring(estimator, estimator.scoring)
    if "_raw_predict" in vars(model):  # left by a fit that scores raw predictions
        own["_raw_predict"] = types.MethodType(type(estimator)._raw_predict, estimator)
    return own


# --- binning once ---------------------------------------------------------------------
