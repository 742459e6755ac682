"""What a stage sets up for its workers."""

from __future__ import annotations

from typing import Any

import pytest

from sktune.engine import Setup
from sktune.engine.executors import Workers
from sktune.engine.staging import Stages
from sktune.objective import Objective
from sktune.sharing import Lineages
from sktune.sharing.files import Files, HostFiles
from sktune.space import Space
from sktune.strategies import Enumerated
from sktune.trials import Rung, Trials
from tests.helpers.engine import problem


@pytest.mark.parametrize("shares", [True, False])
@pytest.mark.parametrize(
    ("where", "kind"),
    [("here", None), ("threads", None), ("processes", Files), ("hosts", HostFiles)],
)
def test_folders_are_made_only_where_workers_hand_work_on_and_go_with_their_stage(
    where: Any, kind: Any, shares: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    removed: list[Any] = []
    for name, of in (("new", Files), ("anew", HostFiles)):
        make = getattr(of, name)
        keep = lambda *args, make=make: made.append(make(*args)) or made[-1]  # noqa: E731 - notes it
        monkeypatch.setattr(of, name, keep)
    monkeypatch.setattr(Files, "remove", lambda files: removed.append(files))
    measured = problem()
    setup = Setup(
        measured,
        Enumerated(Space.of({"value": [1]})),
        Objective(),
        Trials(3),
        lineages=Lineages(measured.estimator) if shares else None,
        problem_on=lambda rung: measured,
    )
    with Stages(setup, Workers(2, where)) as stages:
        first = stages.enter(None)
        assert stages.enter(None) is first
        assert [type(files) for files in made] == ([kind] if shares and kind else [])
        stages.enter(Rung(0, 3, "n_samples", 1))
        assert removed == made[:1]
    assert removed == made
