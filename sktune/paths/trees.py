"""Decision trees: pruned from the unpruned tree, and saturated ones."""

from __future__ import annotations
