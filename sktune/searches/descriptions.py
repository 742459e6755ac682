"""The options and attributes that the searches have in common, described once.

A class's docstring names what it takes from here in braces, ``{scoring}``, in the order from
essential to rare; `described` puts the descriptions in.
"""

from __future__ import annotations

import re
import textwrap
from typing import TypeVar

Class = TypeVar("Class", bound=type)

OPTIONS = {
    "estimator": """
        estimator : estimator object
            The model or pipeline to tune. Copies of it are fitted; it is never changed itself.
        """,
    "scoring": """
        scoring : str, callable, list, tuple or dict, default=None
            How to score: a name such as "f1_macro", or a scorer; the estimator's own ``score`` by
            default. Several metrics as in scikit-learn, of which `refit` names the one that
            decides.
        """,
    "refit": """
        refit : bool, str or callable, default=True
            Whether to fit the best candidate on all data; with several metrics the name of the one
            that decides; a callable takes `cv_results_` and returns the row.
        """,
    "cv": """
        cv : int, splitter or iterable, default=None
            How many folds, a splitter, or pairs of training and test indices; 5 folds by default.
            Splits are drawn once, and the same for all candidates.
        """,
    "n_jobs": """
        n_jobs : int, default=None
            How many fits run at a time, in processes of their own; None is 1 unless a joblib
            backend is active, -1 all cores. The results do not depend on it.
        """,
    "verbose": """
        verbose : int, default=0
            1 shows how far the search is, 2 a line a fit, 3 also the scores, 10 everything.
        """,
    "error_score": """
        error_score : 'raise' or numeric, default=np.nan
            The value of a score that could not be computed; 'raise' ends the search with the
            estimator's own exception.
        """,
    "return_train_score": """
        return_train_score : bool, default=False
            Whether to score the training sets too.
        """,
    "keep": """
        keep : {'best'}, default=None
            'best' keeps what was fitted of the best candidate on each split, and has it predict the
            samples it was not fitted on: `fold_estimators_` and `out_of_fold_`, without another
            fit. With a checkpoint models are pickled into a folder beside it, and read from there
            when the search goes on: pass no one else's. None keeps nothing.
        """,
    "timeout": """
        timeout : float, default=None
            Seconds that the search may take, without the refit. Then it ends, and the best of what
            is done is chosen.
        """,
    "checkpoint": """
        checkpoint : str or path-like, default=None
            Path of a file in which every fit is recorded as it ends, and from which the same
            search goes on; of a directory for a file for each problem.
        """,
    "retry_failed": """
        retry_failed : bool, default=False
            Whether what has failed in an earlier run is evaluated again, where the search goes on
            from its `checkpoint`: fits that raised, took too long or crashed. Their records stay in
            the file, and no longer count once there are others.
        """,
    "observers": """
        observers : list of Observer, default=None
            Objects that are told of everything that happens; see `sktune.Observer`.
        """,
    "fit_timeout": """
        fit_timeout : float, default=None
            Seconds that the fit and the scores of one candidate on one split may take; what takes
            longer is ended, and its candidate failed. The refit has no limit.
        """,
    "memory_limit": """
        memory_limit : int, default=None
            Bytes that a worker may take; a candidate that would take more fails with a
            MemoryError. On Linux only; elsewhere there is no limit.
        """,
    "early_termination": """
        early_termination : str, policy or callable, default=None
            Which candidates are not worth all splits: "racing" (recommended), "median", "bandit",
            "truncation", a policy such as ``RacingPolicy(alpha=0.05)``, or ``policy(trials, trial)
            -> bool``. A candidate that was stopped has status "stopped", no mean score, and the
            last rank. With `early_stopping`, fits of such candidates are given up in the middle.
        """,
    "early_stopping": """
        early_stopping : EarlyStopping, default=None
            Lets boosting, as the estimator or the last step of a pipeline, find its own number of
            rounds on each split, on samples that are held out of the training samples and have
            passed through the pipeline. The most rounds are what the estimator is set to.
        """,
    "stop": """
        stop : callable, default=None
            A rule that ends the search before all candidates are tried: ``NoImprovement(20)``,
            ``TargetScore(0.95)``, ``rule(trials) -> bool``, and these combined with ``|`` and
            ``&``. It is asked after each candidate, in their order; later ones are dropped.
        """,
    "strategy": """
        strategy : SuccessiveHalving or Strategy, default=None
            None evaluates every candidate once. `SuccessiveHalving` evaluates all on few samples,
            few trees or little of another resource, and the best of them again on more. A
            `Strategy` of your own proposes the candidates itself; each fit begins with a copy of
            it.
        """,
    "pre_dispatch": """
        pre_dispatch : int or str, default='2*n_jobs'
            How many bundles of work are handed out at a time: fewer take less memory, more keep
            workers busy.
        """,
    "executor": """
        executor : Executor, concurrent.futures.Executor, Dask client or address, default=None
            Where fits run, and how many at the same time: an `Executor`, a pool of the standard
            library's kind (mpi4py's too), a client of Dask's, or the address of a Dask, Ray or
            Spark cluster. By default `n_jobs` workers of joblib's active backend.
        """,
    "include_defaults": """
        include_defaults : bool, default=False
            Whether the first candidate is the estimator as it was given. It counts among all, and
            is not tried a second time where the space contains it. `BayesSearch` learns from it,
            and refuses an estimator that the space does not contain.
        """,
    "share_work": """
        share_work : bool, default=True
            Whether steps of a pipeline that candidates have in common are fitted once a split;
            the results are the same to the bit.
        """,
    "verify_sharing": """
        verify_sharing : bool, default=False
            Whether to check the results of sharing: one candidate of each group, and each that a
            family of your own derives, is evaluated without sharing too. If the two differ, the
            search ends with a RuntimeError that names the family or the step.
        """,
}

