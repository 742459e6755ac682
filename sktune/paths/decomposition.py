"""PCA, PLS and linear discriminants: the first of many components."""

from __future__ import annotations
