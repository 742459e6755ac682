"""Files that were written to harm: an error with the line and the remedy, or a lie about a score.

The checksums are right in all of them, so whatever is wrong must be seen in what they say.
"""

from __future__ import annotations

import json
import re
import sys
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sktune import read_journal
from sktune.exceptions import CheckpointError, FailedCandidatesWarning
from sktune.journal.contents import Contents, read_file
from sktune.journal.disk import LONGEST_LINE, Disk
from sktune.journal.line_format import DEEPEST, Body, Line, TooLongError, _checksum, encode
from tests.helpers.journal.small import bodies_of, fitted, forge, lines_of
from tests.helpers.searches import Make, bayes, grid, random, silent

Spoil = Callable[[list[Body]], Any]

HUGE = 10**400
_audited: list[str] | None = None


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if _audited is not None and event in {
        "import",
        "compile",
        "exec",
        "pickle.find_class",
        "marshal.loads",
        "os.system",
        "subprocess.Popen",
    }:
        _audited.append(event)


sys.addaudithook(_audit)


@contextmanager
def nothing_is_executed() -> Iterator[None]:
    """Check that nothing is imported, compiled or unpickled."""
    global _audited
    _audited = []
    try:
        yield
        assert _audited == []
    finally:
        _audited = None


def seal(text: bytes, salt: str) -> bytes:
    """Make a line of what is before its checksum, whatever it is."""
    return b'%s,"sum":"%s"}\n' % (text, _checksum(text, salt))


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Body]]:
    """What journals say that nobody has changed."""
    folder = tmp_path_factory.mktemp("journals")
    for make in (grid, random, bayes):
        fitted(make, folder / make.__name__)
    return {path.name: bodies_of(path) for path in folder.iterdir() if not path.suffix}


def put(*path: Any, value: Any) -> Spoil:
    """Change an entry; the first of the path is the line's index."""

    def spoil(bodies: list[Body]) -> None:
        at: Any = bodies
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return spoil


def last(kind: str) -> Callable[[list[Body]], int]:
    return lambda bodies: max(n for n, body in enumerate(bodies) if body["kind"] == kind)


