"""Parts of messages: names that were probably meant, values and lists in short."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

_CLOSE = 0.75
_SHORTEST = 4
"""Letters of a name that may be misspelt: of fewer, any others are close."""

_MOST_NAMES = 8

LONGEST_REASON, LONGEST_STORY = 1_000, 40_000
"""Characters that are kept of what went wrong. An exception may say ten megabytes, which would
be in every table and warning, and not fit into a journal's line; escaped there, a character
takes twelve bytes at most."""


class _Short(reprlib.Repr):
    def repr_instance(self, x: object, level: int) -> str:
        try:
            repr(x)
        except Exception:  # noqa: BLE001 - whatever its own method raises
            return f"<{type(x).__name__}>"
        return super().repr_instance(x, level)


_SHORT = _Short()
_SHORT.maxother = _SHORT.maxstring = 80
_SHORT.maxlevel, _SHORT.maxdict = 3, 8


def duration(seconds: float) -> str:
    """Return seconds as a person would say them.

    Examples
    --------
    >>> duration(4.2), duration(12.3), duration(65), duration(3725)
    ('4.2 s', '12 s', '1:05 min', '1:02:05 h')
    """
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} h" if hours else f"{minutes}:{seconds:02} min"


def closest(
    name: str, known: Iterable[str], *, meant: Mapping[str, str] | None = None
) -> str | None:
    """Return the known name that an unknown one was probably meant to be, if there is one.

    Parameters
    ----------
    name : str
    known : iterable of str
    meant : mapping of str to str, optional
        Other people's words for known names.

    Examples
    --------
    >>> closest("Acuracy", ["accuracy", "recall"]), closest("max_depth", ["max_iter"])
    ('accuracy', None)
    """
    spelled = {plain(other): other for other in (meant or {})}
    spelled |= {plain(other): other for other in known}
    found = plain(name) if plain(name) in spelled else None
    if found is None:
        begin = [other for other in spelled if other.startswith(plain(name))]
        found = begin[0] if len(begin) == 1 and len(name) >= _SHORTEST - 1 else None
    if found is None:
        long = [other for other in spelled if len(other) >= _SHORTEST]
        close = get_close_matches(plain(name), long, n=1, cutoff=_CLOSE)
        found = close[0] if close else None
    if found is None:
        return None
    return (meant or {}).get(spelled[found], spelled[found])


def did_you_mean(
    name: object, known: Iterable[str], *, meant: Mapping[str, str] | None = None
) -> str:
    """Return " Did you mean ...?", as `closest` finds it; nothing where nothing is close."""
    found = closest(name, known, meant=meant) if isinstance(name, str) else None
    return "" if found is None else f" Did you mean {found!r}?"


def none_of(refit: object, metrics: Iterable[str]) -> str:
    """Say that `refit` names none of the metrics, and which it may."""
    names = sorted(metrics, key=str)
    hint = did_you_mean(refit, [name for name in names if isinstance(name, str)])
    hint = hint or f" Pass the one that decides, such as refit={names[0]!r}."
    return f"refit={in_short(refit)} is none of the metrics {listed(names)}.{hint}"


def plain(name: str) -> str:
    """Return a name without case and separators, in which few people err.

    Examples
    --------
    >>> plain("Log_Uniform") == plain("log-uniform")
    True
    """
    return "".join(filter(str.isalnum, name.lower()))


def listed(names: Collection[object]) -> str:
    """Return names as a list in words; of many, the first.

    Examples
    --------
    >>> listed(["C", "gamma"]), listed(range(100))
    ("'C' and 'gamma'", '0, 1, 2, 3, 4, 5, 6, 7 and 92 more')
    """
    shown = [repr(name) for name in list(names)[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        return f"{', '.join(shown)} and {len(names) - _MOST_NAMES} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def in_short(value: object) -> str:
    """Return a value in one line that is not long, whatever it is; never raises.

    Examples
    --------
    >>> in_short(list(range(1000)))
    '[0, 1, 2, 3, 4, 5, ...]'
    """
    return " ".join(_SHORT.repr(value).split())


def shortened(text: str, most: int = LONGEST_STORY) -> str:
    """Keep the beginning and the end of a text that is too long."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [...{len(text) - 2 * half} characters...] {text[-half:]}"


def params_in_short(params: Mapping[str, object]) -> str:
    """Return a candidate as text, each of its values in short.

    Examples
    --------
    >>> params_in_short({"C": 1.0, "gamma": "auto"})
    "{'C': 1.0, 'gamma': 'auto'}"
    """
    return f"{{{', '.join(f'{name!r}: {in_short(value)}' for name, value in params.items())}}}"
