"""Fits that MLflow does not log by itself, where its autologging is on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

AUTOLOGGING = "mlflow.utils.autologging_utils"
"""The module that is looked at where it is loaded, and never imported."""

_mutex = threading.Lock()
_held: list[AbstractContextManager[None] | None] = []
"""One for each block that is entered; the first has what ends MLflow's own, if it began it."""


def unlogged() -> AbstractContextManager[None]:
    """Have MLflow's autologging log nothing meanwhile, in this process, whatever is nested."""
    module = sys.modules.get(AUTOLOGGING)
    return nullcontext() if module is None else _switched_off(module)


@contextmanager
def _switched_off(module: Any) -> Iterator[None]:
    # MLflow's own block switches logging on again when it ends, also inside another one
    with _mutex:
        block = None if _held or is_switched_off(module) else module.disable_autologging()
        if block is not None:
            block.__enter__()
        _held.append(block)
    try:
        yield
    finally:
        with _mutex:
            block = _held.pop() if len(_held) == 1 else _held.pop(1)
            if block is not None:
                block.__exit__(None, None, None)


def is_switched_off(module: Any) -> bool:
    """Whether MLflow logs nothing by itself now, which cannot be asked for publicly."""
    return bool(_held) or bool(getattr(module, "_AUTOLOGGING_GLOBALLY_DISABLED", False))
