"""Labels that fit: cut, turned or left out where a figure is small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..optional import package
from .param_axis import written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHORTEST = 6
"""Characters of which a text can still be told from others."""

_LEAST_TURNED = 0.32
"""Inches between labels that are turned by 30 degrees and do not touch."""


_TWO_DECADES = 100


def room(ax: Axes) -> tuple[float, float]:
    """Return about how wide and high axes are, in inches: the layout is worked out later."""
    box: Any = ax.get_window_extent()
    dpi: float = ax.figure.dpi
    return box.width / dpi, box.height / dpi


def text_size() -> tuple[float, float]:
    """Return about how wide a character is, and how high a line, in inches."""
    points = float(package("matplotlib").rcParams["font.size"])
    return 0.0088 * points, 0.017 * points


def cut(text: str, inches: float) -> str:
    """Leave out the middle of a text that is longer than there is room for.

    Examples
    --------
    >>> cut("randomforestclassifier__max_depth", 1.5)
    'randomfo…ax_depth'
    """
    most = max(int(inches / text_size()[0]), _SHORTEST)
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def set_log(ax: Axes, places: Any, *, vertical: bool = False) -> None:
    """Make an axis logarithmic; of less than two decades with ticks between them."""
    ticker = package("matplotlib.ticker")
    (ax.set_yscale if vertical else ax.set_xscale)("log")
    ratio = places.max() / places.min()
    if ratio < _TWO_DECADES:
        axis = ax.yaxis if vertical else ax.xaxis
        longest = max(len(written(place)) for place in (places.min(), places.max()))
        decade = room(ax)[vertical] / max(np.log10(ratio), 1.0)
        needed = 0.0 if vertical else text_size()[0] * longest / decade
        subs = (1, 2, 5) if ratio < 20 and needed < 0.3 else (1, 3) if needed < 0.47 else (1,)
        axis.set_major_locator(ticker.LogLocator(subs=subs))
        axis.set_major_formatter(lambda place, _: written(place))
        axis.set_minor_formatter(ticker.NullFormatter())


def set_xlabel(ax: Axes, text: str) -> None:
    """Label the horizontal axis, to the left of its end where it is shorter than the text."""
    ax.set_xlabel(text, loc="center" if text_size()[0] * len(text) < 0.7 * room(ax)[0] else "right")


def set_labels(
    ax: Axes,
    places: Sequence[float],
    texts: Sequence[str],
    *,
    vertical: bool = False,
    all_of_them: bool = False,
) -> None:
    """Label places along an axis; if they are many they are turned, and some are left out."""
    character, line = text_size()
    along = room(ax)[vertical]
    if not all_of_them:
        every = -(-len(places) // min(max(int(along / line), 1), 12))
        places, texts = places[::every], texts[::every]
    if vertical:
        ax.yaxis.set_ticks(places, [cut(text, 0.4 * room(ax)[0]) for text in texts])
        return
    each = 0.8 * along / max(len(texts), 1)  # what else the figure has takes its share
    if max(map(len, texts), default=0) * character <= each:
        ax.xaxis.set_ticks(places, texts)
        return
    steep = each < _LEAST_TURNED
    texts = [cut(text, (0.45 if steep else 0.9) * room(ax)[1]) for text in texts]
    if steep:
        ax.xaxis.set_ticks(places, texts, rotation=90)
    else:
        ax.xaxis.set_ticks(places, texts, rotation=30, ha="right", rotation_mode="anchor")
