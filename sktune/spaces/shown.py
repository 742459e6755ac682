"""Spaces that print as code: to be pasted, changed, and passed to a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class KnownSpace(dict[str, Any]):
    """A space of a known estimator: a dict that prints as code, a source behind each line.

    Attributes
    ----------
    sources : dict of str to str
        Where each range comes from.
    own : dict of str to object
        The values in the space that the estimator's own come to.
    good : list of dict of str to object
        Values in the space that were good on other data, the best first; often none.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        sources: Mapping[str, str],
        own: Mapping[str, Any],
        good: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(given)
        self.sources, self.own, self.good = dict(sources), dict(own), list(map(dict, good))

    def __reduce__(self) -> Any:
        return type(self), (dict(self), self.sources, self.own, self.good)

    def __repr__(self) -> str:
        return self.code()

    def code(self, indent: str = "") -> str:
        """Return the code of the dict."""
        lines = [
            f'{indent}    "{name}": {values!r},  # {self.sources[name]}'
            if name in self.sources
            else f'{indent}    "{name}": {values!r},'
            for name, values in self.items()
        ]
        return "\n".join([f"{indent}{{", *lines, f"{indent}}}"])


class KnownSpaces(list[KnownSpace]):
    """Several dicts, of which a candidate takes one: a list that prints as code."""

    def __init__(self, given: Iterable[KnownSpace] = ()) -> None:
        super().__init__(given)

    def __repr__(self) -> str:
        return "\n".join(["[", *(f"{space.code('    ')}," for space in self), "]"])
