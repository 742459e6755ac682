"""Ridge regression: one Gram matrix for all penalties."""

from __future__ import annotations
