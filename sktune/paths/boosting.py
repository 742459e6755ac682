"""Gradient boosting: the first stages of many."""

from __future__ import annotations
