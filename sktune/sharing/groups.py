"""Which fits of a search are contained in which others: kept in the parent.

A *group* is all estimators, in one place, on the same data, that a family can derive from one
another. Of a group the largest are fitted, its *leads*; see `sktune.paths`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..paths import PathFamily, family_of, kin_of
from ..space.identity import identity, identity_without


@dataclass(frozen=True, slots=True)
class Member:
    """An estimator's place in its group.

    Attributes
    ----------
    group : int
        A key, as those of pieces.
    fit : int
        Equal for equal members.
    order : tuple of numbers
        The larger contains more; see `PathFamily.order`.
    family : PathFamily
    free : tuple of str
        Parameters in which members differ.
    """

    group: int
    fit: int
    order: tuple[Any, ...]
    family: PathFamily
    free: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kin:
    """Estimators that help each other's fits.

    Attributes
    ----------
    key : int
        Of the memory that they have in common.
    family : PathFamily
    """

    key: int
    family: PathFamily


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """A member from whose fit others are derived, with its unfitted estimator."""

    fit: int
    order: tuple[Any, ...]
    estimator: Any


Leads = Mapping[int, tuple[Lead, ...]]
"""By the keys of groups, the largest first."""


class Groups:
    """Finds who can be derived from whom.

    Parameters
    ----------
    number : callable
        Gives a key for a description, the same for equal ones.
    describe : callable
        Describes an object that has no value to go by.
    """

    def __init__(self, number: Callable[..., int], describe: Callable[[Any], Hashable]) -> None:
        self._number = number
        self._describe = describe
        self._largest: dict[int, dict[tuple[Any, ...], Lead]] = {}
        self._fits: dict[int, set[int]] = {}
        self._kin: dict[int, set[Hashable]] = {}
        self._led: dict[int, list[Lead]] = {}

    def member(self, estimator: Any, place: tuple[Hashable, ...]) -> Member | None:
        """Return an estimator's place in its group; None if it is to be fitted alone.

        Parameters
        ----------
        estimator : unfitted estimator
        place : tuple
            The data that it is fitted on, and what else its fit depends on.
        """
        try:
            found = family_of(estimator)
            if found is None:
                return None
            family, free = found
            rest = identity_without(estimator, free, self._describe)
            group = self._number("group", *place, rest)
            fit = self._number("member", group, identity(estimator, self._describe))
            order = family.order(estimator)
            order = tuple(order) if isinstance(order, tuple) else (order,)
            self._enter(group, Lead(fit, order, estimator))
        except Exception:  # noqa: BLE001 - odd values, or a user's family: fitted alone
            return None
        return Member(group, fit, order, family, free)

    def kin(self, estimator: Any, place: tuple[Hashable, ...]) -> Kin | None:
        """Return with whom an estimator's fit has work in common; arguments as of `member`."""
        try:
            found = kin_of(estimator)
            if found is None:
                return None
            family, free = found
            rest = identity_without(estimator, free, self._describe)
            where = () if family.assists_everywhere else place
            key = self._number("kin", *where, rest)
            self._kin.setdefault(key, set()).add(identity(estimator, self._describe))
        except Exception:  # noqa: BLE001 - odd values, or a user's family
            return None
        return Kin(key, family)

    def has_kin(self, kin: Kin) -> bool:
        """Whether several estimators are kin, or one is its own on another split."""
        return kin.family.assists_everywhere or len(self._kin[kin.key]) > 1

    def _enter(self, group: int, lead: Lead) -> None:
        largest = self._largest.setdefault(group, {})
        rest = lead.order[:-1]
        if rest not in largest or largest[rest].order < lead.order:
            largest[rest] = lead
        self._fits.setdefault(group, set()).add(lead.fit)

    def leads(self, members: Iterable[Member]) -> Leads:
        """Return whom to fit, of the groups that have more than one member."""
        groups = {member.group for member in members}
        return {
            group: tuple(
                sorted(self._largest[group].values(), key=lambda lead: lead.order, reverse=True)
            )
            for group in groups
            if len(self._fits[group]) > 1
        }

    def leads_so_far(self, members: Iterable[Member]) -> Leads:
        """Return whom to fit, where more may come: who has been fitted, if it is large enough."""
        found: dict[int, tuple[Lead, ...]] = {}
        for member in members:
            led = self._led.setdefault(member.group, [])
            own = self._largest[member.group][member.order[:-1]]
            if not any(
                lead.order[:-1] == member.order[:-1] and lead.order >= member.order for lead in led
            ):
                led.append(own)
                led.sort(key=lambda lead: lead.order, reverse=True)
            found[member.group] = tuple(led)
        return found
