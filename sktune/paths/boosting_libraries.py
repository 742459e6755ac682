"""LightGBM and XGBoost: the first trees of many. Optional, and looked up lazily."""

from __future__ import annotations
