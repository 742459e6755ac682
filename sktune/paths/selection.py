"""Selectors of features: one ranking, many thresholds."""

from __future__ import annotations
