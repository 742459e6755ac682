"""The format of a line of a journal, and which lines of a file are to be believed.

A line is a JSON object. Its first entries are its number and how many bytes of the file were
known to be on the disk when it was written; its last is a checksum of all before it, salted
with the journal's own salt, so that no line of another journal is taken for one of this.

Three things can be wrong with a file, and they are told apart:

- its end is *torn*: the last write did not get there whole. What is torn was never recorded,
  and is cut off.
- after a power cut, writes of the last second may be missing though later ones are there:
  there are zeros in their place, and no later line says that they had been on the disk. From
  there on it is cut off too.
- anything else in the middle is *damage*, and is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from .disk import LONGEST_LINE

DEEPEST = 16
"""How deep brackets are nested in a line at most."""

_END = re.compile(rb',"sum":"([0-9a-f]{16})"}\n\Z')
# a text that has no end goes to the end, so that its quotes are not tried as beginnings
_NO_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^][{}"]+', re.DOTALL)

Body = dict[str, Any]


class DamagedError(ValueError):
    """A line is not what was written, or does not say what such a line says."""


class TooLongError(ValueError):
    """A record would not fit into a line."""


@dataclass(frozen=True)
class Line:
    """A line of a journal: its number, from 1, and what it says.

    `synced` bytes of the file were known to be on the disk when it was written.
    """

    number: int
    synced: int
    body: Body


def encode(line: Line, salt: str) -> bytes:
    """Turn a line into bytes; raise `TooLongError` if they are too many."""
    numbered = {"line": line.number, "synced": line.synced, **line.body}
    text = json.dumps(numbered, allow_nan=False, separators=(",", ":"))
    data = text[:-1].encode("ascii")
    data = b'%s,"sum":"%s"}\n' % (data, _checksum(data, salt))
    if len(data) > LONGEST_LINE:
        raise TooLongError(f"a record of {len(data)} bytes does not fit into a line")
    return data


def decode(data: bytes, salt: str) -> Line:
    """Turn bytes into a line; raise `DamagedError` unless every bit is as it was written."""
    end = _END.search(data[-64:])
    if end is None or len(data) > LONGEST_LINE:
        raise DamagedError("it does not end as a line does")
    start = data[: len(data) - len(end[0])]
    if end[1] != _checksum(start, salt):
        raise DamagedError("its checksum is wrong")
    if _depth(start) > DEEPEST:
        raise DamagedError(f"it is nested deeper than {DEEPEST}")
    try:
        body = json.loads(start + b"}", parse_constant=_refuse)
        number, synced = body.pop("line"), body.pop("synced")
    except (ValueError, KeyError, AttributeError, RecursionError) as exc:
        raise DamagedError(f"it is no record ({type(exc).__name__})") from exc
    if type(number) is not int or type(synced) is not int:
        raise DamagedError("it is no record")
    return Line(number, synced, body)


def recover(data: Iterable[bytes], salt: str, size: int) -> tuple[list[Line], int, int]:
    """Read the lines that come after a header of `size` bytes, to the first not written whole.

    Raises `DamagedError`, naming the line, for anything in the middle that no crash leaves.

    Returns
    -------
    lines : list of Line
        Those that are to be believed.
    size, tail : int
        Where they end in the file, and how many bytes after that are to be cut off.
    """
    lines: list[Line] = []
    tail = 0
    wrong, zeros = "", False
    synced = -1  # what the good lines after a bad one say
    for raw in data:
        try:
            line = decode(raw, salt)
            if not wrong and line.number != 2 + len(lines):
                raise DamagedError(f"it says that it is line {line.number}")
        except DamagedError as exc:
            wrong = wrong or str(exc)
            zeros = zeros or b"\0" in raw
            tail += len(raw)
            continue
        if wrong:
            synced = max(synced, line.synced)
            tail += len(raw)
        else:
            lines.append(line)
            size += len(raw)
    if wrong and synced >= 0 and (synced > size or not zeros):
        raise DamagedError(f"line {2 + len(lines)} is damaged: {wrong}")
    return lines, size, tail


def _checksum(data: bytes, salt: str) -> bytes:
    return hashlib.sha256(salt.encode() + data).hexdigest()[:16].encode()


def _depth(data: bytes) -> int:
    """Return how many brackets are open at most."""
    steps = (1 if bracket in b"[{" else -1 for bracket in _NO_BRACKETS.sub(b"", data))
    return max(accumulate(steps), default=0)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
