"""Figures for the page: the same data that the displays draw, as JSON, with a text for each.

A panel is a chart of two axes, with points of candidates, lines and a band; cells are rectangles
that are coloured by a score; bars have intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...messages import params_in_short
from ..curves import Curves
from ..display import strips
from ..folds import Folds, question_of_folds
from ..history import History, below
from ..importances import Importances
from ..out_of_fold import OutOfFoldErrors
from ..parallel import ParallelCoordinates
from ..param_axis import short_names
from ..param_effects import LEAST_SHARE, ParamEffects
from ..param_pair import ParamPair
from ..record import Record
from ..rivals import Rivals
from ..rungs import Rungs
from ..score_time import ScoreTime
from ..several_metrics import SeveralMetrics
from ..timeline import Timeline
from .coordinates import parallel
from .curves import curves
from .errors import errors
from .pair import param_pair
from .parts import (
    axis_json,
    counted,
    named,
    number_axis,
    of_rung,
    points_json,
    score_name,
    written_at,
)  # fmt: skip
from .tasks import timeline
from .values import Json, number, numbers, text_of

_PARAMS = 160
"""Characters of a candidate in a text."""


def figures_json(record: Record, at: Any) -> list[Json]:
    """Return all figures that a search has something for, or why it has not.

    `at` are the candidates' rows in ``cv_results_``, if not all are in the record. Where there is
    no score at all, what can be drawn is what the workers did. What is not drawn comes last.
    """
    pair = len(record.names) > 1
    has_scores = np.isfinite(record.scores[record.metric]).any()
    makers: dict[str, tuple[str, str, Callable[[Record], Json] | None]] = {
        "history": ("Did it converge?", "panels", lambda r: history(History.of(r), at)),
        "importances": ("What mattered?", "bars", lambda r: importances(Importances.of(r))),
        "effects": (
            "How does each parameter matter?",
            "panels",
            lambda r: effects(ParamEffects.of(r)),
        ),
        "pair": (
            "Where is the good region?",
            "cells",
            (lambda r: param_pair(ParamPair.of(r))) if pair else None,
        ),
        "parallel": (
            "What do good candidates have in common?",
            "parallel",
            lambda r: parallel(ParallelCoordinates.of(r)),
        ),
        "rivals": ("Is the winner really better?", "bars", lambda r: rivals(Rivals.of(r), r, at)),
        "errors": (
            "Where does the winner err?",
            "cells",
            None if record.out_of_fold is None else lambda r: errors(OutOfFoldErrors.of(r)),
        ),
        "time": ("What did time buy?", "panels", lambda r: score_time(ScoreTime.of(r), at)),
        "rungs": (
            "Who went on to the next rung?",
            "lines",
            (lambda r: rungs(Rungs.of(r))) if record.rungs else None,
        ),
        "folds": (
            question_of_folds(record),
            "cells",
            lambda r: folds(Folds.of(r), at),
        ),
        "curves": (
            "Where did boosting stop?",
            "panels",
            (lambda r: curves(Curves.of(r), at)) if any(map(any, record.rounds)) else None,
        ),
        "timeline": (
            "What did the workers do?",
            "timeline",
            (lambda r: timeline(Timeline.of(r))) if np.isfinite(record.started).any() else None,
        ),
        "metrics": (
            "Does one metric cost another?",
            "panels",
            (lambda r: several_metrics(SeveralMetrics.of(r))) if len(record.metrics) > 1 else None,
        ),
    }
    found = []
    for name, (title, kind, make) in makers.items():
        if make is not None and (has_scores or name == "timeline"):
            try:
                found.append({"id": name, "title": title, "kind": kind, **make(record)})
            except ValueError as exc:  # there is nothing to draw, and it says why
                told = str(exc)
                text = f"{told[:1].upper()}{told[1:]}"
                found.append({"id": name, "title": title, "kind": "none", "text": text})
    return sorted(found, key=lambda one: one["kind"] == "none")


def history(data: History, at: Any) -> Json:
    """Return the growth of the best score."""
    x = np.asarray(at, dtype=float)
    y = np.where(np.isnan(data.scores), below(data.scores), data.scores)
    kinds = {"complete": data.complete, "stopped": data.stopped, "failed": data.failed}
    points = [points_json(name, which, x, y) for name, which in kinds.items() if which.any()]
    best = data.best_so_far
    steps = [0, *(k for k in range(1, len(best)) if best[k] != best[k - 1]), len(best) - 1]
    steps = [k for k in dict.fromkeys(steps) if not np.isnan(best[k])]
    line = {"name": "best so far", "x": numbers(x[steps]), "y": numbers(best[steps]), "step": True}
    told = {**kinds, "stopped": data.stopped & ~data.partial, "partial": data.partial}
    counts = ", ".join(f"{which.sum()} {name}" for name, which in told.items() if which.any())
    text = f"{counted(len(x), 'candidate')}: {counts}."
    if len(x) == 1 and steps:
        text += f" Its mean score is {best[-1]:.4g}."
    elif steps:
        first = int(np.flatnonzero(best == best[-1])[0])
        began, ended = f"{best[steps[0]]:.4g}", f"{best[-1]:.4g}"
        text += (
            f" The best mean score grew from {began} ({named(at[steps[0]])}) to {ended} "
            f"({named(at[first])})."
            if began != ended
            else f" The best mean score, {began}, did not improve after {named(at[steps[0]])}."
        )
    axes = {"x": number_axis("candidate", whole=True), "y": number_axis(score_name(data.metric))}
    return {"panels": [{**axes, "points": points, "lines": [line]}], "text": text}


def importances(data: Importances) -> Json:
    """Return the shares of the score's variance, and their errors."""
    short = short_names(data.names)
    bars = [
        {"name": short[name], "value": number(share), "low": number(max(share - error, 0.0)),
         "high": number(min(share + error, 1.0))}
        for name, share, error in zip(data.names, data.shares, data.errors, strict=True)
    ]  # fmt: skip
    told = [
        f"{name} {share:.0%} (± {error:.0%})"
        for name, share, error in zip(data.names, data.shares, data.errors, strict=True)
        if share >= LEAST_SHARE
    ]
    if n_others := len(data.names) - len(told):
        told.append(f"and less than {LEAST_SHARE:.0%} for {n_others} more")
    shares = ", ".join(told)
    text = f"Share of the score's variance because of each, alone or with others: {shares}."
    return {"bars": bars, "axis": "share of the score's variance", "text": text}