ATTRIBUTES = {
    "cv_results_": """
        cv_results_ : dict of arrays
            The columns of scikit-learn, and ``status`` ("ok", "failed", "timeout", "crashed",
            "stopped" or "partial") and ``error`` (the first reason, or None). There as soon as the
            last candidate is evaluated.
        """,
    "best": """
        best_estimator_ : estimator
            The best candidate, fitted on all data. Not there without `refit`.
        best_score_ : float
            Its mean score over the splits. Not there if `refit` is a callable.
        best_params_ : dict
            Its parameters.
        best_index_ : int
            Its row in `cv_results_`.
        best_score_bias_ : float
            By how much `best_score_` is likely to be too high, because it is the best of many.
        """,
    "kept": """
        out_of_fold_ : OutOfFold
            With ``keep='best'``, the best candidate's predictions, probabilities and decision
            values for samples that it was not fitted on, in the order of X.
        fold_estimators_ : list of estimators
            With ``keep='best'``, the best candidate as it was fitted on each split; None where it
            was not evaluated.
        """,
    "fitted": """
        sharing_ : SharedWork
            How many fits were asked for and how many were done, step by step.
        param_importances_ : list of (name, importance, std)
            How much each parameter matters, the largest first: the share of the variance of the
            score over the space that it explains, and its standard error, as estimated by a
            Gaussian process that is fitted to the candidates. `pandas.DataFrame` takes it.
        trials_ : pandas.DataFrame
            `cv_results_` as a table, a row a trial, the best first, a column a parameter
            (``param_*``) with a type of its own.
        ended_by_ : str
            Why `fit` has ended: "completed", "timeout", "stop" (its rule), "callback" (or an
            observer), "interrupted" (Ctrl-C) or "error"; the last two are set before it is raised.
        environment_ : dict
            What the search was run with, in the types of JSON: ``python``, ``platform``, ``cpu``,
            ``n_cpus``, ``blas`` (libraries of linear algebra and threads, with ``version``,
            ``architecture`` and ``threads``), ``versions`` of the packages that took part,
            ``n_jobs``, ``seeds`` that are numbers, ``git`` (``commit``, ``dirty``; None without a
            repository) and ``data`` (digests of X, y and splits; large ones only with a
            `checkpoint` or `observers`).
        refit_time_ : float
            Seconds that the refit took.
        scorer_ : callable or dict of callables
            The scorer; a dict by name if there are several metrics.
        multimetric_ : bool
            Whether there are several metrics.
        n_splits_ : int
            Number of splits.
        checkpoint_ : str
            The file in which everything is recorded, if `checkpoint` was given.
        best_n_rounds_ : int
            With `early_stopping`, the rounds of boosting with which the best candidate is refitted.
        classes_ : array of shape (n_classes,)
            Labels of the classes, of a classifier that was refitted.
        n_features_in_ : int
            Number of features that the refitted estimator has seen.
        feature_names_in_ : array of shape (n_features,)
            Their names, if X has any that are text.
        """,
    "halving": """
        n_resources_, n_candidates_ : list of int
            With `SuccessiveHalving`: resources of each rung, and how many candidates were on it.
        n_iterations_, n_required_iterations_, n_possible_iterations_ : int
            Number of rungs that there were, that are needed to come below `factor` candidates, and
            that the resources allow.
        n_remaining_candidates_ : int
            How many candidates would have gone on from the last rung.
        min_resources_, max_resources_ : int
            Resources of the first rung, and those that none exceeds.
        """,
}


def described(kind: Class) -> Class:
    """Put descriptions into a class's docstring, in the place of their names in braces."""
    doc = kind.__doc__ or ""
    for name, text in (OPTIONS | ATTRIBUTES).items():
        body = textwrap.dedent(text).strip()
        margin = re.search(rf"^( *)\{{{name}\}}", doc, re.MULTILINE)  # none from Python 3.13 on
        if margin is not None:
            doc = doc.replace(margin[0], textwrap.indent(body, margin[1]))
    kind.__doc__ = doc
    return kind
