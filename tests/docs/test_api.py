"""The public names: shown by `dir`, on the page of the API, documented, and tested."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from types import FunctionType
from typing import Any

import pytest

import sktune
from sktune.searches.descriptions import described
from tests.helpers.pages import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text()
NAMES = re.findall(r"^   (sktune\.[\w.]+)$", PAGE, re.MULTILINE)


def found(name: str) -> Any:
    """Return what a dotted name of the page stands for."""
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def test_dir_shows_what_is_public_and_no_more() -> None:
    modules = {name.split(".")[1] for name in NAMES if name.count(".") > 1} | {"integrations"}
    assert set(dir(sktune)) <= {*sktune.__all__, "__version__", *modules}
    assert set(sktune.__all__) <= set(dir(sktune))
    assert all(hasattr(sktune, name) for name in dir(sktune))


def test_every_public_name_is_on_the_page() -> None:
    assert {f"sktune.{name}" for name in sktune.__all__} - {*NAMES} == set()
    assert len(NAMES) == len({*NAMES})


def test_every_class_that_is_spoken_of_is_on_the_page() -> None:
    """In messages and docstrings, in the pages and the examples, by its whole name."""
    places = [*ROOT.glob("sktune/**/*.py"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]
    text = "\n".join(path.read_text("utf-8") for path in places)
    spoken_of = set(re.findall(r"\bsktune(?:\.[a-z_]+)*\.[A-Z]\w+", text))
    assert spoken_of - {*NAMES} == set()


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is_and_takes(name: str) -> None:
    thing = found(name)
    text = inspect.getdoc(thing) or ""
    assert len(text.split()) > 3
    if inspect.isclass(thing) and issubclass(thing, Exception | tuple):
        return
    options = [
        parameter.name
        for parameter in inspect.signature(thing).parameters.values()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and not parameter.name.startswith("_")
    ]
    lacking = [option for option in options if not re.search(rf"\b{option}\b", text)]
    assert lacking == []


def test_descriptions_are_in_their_places_however_docstrings_are_indented() -> None:
    """Python takes the margin off from 3.13 on."""
    for margin in ("", "    "):
        kind = type("Kind", (), {"__doc__": f"First.\n\n{margin}{{estimator}}\n{margin}{{cv}}\n"})
        lines = described(kind).__doc__.splitlines()  # type: ignore[union-attr] # it has one
        assert f"{margin}estimator : estimator object" in lines
        assert not any("{" in line for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_an_example(name: str) -> None:
    assert re.search(r"^Examples\n-+\n(.|\n)*?^>>> ", inspect.getdoc(found(name)) or "", re.M)


def texts(thing: Any) -> Iterator[tuple[str, str]]:
    """Give the docstrings of what is public, and of what it has that is public."""
    yield thing.__name__, inspect.getdoc(thing) or ""
    for name in dir(thing) if inspect.isclass(thing) else ():
        owner = next((kind for kind in thing.__mro__ if name in vars(kind)), object)
        if not name.startswith(("_", "test_")) and owner.__module__.startswith("sktune."):
            yield name, inspect.getdoc(getattr(owner, name)) or ""


LISTS = {"Parameters", "Attributes", "Returns", "Yields", "Raises"}


@pytest.mark.parametrize("name", NAMES)
def test_every_part_of_it_is_described(name: str) -> None:
    thing, lacking = found(name), []
    for part, text in texts(thing):
        if not text and isinstance(inspect.getattr_static(thing, part), property | FunctionType):
            lacking += [] if re.search(rf"\b{part}\b", inspect.getdoc(thing) or "") else [part]
        parts = re.split(r"^(\w[\w ]*)\n---+\n", text, flags=re.MULTILINE)
        for title, section in zip(parts[1::2], parts[2::2], strict=True):
            lines = [line for line in section.splitlines() if line] if title in LISTS else []
            lacking += [
                f"{part}: {line}"
                for line, following in pairwise([*lines, ""])
                if not line.startswith(" ") and not following.startswith(" ")
            ]
    assert lacking == []


def test_every_public_name_is_used_by_a_test() -> None:
    """What is only returned, such as a `SharedWork`, is tested where it is returned."""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "docs" not in path.parts]
    text = "\n".join(path.read_text() for path in tests)
    assert {name for name in sktune.__all__ if not re.search(rf"\b{name}\b", text)} == set()
