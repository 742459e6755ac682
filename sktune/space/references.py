"""The values that a function's code refers to, read from its bytecode without running it."""

from __future__ import annotations

import builtins
import dis
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

_NOTHING: Any = object()

_IN_CELLS = ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")


def references(function: FunctionType) -> Iterator[Any]:
    """Give the values that a function refers to, besides its arguments and what it makes.

    Globals and builtins, what its closure holds, defaults, its own attributes, and modules that it
    imports. Of modules what is taken out of them is given, and not the module: ``np.mean`` is a
    function. A module that is not loaded yet is given as an empty one of its name.
    """
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()
    held = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            held[name] = cell.cell_contents
        except ValueError:  # nothing is in it yet
            continue
    yield from _of_code(function.__code__, function.__globals__, held)


def codes(code: CodeType) -> Iterator[CodeType]:
    """Give a code, and the codes of what is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


@lru_cache(maxsize=1024)
def steps(code: CodeType) -> tuple[dis.Instruction, ...]:
    """Return what a code does, step by step; it is read once, as a search asks several times."""
    return tuple(dis.get_instructions(code))


def _of_code(code: CodeType, known: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[Any]:
    """Give what a code refers to; `known` are its globals, `held` what it has from outside."""
    names = dict(held)  # of variables, those whose values are known
    value = module = whole = _NOTHING
    for step in steps(code):
        kind, name = step.opname, step.argval
        if kind in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(value, ModuleType):
            value = _out_of(value, name)
            continue
        if kind == "IMPORT_NAME":
            value = module = _module(name, known)
            whole = _module(name.partition(".")[0], known)  # `import a.b` makes a variable a
            continue
        if kind == "IMPORT_FROM":
            value = whole = _out_of(module, name)
            continue
        if module is not _NOTHING and kind.startswith("STORE_"):
            names[name] = whole
            value = _NOTHING
            continue
        if kind == "POP_TOP" and value is module:  # all has been taken out of it
            value = _NOTHING
        module = _NOTHING if kind not in ("SWAP", "ROT_TWO", "POP_TOP") else module
        if value is not _NOTHING:
            yield value
        value = _NOTHING
        if kind in ("LOAD_GLOBAL", "LOAD_NAME"):
            value = known.get(name, vars(builtins).get(name, names.get(name, _NOTHING)))
        elif kind in _IN_CELLS or kind.startswith("LOAD_FAST"):
            for each in name if isinstance(name, tuple) else (name,):
                if value is not _NOTHING:
                    yield value
                value = names.get(each, _NOTHING)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant, known, names)


def _out_of(module: ModuleType, name: str) -> Any:
    """Return what a module has under a name; the module itself if that cannot be told."""
    if name in vars(module):
        return vars(module)[name]
    return sys.modules.get(f"{module.__name__}.{name}", module)


def _module(name: str, known: Mapping[str, Any]) -> ModuleType:
    """Return a module by the name that is imported, from wherever that is."""
    package = known.get("__package__") or ""
    for full in (name, f"{package}.{name}".rstrip("."), name.partition(".")[0]):
        if isinstance(sys.modules.get(full), ModuleType):
            return sys.modules[full]
    return ModuleType(name)
