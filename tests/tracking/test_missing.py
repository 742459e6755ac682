"""Trackers whose package is not there."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from sktune.__main__ import main
from sktune.tracking import MLflowTracker


def test_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("sktune.tracking.mlflow.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "sktune\[mlflow\]"'):
        MLflowTracker()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["optuna"], "--storage sqlite:///studies.db"),
        (["wandb", "--at", "here"], "set up by variables"),
        (["mlflow"], "There is no journal"),
    ],
)
def test_the_command_line_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    told: list[str],
    message: str,
) -> None:
    monkeypatch.setattr("sktune.tracking.mlflow.find_spec", lambda name: object())
    assert main(["track", "nowhere.jsonl", "--to", *told]) == 1
    assert message in capsys.readouterr().err


def test_nothing_of_mlflow_is_imported_by_a_search() -> None:
    code = """if True:
        import sys
        from sklearn.dummy import DummyClassifier
        from sktune import GridSearch
        GridSearch(DummyClassifier(), {"random_state": [0]}, cv=2).fit([[0.0]] * 8, [0, 1] * 4)
        assert not [name for name in sys.modules if name.split(".")[0] == "mlflow"]
        """
    subprocess.run([sys.executable, "-c", code], check=True)
