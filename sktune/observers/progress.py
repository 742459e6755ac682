"""Progress: how far the search is, how long it will take, and the best candidate so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from ..events import Observer, SearchInfo
from ..messages import duration
from ..results import Results, ending_in_words
from ..trials import Outcome, Rung, Trial
from .printing import in_words, print_line
from .screens import Screen, View, screen_for
from .tally import Tally
from .ticking import Ticker

_LONGEST_PAUSE = 60.0
_LONGEST_VALUE, _LONGEST_PARAMS = 30, 100


class Progress(Observer):
    """Show how far a search is: in a terminal and a notebook in place, in a file now and then.

    Where it is in place, it is drawn anew also while nothing happens, by a thread that ends with
    the search, and after that with the refit.

    Parameters
    ----------
    beside_lines : bool, default=False
        Whether there is a line for every fit too, so that in a file nothing more is told of a
        search that takes less than a second.
    stream : text stream, optional
        Standard output if not given.
    clock : callable, default=time.time
        Seconds.
    """

    def __init__(
        self,
        *,
        beside_lines: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._beside_lines = beside_lines
        self._stream = stream
        self._tally = Tally(clock)
        self._screen: Screen | None = None
        self._pause = self._told = 0.0
        self._is_brief = True
        self._ticker = Ticker(self._tick)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out of copies what has locks and files, and is made for each search."""
        kept = {**vars(self), "_screen": None}
        del kept["_ticker"]
        return kept

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state, _ticker=Ticker(self._tick))

    def search_started(self, info: SearchInfo) -> None:
        self._tally.search_started(info)
        self._is_brief = True
        self._screen = screen_for(self._stream)
        self._pause, self._told = self._screen.pause, self._tally.clock()
        if not self._is_kept or (info.n_workers > 1 and not self._beside_lines):
            self._show()
        if not self._is_kept:
            self._ticker.start()

    def rung_started(self, rung: Rung) -> None:
        with self._ticker.lock:
            self._tally.rung_started(rung)

    def trial_started(self, trial: Trial) -> None:
        with self._ticker.lock:
            self._tally.trial_started(trial)

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        with self._ticker.lock:
            self._tally.split_finished(trial, outcome)
            if not trial.complete:  # else there is more to hear of it
                self._show_now_and_then()

    def trial_finished(self, trial: Trial) -> None:
        with self._ticker.lock:
            self._tally.trial_finished(trial)
            self._show_now_and_then()

    def trial_dropped(self, trial: Trial) -> None:
        with self._ticker.lock:
            self._tally.trial_dropped(trial)

    def search_finished(self, results: Results) -> None:
        self._ticker.stop()
        tally = self._tally
        tally.search_finished(results)
        if self._screen is not None:
            if not self._screen.keeps:
                self._show()  # a notebook keeps it
            self._screen.close()
        if not (self._is_brief and self._is_kept and self._beside_lines):
            print_line(summary(tally), self._stream)
            if results.shared_work.shared and results.ended_by not in ("interrupted", "error"):
                print_line(results.shared_work.in_one_line, self._stream)
        if ending := ending_of(tally):
            print_line(ending, self._stream)

    def refit_started(self, params: Mapping[str, Any]) -> None:
        self._tally.refit_started(params)
        if not (self._is_brief and self._is_kept):
            self._show()
        if not self._is_kept:
            self._ticker.start()

    def refit_finished(self, estimator: Any) -> None:
        self._ticker.stop()
        self._tally.refit_finished(estimator)
        if self._screen is not None and not self._screen.keeps:
            self._show()
            self._screen.close()

    @property
    def _is_kept(self) -> bool:
        return self._screen is None or self._screen.keeps

    def _show(self) -> None:
        self._told = self._tally.clock()
        if self._screen is not None:
            self._screen.show(view_of(self._tally))

    def _tick(self) -> None:
        with self._ticker.lock:
            if self._tally.clock() - self._told >= self._pause:
                self._show()

    def _show_now_and_then(self) -> None:
        if self._tally.clock() - self._told < self._pause:
            return
        self._show()
        if self._is_kept:  # a file is read later: a few lines at first, then fewer
            self._is_brief, self._pause = False, min(2 * self._pause, _LONGEST_PAUSE)


