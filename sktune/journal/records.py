"""The records of a journal, to the body of a line and back: header, candidates, notes, the end.

What is read is checked entry by entry. A file that lies can lie about scores, and that is
the worst it can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from ..environment import Environment
from ..results import EndedBy
from ..strategies import Proposal, Strategy
from ..types import Params
from .digests import digest
from .json_values import (
    LARGEST_INT,
    LONGEST_TEXT,
    JsonEntries,
    check,
    exact_value,
    shown_value,
    value_body,
)
from .line_format import Body, DamagedError

Field = tuple[str, str]
"""A digest, and a short description for people."""

FORMAT = 1
"""The format of the files. A newer one is refused."""

_MOST_SPLITS = 2**20
"""A file that says more is not believed: there is a place for each in memory."""


@dataclass(frozen=True)
class JournalHeader:
    """The first line of a journal.

    Attributes
    ----------
    salt : str
        The salt of the checksums.
    search : str
        The class of the search.
    fields : mapping of str to Field
        What the problem is, see `sktune.journal.fingerprint`.
    versions : mapping of str to str
        The versions of Python and of the packages.
    n_splits : int
    seed : int or None
        The seed that was drawn, because none was given.
    n_candidates : int or None
        How many candidates there will be at most; None if that is not known.
    environment : Environment
        In which it was begun, see `sktune.environment`.
    background : mapping of str to object
        See `sktune.journal.backgrounds`.
    """

    salt: str
    search: str
    fields: Mapping[str, Field]
    versions: Mapping[str, str]
    n_splits: int
    seed: int | None = None
    n_candidates: int | None = None
    environment: Environment = field(default_factory=dict)
    background: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> Body:
        told = {"python", "versions", "data"}  # by other entries
        environment = {name: self.environment[name] for name in self.environment.keys() - told}
        return {
            "kind": "header",
            "format": FORMAT,
            "salt": self.salt,
            "search": self.search,
            "n_splits": self.n_splits,
            "seed": self.seed,
            "n_candidates": self.n_candidates,
            "versions": dict(self.versions),
            "environment": dict(sorted(environment.items())),
            "background": dict(self.background),
            "fields": {name: list(entry) for name, entry in self.fields.items()},
        }

    @classmethod
    def read(cls, entries: JsonEntries) -> JournalHeader:
        """Read a header; raise `DamagedError` if it is none, or one of a newer format."""
        kind, written = entries.take("kind", str), entries.take("format", int)
        check(kind == "header", "kind", kind)
        if written != FORMAT:
            raise DamagedError(
                f"it has format {written}, and this version of sktune reads format {FORMAT}"
            )
        fields = entries.take("fields", dict)
        for name, entry in fields.items():
            check(are_texts(entry, 2), name, entry)
        versions = entries.take("versions", dict)
        check(are_texts(list(versions.values())), "versions", versions)
        environment = {
            **entries.take("environment", dict, default={}),
            "versions": {name: known for name, known in versions.items() if name != "python"},
            "data": {name: fields[name][0] for name in ("X", "y", "splits") if name in fields},
        }
        if "python" in versions:
            environment["python"] = versions["python"]
        salt, seed = entries.take("salt", str), entries.take("seed", int, type(None))
        check(salt.isascii(), "salt", salt)
        check(seed is None or 0 <= seed < 2**32, "seed", seed)
        return cls(
            salt=salt,
            search=entries.take("search", str),
            fields={name: (entry[0], entry[1]) for name, entry in fields.items()},
            versions=versions,
            n_splits=entries.whole("n_splits", below=_MOST_SPLITS, least=1),
            seed=seed,
            n_candidates=read_total(entries),
            environment=environment,
            background=_read_background(entries.take("background", dict, default={})),
        )


def _read_background(told: Body) -> Body:
    if told:
        entries = JsonEntries(told)
        entries.take("in_order", bool)
        entries.take("metric", str, type(None))
        share = entries.take("test_share", float)
        check(0 <= share <= 1, "test_share", share)
        steps = entries.take("steps", dict)
        known = [hindrance for hindrance in steps.values() if hindrance is not None]
        check(are_texts(known), "steps", steps)
        for ends in entries.take("limits", dict, default={}).values():
            check(isinstance(ends, list) and len(ends) == 2, "limits", ends)
            check({type(end) for end in ends} <= {float, type(None)}, "limits", ends)
        own = entries.take("own", dict)
        check(are_texts(list(own.values())), "own", own)
    return told


def total_of(strategy: Strategy) -> int | None:
    """Return how many candidates a strategy has at most; None if that is not known."""
    total = strategy.total
    return None if total is None or total >= LARGEST_INT else total


def read_total(entries: JsonEntries) -> int | None:
    """Read how many candidates were planned; older journals do not say it."""
    total: int | None = entries.take("n_candidates", int, type(None))
    check(total is None or 0 <= total < LARGEST_INT, "n_candidates", total)
    return total


@dataclass(frozen=True)
class SearchEnd:
    """The end of a search, as it is recorded.

    Attributes
    ----------
    ended_by : str
        As of `Results`: "open" where nothing has ended it, "closed" in journals that do not say it.
    told : str
        The same in a sentence, for people; empty where everything was tried.
    """

    ended_by: EndedBy
    told: str = ""

    @property
    def body(self) -> Body:
        return {"kind": "closed", "ended_by": self.ended_by, "told": self.told}

    @classmethod
    def read(cls, entries: JsonEntries) -> SearchEnd:
        """Read an ending; raise `DamagedError` if it is none."""
        ended_by = entries.take("ended_by", str, default="closed")
        check(ended_by in get_args(EndedBy) and ended_by != "open", "ended_by", ended_by)
        told = entries.take("told", str, default="")
        check(len(told) <= LONGEST_TEXT, "told", told)
        return cls(ended_by, told)


@dataclass(frozen=True)
class Candidate:
    """A candidate as it is recorded.

    Attributes
    ----------
    number : int
        Its place among the candidates of the journal, from 0.
    key : str
        The digest of its parameters, see `key_of`.
    params : mapping of str to object
        Its parameters, as `sktune.journal.json_values.value_body` describes them.
    proposal : Proposal or None
        Where the strategy learns: where the candidate lies in the space.
    n_samples : int or None
        How many samples it was evaluated on, under successive halving.
    line : int
        The line that it was read from.
    """

    number: int
    key: str
    params: Mapping[str, Any]
    proposal: Proposal | None = None
    n_samples: int | None = None
    line: int = 0

    @property
    def shown(self) -> dict[str, Any]:
        """Its parameters for people: descriptions of what is no number, text, None or bool."""
        return {name: shown_value(value) for name, value in self.params.items()}

    @property
    def body(self) -> Body:
        body: Body = {
            "kind": "candidate",
            "number": self.number,
            "key": self.key,
            "params": dict(self.params),
        }
        if self.n_samples is not None:
            body["n_samples"] = self.n_samples
        if self.proposal is not None:
            given = {name: value_body(value) for name, value in self.proposal.given.items()}
            at = dict(self.proposal.at)
            body["proposal"] = {"branch": self.proposal.branch, "at": at, "given": given}
        return body

    @classmethod
    def read(cls, entries: JsonEntries, number: int, line: int) -> Candidate:
        """Read a candidate; raise `DamagedError` if it is not this one."""
        entries.whole("number", least=number, below=number + 1)
        where = entries.take("proposal", dict, type(None))
        proposal = None if where is None else _read_proposal(JsonEntries(where))
        params = entries.take("params", dict)
        for value in params.values():
            shown_value(value)
        n_samples = entries.take("n_samples", int, type(None))
        check(n_samples is None or 0 < n_samples < LARGEST_INT, "n_samples", n_samples)
        return cls(number, entries.take("key", str), params, proposal, n_samples, line)


def key_of(params: Params, n_samples: int | None = None) -> str:
    """Digest a candidate's parameters, in whatever order they are, and its number of samples.

    The samples themselves follow from their number, since the seed is in the header.
    """
    named: list[Any] = [[name, params[name]] for name in sorted(params)]
    return digest(named if n_samples is None else [n_samples, named])


def _read_proposal(entries: JsonEntries) -> Proposal:
    at, given = entries.take("at", dict), entries.take("given", dict)
    for name, place in at.items():
        index = type(place) is int and place >= 0
        check(index or (type(place) is float and 0 <= place <= 1), name, place)
    branch = entries.whole("branch", below=LARGEST_INT)
    return Proposal(branch, at, {name: exact_value(value) for name, value in given.items()})


def read_note(entries: JsonEntries) -> tuple[str, str]:
    """Read what an observer has noted: its name and a text."""
    name, text = entries.take("name", str), entries.take("text", str)
    check(len(text) <= LONGEST_TEXT, "text", text)
    return name, text


def are_texts(values: Any, n: int | None = None) -> bool:
    """Whether values that were read are a list of texts, of n if that is given."""
    right = isinstance(values, list) and all(type(value) is str for value in values)
    return right and n in (None, len(values))
