"""The hosts that loads go to, so that what they have in common is fitted once.

A load goes where its pieces are. It goes to a host that would have nothing to do if what it needs
can be brought there in less time than it took to fit, or is fitted again at hardly any cost.
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from typing import Any, TypeVar

from ...evaluation import Bundle, CommonWork
from ...sharing import Piece
from ...sharing.files import Address, HostFiles
from ..planning import nearer
from .contract import BundleReport
from .remote import Home, Load, Place

BANDWIDTH = 1e8
"""Bytes a second from host to host: a gigabit, which few clusters have less of."""

_AGAIN = 0.05
"""Share of common work that may be done again where workers would wait; of all work where a host
has had nothing to do for long."""

_PATIENCE = 5.0
"""Seconds that are long."""

_AHEAD = 2
"""Loads a worker that a host is given: one that is done, and one that is there afterwards."""

_SOME = 2
"""Hosts of those that do least that are looked at."""

_Load = TypeVar("_Load", bound=Load)


class Homes:
    """Knows which pieces are on which host, and finds homes for loads.

    Parameters
    ----------
    trip : float
        Seconds that bringing anything takes, however small.
    whole : bool, default=False
        Whether all fitted steps are needed, not only what came out of the last of them.
    """

    def __init__(self, trip: float, *, whole: bool = False) -> None:
        self._trip = trip
        self._whole = whole
        self._at: defaultdict[Place, set[str]] = defaultdict(set)  # or are being fitted there
        self._made: dict[Place, int] = {}  # bytes of what can be brought
        self._seconds: dict[Place | str | None, float] = {}  # of a piece; of a step, the mean
        self._coming: dict[tuple[Place, str], tuple[str, float]] = {}  # from where, for how long
        self._again = {False: 0.0, True: 0.0}  # seconds that may be; where a host waits for long
        self._idle: dict[str, float] = {}  # since when
        self._hosts: Mapping[str, int] = {}
        self._of: defaultdict[int, set[str]] = defaultdict(set)  # the hosts that have had a split
        self._longest = 0.0  # seconds of the step before the last that takes longest
        self._share: dict[str, float] = {}  # loads of each worker that it has

    def take_in(self, load: Load, report: BundleReport, made: Mapping[Place, int]) -> None:
        """Take in what has been fitted, and how many bytes what can be brought elsewhere has."""
        self._made.update(made)
        for place in load.home.brings if report.outcomes else ():
            self._coming.pop((place, load.home.host), None)
        shared = report.bundle.shared
        pieces: Mapping[int, Piece] = {} if shared is None else shared.pieces
        for outcome in report.outcomes:
            self._again[True] += _AGAIN * outcome.own_time
            piece = pieces.get(outcome.trial)
            if piece is None:
                continue
            keys = {part.name: part.key for part in piece.walk}
            for name, seconds in outcome.fits:
                if (key := keys.get(name)) is not None:
                    self._seconds[outcome.split, key] = seconds
                    self._seconds[name] = mean = nearer(self._seconds.get(name), seconds)
                    if piece.final.key != key:
                        self._again[False] += _AGAIN * seconds
                        self._longest = max(self._longest, mean)

    def lost(self, load: Load) -> None:
        """Take in that a load is lost: what it has begun, or was brought, may not be there."""
        host = load.home.host
        coming = [place for place in load.home.brings if self._coming.pop((place, host), None)]
        for place in (*(load.home.begins - self._made.keys()), *coming):
            self._at[place].discard(host)

    def settled(
        self, waiting: Iterable[_Load], hosts: Mapping[str, int], under_way: Iterable[Load]
    ) -> Iterator[_Load]:
        """Give loads that have a home now, each of one split. The others have to wait.

        Parameters
        ----------
        waiting : iterable of Load
        hosts : mapping of str to int
            The hosts that there are now, with their numbers of workers.
        under_way : iterable of Load
        """
        self._hosts, has = hosts, Counter(load.home.host for load in under_way)
        now = time.monotonic()
        self._idle = {host: self._idle.get(host, now) for host in hosts if not has[host]}
        self._share = {host: has[host] / n for host, n in hosts.items()}
        refused = set[frozenset[tuple[Any, ...]]]()
        for load in list(waiting):
            if len(hosts) > 1 and (needs := load.needs):
                home = None if needs in refused else self._best(load)
                if home is None:
                    refused.add(needs)
                    continue
                load.home = home
                self._share[home.host] += 1 / hosts[home.host]
            yield load

    def _best(self, load: Load) -> Home | None:
        """Return the home of a load; None if it is better to wait."""
        share = self._share
        homes = [self._home(host, load.left) for host in self._asked(load)]
        has_had = self._of[load.left[0].split]
        # what does not travel is best where bundles of several beginnings will find it
        stays = has_had and len(self._of) >= len(self._hosts) and self._longest <= self._trip
        fit = [
            home
            for home in homes
            if (home.host in has_had or not stays)
            and self._fits(home, has_time=share[home.host] < 1)
        ]
        if not fit and any(share.values()):
            return None
        home = min(fit or homes, key=lambda h: (share[h.host] >= 1, len(h.misses), share[h.host]))
        if share[home.host] >= _AHEAD:
            return None
        if home.misses.keys() - home.brings.keys():  # it is fitted again
            seconds = self._spared(home)
            self._again = {long: max(n - seconds, 0.0) for long, n in self._again.items()}
        has_had.add(home.host)
        for place in (*home.begins, *home.brings):
            self._at[place].add(home.host)
        for place, source in home.brings.items():
            self._coming[place, home.host] = source, home.seconds
        return home

    def _fits(self, home: Home, *, has_time: bool) -> bool:
        """Whether a host has what a load needs, is brought it, or does it again at little cost."""
        if not home.misses:
            return True
        seconds = self._spared(home)
        n_bytes = sum(self._made.get(place, math.inf) for place in home.misses)
        if self._trip + n_bytes / BANDWIDTH < seconds < math.inf:
            home.brings |= home.misses
            home.seconds = max(home.seconds, seconds)
            home.begins -= home.spared.keys() | home.misses.keys()
            return True
        for_long = time.monotonic() - self._idle.get(home.host, math.inf) > _PATIENCE
        return has_time and seconds <= self._again[for_long]

    def _spared(self, home: Home) -> float:
        """Return the seconds of what need not be fitted on a host, as far as that is known."""
        known = self._seconds
        return sum(known.get(p, known.get(name, math.inf)) for p, name in home.spared.items())

    def _asked(self, load: Load) -> set[str]:
        """Return the hosts that may be the best: those that do least, and those with a piece."""
        some = set(nsmallest(_SOME, self._hosts, key=self._share.__getitem__))
        keys = {(b.split, key) for b in load.left if b.shared for key in b.shared.common}
        for place in keys | {(split, ~key) for split, key in keys}:
            at = self._at.get(place, set()) & self._hosts.keys()
            some.update(nsmallest(_SOME, at, key=self._share.__getitem__))
        return some

    def _home(self, host: str, bundles: Iterable[Bundle]) -> Home:
        """Return what it means for a host to have bundles."""
        home, seen = Home(host), set[tuple[int | None, ...]]()
        for bundle in bundles:
            work = bundle.shared
            if work is None:
                continue
            for piece in work.pieces.values():
                path = tuple(step.key for step in piece.before_last)
                grown = piece.final.member
                if grown is not None and grown.group in work.leads:
                    place = bundle.split, ~grown.group  # which no file is of: it never travels
                    home.spared |= {place: None} if self._is_missed(home, place) else {}
                if path not in seen:
                    seen.add(path)
                    self._meet(home, bundle.split, work, piece.before_last, chain=True)
        return home

    def _meet(
        self,
        home: Home,
        split: int,
        work: CommonWork,
        pieces: Sequence[Piece | None],
        *,
        chain: bool,
        spared: bool = False,
    ) -> None:
        """Note what of pieces a host has to fit, or misses; of a chain what is last will do."""
        for piece in filter(None, reversed(pieces)):
            key, spares = piece.key, spared
            if key is not None and key in work.common:
                if home.host in self._at[split, key]:
                    self._wait_for(home, (split, key))
                    if chain and not self._whole:
                        return
                    continue
                spares = spared or self._is_missed(home, (split, key))
            spared = spared or (spares and chain and not self._whole)
            if not spares and piece.member is not None and piece.member.group in work.leads:
                key = piece.member.group
                spares = self._is_missed(home, (split, key))
            if spares and key is not None and not piece.parts:
                home.spared[split, key] = piece.name
            self._meet(home, split, work, piece.parts, chain=piece.chain, spared=spares)

    def _wait_for(self, home: Home, place: Place) -> None:
        """Have a host brought what is on its way to it: a load that comes after may be earlier."""
        if (place, home.host) in self._coming:
            home.brings[place], seconds = self._coming[place, home.host]
            home.seconds = max(home.seconds, seconds)

    def _is_missed(self, home: Home, place: Place) -> bool:
        """Whether others have a piece, or are fitting it, that a host has to have."""
        home.begins.add(place)
        at = self._at[place] & self._hosts.keys()
        if not at or home.host in at:
            return False
        home.misses[place] = min(at)
        return True


@dataclass(frozen=True)
class Bringing:
    """Pieces that a worker has brought from other hosts before it begins with a load.

    Attributes
    ----------
    folder : str
        Name of the folder in which it lies on each host.
    pieces : tuple of (split, key, source)
        The source is what an engine knows a host by.
    seconds : float
        For how long is waited, at most: as long as to fit it would take, or a little longer, where
        machines are busy.
    """

    folder: str
    pieces: tuple[tuple[int, int, Any], ...]
    seconds: float

    @classmethod
    def of(cls, load: Load, folders: Sequence[str], sources: Mapping[str, Any]) -> Bringing | None:
        """Return what a load is brought, from hosts that an engine knows by their sources."""
        home = load.home
        there = {place: host for place, host in home.brings.items() if host in sources}
        if not there or not folders:
            return None
        pieces = tuple((*place, sources[host]) for place, host in there.items())
        return cls(folders[0], pieces, max(home.seconds, _PATIENCE))

    def done(self, ask: Callable[[Any, float, Address], dict[str, bytes]]) -> None:
        """Bring what has not come; `ask` a source, for some seconds, for what is packed there."""
        for split, key, source in self.pieces:
            files = HostFiles(self.folder)
            files.bring(split, key, partial(ask, source, self.seconds))
