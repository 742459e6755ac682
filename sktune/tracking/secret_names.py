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
_NAMED = re.compile(
    r"""\b(?P<name>\w++)(?P<between>['"]?\s*[=:]\s*)"""
    r"""(?P<value>b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*"|[^\s,;)\]}]+)"""
)


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
    if own in NOT_SECRET:
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
    """
    return _NAMED.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    if not is_secret(found["name"]):
        return found[0]
    return f"{found['name']}{found['between']}{HIDDEN}"


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
