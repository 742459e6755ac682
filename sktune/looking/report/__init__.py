"""A report of a search: one file that is opened in a browser."""

from .writing import Report, report

__all__ = ["Report", "report"]
