"""Differences between two environments, those that may change results first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

_ORDER = ("data", "seeds", "versions", "git", "python", "blas", "cpu")
"""What may change results, the most likely first. What is not named here does not."""


@dataclass(frozen=True)
class Difference:
    """A difference between two environments.

    Attributes
    ----------
    name : str
        Such as "versions.numpy" or "blas.openblas (numpy).threads".
    then, now : str, int, bool or None
        What it was, and what it is; None where there is no such thing.
    may_change_results : bool
        Whether scores may differ because of it.

    Examples
    --------
    >>> from sktune.environment import Difference
    >>> print(Difference("versions.numpy", "2.0.0", "2.1.0", may_change_results=True))
    versions.numpy: 2.0.0 then, 2.1.0 now
    """

    name: str
    then: Any
    now: Any
    may_change_results: bool

    def __str__(self) -> str:
        return f"{self.name}: {_shown(self.then)} then, {_shown(self.now)} now"


class Differences(Sequence[Difference]):
    """Differences between two environments, what may change results first; false if none."""

    def __init__(self, found: Iterable[Difference]) -> None:
        ranks = {name: rank for rank, name in enumerate(_ORDER)}

        def rank(one: Difference) -> int:
            return ranks.get(one.name.partition(".")[0], len(ranks))

        self._found = tuple(sorted(found, key=rank))

    @overload
    def __getitem__(self, index: int) -> Difference: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Difference]: ...
    def __getitem__(self, index: int | slice) -> Difference | Sequence[Difference]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __str__(self) -> str:
        if not self:
            return "The environment is the same."
        titles = {True: "What differs, and may change results:", False: "What differs besides:"}
        lines = []
        for matters, title in titles.items():
            found = [f"  {one}" for one in self if one.may_change_results is matters]
            lines += [title, *found] if found else []
        return "\n".join(lines)

    __repr__ = __str__


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Differences:
    """Compare what two environments both tell of.

    A library or a package that only one of them has loaded, and what only one of them knows, is
    none.
    """
    old, new = dict(rows(then)), dict(rows(now))
    found = [
        Difference(name, value, new[name], name.partition(".")[0] in _ORDER)
        for name, value in old.items()
        if name in new and value != new[name] and None not in (value, new[name])
    ]
    found += _of_other_libraries(then.get("blas"), now.get("blas"))
    return Differences(found)


def _of_other_libraries(then: Any, now: Any) -> list[Difference]:
    """Tell of libraries of linear algebra where none of them is the same."""
    old, new = (
        [name for name in found if not name.startswith("openmp")]
        for found in (given if isinstance(given, Mapping) else () for given in (then, now))
    )
    if old and new and set(old).isdisjoint(new):
        return [Difference("blas", ", ".join(old), ", ".join(new), may_change_results=True)]
    return []


def rows(environment: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Return what an environment says, entry by entry, with dots in the names."""
    for name, value in environment.items():
        if isinstance(value, Mapping):
            yield from rows(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _shown(value: Any) -> str:
    text = str(value)
    return text[:12] if len(text) in (40, 64) and text.isalnum() else text[:80]
