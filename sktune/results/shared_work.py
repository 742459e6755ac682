"""The work that candidates had in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from ..trials import Trials


@dataclass(frozen=True)
class SharedWork:
    """Counts of the fits that a search asked for, and of those that were done.

    Attributes
    ----------
    steps : mapping of str to (int, int)
        For each step of a pipeline, by name, the fits asked for and those done; for any
        other estimator its class's name.
    seconds_saved : float
        What the fits and transformations would have taken that were not done again.

    Examples
    --------
    >>> work = SharedWork({"scale": (60, 5), "clf": (60, 60)}, 1.25)
    >>> work
    120 steps asked for, 65 done (1.2 s saved)
      scale  60 -> 5
      clf    60 -> 60
    >>> work.n_asked, work.n_done
    (120, 65)
    """

    steps: Mapping[str, tuple[int, int]]
    seconds_saved: float = 0.0

    @classmethod
    def of(cls, trials: Trials, whole: str) -> SharedWork:
        """Count in the trials; `whole` is what an estimator without steps is called."""
        asked: Counter[str] = Counter()
        done: Counter[str] = Counter()
        saved = 0.0
        for trial in trials:
            for outcome in trial.finished:
                is_first = trial.duplicate_of is None
                saved += outcome.saved_time if is_first else outcome.fit_time + outcome.score_time
                for name, _ in outcome.fits if is_first else ():
                    done[name or whole] += 1
                # what was fitted twice for a candidate was once in vain
                for name in dict.fromkeys([*dict(outcome.fits), *outcome.reused]):
                    asked[name or whole] += 1
        return cls({name: (n, done[name]) for name, n in asked.items()}, max(saved, 0.0))

    @property
    def n_asked(self) -> int:
        """Fits that candidates and splits ask for, each step by itself."""
        return sum(asked for asked, _ in self.steps.values())

    @property
    def n_done(self) -> int:
        """Fits that were done."""
        return sum(done for _, done in self.steps.values())

    @property
    def shared(self) -> bool:
        """Whether anything was done once for several."""
        return any(done < asked for asked, done in self.steps.values())

    @property
    def _unit(self) -> str:
        """The word for what is counted: a fit is that of a whole estimator."""
        return "fits" if len(self.steps) == 1 else "steps"

    @property
    def in_one_line(self) -> str:
        """The counts in a line, to print."""
        saved = f" ({self.seconds_saved:.2g} s saved)" if self.shared else ""
        return f"{self.n_asked} {self._unit} asked for, {self.n_done} done{saved}"

    def __repr__(self) -> str:
        width = max(map(len, self.steps), default=0)
        lines = [f"  {name:{width}}  {a} -> {done}" for name, (a, done) in self.steps.items()]
        return "\n".join([self.in_one_line, *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{asked}</td><td>{done}</td></tr>"
            for name, (asked, done) in self.steps.items()
        )
        head = "<tr><th>step</th><th>asked for</th><th>done</th></tr>"
        return f"<p>{escape(self.in_one_line)}</p><table>{head}{rows}</table>"
