"""Which families are registered, and what one gives that says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sktune import PathFamily, register_path
from sktune.paths import Fit, family_of, kin_of, registry
from tests.helpers.path_toys import First, HelpedFamily, Rounds, RoundsPath


@pytest.fixture(autouse=True)
def families(monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))


def test_who_derives_and_who_assists_is_registered() -> None:
    register_path(Rounds, RoundsPath())
    register_path(First, HelpedFamily())
    assert family_of(Rounds()) is not None
    assert kin_of(First()) is not None


class Silent(PathFamily):
    """Neither derives nor assists."""

    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("size",)

    def kin(self, estimator: Any) -> tuple[str, ...]:
        return ("size",)


def test_by_default_a_family_shares_nothing() -> None:
    family = PathFamily()
    assert (family.applies(Rounds()), family.kin(Rounds())) == ((), ())
    assert family.derive(Fit(Rounds()), Rounds()) is None


@pytest.mark.parametrize(
    ("kind", "family", "told"),
    [
        (Rounds(), RoundsPath(), "Pass the class itself"),
        ("Rounds", RoundsPath(), "Pass the class itself"),
        (int, RoundsPath(), "Pass the class itself"),
        (Rounds, RoundsPath, "an instance"),
        (Rounds, object(), "subclass"),
        (Rounds, Silent(), "shares nothing"),
    ],
)
def test_what_cannot_be_registered(kind: Any, family: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        register_path(kind, family)
