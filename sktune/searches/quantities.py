"""Options that are seconds or bytes, and the numbers that are meant where they are none."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from ..messages import in_short
from ..space.dimensions import is_count, is_number

_LEAST_BYTES = 2**20

_NUMBER = r"(\d+(?:\.\d*)?(?:e\d+)?)"
_SECONDS = {
    "ms|msecs?|milliseconds?": 0.001,
    "|s|secs?|seconds?": 1,
    "m|mins?|minutes?": 60,
    "h|hrs?|hours?": 3600,
    "d|days?": 86400,
}
_POWERS = {"k": 10, "m": 20, "g": 30, "t": 40}


def check_seconds(name: str, value: Any) -> None:
    """Refuse what is neither a number of seconds nor None.

    Raises
    ------
    ValueError
        With the number that is meant, if that can be told.
    """
    if value is None or is_number(value, least=1e-3):
        return
    meant = value.total_seconds() if isinstance(value, timedelta) else _seconds_in(value)
    told = f"seconds: {meant:.12g}" if meant else "seconds, more than 0"
    raise ValueError(f"{name}={in_short(value)}; pass {told}, or None for no limit.")


def check_bytes(name: str, value: Any) -> None:
    """Refuse what is neither a number of bytes nor None; likewise."""
    if value is None or is_count(value, least=_LEAST_BYTES):
        return
    meant = _bytes_in(value)
    told = f"pass {meant}" if meant else "pass a whole number of bytes, for example 4 * 2**30"
    raise ValueError(
        f"{name}={in_short(value)}, which goes by bytes; {told}, or None for no limit."
    )


def _seconds_in(value: object) -> float | None:
    """Return the seconds in "10min", "1h 30m", "0:10:00" or "600"."""
    text = value.lower().strip() if isinstance(value, str) else ""
    if clock := re.fullmatch(r"(?:(\d+):)?(\d+):(\d+)", text):
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return 3600 * hours + 60 * minutes + seconds
    if not re.fullmatch(rf"(?:{_NUMBER}\s*[a-z]*\s*)+", text):
        return None
    total = 0.0
    for number, unit in re.findall(rf"{_NUMBER}\s*([a-z]*)", text):
        found = [seconds for spelt, seconds in _SECONDS.items() if re.fullmatch(spelt, unit)]
        if not found:
            return None
        total += float(number) * found[0]
    return total


def _bytes_in(value: Any) -> str | None:
    """Return how to write the bytes in "2GB", "512 MiB", 4e9, or 2, by which GiB are meant."""
    if isinstance(value, str):
        size = re.fullmatch(rf"{_NUMBER}\s*([kmgt]?)(?:i?b|bytes?)?", value.lower().strip())
        if size is None:
            return None
        number, power = float(size[1]), _POWERS.get(size[2], 0)
    elif is_number(value, least=0.1):
        number, power = float(value), 0
    else:
        return None
    if not power and number < _LEAST_BYTES:
        power = 30
    if not power:
        return f"{number:.0f}"
    return f"{number:g} * 2**{power}" if number.is_integer() else f"int({number:g} * 2**{power})"
