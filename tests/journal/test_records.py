"""What is recorded comes back as it was, and what could not have been recorded is refused."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune.journal.disk import LONGEST_LINE, Disk
from sktune.journal.json_values import exact_value, shown_value, value_body
from sktune.journal.line_format import DamagedError, Line, decode, encode, recover
from sktune.journal.outcome_records import JsonEntries, outcome_body, read_outcome
from sktune.trials import Failure, Outcome, Rounds

MOST, HUGE = 2**63 - 1, 1e308
seconds = st.floats(-HUGE, HUGE)
sizes = st.integers(1, MOST)
words = st.text(max_size=3)
scores = st.none() | st.floats(-HUGE, HUGE)
rounds = st.builds(
    Rounds,
    n=sizes,
    most=sizes,
    n_samples=st.none() | sizes,
    metric=words,
    curve=st.lists(st.tuples(sizes, seconds), min_size=1, max_size=2).map(tuple),
    greater_is_better=st.booleans(),
    missed=st.none() | seconds,
)
outcomes = st.builds(
    Outcome,
    trial=st.just(0),
    split=st.integers(0, 1),
    test_scores=st.dictionaries(words, scores, max_size=2),
    train_scores=st.dictionaries(words, scores, max_size=2),
    multimetric=st.just(True),
    **dict.fromkeys(("fit_time", "score_time", "own_time", "saved_time"), seconds),
    fits=st.lists(st.tuples(words, seconds), max_size=2).map(tuple),
    reused=st.lists(words, max_size=2).map(tuple),
    failures=st.lists(st.builds(Failure, st.just("fit"), words, words), max_size=1).map(tuple),
    rounds=st.none() | rounds,
)
when = st.fixed_dictionaries(
    {"started": seconds, "worker": st.integers(0, MOST), "clock": st.none() | seconds}
)


def there_and_back(body: Any) -> Any:
    return read_outcome(JsonEntries(json.loads(json.dumps(body))), 1, 2)


@given(outcomes, st.none() | when)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome, at: dict[str, Any] | None) -> None:
    outcome = replace(outcome, **(at or {}))
    assert there_and_back(outcome_body(0, outcome)) == outcome


WHOLE = outcome_body(
    0,
    Outcome(
        trial=0,
        split=0,
        test_scores={"score": 0.5},
        train_scores={"score": 0.5},
        fits=(("", 0.5),),
        failures=(Failure("score", "why", "story"),),
        started=0.5,
        worker=0,
        clock=0.5,
        rounds=Rounds(5, 9, 8, "loss", ((5, 0.5),), False, 0.5),
    ),
)
INF = math.inf
SECONDS = [HUGE, -HUGE, MOST, -MOST], [INF, 2**63, -(2**63), None, "1", True]
SIZE = [1, MOST], [0, 2**63, 1.5, "1", True]
ENTRIES: dict[tuple[Any, ...], tuple[list[Any], list[Any]]] = {
    ("candidate",): ([0], [1, -1, 0.0, None]),
    ("split",): ([0, 1], [2, -1, 0.0, None]),
    ("test", "score"): ([HUGE, "nan", None], [INF, "inf", 1, True]),
    ("train", "score"): ([HUGE, "nan", None], [INF, "inf", 1, True]),
    ("test",): ([{}], [{"other": 0.5}, [], None]),
    ("times",): ([[0, 0, 0, 0]], [[0] * 3, [0] * 5, 0.5]),
    **{("times", n): SECONDS for n in range(4)},
    ("when",): ([[0.5, 0], [0.5, 0, 0.5]], [[0.5], [0.5, 0, 0.5, 0.5], [None, 0], [0.5, None]]),
    ("when", 0): SECONDS,
    ("when", 1): ([0, MOST], [-1, 2**63, 0.5, True]),
    ("when", 2): ([*SECONDS[0], None], [INF, 2**63, "1", True]),
    ("fits", 0): ([["name", 0]], [["name"], ["name", 0.5, 1], "ab", None]),
    ("fits", 0, 0): (["name"], [1, None]),
    ("fits", 0, 1): SECONDS,
    ("failures", 0): ([["fit", "", ""]], [["fit", ""], ["fit", "", "", ""], ["pickle", "", ""]]),
    ("failures", 0, 1): ([""], [None, 1]),
    ("rounds",): ([[]], [[5, 9, 8, "loss", False], [5, 9, 8, "loss", False, 0.5, 1]]),
    ("rounds", 0): SIZE,
    ("rounds", 1): SIZE,
    ("rounds", 2): ([*SIZE[0], None], SIZE[1]),
    ("rounds", 3): (["", "auc"], [None, 1]),
    ("rounds", 4): ([True, False], [None, 0]),
    ("rounds", 5): ([*SECONDS[0], None], [INF, 2**63, "1", True]),
    ("curve",): ([[[1, 0.5]]], [[], [1], "ab"]),  # what was given up has come so far
    ("curve", 0): ([[1, 0]], [[1], [1, 0.5, 2], "ab"]),
    ("curve", 0, 0): SIZE,
    ("curve", 0, 1): SECONDS,
}
"""What may stand in an entry, and what may not: the ends of each, and the next beyond them."""


def with_entry(entry: tuple[Any, ...], value: Any) -> Any:
    body = copy.deepcopy(WHOLE)
    at: Any = body
    for key in entry[:-1]:
        at = at[key]
    at[entry[-1]] = value
    return body


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_what_no_outcome_can_have_is_refused(entry: tuple[Any, ...]) -> None:
    good, bad = ENTRIES[entry]
    for value in good:
        there_and_back(with_entry(entry, value))
    named = entry[-1] if isinstance(entry[-1], str) else entry[0]
    for value in bad:
        with pytest.raises(DamagedError, match=f"entry '{named}'"):
            there_and_back(with_entry(entry, value))


@pytest.mark.parametrize("number", [MOST, -MOST, 0, 0.1, True, None, "word", "x" * 1000])
def test_plain_values_stand_in_a_record_as_they_are(number: Any) -> None:
    assert value_body(number) is number
    assert exact_value(number) is shown_value(number) is number


NUMBERS = [np.float16(0.1), np.float32(0.1), np.float64(0.1), math.inf, -math.inf]
NUMBERS += [kind(end) for kind in (np.int8, np.int64, np.uint64) for end in (np.iinfo(kind).max,)]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_come_back_with_their_type(number: Any) -> None:
    body = json.loads(json.dumps(value_body(number)))
    for back in (exact_value(body), shown_value(body)):
        assert type(back) is type(number)
        assert back == number


@pytest.mark.parametrize("value", [2**63, -(2**63), "x" * 1001, (1, 2), b"bytes"], ids=type)
def test_all_else_is_described(value: Any) -> None:
    body = value_body(value)
    assert shown_value(body) == body["text"]
    assert body["digest"] != value_body([value])["digest"]
    with pytest.raises(DamagedError):
        exact_value(body)


@pytest.mark.parametrize(
    "body",
    [
        2**63,
        -(2**63),
        [1],
        {"type": "int8", "number": 128},
        {"type": "uint8", "number": -1},
        {"type": "int8", "number": 1.0},
        {"type": "float", "number": "1"},
        {"type": "object", "number": 1},
        {"type": "x", "text": 3, "digest": "y"},
        {"type": "x"},
    ],
    ids=str,
)
def test_what_no_value_can_be_is_refused(body: Any) -> None:
    with pytest.raises(DamagedError):
        shown_value(body)


@pytest.mark.parametrize("numbers", [(2.0, 0), (2, 0.0), ("2", 0), (2, None), (True, 0)])
def test_lines_are_numbered_by_whole_numbers(numbers: tuple[Any, Any]) -> None:
    assert decode(encode(Line(2, 0, {"a": 1}), "salt"), "salt") == Line(2, 0, {"a": 1})
    with pytest.raises(DamagedError, match="no record"):
        decode(encode(Line(*numbers, {}), "salt"), "salt")


def test_the_longest_line_is_read_whole(tmp_path: Path) -> None:
    path, line = tmp_path / "file", b"x" * (LONGEST_LINE - 1) + b"\n"
    path.write_bytes(line + b"y" + line)
    assert [len(part) for part in Disk().lines(str(path))] == [LONGEST_LINE, LONGEST_LINE + 1]
    path.write_bytes(b"yy" + line)
    assert [len(part) for part in Disk().lines(str(path))] == [LONGEST_LINE + 1, 1]


@pytest.mark.parametrize("n_lost", [0, 1, 2])
def test_what_is_believed_and_what_is_cut_off_are_the_file(n_lost: int) -> None:
    whole = [encode(Line(n, 0, {"a": n}), "salt") for n in (2, 3)]
    lost = [b"half\n", b"\0\0"][:n_lost]
    lines, size, tail = recover([*whole, *lost], "salt", 100)
    assert [line.number for line in lines] == [2, 3]
    assert size == 100 + sum(map(len, whole))
    assert tail == sum(map(len, lost))
