"""The page: one file with its style, its scripts, the chart library and the data."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from .values import Json, embedded

_NAMES = ("state", "charts", "figures", "ranges", "table", "memory", "page")
SCRIPTS = tuple(f"page/{name}.js" for name in _NAMES)
"""In their order."""


def page(data: Json, *, source: str = "", tag: str = "") -> str:
    """Return the page of a search.

    Parameters
    ----------
    data : JSON
    source : str, default=""
        Where the page finds newer data, relative to its own address; empty for a file.
    tag : str, default=""
        Of these data, as the server has it.
    """
    library, script = asset("library/echarts.js"), "".join(map(asset, SCRIPTS))
    return Template(asset("page/page.html")).substitute(
        title=escape(f"{data['name']}: a search by sktune"),
        hashes=" ".join(f"'sha256-{_digest(code)}'" for code in (library, script)),
        connect="'self'" if source else "'none'",
        css=asset("page/page.css"),
        source=escape(source),
        tag=escape(tag),
        data=embedded(data),
        library=library,
        script=script,
    )


@cache
def asset(name: str) -> str:
    """Return a file of the page."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _digest(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
