"""All that a page shows, as JSON: a function of what was read."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from ...messages import duration
from ...results import LEAST_BIAS, SharedWork, correlated_t, selection_bias
from ..advice.advise import advice_of
from ..record import Record
from .figures import figures_json
from .reading import Reading
from .trials import summary_counts, trials_json
from .values import Json, number, text_of

MOST_ROWS = 2_000
"""Candidates that are shown: of more, the best, so that a page stays small."""


def page_data(reading: Reading, metric: str | None = None, *, brief: bool = False) -> Json:
    """Return what is to be shown; `metric` is the one of several that is, by default what decides.

    In brief it is without figures and trials.

    Raises
    ------
    ValueError
        If there is no such metric.
    """
    info, results = reading.info, reading.results
    n_all = len(results.table.rows)
    data: dict[str, Json] = {
        "name": info.name or "search",
        "state": reading.state,
        "ended": reading.sentence,
        "path": reading.path,
        "written": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "n_candidates": info.n_candidates,
        "n_done": n_all,
        "n_splits": info.n_splits,
        "environment": reading.environment,
        "shared": shared_json(results.shared_work),
        "took": None if reading.seconds is None else duration(reading.seconds),
    }
    if not n_all:
        return data
    chosen = reading.best if metric is None else None
    record = Record.of_results(results, metric, chosen, reading.resumed_at, info.background)
    record = replace(record, out_of_fold=reading.out_of_fold)
    data |= {"metric": record.metric, "winner": winner_json(record)}
    if data["took"] is None and np.isfinite(record.started).any():
        seconds = float(np.nanmax(record.started + record.own_time))
        data["took"] = duration(seconds) if seconds >= 1 else f"{seconds:.2g} s"
    if brief:
        return data
    ranks = np.where(record.ended, results.cv_results[f"rank_test_{record.metric}"], np.nan)
    ranks -= np.nanmin(ranks) - 1  # of successive halving among those of the last rung
    kept = shown_rows(record)
    # the surrogate is the record's, which advice has asked already
    shown = record if len(kept) == n_all else record.only(kept)
    trials = [results.table.rows[row] for row in kept]
    return {
        **data,
        "metrics": list(record.metrics),
        "counts": summary_counts(record),
        "rungs": _rungs(record),
        "best": shown.best,
        "advice": [finding.text for finding in advice_of(record)],
        "figures": figures_json(shown, kept),
        "trials": trials_json(shown, trials, ranks[kept], kept, n_all),
    }


def _rungs(record: Record) -> list[int] | None:
    """Return how many candidates got to each rung; None without rungs."""
    if not record.rungs:
        return None
    _, counts = np.unique([rung.number for rung in record.rungs], return_counts=True)
    return [int(n) for n in counts]


def shown_rows(record: Record) -> Any:
    """Return the rows that are shown: all, or of too many those with the best scores."""
    n = len(record.params)
    if n <= MOST_ROWS:
        return np.arange(n)
    order = np.lexsort((-np.nan_to_num(record.estimates, nan=-np.inf), ~record.ended))
    return np.sort(order[:MOST_ROWS])


def winner_json(record: Record) -> Json:
    """Return the best candidate, its score, and what it is likely to score on new data.

    That is its mean score less the bias of having been chosen by it (`best_score_bias_`), with an
    interval of 95 % of the correlated t-test, moved by the same bias; as far as there are such
    scores.
    """
    row = record.best
    if row is None:
        return None
    scores = record.scores[record.metric]
    mean = record.means[row]
    status = np.array(record.status)
    rivals = scores[record.ended & (status == "ok")]
    alone = bool(record.rungs) and len(rivals) == 1 and len(scores) > 1
    is_highest = mean == np.nanmax(np.where(record.ended, record.means, np.nan))
    bias = selection_bias(rivals) if is_highest and not alone else np.nan
    share = record.test_share or 1 / max(scores.shape[1], 2)
    told = correlated_t(scores[row], rho=share, rope=0.0)
    off = 0.0 if np.isnan(bias) else bias
    honest, low, high = np.clip([mean - bias, told.low - off, told.high - off], *record.limits)
    has_rivals = bool((~np.isnan(rivals).any(axis=1)).sum() > 1)
    return {
        "row": row,
        "score": number(mean),
        "std": number(scores[row].std()),
        "bias": number(bias),
        "honest": number(honest),
        "low": number(low),
        "high": number(high),
        "told": _honestly(record, bias if has_rivals else np.nan, honest, low, high),
        "params": [[name, text_of(value)] for name, value in record.params[row].items()],
    }


def _honestly(record: Record, bias: float, honest: float, low: float, high: float) -> str:
    """Say how much of the best score is luck, and what it is likely to be on new data."""
    if len(record.params) == 1:
        told = "It is the only candidate, so that none of its score is luck of the choice."
    elif np.isnan(bias):
        told = "How much of it is luck cannot be told."
    elif bias <= LEAST_BIAS:
        told = (
            "None of it seems to be luck: without any one of the splits this candidate is the best "
            "too, or one that is as good there."
        )
    else:
        told = (
            f"As the best of many it is likely to be too high by {bias:.2g}: an honest score is "
            f"{honest:.4g}."
        )
    if not low < high:
        return told
    return f"{told} With a probability of 95 % it is between {low:.4g} and {high:.4g}."


def shared_json(work: SharedWork) -> Json:
    """Return what was asked for and done, by step."""
    return {
        "text": work.in_one_line if work.steps else "",
        "saved": number(work.seconds_saved),
        "steps": [[name, asked, done] for name, (asked, done) in work.steps.items()],
    }
