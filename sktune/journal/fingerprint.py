"""The fingerprint of a problem, by which it is known from all others: digests, field by field.

Everything that a recorded score depends on is in it, and what proposals depend on. What changes
neither is not: `n_iter`, `n_jobs`, `verbose`, `refit`, limits. Versions of libraries are
kept beside it, because they may matter, and mostly do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone

from ..exceptions import CheckpointError, warn
from ..problem import Problem
from ..types import Estimator
from .digests import Undescribable, describe, digest
from .records import Field, JournalHeader

_INERT = ("n_jobs", "verbose", "memory")
"""Parameters of estimators that change no score, whatever estimator it is."""

_REMEDIES = {
    "splits": "Give cv a splitter with a random_state, or the splits themselves.",
    "random_state": "Pass the same random_state; a RandomState in the same state.",
    "n_points": "What is proposed depends on it; keep it, and change n_jobs.",
}
_REMEDY = (
    "Go on with what the checkpoint was begun with, or pass another path. A directory keeps a "
    "journal for each problem."
)
_ALIKE = (
    "Scores compare only where they are measured alike: pass the data, the splits and the "
    "estimator that it was recorded with."
)
_VERSION_REMEDY = (
    "If what differs within an object does not matter (a name that is drawn, a date), begin anew "
    "with a version of your own on the object or its class, `__sktune_version__ = '1'`, by which "
    "it is recognised then; change that whenever the object changes."
)
_SHOWN = 5
_SOON_DIGESTED = 10_000
_NUMBERS_SOON_DIGESTED = 100_000
"""Entries, and numbers of an array, that are digested within a millisecond."""
_SPLIT_ROWS = 100_000
"""Indices of splits that are copied to be digested together."""
_CLASS = "estimator's class"
_ON_TEST = "early_stopping on test samples"


def fields_of(
    search: type, scoring: Any, problem: Problem, given: Mapping[str, Any]
) -> dict[str, Field]:
    """Describe all that recorded scores depend on; see `as_fields`.

    `search` is the class of the search, `given` what the user gave to fit, besides X and y.
    """
    splits = digest(_content_of_splits(problem))
    return {
        **as_fields({"search": search}),
        **_estimator_fields(problem.estimator),
        **as_fields({"X": problem.X, "y": problem.y}),
        **as_fields({f"fit's {name}": value for name, value in given.items()}),
        "splits": (splits, f"{len(problem.splits)} splits, {splits[:8]}"),
        **as_fields({"scoring": scoring, "return_train_score": problem.return_train_score}),
        **_stopping_fields(problem),
    }


def data_of(fields: Mapping[str, Field]) -> dict[str, str]:
    """Return the digests of the data, as an environment has them."""
    return {name: fields[name][0] for name in ("X", "y", "splits") if name in fields}


def data_digests(problem: Problem, *, at_once: bool) -> dict[str, Callable[[], str]]:
    """Return what digests data and splits, as far as they can be.

    Unless it is called at once, it has copies, and no data of which these would be large.
    """
    found: dict[str, Callable[[], str]] = {}
    for name, value in {"X": problem.X, "y": problem.y}.items():
        with suppress(Exception):  # data of the user's may be anything
            if at_once:
                found[name] = partial(digest, value)
            elif _is_soon_digested(value):
                found[name] = _digest_of_now(value)
    with suppress(Exception):  # and so may splits
        n_rows = sum(len(rows) for split in problem.splits for rows in split)
        if at_once or n_rows <= _NUMBERS_SOON_DIGESTED:
            found["splits"] = partial(digest, _content_of_splits(problem))
    return found


def _digest_of_now(value: Any) -> Callable[[], str]:
    if type(value) is np.ndarray and value.dtype.kind in "biuf" and value.flags.forc:
        return partial(digest, value.copy("K"))
    return partial(str, digest(value))


def _is_soon_digested(value: Any) -> bool:
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value.size <= _NUMBERS_SOON_DIGESTED
    shape = getattr(value, "shape", None)
    n = len(value) if shape is None and value is not None else math.prod(shape or ())
    return n <= _SOON_DIGESTED


def _content_of_splits(problem: Problem) -> list[Any]:
    """Return what is digested of splits."""
    rows = [np.asarray(rows) for split in problem.splits for rows in split]
    sizes = [part.size for part in rows]
    alike = len({part.dtype for part in rows}) == 1 and all(part.ndim == 1 for part in rows)
    if alike and sum(sizes) <= _SPLIT_ROWS:
        return [sizes, np.concatenate(rows)]  # one after the other takes ten times longer
    return [list(split) for split in problem.splits]


def _stopping_fields(problem: Problem) -> dict[str, Field]:
    """Describe when fits are stopped; on which samples is in the splits."""
    if problem.stopping is None:
        return {}
    option = problem.stopping.option
    held = option.validation if isinstance(option.validation, str | float | int) else None
    fields = as_fields({"early_stopping": [option.rounds, held, option.metric]})
    return fields | (as_fields({_ON_TEST: True}) if held == "test" else {})


def rounds_found_on(fields: Mapping[str, Field]) -> str:
    """Return the samples that early stopping has gone by, as ``cv_results_`` has them."""
    return "test" if _ON_TEST in fields else "validation"


def as_fields(values: Mapping[str, Any]) -> dict[str, Field]:
    """Digest values by name; raise `CheckpointError` for what has no digest."""
    fields = {}
    for name, value in values.items():
        try:
            found = digest(value)
        except Undescribable as exc:
            raise CheckpointError(
                f"checkpoint: {name} cannot be recognised in another process: {exc}"
            ) from exc
        fields[name] = found, _in_short(value, found)
    return fields


def _estimator_fields(estimator: Estimator) -> dict[str, Field]:
    """Describe the estimator as a whole, and each parameter, so that one can be named."""
    described = describe(estimator)
    params = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    inert = {name: None for name in params if name.rpartition("__")[2] in _INERT}
    if inert:
        estimator = clone(estimator).set_params(**inert)
        params = estimator.get_params(deep=True)
    fields = {"estimator": (as_fields({"estimator": estimator})["estimator"][0], described)}
    fields |= as_fields({_CLASS: type(estimator)})
    for name, value in params.items():
        if name not in inert and not _has_estimators(value):
            fields |= as_fields({f"estimator's {name}": value})
    return fields


def _has_estimators(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_estimators, value))
    return hasattr(value, "get_params") and not isinstance(value, type)


def differences(header: JournalHeader, ours: JournalHeader) -> list[str]:
    """Return the names of the fields that are not the same in two headers."""
    recorded, here = header.fields, ours.fields
    different = [
        name
        for name in dict.fromkeys([*here, *recorded])
        if recorded.get(name, ("",))[0] != here.get(name, ("",))[0]
    ]
    of_estimator = [name for name in different if name.startswith("estimator")]
    if _CLASS in of_estimator:  # then its parameters say nothing
        different = [name for name in different if name not in of_estimator] + ["estimator"]
    elif len(of_estimator) > 1:
        different.remove("estimator")
    if header.n_splits != ours.n_splits and "splits" not in different:
        different.append("splits")
    return different


def check_same(header: JournalHeader, ours: JournalHeader, path: str) -> None:
    """Refuse to go on with another problem's journal; warn of other versions of libraries."""
    different = differences(header, ours)
    others = _other_versions(header, ours.versions)
    if different:
        told = _told(header.fields, ours.fields, different, _REMEDY)
        raise CheckpointError(f"checkpoint={path!r} {told}{_reason(others)}")
    if others:
        warn(
            f"checkpoint={path!r} was written with {others}. Recorded scores may not be those that "
            "would be had now."
        )


