"""The built site, for the tests that look at it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.pages import ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pages: it is built, or is the one that SKTUNE_SITE names."""
    pytest.importorskip("sphinx", reason='pip install ".[docs]"')
    if "SKTUNE_SITE" in os.environ:
        return Path(os.environ["SKTUNE_SITE"]).resolve()
    folder = tmp_path_factory.mktemp("site").resolve()
    command = [sys.executable, "-m", "sphinx", "-q", "-W", str(ROOT / "docs"), str(folder)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return folder
