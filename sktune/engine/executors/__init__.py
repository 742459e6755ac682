"""Executors: where bundles run. The engine knows them by one contract."""

from .contract import BundleReport, Evaluate, Executor, Terms, Workers
from .registry import register_backends

__all__ = ["BundleReport", "Evaluate", "Executor", "Terms", "Workers"]

register_backends()
