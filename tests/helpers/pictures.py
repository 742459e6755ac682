"""What is wrong with a figure, as far as the boxes of its texts tell."""

from __future__ import annotations

from itertools import combinations
from typing import Any


def faults(figure: Any) -> list[str]:
    """Return texts that are cut by the figure's edge, or lie over each other."""
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    boxes = [(text, text.get_window_extent()) for text in _texts(figure)]
    found = [
        f"{text.get_text()!r} is cut"
        for text, box in boxes
        if min(box.x0, box.y0) < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    straight = [(text, box) for text, box in boxes if text.get_rotation() % 90 == 0]
    for (text, a), (other, b) in combinations(straight, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1:
            found.append(f"{text.get_text()!r} lies over {other.get_text()!r}")
    return found


def _texts(figure: Any) -> list[Any]:
    """Return the texts that are drawn; ticks beyond the ends of an axis are not."""
    found = []
    for ax in figure.axes:
        found += [*ax.texts, ax.title]
        if ax.get_legend() is not None:
            found += ax.get_legend().get_texts()
        if not ax.axison:
            continue
        found += [ax.xaxis.label, ax.yaxis.label, ax.xaxis.offsetText, ax.yaxis.offsetText]
        for axis, ends in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            low, high = sorted(ends)
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            found += [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_visible() and text.get_text().strip()]
