"""What is common is fitted once, and brought to other hosts that would have nothing to do."""

from __future__ import annotations

import threading
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktune.engine.executors.homes import Homes
from sktune.engine.executors.remote import Load
from sktune.engine.planning import Cost
from sktune.sharing.files import Address, HostFiles
from sktune.sharing.store import Kept
from tests.benchmarks.simulation import Cluster, Shape, Terms, cluster_of

SECONDS = st.sampled_from([0.01, 0.1, 0.5, 3.0, 30.0])


def fits(cluster: Cluster) -> Counter[tuple[int, int]]:
    """How often each piece was fitted, on all hosts together."""
    return +sum(cluster.fits.values(), Counter())  # without those that no other bundle needs


@settings(max_examples=15)
@given(st.data())
def test_work_is_done_once_on_several_hosts(data: Any) -> None:
    sizes = [data.draw(st.integers(1, most)) for most in (4, 3, 8, 3)]
    shape = Shape("", *sizes, data.draw(st.tuples(SECONDS, SECONDS, SECONDS, SECONDS)))
    travels = data.draw(st.booleans())
    n_bytes, trip = (10, 0.0) if travels else (10**8, 1.0)
    n_hosts, each = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 3))
    cluster, costs = cluster_of(shape, 0, n_hosts * each, Terms(1, 0.0, n_bytes, trip), n_hosts)
    cluster.run()
    assert all(count <= 1 for of_one in cluster.fits.values() for count in of_one.values())
    again = sum((n - 1) * costs.of_piece(*place) for place, n in fits(cluster).items())
    if travels:
        assert again <= 0.05 * costs.distinct
    # else a bundle of several beginnings may find them on several hosts


@pytest.mark.parametrize("n_hosts", [2, 4])
def test_what_travels_keeps_all_hosts_busy_though_there_is_one_split(n_hosts: int) -> None:
    shape = Shape("", 1, 1, 200, 1, (0.1, 10.0, 0.1, 1.0))
    cluster, _ = cluster_of(shape, 0, 2 * n_hosts, Terms(1), n_hosts)
    cluster.run()
    assert max(fits(cluster).values()) == 1
    assert cluster.clock.now < 10.2 + 1.1 * 200 / (2 * n_hosts)


def test_what_takes_longer_to_bring_than_to_fit_stays() -> None:
    shape = Shape("", 1, 1, 100, 1, (0.1, 10.0, 0.1, 1.0))
    cluster, _ = cluster_of(shape, 0, 4, Terms(1, n_bytes=2 * 10**9), 2)
    cluster.run()
    assert cluster.clock.now > 40
    assert [sum(of_one.values()) for of_one in cluster.fits.values()].count(0) == 1


def test_what_a_lost_load_had_begun_is_begun_elsewhere() -> None:
    shape = Shape("", 1, 1, 8, 1, (1.0, 1.0, 1.0, 1.0))
    planned = shape.planned().bundles(Cost(), lambda: 4)
    first, *others = [Load(deque([bundle])) for bundle in planned if bundle is not None]
    homes = Homes(0.01)
    assert list(homes.settled([first], {"one": 1, "two": 1}, ())) == [first]
    under_way = [first, *homes.settled(others, {"one": 1, "two": 1}, [first])]
    assert {load.home.host for load in under_way} == {first.home.host}
    homes.lost(first)
    left = {"one": 1, "two": 1, "three": 1}
    del left[first.home.host]
    again = next(homes.settled(others, left, ()))
    assert again.home.host in left
    assert again.home.begins == first.home.begins


class Hosts:
    """Folders of the same name under temporary roots of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self._patch, self._root = monkeypatch, root

    def files(self, host: str) -> HostFiles:
        (self._root / host).mkdir(exist_ok=True)
        self._patch.setattr("tempfile.tempdir", str(self._root / host))
        return HostFiles("shared")


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hosts:
    return Hosts(monkeypatch, tmp_path)


def test_all_that_was_made_of_a_piece_is_brought_once(hosts: Hosts) -> None:
    there, here = hosts.files("there"), hosts.files("here")
    assert there.reachable
    for address, value in (((0, 1, "test"), "b"), ((0, 1, "fit"), "a"), ((0, 11, "fit"), "c")):
        there.dump(address, Kept(value, 1.0))
    assert there.made.keys() == {(0, 1), (0, 11)}
    asked: list[Address] = []

    def ask(address: Address) -> dict[str, bytes]:
        asked.append(address)
        return there.packed(*address[1:])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: here.bring(0, 1, ask), range(4)))
    assert asked == [("shared", 0, 1)]
    assert here.load((0, 1, "fit")) == Kept("a", 1.0)
    assert here.load((0, 1, "test")) == Kept("b", 1.0)
    assert here.load((0, 11, "fit")) is None
    assert here.made == {}


@pytest.mark.parametrize("packed", [{}, OSError("it is gone"), TimeoutError()])
def test_what_does_not_come_can_be_fitted(hosts: Hosts, packed: Any) -> None:
    here = hosts.files("here")

    def ask(_: Address) -> dict[str, bytes]:
        if isinstance(packed, Exception):
            raise packed
        return packed

    here.bring(0, 1, ask)
    with here.lock((0, 1, "fit")):
        assert here.load((0, 1, "fit")) is None


def test_who_wants_what_is_being_brought_waits_for_it(hosts: Hosts) -> None:
    there, here = hosts.files("there"), hosts.files("here")
    assert there.reachable
    there.dump((0, 1, "fit"), Kept("a", 1.0))
    begun, may_come = threading.Event(), threading.Event()

    def ask(address: Address) -> dict[str, bytes]:
        begun.set()
        may_come.wait(20)
        return there.packed(*address[1:])

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(here.bring, 0, 1, ask)
        begun.wait(20)
        assert here.load((0, 1, "fit")) is None
        may_come.set()
        with here.lock((0, 1, "fit")):
            assert here.load((0, 1, "fit")) == Kept("a", 1.0)
        coming.result(20)
