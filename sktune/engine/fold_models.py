"""The fitted models of the candidates that may still be the best, on each of their splits."""

from __future__ import annotations

import math
import shutil
import weakref
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import cloudpickle

from ..evaluation import SentModel
from ..events import Observer
from ..journal.disk import Disk
from ..objective import Objective
from ..problem import Split
from ..sharing.arrays import n_bytes
from ..trials import Outcome, Rung, Trial

ROOM = 2**28
"""Bytes of models that are kept in memory: 256 MiB. What is beyond it waits in files."""

_FEW = 2
"""Candidates whose models are in memory however large: to measure them takes time."""

_Merit = tuple[int, float, int]

Beside = Callable[[Trial, int], Path | None]
"""From a candidate and a split to the file beside a journal that has the model."""


class FoldModels(Observer):
    """Keeps what was fitted of each candidate that is under way, and of the best so far.

    What has lost is let go of at once. The best is that of its rung, where there are rungs: the
    last may be cut short. Where a rule is to choose, as many of the best are kept as there is room
    for.

    Parameters
    ----------
    objective : Objective
    by_rule : bool
        Whether `refit` is a callable, which may choose any candidate in the end.
    room : int, default=ROOM
    beside : callable, optional
        Where all models wait in files, from which a search that is gone on with has them.
    """

    def __init__(
        self,
        objective: Objective,
        *,
        by_rule: bool,
        room: int = ROOM,
        beside: Beside | None = None,
    ) -> None:
        self._objective, self._by_rule, self._room = objective, by_rule, room
        self._beside = beside
        self._models: defaultdict[int, dict[int, Any]] = defaultdict(dict)
        self._rows: dict[int, Sequence[Split]] = {}
        self._sizes: defaultdict[int, int] = defaultdict(int)
        self._over: set[int] = set()
        self._best: defaultdict[Rung | None, dict[int, _Merit]] = defaultdict(dict)
        self._folder: Path | None = None

    def take(self, trial: Trial, outcome: Outcome, splits: Sequence[Split]) -> Outcome:
        """Take the model out of an outcome that is to be entered; return the outcome without."""
        number, split = trial.number, outcome.split
        place = None if self._beside is None else self._beside(trial, split)
        is_there = outcome.recalled and place is not None and place.is_file()
        if number not in self._over and (is_there or outcome.model is not None):
            self._rows[number] = splits
            self._models[number].setdefault(
                split, place if is_there else self._stored(outcome, place)
            )
        return outcome if outcome.model is None else replace(outcome, model=None)

    def _stored(self, outcome: Outcome, place: Path | None) -> Any:
        """Return a model as it is kept: itself, its bytes, or the file that it is in."""
        model = outcome.model
        if place is None and len(self._models) <= _FEW:  # the best, and what is under way
            return model
        content = model.content if isinstance(model, SentModel) else None
        if place is None:
            size = n_bytes(model) if content is None else len(content)
            is_full = sum(self._sizes.values()) + size > self._room
            self._sizes[outcome.trial] += size
            if not is_full:
                return model
        try:
            content = cloudpickle.dumps(model) if content is None else content
            if not content:
                return model
            path = place or self._own_folder() / f"{outcome.trial}-{outcome.split}"
            path.parent.mkdir(exist_ok=True)
            Disk().begin(str(path), content)
        except Exception:  # noqa: BLE001 - what cannot be pickled, or a full disk: memory may do
            self._sizes[outcome.trial] += n_bytes(model) if place else 0
            return model
        self._sizes[outcome.trial] += len(content) if place else 0  # as measured above without
        return path

    def _own_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(mkdtemp(prefix="sktune-models-"))
            # whatever the search ends with, nothing is left of it
            weakref.finalize(self, shutil.rmtree, self._folder, True)
        return self._folder

    def trial_finished(self, trial: Trial) -> None:
        """Let go of what cannot be the best any more."""
        number = trial.number if trial.duplicate_of is None else trial.duplicate_of
        self._over.add(number)
        best = self._best[trial.rung]
        if trial.complete:
            best.setdefault(number, self._merit(trial))
        while len(best) > 1 and not (self._by_rule and sum(self._sizes.values()) <= self._room):
            del best[min(best, key=best.__getitem__)]
            self._let_go()
        self._let_go()

    def trial_dropped(self, trial: Trial) -> None:
        """Let go of what comes after the end."""
        self._over.add(trial.number)
        self._best[trial.rung].pop(trial.number, None)
        self._let_go()

    def _merit(self, trial: Trial) -> _Merit:
        """Return what is larger for what comes first by its rank; of equal ones, the first."""
        metric, scores = self._objective.metric, trial.finished[0].test_scores
        objective = self._objective
        if metric not in scores and scores:  # none decides but a rule
            objective = replace(objective, metric=next(iter(scores)))
        mean = objective.reported_mean(trial)
        if math.isnan(mean):
            return -2, 0.0, -trial.number
        failed = any(math.isnan(objective.score(outcome)) for outcome in trial.finished)
        return -int(failed), mean, -trial.number

    def _let_go(self) -> None:
        wanted = set[int]().union(*self._best.values())
        for number in [n for n in self._models if n in self._over and n not in wanted]:
            for split, kept in self._models.pop(number).items():
                # equal candidates that are not merged have the same file
                others = (models.get(split) for models in self._models.values())
                if isinstance(kept, Path) and kept not in others:
                    kept.unlink(missing_ok=True)
            del self._rows[number]
            self._sizes.pop(number, None)

    def of(self, trial: Trial) -> tuple[dict[int, Any], Sequence[Split], str]:
        """Return a candidate's models by split, the splits, and why a model is missing.

        Nothing of any other is kept afterwards.
        """
        number = trial.number if trial.duplicate_of is None else trial.duplicate_of
        kept, why = self._models.get(number, {}), ""
        models: dict[int, Any] = {}
        try:
            for split, model in kept.items():
                if isinstance(model, Path):
                    model = SentModel(model.read_bytes())
                if isinstance(model, SentModel):
                    if model.reason:
                        raise ValueError(model.reason)
                    model = model.load()
                models[split] = model
        except Exception as exc:  # noqa: BLE001 - anything may go wrong in an object's own methods
            models, why = {}, f"its models cannot be sent from the workers ({exc})"
        rows = self._rows.get(number, ())
        known = [o.split for o in trial.finished if o.recalled and not o.failures]
        if not why and any(split not in models for split in known):
            models = {}
            why = "some of its fits are recalled from the checkpoint, which has no models of them"
        elif not models:
            why = why or "only so many of the best are kept, and refit has chosen another"
        self.close()
        return models, rows, why

    def close(self) -> None:
        """Let go of everything."""
        self._models.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
