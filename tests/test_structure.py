"""Imports point one way, from layer to layer, and the drawing in the docs shows them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import sktune
from tests.structure import DRAWING, LAYERS, arrows, drawing, layer, parts, reduced


def test_every_part_has_a_layer() -> None:
    assert parts() == sorted(name for names in LAYERS for name in names)


def test_imports_point_to_lower_layers() -> None:
    wrong = [f"{a} imports {b}" for a, b in sorted(arrows()) if layer(a) <= layer(b)]
    assert wrong == []


def test_the_drawing_is_as_the_code() -> None:
    """Else: python -m tests.structure."""
    assert DRAWING.read_text() == drawing()


def test_arrows_that_follow_from_others_are_left_out() -> None:
    assert reduced({("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")}) == {
        ("a", "b"), ("b", "c"), ("a", "d"),
    }  # fmt: skip


def test_a_class_name_is_one_class() -> None:
    texts = (path.read_text() for path in Path(sktune.__file__).parent.rglob("*.py"))
    names = Counter(name for text in texts for name in re.findall(r"^class (\w+)", text, re.M))
    assert [name for name, n in names.items() if n > 1] == []
