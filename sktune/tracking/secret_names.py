"""Parameters whose names say that their values are not for others to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..messages import in_short

SECRETS = ("password", "passwd", "passphrase", "secret", "credential", "apikey")
"""Anywhere in a name, whatever is written between the words."""

SECRET_WORDS = ("pwd", "token", "key")
"""As words of a name: "hf_token" and "accessKey", but not "max_tokens" and "monkey"."""

NOT_SECRET = ("token_pattern",)
"""Of scikit-learn's own, whose names have such a word."""

HIDDEN = "***"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAMED = re.compile(r"""\b(?P<name>\w++)['"]?\s*[=:](?!=)\s*(?=\S)""")
_PIECE = re.compile(
    r"""'(?:[^'\\]|\\.)*+'?|"(?:[^"\\]|\\.)*+"?|(?P<opens>[\[({])|(?P<closes>[\])}])"""
    r"""|(?P<ends>[\s,;])|(?:bearer|basic)\s|.""",
    re.IGNORECASE | re.DOTALL,
)
"""A text, a bracket, what ends a value outside of brackets, or a character."""


def is_secret(name: str) -> bool:
    """Return whether a parameter's own name, without those of the steps before it, is a secret's.

    Examples
    --------
    >>> [is_secret(name) for name in ("model__api_key", "hubToken", "DB_PASSWORD2")]
    [True, True, True]
    >>> [is_secret(name) for name in ("text__token_pattern", "max_tokens", "key__C")]
    [False, False, False]
    """
    own = name.rpartition("__")[2]
    if own in NOT_SECRET or own.endswith(("Error", "Exception")):
        return False
    words = [word.lower() for word in _WORD.findall(own)]
    together = "".join(words)
    return any(word in together for word in SECRETS) or any(word in SECRET_WORDS for word in words)


def hide_secrets(text: str) -> str:
    """Hide the values of secrets in a text, such as the ``repr`` of an estimator that has some.

    Examples
    --------
    >>> hide_secrets("Client(api_key='1234', url='here')")
    "Client(api_key=***, url='here')"
    >>> hide_secrets("{'tokens': Box(['a b', 'c']), 'token': Box(['a b', 'c']), 'C': 1}")
    "{'tokens': Box(['a b', 'c']), 'token': ***, 'C': 1}"
    """
    public, at = [], 0
    while (found := _NAMED.search(text, at)) is not None:
        public.append(text[at : found.end()])
        at = found.end()
        if is_secret(found["name"]):
            at = _end_of_value(text, at)
            public.append(HIDDEN)
    return "".join([*public, text[at:]])


def _end_of_value(text: str, at: int) -> int:
    """Return where a value ends, with all that is in its brackets; at the end if these are cut."""
    depth = 0
    while (piece := _PIECE.match(text, at)) is not None:
        depth += (piece["opens"] is not None) - (piece["closes"] is not None)
        if depth < 0 or (depth == 0 and piece["ends"]):
            return at
        at = piece.end()
    return at


def without_secrets(params: Mapping[str, Any]) -> dict[str, Any]:
    """Leave secrets out of a candidate; a value that has some in it becomes text without them."""
    public = {}
    for name, value in params.items():
        if is_secret(name):
            continue
        if not isinstance(value, bool | int | float | None):
            told = whole(value)
            hidden = hide_secrets(told)
            value = value if hidden == told else hidden
        public[name] = value
    return public


def whole(value: object) -> str:
    """Return a value as text, whatever it is; never raises."""
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception:  # noqa: BLE001 - whatever its own method raises
        return in_short(value)