def _other_versions(header: JournalHeader, here: Mapping[str, str]) -> str:
    """Return the versions that were others, as a list in words."""
    return "; ".join(
        f"{name} {header.versions[name]:.30}, now {version}"
        for name, version in here.items()
        if header.versions.get(name, version) != version
    )


def _reason(others: str) -> str:
    return f" It was written with {others}, which may be why." if others else ""


def check_same_measured(
    header: JournalHeader, ours: Mapping[str, Field], versions: Mapping[str, str], path: str
) -> None:
    """Refuse to compare scores that were measured on other data, splits or estimators.

    What decides which candidates there are is not looked at.
    """
    recorded, here = (
        replace(header, fields={name: fields[name] for name in fields if _is_measured(name)})
        for fields in (header.fields, ours)
    )
    if different := differences(recorded, here):
        told = _told(recorded.fields, here.fields, different, _ALIKE)
        why = _reason(_other_versions(header, versions))
        raise CheckpointError(f"journal={path!r} {told}{why}")


def _is_measured(name: str) -> bool:
    return name in ("X", "y", "splits", "scoring") or name.startswith(("estimator", "fit's "))


def _told(
    recorded: Mapping[str, Field], here: Mapping[str, Field], different: list[str], remedy: str
) -> str:
    missing = "", "not there"
    lines, alike = [], False
    for name in different[:_SHOWN]:
        then, now = recorded.get(name, missing)[1], here.get(name, missing)[1]
        alike |= then == now
        told = (
            f"{then}, then and now, but for what is in it"
            if then == now
            else f"{then} then, {now} now"
        )
        lines.append(f"  {name}: {told}")
    if len(different) > _SHOWN:
        lines.append(f"  and {len(different) - _SHOWN} more")
    remedies = [_REMEDIES[name] for name in different if name in _REMEDIES]
    remedies += [_VERSION_REMEDY] if alike else []
    return (
        "is the journal of another search. What differs:\n"
        + "\n".join(lines)
        + f"\n{' '.join([*remedies, remedy])}"
    )


def _in_short(value: Any, found: str) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None and hasattr(value, "__len__"):
        return f"{type(value).__name__} of shape {tuple(shape)}, {found[:8]}"
    return describe(value)
