"""A view of a search in a notebook: its progress, the best candidates, and the history."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..events import Observer, SearchInfo
from ..results import Results
from ..space.dimensions import is_count
from ..trials import Outcome, Rung, Trial
from .printing import in_words
from .progress import Progress, ending_of, view_of
from .screens import NotebookScreen, in_notebook
from .tally import Tally
from .ticking import Ticker

_PAUSE = 0.5
_MOST_PARAMS, _LONGEST_VALUE = 8, 40
_WIDTH, _HEIGHT, _MARGIN = 480, 120, 6
_MOST_POINTS = 400


class LiveView(Observer):
    """Show a search while it runs, in a notebook: progress, the best candidates, the history.

    It is one output of the cell, which is updated in place. Where there is no notebook it is what
    ``verbose=1`` shows.

    Parameters
    ----------
    n_rows : int, default=5
        How many of the best candidates are shown.

    Raises
    ------
    ValueError
        If that is no number of candidates.

    Examples
    --------
    >>> from sktune import GridSearch, LiveView
    >>> from sklearn.svm import SVC
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, observers=[LiveView()])
    """

    def __init__(self, n_rows: int = 5) -> None:
        if not is_count(n_rows):
            raise ValueError(f"n_rows={n_rows!r}; pass a whole number of candidates, 1 or more")
        self.n_rows = n_rows

    def __getstate__(self) -> dict[str, Any]:
        """Leave what belongs to a search out of copies."""
        return {"n_rows": self.n_rows}

    def search_started(self, info: SearchInfo) -> None:
        self._screen = NotebookScreen() if in_notebook() else None
        self._inner: Tally | Progress = Tally() if self._screen is not None else Progress()
        self._told, self._ending = 0.0, ""
        self._ticker = Ticker(self._tick)
        self._inner.search_started(info)
        self._show()
        self._start_ticking()

    def rung_started(self, rung: Rung) -> None:
        with self._ticker.lock:
            self._inner.rung_started(rung)

    def trial_started(self, trial: Trial) -> None:
        with self._ticker.lock:
            self._inner.trial_started(trial)

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        with self._ticker.lock:
            self._inner.split_finished(trial, outcome)
            if not trial.complete:
                self._show(_PAUSE)

    def trial_finished(self, trial: Trial) -> None:
        with self._ticker.lock:
            self._inner.trial_finished(trial)
            self._show(_PAUSE)

    def trial_dropped(self, trial: Trial) -> None:
        with self._ticker.lock:
            self._inner.trial_dropped(trial)

    def search_finished(self, results: Results) -> None:
        self._ticker.stop()
        tally = self._inner
        tally.search_finished(results)
        if isinstance(tally, Tally):  # else it tells that itself
            self._ending = ending_of(tally)
        self._show()

    def refit_started(self, params: Mapping[str, Any]) -> None:
        self._inner.refit_started(params)
        self._show()
        self._start_ticking()

    def refit_finished(self, estimator: Any) -> None:
        self._ticker.stop()
        self._inner.refit_finished(estimator)
        self._show()

    def _start_ticking(self) -> None:
        if self._screen is not None:  # else `Progress` does
            self._ticker.start()

    def _tick(self) -> None:
        with self._ticker.lock:
            self._show(_PAUSE)

    def _show(self, pause: float = 0.0) -> None:
        tally = self._inner
        if self._screen is None or not isinstance(tally, Tally):
            return
        if tally.clock() - self._told < pause:
            return
        self._told = tally.clock()
        view = view_of(tally)
        parts = [view.html, _table(tally, self.n_rows), _history(list(tally.means.values()))]
        parts += [f"<div>{escape(self._ending)}</div>"] if self._ending else []
        self._screen.show_html("".join(parts), f"{view.line}\n{self._ending}".rstrip())


def _table(tally: Tally, n_rows: int) -> str:
    """Return the best candidates as a table; nothing where there is none."""
    known = {number: mean for number, mean in tally.means.items() if math.isfinite(mean)}
    best = sorted(known, key=lambda number: -known[number])[:n_rows]
    rows = [tally.info.trials[number] for number in best]
    names = list(dict.fromkeys(name for trial in rows for name in trial.params))[:_MOST_PARAMS]
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in ["score", "candidate", *names])
    body = ""
    for trial in rows:
        values = [f"{known[trial.number]:.4g}", str(trial.number)]
        values += [_short(trial.params[n]) if n in trial.params else "" for n in names]
        body += f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>"
    style = "color:inherit;display:block;overflow-x:auto"
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<table style="{style}">{table}</table>'


def _short(value: object) -> str:
    text = " ".join(in_words(value).split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _history(means: Sequence[float]) -> str:
    """Return a drawing of the scores in turn, and of the best so far; nothing where there is none.

    Of many candidates the best of each few is drawn. Those that failed are at the bottom.
    """
    each = -(-len(means) // _MOST_POINTS) or 1
    few = [means[k : k + each] for k in range(0, len(means), each)]
    found = [max(filter(math.isfinite, some), default=math.nan) for some in few]
    known = [score for score in found if math.isfinite(score)]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    across = (_WIDTH - 2 * _MARGIN) / max(len(found) - 1, 1)
    up = (_HEIGHT - 2 * _MARGIN) / (high - low or 1.0)
    points, path, best = "", "", -math.inf
    for k, score in enumerate(found):
        x = _MARGIN + k * across
        if not math.isfinite(score):
            points += f'<path d="M{x - 3:.1f},{_HEIGHT - 1}h6" stroke="#c0392b" stroke-width="2"/>'
            continue
        y = _HEIGHT - _MARGIN - (score - low) * up
        points += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>'
        if score > best:
            best = score
            path += f"H{x:.1f}V{y:.1f}" if path else f"M{x:.1f},{y:.1f}"
    path += f"H{_WIDTH - _MARGIN}"
    told = f"scores of {len(means)} candidates in turn, from {low:.4g} to {high:.4g}; best so far"
    if len(known) < len(found):
        told += "; at the bottom those that failed"
    return (
        f'<svg role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'style="max-width:100%"><title>{told}</title>'
        f'<g fill="currentColor" fill-opacity="0.45">{points}</g>'
        f'<path d="{path}" fill="none" stroke="#e67e22" stroke-width="2"/></svg>'
        f"<div><small>{told}</small></div>"
    )
