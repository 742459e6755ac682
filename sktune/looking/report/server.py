"""A server of pages for the own machine: it only reads, and answers to its own names."""

from __future__ import annotations

import ipaddress
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .watching import Pages

_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is served there.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example")]
    [True, True, True, False, False]
    """
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class WatchServer(ThreadingHTTPServer):
    """Serves the pages of a journal, or of all in a directory, as they are when asked for.

    Parameters
    ----------
    path : Path
        The file of a checkpoint, which need not be there yet, or a directory.
    host : str, default="127.0.0.1"
    port : int, default=0
        0 takes one that is free.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sktune.looking.report import WatchServer
    >>> with WatchServer(Path("search.jsonl")) as server:
    ...     server.url.startswith("http://127.0.0.1:")
    True
    """

    daemon_threads = True

    def __init__(self, path: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)
        self.pages = Pages(path)
        self._host = host

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who went before they had their answer."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as it came

    @property
    def url(self) -> str:
        """The address of the first page."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.server_port}/"

    def is_ours(self, name: str) -> bool:
        """Whether a request by this name is for us.

        A page of somebody else's whose name was made to lead here must not read what is served; it
        comes by its own name, and never by an address.
        """
        host = (urlsplit(f"//{name}").hostname or "").removesuffix(".")
        if host in (self._host.lower(), "localhost") or is_loopback(host):
            return True
        return not is_loopback(self._host) and (
            _is_address(host) or host == socket.gethostname().lower()
        )


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, and nothing else."""

    server: WatchServer
    server_version = "sktune"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        try:
            is_ours = self.server.is_ours(self.headers.get("Host", ""))
            path = unquote(urlsplit(self.path).path, errors="strict")
        except ValueError:
            self._send(HTTPStatus.BAD_REQUEST)
            return
        if not is_ours:
            self._send(HTTPStatus.FORBIDDEN, "this server answers to its own name only")
            return
        found = self.server.pages.answer(path.removeprefix("/").split("/"))
        if found is None:
            self._send(HTTPStatus.NOT_FOUND)
            return
        kind, body, tag = found
        if tag and self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, tag=tag)
        else:
            self._send(HTTPStatus.OK, body, kind, tag)

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's; `_send` leaves the body out

    def _refuse(self) -> None:
        self.close_connection = True  # whatever comes with it is not read
        self._send(HTTPStatus.METHOD_NOT_ALLOWED)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815 - as above

    def _send(
        self, status: HTTPStatus, text: str = "", kind: str = "text/plain", tag: str = ""
    ) -> None:
        body = b"" if status is HTTPStatus.NOT_MODIFIED else (text or status.phrase).encode()
        self.send_response(status)
        headers = {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8"}
        headers |= {"Content-Length": str(len(body))} | ({"ETag": tag} if tag else {})
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers |= {"Allow": "GET, HEAD", "Connection": "close"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: a line for each request would be all that is seen."""
