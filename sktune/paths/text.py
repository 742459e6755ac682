"""Vectorisers: each document is analysed once."""

from __future__ import annotations