ANYTHING: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "less": -1,
    "huge": HUGE,
    "much": 2**62,
    "float": 0.5,
    "small": -1e308,
    "large": 1e308,
    "text": "odd",
    "empty": "",
    "surrogate": "\ud800",
    "proto": "__proto__",
    "list": [],
    "lists": [[]],
    "dict": {},
    "dicts": {"__proto__": {"__class__": "os.system"}},
    "number": {"type": "float", "number": HUGE},
    "kind": {"type": ["float"], "number": 1},
    "reduce": {"type": "object", "number": 0},
    "half": {"type": "float16", "number": 1e300},
    "int": {"type": "int8", "number": 10**9},
    "nan": {"type": "int64", "number": "nan"},
    "described": {"type": "x", "text": "import os", "digest": 3},
    "long": "x" * 5000,
}
"""What is put in the place of any entry."""


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path to every entry."""
    if path:
        yield path
    entries = body.items() if isinstance(body, dict) else enumerate(body)
    if isinstance(body, dict | list):
        for key, value in entries:
            yield from (
                places(value, (*path, key)) if isinstance(value, dict | list) else [(*path, key)]
            )


def check_harmless(make: Make, path: Path, **options: Any) -> tuple[bool, bool]:
    """Read a file, and go on from it; return whether each was refused."""
    content = path.read_bytes()
    refused = []
    with warnings.catch_warnings():
        # lies may be failures, and larger than what can be squared
        warnings.filterwarnings("ignore", category=UserWarning)
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        for call in (read_journal, lambda path: fitted(make, path, **options)):
            try:
                result = call(path)
            except CheckpointError as exc:
                check_message(str(exc))
                assert path.read_bytes() == content, "what is refused is left as it is"
                refused.append(True)
            except ValueError as exc:
                # what is recorded as failed is failed, and then there is no best
                assert "failed" in str(exc), exc  # noqa: PT017
                refused.append(False)
            else:
                refused.append(False)
                if isinstance(result, dict):
                    for params in result["params"]:
                        assert in_space(make, params), "a candidate from nowhere"
    return refused[0], refused[1]


def check_message(message: str) -> None:
    """Whether a message says what is wrong, and what to do."""
    assert re.search(r"line \d+|journal of another|no journal", message), message
    assert re.search(r"[Pp]ass|[Tt]ake a copy|Go on with", message), message
    assert len(message) < 3000


def in_space(make: Make, params: dict[str, Any]) -> bool:
    if make is grid:
        return params.keys() == {"value"} and params["value"] in (1.5, 2.5, 3.5)
    if make is random:
        return params.keys() == {"value"} and 1 <= params["value"] <= 4
    return (
        params.keys() == {"value", "other"}
        and type(params["value"]) is float
        and 1 <= params["value"] <= 4
        and params["other"] in ("a", "b")
    )


def spoilt_everywhere(
    make: Make, bodies: list[Body], kind: str, path: Path, names: list[str], part: slice
) -> int:
    """Put anything in the place of every entry of a line of a kind; return how often."""
    index = last(kind)(bodies)
    n_refused = n = 0
    for place in list(places(bodies[index]))[part]:
        for name in names:
            copy = json.loads(json.dumps(bodies))
            put(index, *place, value=ANYTHING[name])(copy)
            if kind == "header":  # else it is just another salt, and all of the rest is gone
                copy[0]["fields"] = (
                    {**bodies[0]["fields"], **copy[0]["fields"]}
                    if isinstance(copy[0].get("fields"), dict)
                    else copy[0].get("fields")
                )
            try:
                forge(path, copy)
            except (TooLongError, AttributeError, TypeError, UnicodeEncodeError):
                forge_with_any_salt(path, copy)
            try:
                n_refused += any(check_harmless(make, path))
            except Exception as exc:
                raise AssertionError(f"{place} = {name}") from exc
            n += 1
    assert n_refused
    return n


def forge_with_any_salt(path: Path, bodies: list[Body]) -> None:
    """As `forge`, where the salt itself is odd."""
    header = encode(Line(1, 0, bodies[0]), "")
    path.write_bytes(
        header + b"".join(encode(Line(n, 0, b), "") for n, b in enumerate(bodies[1:], start=2))
    )


NAMES = [list(ANYTHING)[n::6] for n in range(6)]
LINES = [(grid, "candidate"), (bayes, "candidate"), (grid, "outcome")]


@pytest.mark.parametrize(
    ("make", "kind", "names"),
    [
        # each kind of line meets a sixth of everything, and half of everything meets one; else slow
        pytest.param(
            *line,
            names,
            id=f"{line[0].__name__}-{line[1]}-{names}",
            marks=[] if n == 2 * k else pytest.mark.slow,
        )
        for k, line in enumerate(LINES)
        for n, names in enumerate(NAMES)
    ],
)
def test_anything_in_the_place_of_any_entry(
    make: Make, kind: str, names: list[str], journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    path, everywhere = tmp_path / "f", slice(None)
    assert spoilt_everywhere(make, journals[make.__name__], kind, path, names, everywhere) > 10


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        # a quarter of everything is put in a third of the entries, and in each some; else slow
        pytest.param(name, begin, marks=[] if n % 12 == 4 * begin else pytest.mark.slow)
        for n, name in enumerate(ANYTHING)
        for begin in range(3)
    ],
)
def test_anything_in_the_header(
    name: str, begin: int, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    bodies = json.loads(json.dumps(journals["random"]))
    bodies[0]["fields"] = dict(list(bodies[0]["fields"].items())[:2])
    part = slice(begin, None, 3)
    assert spoilt_everywhere(random, bodies, "header", tmp_path / "f", [name], part) > 3


RAW = {
    "1e999": b'"a":1e999',
    "many digits": b'"a":' + b"9" * 5000,
    "NaN": b'"a":NaN',
    "Infinity": b'"a":-Infinity',
    "deep": b'"a":' + b"[" * 40_000 + b"]" * 40_000,
    "deep and not closed": b'"a":' + b"[{" * 40_000,
    "a string of brackets": b'"a":"' + b"[" * 100 + b'"',
    "a string without end": b'"a":"',
    "quotes without end": b'"a":"' + b'\\"' * 300_000,
    "a string that ends in a backslash": b'"a":"\\',
    "no UTF-8": b'"a":"\xff\xfe"',
    "half a surrogate": b'"a":"\\ud800"',
    "no JSON": b"import os",
    "zeros": bytes(100),
    "a number twice": b'"line":1,"line":7',
    "numbers as text": b'"line":"2","synced":"0"',
    "a bool as number": b'"line":true',
    "synced from the future": b'"synced":99999999999999999999',
    "synced before the beginning": b'"synced":-5',
    "no kind": b'"number":0',
    "a list as kind": b'"kind":["outcome"]',
    "a kind of the future": b'"kind":"model","pickle":"gASVAAAAAAAAAIwFcG9zaXg="',
    "another header": b'"kind":"header"',
}


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize("at_end", [True, False])
def test_any_text_between_the_checksums(
    name: str, at_end: bool, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    path = tmp_path / "f"
    bodies, salt = journals["grid"], journals["grid"][0]["salt"]
    forge(path, bodies)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3 if not at_end else -1] = seal(
        b'{"line":%d,"synced":0,%s' % (4 if not at_end else len(lines), RAW[name]), salt
    )
    if not at_end:  # else what is behind might be taken for written after a power cut
        lines[4:] = [
            encode(Line(n, 10**6, body), salt) for n, body in enumerate(bodies[4:], start=5)
        ]
    path.write_bytes(b"".join(lines))
    with nothing_is_executed():
        try:
            found = read_file(str(path), Disk())
        except CheckpointError as exc:
            check_message(str(exc))
            assert f"line {len(lines) if at_end else 4} " in str(exc)  # noqa: PT017
        else:
            assert found is not None
            # the last line is "closed", so nothing is missing
            assert at_end
            assert sum(map(len, found.outcomes.values())) == 6
    check_harmless(grid, path)


def spoilt(change: Callable[[list[Body]], Any], bodies: list[Body], path: Path) -> None:
    bodies = json.loads(json.dumps(bodies))
    forge(path, change(bodies) or bodies)


def first(kind: str, bodies: list[Body]) -> Body:
    return next(body for body in bodies if body["kind"] == kind)


def twice(kind: str) -> Spoil:
    def change(bodies: list[Body]) -> list[Body]:
        n = sum(body["kind"] == kind for body in bodies)
        return [*bodies, {**first(kind, bodies), **({"number": n} if kind == "candidate" else {})}]

    return change


def of(kind: str, **entries: Any) -> Spoil:
    def change(bodies: list[Body]) -> None:
        first(kind, bodies).update(entries)

    return change


REFUSED: dict[str, Spoil] = {
    "a candidate twice": twice("candidate"),
    "the header twice": twice("header"),
    "an outcome of no candidate": of("outcome", candidate=99),
    "an outcome of the last but none": of("outcome", candidate=-1),
    "an outcome of no split": of("outcome", split=2),
    "a candidate out of order": of("candidate", number=1),
    "an unknown stage": of("outcome", failures=[["pickle", "x", "y"]]),
    "a failure without its story": of("outcome", failures=[["fit", "x"]]),
    "steps that have no names": of("outcome", reused=[1]),
    "own parameters in numbers": lambda b: b[0]["background"]["own"].update(value=1),
    "limits in text": lambda b: b[0]["background"].update(limits={"score": ["0", None]}),
    "an infinite score": of("outcome", test={"score": "inf"}),
    "a score in text": of("outcome", test={"score": "1.0"}),
    "another metric": of("outcome", test={"accuracy": 0.5}),
    "a strange metric": of("outcome", test={"__proto__": 0.5}),
    "another metric of training": of("outcome", train={"__proto__": 0.5}),
    "no times": of("outcome", times=[0.0, 0.0]),
    "no worker": of("outcome", when=[0.0]),
    "a worker that is none": of("outcome", when=[0.0, -1]),
    "a start that is none": of("outcome", when=[True, 0]),
    "no rounds": of("outcome", rounds=[0, 9, 8, "loss", False, None]),
    "rounds in text": of("outcome", rounds=["5", 9, 8, "loss", False, None]),
    "rounds without a metric": of("outcome", rounds=[5, 9, 8]),
    "rounds of fewer samples than none": of("outcome", rounds=[5, 9, -8, "loss", False, None]),
    "given up at no point": of("outcome", rounds=[5, 9, 8, "loss", False, 0.5]),
    "a curve of no points": of("outcome", curve=[[1, 0.5, 2]]),
    "a curve that goes to infinity": of("outcome", curve=[[1, "inf"]]),
    "a curve before the first round": of("outcome", curve=[[0, 0.5]]),
    "a note in a list": lambda b: [*b, {"kind": "note", "name": "mlflow", "text": ["x"]}],
    "a note without end": lambda b: [*b, {"kind": "note", "name": "mlflow", "text": "x" * 2000}],
    "fewer candidates than none": of("header", n_candidates=-1),
    "candidates without end": of("header", n_candidates=2**63),
    "candidates in text": of("header", n_candidates="4"),
    "planned in halves": lambda b: [*b, {"kind": "begun", "n_candidates": 1.5}],
    "an ending that is none": of("closed", ended_by="os.system"),
    "an ending of what is open": of("closed", ended_by="open"),
    "an ending in a list": of("closed", ended_by=["timeout"]),
    "an ending without end": of("closed", told="x" * 2000),
    "a format of the future": of("header", format=2),
    "no format": of("header", format=None),
    "fields in one": of("header", fields={"X": "digest"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_the_line(
    name: str, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    spoilt(REFUSED[name], journals["grid"], tmp_path / "f")
    assert check_harmless(grid, tmp_path / "f") == (True, True)


BAD_PROPOSALS: dict[str, Body] = {
    "no such branch": {"branch": 1},
    "a branch before the first": {"branch": -1},
    "a name too few": {"at": {"value": 0.5}},
    "a name too many": {"at": {"value": 0.5, "other": 0, "folder": 0}},
    "another name": {"at": {"value": 0.5, "__class__": 0}},
    "an index too large": {"at": {"value": 0.5, "other": 2}},
    "an index before the first": {"at": {"value": 0.5, "other": -1}},
    "a place for an index": {"at": {"value": 0.5, "other": 0.5}},
    "an index for a place": {"at": {"value": 1, "other": 0}},
    "a place beyond the end": {"at": {"value": 1.5, "other": 0}},
    "a place without end": {"at": {"value": 1e999, "other": 0}},
    "a value out of the range": {"given": {"value": 100.0}},
    "a value of no number": {"given": {"value": "nan"}},
    "a value of another name": {"given": {"folder": "/etc"}},
    "a choice that is none": {"given": {"other": "c"}},
    "a value that is described": {"given": {"value": {"type": "x", "text": "y", "digest": "z"}}},
}


@pytest.mark.parametrize("name", BAD_PROPOSALS)
def test_a_proposal_that_is_not_of_the_space_is_refused_with_the_line(
    name: str, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    path = tmp_path / "f"

    def change(bodies: list[Body]) -> None:
        n = last("candidate")(bodies)
        bodies[n]["proposal"].update(BAD_PROPOSALS[name])
        text = [json.dumps(body) for body in bodies]
        lines = [b"%s" % t[:-1].encode() for t in text]
        salts = ["", *[bodies[0]["salt"]] * len(bodies)]
        path.write_bytes(
            b"".join(
                seal(
                    b'{"line":%d,"synced":0,%s' % (k + 1, line[1:].replace(b"Infinity", b"1e999")),
                    salts[k],
                )
                for k, line in enumerate(lines)
            )
        )

    bodies = json.loads(json.dumps(journals["bayes"]))
    change(bodies)
    assert check_harmless(bayes, path)[1]
    with pytest.raises(CheckpointError, match=rf"line {last('candidate')(bodies) + 1} "):
        fitted(bayes, path)


LIES: dict[str, Spoil] = {
    "no metric": of("outcome", test={}),
    "many metrics": of("outcome", test={"score": 0.5, "a": 1.0}, multimetric=True),
    "no score": of("outcome", test={"score": None}),
    "nan": of("outcome", test={"score": "nan"}),
    "a train score": of("outcome", train={"score": 1.0}),
    "strange names": of("outcome", fits=[["__class__", 1], ["__proto__", 1]]),
    "a surrogate": of("outcome", fits=[["\ud800", 1]], reused=["\udfff"]),
    "a failure": of("outcome", failures=[["fit", "\ud800", "x" * 1000]]),
    "negative times": of("outcome", times=[-1e308, -1e308, -5, -1]),
    "a start before the search": of("outcome", when=[-1e308, 2**40]),
    "a start without end": of("outcome", times=[1e308] * 4, when=[1e308, 0]),
    "endless times": of("outcome", times=[1e308, 1e308, 1e308, 2**62]),
    "an outcome twice": twice("outcome"),
    "another total": of("header", n_candidates=2**62),
    "another ending": of("closed", ended_by="timeout", told="<script>\ud800"),
    "begun by nobody": lambda b: [*b[:4], {"kind": "begun", "n_candidates": 1}, *b[4:]],
    "closed in the middle": lambda b: [*b[:4], {"kind": "closed"}, *b[4:]],
    "params of another": of("candidate", params={"__class__": 1, "": None}),
    "params in surrogates": of("candidate", params={"value": "\ud800", "\ud800": 1}),
    "another key": of("candidate", key="\ud800"),
    "no header's fields": of("header", fields={}),
    "other splits": of("header", n_splits=3),
    "splits without end": of("header", n_splits=2**62),
    "a seed that is none": of("header", seed=-1),
    "a seed that is too large": of("header", seed=2**70),
    "a salt that is no text": of("header", search="\ud800", versions={"\ud800": "\ud800"}),
}


# random search and grid search are alike to a journal, but for the seed
@pytest.mark.parametrize(
    ("make", "name"),
    [
        pytest.param(
            make, name, marks=pytest.mark.slow if make is random and "seed" not in name else []
        )
        for make in (grid, random, bayes)
        for name in LIES
    ],
)
def test_whatever_else_a_file_says_is_a_lie_about_a_score_at_worst(
    name: str, make: Make, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    if name == "many metrics" and make is bayes:
        # where the scorer is a function, what most candidates have says which metrics there are:
        # the one that the file lies about fails
        spoilt(LIES[name], journals["bayes"], tmp_path / "f")
        with pytest.warns(FailedCandidatesWarning, match="the same metrics each time"):
            silent(fitted, make, tmp_path / "f")
        return
    spoilt(LIES[name], journals[make.__name__], tmp_path / "f")
    check_harmless(make, tmp_path / "f")


@pytest.mark.parametrize("make", [random, bayes])
@pytest.mark.parametrize("seed", [-1, 2**32, 2**70, "odd", None, 5])
def test_a_seed_that_can_be_none_is_refused(make: Make, seed: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    fitted(make, path, random_state=None)
    bodies = bodies_of(path)
    bodies[0]["seed"] = seed
    forge(path, bodies)
    refused = check_harmless(make, path, random_state=None)
    assert any(refused) == (seed not in (None, 5))


def test_a_line_of_another_journal_is_not_taken_for_one(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        fitted(grid, path)
    ours, theirs = (path.read_bytes().splitlines(keepends=True) for path in (first, second))
    for n in range(1, len(ours)):
        # at the end, as after a wrong concatenation, with the number that fits
        recorded = Contents.read([*ours[:n], *theirs[n:]])
        assert recorded is not None
        assert recorded.n_lines == n
        if n < len(ours) - 1:
            first.write_bytes(b"".join([*ours[:n], theirs[n], *ours[n + 1 :]]))
            with pytest.raises(CheckpointError, match=rf"line {n + 1} is damaged.*cut"):
                read_journal(first)


@pytest.mark.parametrize("size", [LONGEST_LINE + 1, 2 * 2**20, 3 * 2**20 + 5])
def test_a_line_that_is_too_long_is_refused_or_at_the_end(
    size: int, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    path, salt = tmp_path / "f", journals["grid"][0]["salt"]
    forge(path, journals["grid"])
    sound = path.read_bytes()
    lines = sound.splitlines(keepends=True)
    text = b'{"line":%d,"synced":0,"kind":"closed","a":"%s"'
    path.write_bytes(sound + seal(text % (len(lines) + 1, b"x" * size), salt))
    found = read_file(str(path), Disk())
    assert found is not None
    assert found.size == len(sound)
    assert found.tail > size
    lines[3] = seal(text % (4, b"x" * size), salt)
    path.write_bytes(b"".join(lines))
    assert check_harmless(grid, path) == (True, True)
    with pytest.raises(CheckpointError, match="line 4 is damaged"):
        read_journal(path)
    # and it cannot be the first
    lines[0] = seal(b'{"line":1,"synced":0,"kind":"header","a":"%s"' % (b"x" * size), "")
    path.write_bytes(b"".join(lines))
    with pytest.raises(CheckpointError, match="line 1 is damaged"):
        read_journal(path)


@pytest.mark.parametrize("start", ["nothing", "a header", "a beginning"])
def test_a_file_without_newlines_is_not_read_into_memory(
    start: str, journals: dict[str, list[Body]], tmp_path: Path
) -> None:
    path = tmp_path / "f"
    forge(path, journals["grid"][:3])
    sound = {"nothing": b"", "a header": path.read_bytes(), "a beginning": b'{"line":1,"synced":'}
    path.write_bytes(sound[start])
    size = 2**26
    with path.open("r+b") as stream:
        stream.truncate(size)  # which takes no place on the disk
    tracemalloc.start()
    try:
        if start == "a header":
            found = read_file(str(path), Disk())
            assert found is not None
            assert found.size + found.tail == size
        else:
            with pytest.raises(CheckpointError, match=r"line 1 is damaged|is no journal"):
                read_file(str(path), Disk())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**25


def test_nesting_is_capped_where_it_is_said(journals: dict[str, list[Body]]) -> None:
    salt = journals["grid"][0]["salt"]
    forged = encode(Line(1, 0, journals["grid"][0]), "")
    for depth, kept in ((DEEPEST - 1, True), (DEEPEST, False)):
        nested: Any = 0
        for _ in range(depth):
            nested = [nested]
        data = forged + encode(Line(2, 0, {"kind": "closed", "a": nested}), salt)
        recorded = Contents.read(lines_of(data))
        assert recorded is not None
        assert (recorded.tail == 0) == kept
