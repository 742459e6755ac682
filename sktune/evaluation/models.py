"""Fitted models on their way from the workers that have fitted them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cloudpickle

from ..types import Model


@dataclass(frozen=True, slots=True)
class SentModel:
    """A fitted model as bytes, which are read where it is asked for; or why there are none.

    Attributes
    ----------
    content : bytes
    reason : str
        Why it could not be pickled; empty if it was.
    """

    content: bytes
    reason: str = ""

    @classmethod
    def of(cls, model: Model) -> SentModel:
        """Pickle a model; classes that are defined in a script too."""
        try:
            return cls(cloudpickle.dumps(model))
        except Exception as exc:  # noqa: BLE001 - anything may go wrong in an object's own methods
            return cls(b"", f"{type(exc).__name__}: {exc}")

    def load(self) -> Any:
        """Return the model."""
        return cloudpickle.loads(self.content)
