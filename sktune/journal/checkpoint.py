"""The journal that belongs to the `checkpoint` of a search, and the place of its file."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.utils import check_random_state

from ..background import Background
from ..environment import Environment
from ..exceptions import CheckpointError
from ..problem import Problem
from .backgrounds import background_body
from .digests import digest
from .journal import Journal
from .json_values import value_body
from .records import Field, JournalHeader

_MOST_VALUES = 10**5
"""Values of a grid that are looked through at most, for one that is recorded."""


def make_journal(
    checkpoint: Any,
    search: str,
    problem: Problem,
    fields: Mapping[str, Field],
    environment: Environment,
    background: Background,
    *,
    draws_seed: bool,
) -> Journal:
    """Make the journal of a search, whose class is `search`; it is not opened yet.

    `checkpoint` is the path of a file, or of a directory, in which every problem has a file of
    its own. `fields` are what recorded scores depend on, and what decides which candidates there
    are. With `draws_seed` the header gets a seed: the search needs one, and was given none.
    """
    header = JournalHeader(
        salt=secrets.token_hex(8),
        search=search,
        fields=fields,
        versions={"python": environment["python"], **environment["versions"]},
        n_splits=len(problem.splits),
        seed=int(check_random_state(None).randint(2**31 - 1)) if draws_seed else None,
        environment=environment,
        background=background_body(background, problem, fields),
    )
    return Journal(_place_of(checkpoint, header), header)


def is_folder(checkpoint: Any) -> bool:
    """Return whether a path is a directory, or says that it is one."""
    path: str = os.fspath(checkpoint)
    return os.path.isdir(path) or path.endswith(("/", os.sep))


def _place_of(checkpoint: Any, header: JournalHeader) -> str:
    """Return the path of a problem's file; make the directory if it is not there."""
    path: str = os.path.realpath(os.fspath(checkpoint))
    if not is_folder(checkpoint):
        return path
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as exc:
        raise CheckpointError(
            f"checkpoint={checkpoint!r}: the directory cannot be made ({exc.strerror}). Pass one "
            "that can be written to."
        ) from exc
    problem = digest([[name, found] for name, (found, _) in sorted(header.fields.items())])
    return os.path.join(path, f"{header.search}-{problem[:16]}.jsonl")


def check_some_recur(
    journal: Journal, grids: Sequence[Mapping[str, Any]], *, resource: str | None = None
) -> None:
    """Refuse a grid that has nothing in common with what is recorded.

    A grid may grow, shrink and change, because scores are recognised by the values they
    belong to. If none recurs, the path is more likely to be the wrong one. The values of a
    `resource`, which follow from how many candidates there are, are not looked at.
    """
    if sum(len(values) for grid in grids for values in grid.values()) > _MOST_VALUES:
        return
    known = [
        {name: {json.dumps(value_body(value)) for value in values} for name, values in grid.items()}
        for grid in grids
    ]
    candidates = journal.contents.candidates
    for candidate in candidates:
        params = {name: body for name, body in candidate.params.items() if name != resource}
        for grid in known:
            if params.keys() == grid.keys() and all(
                json.dumps(body) in grid[name] for name, body in params.items()
            ):
                return
    if candidates:
        raise CheckpointError(
            f"checkpoint={journal.path!r} is the journal of another grid: none of its "
            f"{len(candidates)} candidates is in param_grid, for example {candidates[0].shown}. "
            "Pass the grid, and the resource of SuccessiveHalving, that it was begun with; another "
            "path; or a directory, which keeps a journal for each problem."
        )
