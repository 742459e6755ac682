"""Executors: where bundles run. The engine knows them by one contract."""

from .contract import BundleReport, Evaluate, Executor, Terms, Workers

__all__ = ["BundleReport", "Evaluate", "Executor", "Terms", "Workers"]
