"""Parameters without effect: iterations after convergence, and parameters that a kernel ignores."""

from __future__ import annotations
