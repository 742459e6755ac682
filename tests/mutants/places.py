"""The places of a module that can be broken, and what stands there then."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = Path(str(find_spec("sktune").origin)).parents[1]  # type: ignore[union-attr] # it is there
"""Where the package lies, which is not imported: in the repository, or where it is installed."""
PAIRS = (
    (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn), (ast.Add, ast.Sub), (ast.Mult, ast.Div), (ast.BitOr, ast.BitAnd),
    (ast.And, ast.Or),
)  # fmt: skip
OTHER = {
    **{a: b for pair in PAIRS for a, b in (pair, pair[::-1])},
    **dict.fromkeys((ast.FloorDiv, ast.Mod, ast.Pow), ast.Mult),
}
TYPES = {"annotation", "returns", "decorator_list", "type_params"}


@dataclass(frozen=True)
class Mutant:
    """A part of a file, as bytes, and what stands there instead."""

    path: str
    lines: tuple[int, int]
    span: tuple[int, int]
    old: str
    new: str
    in_function: bool


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in place of a node."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[place] = OTHER[type(op)]()
            yield changed
    if isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in OTHER:
        changed = copy.copy(node)
        changed.op = OTHER[type(node.op)]()
        yield changed
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
    if isinstance(node, ast.Return) and ast.unparse(node) not in {
        "return",
        "return None",
        "return False",
    }:
        yield ast.Return(ast.Constant(None))
    call = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    kept = isinstance(node, ast.Assign) and isinstance(
        node.targets[0], ast.Attribute | ast.Subscript
    )
    if call or kept or isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break):
        yield ast.Pass()


def places(
    node: ast.AST, *, within: bool = False
) -> Iterator[tuple[ast.expr | ast.stmt, list[ast.AST], bool]]:
    """Nodes that may be changed, how, and whether within a function; no types, no texts."""
    for field, value in ast.iter_fields(node):
        inner = within or (field == "body" and isinstance(node, ast.FunctionDef | ast.Lambda))
        for child in value if isinstance(value, list) else [value]:
            types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            if isinstance(child, ast.AST) and field not in TYPES and not types:
                found = [*changes(child)]
                asked = isinstance(child, ast.Name | ast.Attribute | ast.Call)
                if field in {"test", "ifs"} and asked:
                    found.append(ast.UnaryOp(ast.Not(), child))
                if found:
                    yield child, found, inner
                if not isinstance(child, ast.JoinedStr):  # it has no positions within
                    yield from places(child, within=inner)


def mutants(path: str) -> list[Mutant]:
    """All mutants of a file."""
    text = (SOURCE / path).read_bytes()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, new, inner in places(ast.parse(text)):
        lines = node.lineno, node.end_lineno or node.lineno
        span = starts[lines[0] - 1] + node.col_offset, starts[lines[1] - 1] + node.end_col_offset
        old = text[slice(*span)].decode()
        for change in new:
            written = ast.unparse(change)
            written = f"({written})" if isinstance(change, ast.expr) else written
            found.append(Mutant(path, lines, span, old, written, inner))
    return found
