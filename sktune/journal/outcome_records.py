"""The records of outcomes, to the body of a line of a journal and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..trials import SINGLE, Failure, Outcome, Rounds
from .json_values import LARGEST_INT, JsonEntries, check, number_body
from .line_format import Body
from .records import are_texts

_STAGES = ("fit", "scoring", "score", "train score", "timeout", "crash")


def outcome_body(candidate: int, outcome: Outcome) -> Body:
    """Describe the outcome of a candidate of the journal on a split."""
    body: Body = {"kind": "outcome", "candidate": candidate, "split": outcome.split}
    body["test"] = {name: number_body(score) for name, score in outcome.test_scores.items()}
    if outcome.train_scores:
        body["train"] = {name: number_body(score) for name, score in outcome.train_scores.items()}
    if outcome.multimetric:
        body["multimetric"] = True
    seconds = outcome.fit_time, outcome.score_time, outcome.own_time, outcome.saved_time
    body["times"] = list(seconds)
    if outcome.started is not None:
        body["when"] = [outcome.started, outcome.worker]
        if outcome.clock is not None:
            body["when"].append(outcome.clock)
    if (rounds := outcome.rounds) is not None:
        told = rounds.metric, rounds.greater_is_better, rounds.missed
        body["rounds"] = [rounds.n, rounds.most, rounds.n_samples, *told]
        body["curve"] = [list(point) for point in rounds.curve]
    if outcome.fits:
        body["fits"] = [list(fit) for fit in outcome.fits]
    if outcome.reused:
        body["reused"] = list(outcome.reused)
    if outcome.failures:
        body["failures"] = [[f.stage, f.reason, f.traceback] for f in outcome.failures]
    return body


def read_outcome(entries: JsonEntries, n_candidates: int, n_splits: int) -> Outcome:
    """Read an outcome; its `trial` is the candidate's number in the journal."""
    candidate, split = read_task(entries, n_candidates, n_splits)
    times = entries.take("times", list)
    check(len(times) == 4 and all(map(_is_finite, times)), "times", times)
    when = entries.take("when", list, default=[None, None])
    check(len(when) in (2, 3), "when", when)
    clock = when[2] if len(when) == 3 else None
    if when != [None, None]:
        check(_is_finite(when[0]) and (clock is None or _is_finite(clock)), "when", when)
        check(type(when[1]) is int and 0 <= when[1] < LARGEST_INT, "when", when)
    fits = entries.take("fits", list, default=[])
    for fit in fits:
        check(type(fit) is list and len(fit) == 2, "fits", fit)
        check(type(fit[0]) is str and _is_finite(fit[1]), "fits", fit)
    reused = entries.take("reused", list, default=[])
    check(are_texts(reused), "reused", reused)
    failures = entries.take("failures", list, default=[])
    for failure in failures:
        check(are_texts(failure, 3) and failure[0] in _STAGES, "failures", failure)
    fit_time, score_time, own_time, saved_time = times
    multimetric = entries.take("multimetric", bool, default=False)
    for name in ("test", "train"):
        names = entries.take(name, dict, default={}).keys()
        check(multimetric or names <= {SINGLE}, name, list(names))
    return Outcome(
        trial=candidate,
        split=split,
        test_scores=_scores(entries.take("test", dict)),
        train_scores=_scores(entries.take("train", dict, default={})),
        multimetric=multimetric,
        fit_time=fit_time,
        score_time=score_time,
        own_time=own_time,
        saved_time=saved_time,
        fits=tuple((name, seconds) for name, seconds in fits),
        reused=tuple(reused),
        failures=tuple(Failure(*failure) for failure in failures),
        started=when[0],
        worker=when[1],
        clock=clock,
        rounds=_read_rounds(entries),
    )


def read_task(entries: JsonEntries, n_candidates: int, n_splits: int) -> tuple[int, int]:
    """Read a candidate's number and a split."""
    candidate = entries.whole("candidate", below=n_candidates)
    return candidate, entries.whole("split", below=n_splits)


def _read_rounds(entries: JsonEntries) -> Rounds | None:
    """Read what early stopping has found, if there was any."""
    found = entries.take("rounds", list, default=[])
    curve = entries.take("curve", list, default=[])
    for point in curve:
        check(type(point) is list and len(point) == 2 and _is_finite(point[1]), "curve", point)
        check(_is_size(point[0]), "curve", point)
    if not found:
        return None
    check(len(found) == 6, "rounds", found)
    n, most, n_samples, metric, greater, missed = found
    check(_is_size(n) and _is_size(most) and type(metric) is str, "rounds", found)
    check(n_samples is None or _is_size(n_samples), "rounds", found)
    check(type(greater) is bool and (missed is None or _is_finite(missed)), "rounds", found)
    points = tuple((i, float(value)) for i, value in curve)
    check(missed is None or bool(points), "curve", curve)  # it ends where the fit was given up
    missed = None if missed is None else float(missed)
    return Rounds(n, most, n_samples, metric, points, greater, missed)


def _is_size(value: object) -> bool:
    return type(value) is int and 0 < value < LARGEST_INT


def _scores(given: Mapping[str, Any]) -> dict[str, float | None]:
    scores: dict[str, float | None] = {}
    for name, score in given.items():
        known = math.nan if score == "nan" else score
        check(known is None or (type(known) is float and not math.isinf(known)), name, score)
        scores[name] = known
    return scores


def _is_finite(value: object) -> bool:
    if type(value) is int:
        return abs(value) < LARGEST_INT
    return type(value) is float and math.isfinite(value)
