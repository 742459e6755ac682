from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.helpers.journal.elsewhere import Elsewhere
from tests.helpers.journal.killing import Job, Runner, runner


@pytest.fixture(scope="session")
def run() -> Iterator[Runner]:
    """Runs searches in processes of their own."""
    with runner() as made:
        yield made


@pytest.fixture(scope="session")
def plain(run: Runner, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Job], dict[str, Any]]:
    """Gives what a search says that nothing has happened to, and that keeps no journal."""
    known: dict[Any, dict[str, Any]] = {}

    def get(job: Job) -> dict[str, Any]:
        key = job.search, job.size, job.n_splits
        if key not in known:
            folder = str(tmp_path_factory.mktemp("plain"))
            known[key] = run(Job(*key[:1], folder, *key[1:], checkpoint=False)).said
        return known[key]

    return get


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """What another process makes of the same values and searches."""
    return Elsewhere.run("1", tmp_path_factory.mktemp("elsewhere"))