def ending_of(tally: Tally) -> str:
    """Say why a search has ended early, what is kept, and what is missing; empty if it has not."""
    info, results = tally.info, tally.results
    if results is None:
        return ""
    return ending_in_words(
        results,
        n_candidates=info.n_candidates,
        seconds=tally.elapsed,
        checkpoint=info.checkpoint,
    )


def view_of(tally: Tally) -> View:
    """Return what there is to show of a search that runs."""
    return View(_phase(tally), tally.share, _counts(tally), _notes(tally))


def _phase(tally: Tally) -> str:
    if tally.phase == "starting":
        n = tally.info.n_workers
        return f"starting {n} workers" if n > 1 else "starting"
    if tally.phase == "searching" and tally.rung is not None:
        return f"rung {tally.rung.number}"
    if tally.phase == "over" and tally.results is not None:
        return tally.results.ended_by
    return tally.phase


def _counts(tally: Tally) -> list[str]:
    elapsed = duration(tally.elapsed)
    if tally.phase == "starting":
        return [elapsed] if tally.elapsed >= 1 else []
    if tally.phase == "refitting":
        return [elapsed, f"with {params_in_words(tally.refitted)}"]
    n, total = tally.info.n_candidates, tally.n_total
    told = [f"{tally.n_over}{'' if n is None else f'/{n}'} candidates"]
    told += [f"{tally.n_fits}{'' if total is None else f'/{total}'} fits", elapsed]
    if (left := tally.left()) is not None:
        told.append(_time_left(*left))
    return told


def _time_left(least: float, most: float) -> str:
    low, high = duration(least), duration(max(most, 0.1))
    if least < 0.1 * most:
        return f"less than {high} left"
    return f"about {high} left" if least > 0.9 * most else f"{low} to {high} left"


def _notes(tally: Tally) -> list[str]:
    if tally.phase in ("starting", "refitting"):
        return []
    told = []
    if tally.best is not None:
        told.append(f"best {tally.score:.4g} with {params_in_words(tally.best.params)}")
    if tally.n_failed:
        told.append(f"{_several(tally.n_failed, 'fit')} failed")
    if tally.n_stopped:
        saved = _several(tally.n_spared, "fit")
        told.append(f"{_several(tally.n_stopped, 'candidate')} stopped, {saved} saved")
    if tally.n_shared and tally.phase != "over":  # then a line has it
        saved = f"sharing saved {_several(tally.n_shared, 'step')}"
        told.append(saved + f", {duration(tally.seconds_shared)}" * (tally.seconds_shared >= 0.1))
    if tally.n_equal:
        told.append(f"{_several(tally.n_equal, 'candidate')} equal to others")
    if tally.n_recalled:
        told.append(f"{_several(tally.n_recalled, 'fit')} from the checkpoint")
    return told


def _several(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def summary(tally: Tally) -> str:
    """Return in a line what there is in the end."""
    completed = tally.results is not None and tally.results.ended_by == "completed"
    done = f"{_several(tally.n_over, 'candidate')}, {_several(tally.n_fits, 'fit')}"
    done += f", {duration(tally.elapsed)}"
    return "; ".join([f"Completed: {done}" if completed else done, *_notes(tally)])


def params_in_words(params: Mapping[str, Any]) -> str:
    """Return parameters as text that is not too long; floats to four digits."""
    told = []
    for name, value in params.items():
        text = f"{value:.4g}" if isinstance(value, float) else " ".join(in_words(value).split())
        short = text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
        told.append(f"{name}={short}")
    text = ", ".join(told) or "the estimator's own parameters"
    return text if len(text) <= _LONGEST_PARAMS else text[: _LONGEST_PARAMS - 1] + "…"
