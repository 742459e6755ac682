"""What type checkers make of a user's script: attributes are known, misspelt names are errors."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("user.py")
LINES = SCRIPT.read_text().splitlines()
# the gate runs them with the other checks of types
pytestmark = pytest.mark.slow
WRONG = {n for n, line in enumerate(LINES, start=1) if line.endswith("# wrong")}
REVEALED = ["GridSearch", "dict[str, Any]", "BayesSearch"]


def test_mypy_knows_the_searches(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="type checkers come with sktune[dev]")
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nignore_missing_imports = True\n")
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), str(SCRIPT)]
    command += ["--cache-dir", str(tmp_path / "cache"), "--output", "json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert {m["line"] for m in told if m["severity"] == "error"} == WRONG, run.stdout + run.stderr
    notes = [m["message"] for m in told if "Revealed type" in m["message"]]
    assert len(notes) == len(REVEALED)
    for note, expected in zip(notes, REVEALED, strict=True):
        assert expected in note


def test_pyright_knows_the_searches(tmp_path: Path) -> None:
    checker = shutil.which("basedpyright", path=str(Path(sys.executable).parent))
    if checker is None:
        pytest.skip("type checkers come with sktune[dev]")
    config = tmp_path / "pyrightconfig.json"
    config.write_text(json.dumps({"typeCheckingMode": "standard", "include": [str(SCRIPT)]}))
    command = [checker, "--project", str(config), "--pythonpath", sys.executable, "--outputjson"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(run.stdout)["generalDiagnostics"]
    errors = {m["range"]["start"]["line"] + 1 for m in told if m["severity"] == "error"}
    assert errors == WRONG, told
    notes = [m["message"] for m in told if m["severity"] == "information"]
    assert len(notes) == len(REVEALED)
    for note, expected in zip(notes, REVEALED, strict=True):
        assert f'is "{expected}"' in note