def effects(data: ParamEffects) -> Json:
    """Return the score against each parameter."""
    names = short_names([axis.name for axis in data.axes])
    panels, told = [], []
    y = number_axis(score_name(data.metric))
    for axis, band in zip(data.axes, data.bands, strict=True):
        panel = {"x": axis_json(axis, names[axis.name]), "y": y}
        failed = np.isnan(data.scores)
        stopped = ~(data.complete | data.earlier | failed)
        kinds = {"complete": data.complete, "earlier": data.earlier & ~failed, "stopped": stopped}
        kinds["failed"] = failed
        y_of = np.where(failed, below(data.scores), data.scores)
        points = [points_json(name, which, strips(axis), y_of) for name, which in kinds.items()]
        panel |= {"points": [p for p in points if p["rows"]], "lines": [], "best": data.best}
        if band is not None:
            places, mean, _ = map(np.asarray, band)
            panel["band"] = dict(zip("xy", (numbers(places), numbers(mean)), strict=True))
            panel["band"] |= dict(zip(("low", "high"), map(numbers, data.reach(band)), strict=True))
            at = written_at(axis, places[int(np.argmax(mean))])
            told.append(
                f"{axis.name}: the highest expected score is near {at}"
                if data.makes_a_difference(band)
                else f"{axis.name}: no difference that is larger than what is uncertain"
            )
        elif data.best is not None and not np.isnan(axis.places[data.best]):
            at = written_at(axis, axis.places[data.best])
            told.append(f"{axis.name}: the best candidate has {at}")
        panels.append(panel)
    text = f"{'; '.join(told) or 'No value is known to be the best'}."
    return {"panels": panels, "text": of_rung(text, data.rung)}


def rivals(data: Rivals, record: Record, at: Any) -> Json:
    """Return the differences of the next best candidates to the best."""
    bars, equal = [], 0
    for row, params, told in zip(data.rows, data.params, data.comparisons, strict=True):
        bars.append(
            {"name": named(at[row]), "row": row, "value": number(told.difference),
             "low": number(told.low), "high": number(told.high), "equal": number(told.p_equal),
             "note": text_of(params_in_short(params), _PARAMS)}
        )  # fmt: skip
        equal += told.p_equal > 0.5
    best = record.best
    assert best is not None  # noqa: S101 - there are no rivals without it
    near = f"practically equal (within {data.rope:.3g}) with a probability of more than a half."
    against = f"compared with the best ({named(at[best])}) on the same splits"
    if len(bars) == 1:
        text = f"The next best candidate, {against}, is {'' if equal else 'not '}{near}"
    else:
        are = "1 of them is" if equal == 1 else f"{equal or 'none'} of them are"
        text = f"The {len(bars)} next best candidates, {against}; {are} {near}"
    return {"bars": bars, "axis": "difference to the best", "rope": data.rope, "text": text}


