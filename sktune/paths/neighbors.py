"""Nearest neighbours: one index, and one query at the largest number."""

from __future__ import annotations
