"""Forests, bagging, isolation forests and AdaBoost: the first of many trees."""

from __future__ import annotations
