"""A report of a search: one page that is opened in a browser, from a file or a server."""

from .server import WatchServer, is_loopback
from .writing import Report, report, report_of

__all__ = ["Report", "WatchServer", "is_loopback", "report", "report_of"]
