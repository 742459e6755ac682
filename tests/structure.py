"""The folders of the package and their arrows, read from the imports: the layers, and a drawing.

Run as ``python -m tests.structure`` to draw ``docs/images/structure.svg`` anew. Only arrows are
drawn that do not follow from others: where a imports b and c, and b imports c, the arrow from a to
c is left out.
"""

from __future__ import annotations

import ast
from pathlib import Path

import sktune

PACKAGE = Path(sktune.__file__).parent
DRAWING = Path(__file__).parents[1] / "docs" / "images" / "structure.svg"

LAYERS = [
    {"messages", "types"},
    {"exceptions", "optional", "unlogged", "_sklearn"},
    {"environment", "space"},
    {"spaces"},
    {"paths"},
    {"trials", "optimizers", "sharing"},
    {"objective", "early_stopping"},
    {"background", "problem", "policies", "strategies"},
    {"evaluation", "results"},
    {"events"},
    {"observers"},
    {"journal"},
    {"engine", "replay"},
    {"looking"},
    {"tracking"},
    {"searches"},
    {"testing", "integrations", "__main__"},
]
"""From the lowest to the highest: a module imports from its own package, and from lower layers."""

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 110, 26, 34, 26, 12


def parts() -> list[str]:
    """Return the folders and the modules that stand beside them."""
    return sorted({path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in _files()})


def arrows() -> set[tuple[str, str]]:
    """Return which part imports from which other one."""
    found = set()
    for path in _files():
        here = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text())):
            match node:  # also what is loaded when it is asked for
                case ast.Call(ast.Name("package"), [ast.Constant(str(name)), *_]):
                    own, _, rest = name.partition(".")
                    found |= {(here[0], rest.partition(".")[0])} if own == PACKAGE.name else set()
            if not isinstance(node, ast.ImportFrom) or node.level == 0:
                continue
            base = here[: len(here) - node.level]
            names = [node.module.split(".")[0]] if node.module else [a.name for a in node.names]
            found |= {(here[0], name) for name in ([base[0]] if base else names)}
    return {(a, b) for a, b in found if a != b}


def layer(part: str) -> int:
    """Return in which layer a part is, from the lowest."""
    return next(number for number, names in enumerate(LAYERS) if part in names)


def reduced(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out the arrows that follow from others."""
    below = {a: {b for x, b in found if x == a} for a, _ in found}

    def reach(part: str) -> set[str]:
        direct = below.get(part, set())
        return direct.union(*map(reach, direct))

    return {(a, b) for a, b in found if not any(b in reach(c) for c in below[a] - {b})}


def drawing() -> str:
    """Draw the layers, the highest on top."""
    rows = [sorted(names) for names in reversed(LAYERS)]
    widest = max(map(len, rows)) * (WIDTH + GAP_X) - GAP_X
    at: dict[str, tuple[float, float]] = {}
    for y, names in enumerate(rows):
        left = MARGIN + (widest - len(names) * (WIDTH + GAP_X) + GAP_X) / 2
        for x, name in enumerate(names):
            at[name] = left + x * (WIDTH + GAP_X), MARGIN + y * (HEIGHT + GAP_Y)
    lines = [
        f'<path class="arrow" d="{_curve(at[a], at[b])}" marker-end="url(#head)"/>'
        for a, b in sorted(reduced(arrows()))
    ]
    boxes = [
        f'<g><rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="4"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 4:g}">{name}</text></g>'
        for name, (x, y) in sorted(at.items())
    ]
    height = len(rows) * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN
    style = (
        "rect{fill:#f3f6fa;stroke:#5b7083}"
        "text{font:12px sans-serif;text-anchor:middle;fill:#1d2a36}"
        ".arrow{fill:none;stroke:#8a9bab;stroke-width:1.2}"
    )
    head = (
        '<marker id="head" markerWidth="7" markerHeight="7" refX="6" refY="3" orient="auto">'
        '<path d="M0,0L6,3L0,6z" fill="#8a9bab"/></marker>'
    )
    size = f'viewBox="0 0 {widest + 2 * MARGIN:g} {height:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            "<title>The parts of sktune, and which imports from which</title>",
            f"<style>{style}</style><defs>{head}</defs>",
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    x, y = start[0] + WIDTH / 2, start[1] + HEIGHT
    u, v = end[0] + WIDTH / 2, end[1]
    bend = max(14.0, (v - y) / 2)
    return f"M{x:g},{y:g}C{x:g},{y + bend:g} {u:g},{v - bend:g} {u:g},{v - 2:g}"


def _files() -> list[Path]:
    return [
        path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__"
    ]


if __name__ == "__main__":
    DRAWING.write_text(drawing())
