"""Find which fits of a search are contained in which others; kept in the parent.

A *group* is all estimators, in one place, on the same data, that a family can derive from one
another. Of a group the largest are fitted, its *leads*; see `sktune.paths`.
"""

from __future__ import annotations

from bisect import insort_left
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any

from ..paths import PathFamily, family_of, kin_of, takes
from ..space.identity import by_state, identity_without
from ..types import Model
from .randomness import is_trusted_throughout


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
    """Estimators that help each other's fits, by the key of the memory that they share."""

    key: int
    family: PathFamily


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """A member from whose fit others are derived.

    Attributes
    ----------
    fit, order
        As of `Member`.
    estimator : estimator or None
        Unfitted; None if its fit is made use of only if it is there.
    draws_idly : bool
        Whether it is of no account if its fit draws from a global source of randomness:
        scikit-learn's support vector machines draw a seed that they make no use of.
    is_stage : bool
        Whether it is fitted only on the way to a larger one, where nothing else waits for that.
    """

    fit: int
    order: tuple[Any, ...]
    estimator: Model | None
    draws_idly: bool = False
    is_stage: bool = False


_SPARE = 3
"""How many of the largest are leads: the fit of one may raise, and the next is tried."""

Leads = Mapping[int, tuple[Lead, ...]]
"""By the keys of groups, the largest first."""


class Groups:
    """Find which estimators can be derived from which.

    Parameters
    ----------
    number : callable
        Gives a key for a description, the same for equal ones.
    """

    def __init__(self, number: Callable[..., int]) -> None:
        self._number = number
        self._members: dict[int, list[Lead]] = {}  # the smallest first
        self._fits: set[int] = set()
        self._kin: dict[int, set[Hashable]] = {}
        self._led: dict[int, list[Lead]] = {}

    def member(
        self,
        estimator: Model,
        key: int,
        place: tuple[Hashable, ...],
        params: Mapping[str, Any],
        *,
        sure: bool,
    ) -> Member | None:
        """Return an estimator's place in its group; None if it is to be fitted alone.

        Parameters
        ----------
        estimator : unfitted estimator
        key : int
            The piece's.
        place : tuple
            The data that it is fitted on, and what else its fit depends on.
        params : mapping
            What its fit is given besides.
        sure : bool
            Whether its fit is known to draw nothing.
        """
        try:
            found = family_of(estimator)
            if found is None:
                return None
            family, free = found
            if not (sure or family.draws_by_data) or not takes(family, params):
                return None
            rest = identity_without(estimator, free, by_state)
            group = self._number("group", *place, rest)
            fit = self._number("member", key)
            order = family.order(estimator)
            order = tuple(order) if isinstance(order, tuple) else (order,)
            self._enter(group, Lead(fit, order, estimator))
        except Exception:  # noqa: BLE001 - odd values, or a user's family: fitted alone
            return None
        return Member(group, fit, order, family, free)

    def kin(self, estimator: Model, described: Hashable, place: tuple[Hashable, ...]) -> Kin | None:
        """Return what an estimator's fit has in common with others; arguments as of `member`."""
        try:
            found = kin_of(estimator)
            if found is None:
                return None
            family, free = found
            where = () if family.assists_everywhere else place
            rest = identity_without(estimator, free, by_state)
            key = self._number("kin", *where, rest)
            self._kin.setdefault(key, set()).add(described)
        except Exception:  # noqa: BLE001 - odd values, or a user's family
            return None
        return Kin(key, family)

    def has_kin(self, kin: Kin) -> bool:
        """Whether several estimators are kin, or one is its own on another split."""
        return kin.family.assists_everywhere or len(self._kin[kin.key]) > 1

    def _enter(self, group: int, lead: Lead) -> None:
        if lead.fit not in self._fits:
            self._fits.add(lead.fit)
            insort_left(self._members.setdefault(group, []), lead, key=lambda other: other.order)

    def leads(
        self,
        members: Iterable[Member],
        *,
        in_order: bool,
        among: Container[int] | None = None,
    ) -> Leads:
        """Return the leads of the groups that have more than one member.

        Of families that grow all members are there, as stages. With `in_order` others draw from a
        global source, so that each draw counts. `among` are fits that are wanted at all; all by
        default.
        """
        found = {}
        for group, family in {member.group: member.family for member in members}.items():
            largest_first = self._members[group][::-1]
            if among is not None:
                largest_first = [lead for lead in largest_first if lead.fit in among]
            if len(largest_first) > 1:
                wanted = [list(same) for _, same in groupby(largest_first, _line)]
                chosen = list(chain.from_iterable(largest[:_SPARE] for largest in wanted))
                if family.grows:
                    rest = chain.from_iterable(largest[_SPARE:] for largest in wanted)
                    chosen += [replace(lead, is_stage=True) for lead in rest]
                chosen.sort(key=lambda lead: lead.order, reverse=True)
                found[group] = tuple(_leading(lead, in_order) for lead in chosen)
        return found

    def leads_so_far(self, members: Iterable[Member], *, in_order: bool) -> Leads:
        """Return the leads where more members may come: those fitted so far, if large enough.

        All members that are asked for at the same time are given together: of these the largest
        are fitted, and waited for; what was to be fitted before is made use of if it is there.
        """
        before = {id(lead) for leads in self._led.values() for lead in leads}
        found: dict[int, tuple[Lead, ...]] = {}
        for member in members:
            led = self._led.setdefault(member.group, [])
            own = [ld for ld in self._members[member.group] if _line(ld) == member.order[:-1]][-1]
            same = (lead for lead in led if _line(lead) == member.order[:-1])
            if not any(lead.order >= member.order for lead in same):
                led.append(_leading(own, in_order))
                led.sort(key=lambda lead: lead.order, reverse=True)
            found[member.group] = tuple(
                replace(lead, estimator=None) if id(lead) in before else lead for lead in led
            )
        return found


def _line(lead: Lead) -> tuple[Any, ...]:
    """Return what is equal for members of which the larger contains the smaller."""
    return lead.order[:-1]


def _leading(lead: Lead, in_order: bool) -> Lead:
    trusted = lead.estimator is not None and is_trusted_throughout(lead.estimator)
    return replace(lead, draws_idly=not in_order and trusted)