def score_time(data: ScoreTime, at: Any) -> Json:
    """Return the score against the seconds of a fit."""
    known = data.seconds[~np.isnan(data.seconds)]
    front = np.flatnonzero(data.front)
    front = front[np.argsort(data.seconds[front])]
    line = {"name": "none is better and faster", "x": numbers(data.seconds[front]),
            "y": numbers(data.scores[front]), "step": True}  # fmt: skip
    points = [points_json("candidates", True, data.seconds, data.scores)]
    told = "; ".join(
        f"{named(at[k])} scores {data.scores[k]:.4g} in {data.seconds[k]:.3g} s" for k in front
    )
    x = number_axis("seconds a fit", log=data.log)
    if data.log:
        x["ends"] = numbers([known.min(), known.max()])
    elif len(known) and data.ends(known.min(), known.max()) != (known.min(), known.max()):
        x["span"] = numbers(data.ends(known.min(), known.max()))
    axes = {"x": x, "y": number_axis(score_name(data.metric))}
    text = f"None is both better and faster than these: {told}." if told else "There is no score."
    return {"panels": [{**axes, "points": points, "lines": [line]}], "text": text}


def rungs(data: Rungs) -> Json:
    """Return candidates as lines from rung to rung."""
    at = [f"{n}" for n in data.n_resources]
    reached = [int(sum(~np.isnan(line[k]) for line in data.lines)) for k in range(len(at))]
    told = ", ".join(f"{n} with {size}" for n, size in zip(reached, at, strict=True))
    return {
        "x": {"name": data.resource, "labels": at, "log": False},
        "y": number_axis(score_name(data.metric)),
        "lines": [numbers(line) for line in data.lines],
        "rows": [rows.tolist() for rows in data.rows],
        "text": f"Candidates in each rung, by {data.resource}: {told}.",
    }  # fmt: skip


def folds(data: Folds, at: Any) -> Json:
    """Return the scores by candidate and split, the best first."""
    n_rows, n_splits = data.scores.shape
    cells = [
        [j - 0.5, j + 0.5, i - 0.5, i + 0.5, number(data.scores[i, j])]
        for i in range(n_rows) for j in range(n_splits) if not np.isnan(data.scores[i, j])
    ]  # fmt: skip
    crosses = [[int(j), int(i)] for i, j in np.argwhere(data.failed)]
    left = (
        f"; {data.n_left_out} more {'is' if data.n_left_out == 1 else 'are'} left out"
        if data.n_left_out
        else ""
    )
    complete = data.scores[np.isfinite(data.scores).all(axis=1)]  # else others are on other splits
    spread = complete.mean(axis=0) if len(complete) else np.zeros(1)
    best = "best " if data.n_left_out else ""
    rows = "The candidate" if n_rows == 1 else f"The {n_rows} {best}candidates"
    text = f"{rows} by {counted(n_splits, 'split')}{left}."
    if np.ptp(spread) > 0:
        text += (
            f" Split {int(np.argmin(spread))} is the hardest (mean {min(spread):.4g}), "
            f"split {int(np.argmax(spread))} the easiest ({max(spread):.4g})."
        )
    return {
        "x": {"name": "split", "labels": [str(k) for k in range(n_splits)], "log": False},
        "y": {"name": "candidate", "labels": [str(at[row]) for row in data.rows], "log": False},
        "cells": cells, "crosses": crosses, "cell_rows": [int(row) for row in data.rows],
        "best": None, "value": "score", "text": text,
    }  # fmt: skip


def several_metrics(data: SeveralMetrics) -> Json:
    """Return every candidate by two metrics, a panel for each pair."""
    names = list(data.means)
    panels, told = [], []
    for k, up in enumerate(names):
        for across in names[k + 1 :]:
            x, y = data.means[across], data.means[up]
            points = [points_json("candidates", True, x, y)]
            axes = {"x": number_axis(across), "y": number_axis(up)}
            panels.append({**axes, "points": points, "lines": [], "best": data.best})
            both = np.isfinite(x) & np.isfinite(y)
            if both.sum() > 2 and np.ptp(x[both]) > 0 and np.ptp(y[both]) > 0:
                r = np.corrcoef(x[both], y[both])[0, 1]
                told.append(f"{across} and {up} {r:.2f}")
    text = f"Correlations over the candidates: {'; '.join(told)}."
    if not told:
        text = "Too few candidates differ."
    return {"panels": panels, "text": text}
