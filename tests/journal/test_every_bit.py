"""A journal cut anywhere, or with a bit flipped: refused, or a tail less; never a wrong record."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sktune.journal.contents import Contents, NotAJournalError
from sktune.journal.line_format import DamagedError
from tests.helpers.estimators import n_fits
from tests.helpers.journal.small import N_SPLITS, fitted, lines_of
from tests.helpers.searches import (
    Make,
    assert_same_results,
    bayes,
    every_search,
    grid,
    more,
    random,
)

State = tuple[list[Any], dict[int, dict[int, Any]]]


@pytest.fixture(params=["grid", "bayes"], scope="module")
def journal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a whole journal, of a search that was interrupted and went on."""
    make = {"grid": grid, "bayes": bayes}[request.param]
    path = tmp_path_factory.mktemp("journal") / "search.jsonl"
    fitted(make, path, **more(make, n_iter=3))
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:5]))
    fitted(make, path, **more(make, n_iter=3))
    return path.read_bytes()


def state_of(recorded: Contents) -> State:
    return recorded.candidates, recorded.outcomes


def states(data: bytes) -> list[State]:
    """What is recorded after each line, taking the lines as they are."""
    lines = data.splitlines(keepends=True)
    found = []
    for n in range(1, len(lines) + 1):
        recorded = Contents.read(lines[:n])
        assert recorded is not None
        assert recorded.n_lines == n
        found.append(state_of(recorded))
    return found


def cut(journal: bytes, sizes: Iterable[int]) -> None:
    """Cut at some sizes, and check what is read."""
    ends = list(accumulate(map(len, journal.splitlines(keepends=True))))
    before = states(journal)
    for size in sizes:
        n = sum(end <= size for end in ends)
        if size == 0:
            assert Contents.read(lines_of(b"")) is None
        elif n == 0:
            with pytest.raises((NotAJournalError, DamagedError), match=r"line 1|does not begin"):
                Contents.read(lines_of(journal[:size]))
        else:
            recorded = Contents.read(lines_of(journal[:size]))
            assert recorded is not None
            assert state_of(recorded) == before[n - 1]
            assert (recorded.n_lines, recorded.size) == (n, ends[n - 1])
            assert recorded.tail == size - ends[n - 1]


def test_whatever_is_cut_off_what_is_left_is_what_lines_are_whole(journal: bytes) -> None:
    """At every third byte, and around each end of a line."""
    ends = accumulate(map(len, journal.splitlines(keepends=True)))
    around = {end + k for end in (0, *ends) for k in (-1, 0, 1)}
    cut(journal, sorted({*range(0, len(journal), 3), *around} & {*range(len(journal) + 1)}))


@pytest.mark.slow
def test_wherever_it_is_cut_off_what_is_left_is_what_lines_are_whole(journal: bytes) -> None:
    cut(journal, range(len(journal) + 1))


def flip_bits(journal: bytes, bits: Iterable[tuple[int, int]]) -> int:
    """Flip each of some bits, and check what is read; return how many gave an error."""
    lines = journal.splitlines(keepends=True)
    ends = list(accumulate(map(len, lines)))
    before = states(journal)
    line_of = np.repeat(np.arange(len(lines)), list(map(len, lines)))
    refused = 0
    for at, bit in bits:
        damaged = bytearray(journal)
        damaged[at] ^= 1 << bit
        line = int(line_of[at])
        # where the end of a line is gone, the next is a part of it
        joined = at == ends[line] - 1
        sound_ones_after = len(lines) - 1 - line - joined > 0
        try:
            recorded = Contents.read(lines_of(bytes(damaged)))
        except NotAJournalError:
            assert line == 0
            refused += 1
        except DamagedError as exc:
            assert f"line {line + 1} " in str(exc)  # noqa: PT017
            assert line == 0 or sound_ones_after
            refused += 1
        else:
            assert recorded is not None
            assert line > 0
            assert not sound_ones_after or damaged[at] == 0, "damage in the middle was not seen"
            assert state_of(recorded) == before[line - 1]
            assert recorded.size == ends[line - 1]
            assert recorded.tail == len(journal) - ends[line - 1]
    return refused


def test_a_flipped_bit_is_refused_or_at_the_end(journal: bytes) -> None:
    # of every third byte one, each time another
    bits = [(at, at % 8) for at in range(0, len(journal), 3)]
    assert flip_bits(journal, bits) > 0.7 * len(bits)


@pytest.mark.slow
def test_every_flipped_bit_is_refused_or_at_the_end(journal: bytes) -> None:
    bits = [(at, bit) for at in range(len(journal)) for bit in range(8)]
    assert flip_bits(journal, bits) > 0.7 * len(bits)


@pytest.mark.slow
def test_a_byte_that_is_missing_or_there_twice_is_seen(journal: bytes) -> None:
    lines = journal.splitlines(keepends=True)
    before = states(journal)
    line_of = np.repeat(np.arange(len(lines)), list(map(len, lines)))
    for at in range(len(journal)):
        for damaged in (
            journal[:at] + journal[at + 1 :],
            journal[: at + 1] + journal[at:],
        ):
            if damaged == journal:
                continue
            try:
                recorded = Contents.read(lines_of(damaged))
            except (NotAJournalError, DamagedError):
                continue
            assert recorded is not None
            # a newline twice is an empty line behind it
            assert state_of(recorded) in before[line_of[at] - 1 : line_of[at] + 1]


def resume_from_cuts(make: Make, folder: Path, n_cuts: int) -> None:
    """Cut a journal at some places; the search that goes on ends as if nothing had happened."""
    fits, path = folder / "fits", folder / "search.jsonl"
    fits.mkdir()
    whole = fitted(make, path, fits)
    content = path.read_bytes()
    n_outcomes = len(whole["params"]) * N_SPLITS
    lines = content.splitlines(keepends=True)
    ends = list(accumulate(map(len, lines)))
    rng = np.random.default_rng(0)
    random_cuts = rng.integers(ends[0], len(content), n_cuts)
    for size in [0, *(end + k for end in ends for k in (0, -1)), *map(int, random_cuts)]:
        if 0 < size < ends[0]:
            continue
        path.write_bytes(content[:size])
        before = n_fits(fits)
        again = fitted(make, path, fits)
        assert_same_results(again, whole)
        left = b"".join(line for line, end in zip(lines, ends, strict=True) if end <= size)
        n_recorded = left.count(b'"kind":"outcome"')
        assert n_fits(fits) - before == n_outcomes - n_recorded
        # what was cut off is gone, unless nothing was left to record
        recorded = Contents.read(lines_of(path.read_bytes()))
        assert recorded is not None
        assert sum(map(len, recorded.outcomes.values())) == n_outcomes
        assert recorded.tail == 0 or n_recorded == n_outcomes


@pytest.mark.parametrize("make", [grid, pytest.param(random, marks=pytest.mark.slow), bayes])
def test_a_search_goes_on_from_wherever_its_journal_was_cut(make: Make, tmp_path: Path) -> None:
    resume_from_cuts(make, tmp_path, 2)


@pytest.mark.slow
@every_search
def test_a_search_goes_on_from_many_cuts(make: Make, tmp_path: Path) -> None:
    resume_from_cuts(make, tmp_path, 300)
