"""The command line: `python -m sktune report` and `python -m sktune watch`, on a checkpoint."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .exceptions import CheckpointError
from .looking.report import WatchServer, is_loopback, report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except (CheckpointError, OSError, OverflowError, ValueError) as exc:
        print(f"sktune {given.command}: {exc}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sktune", description="Look at a search from its checkpoint alone."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    told = "write a report of a search: one file, to be opened in a browser"
    one = commands.add_parser("report", help=told, description=f"{told[0].upper()}{told[1:]}.")
    one.add_argument("journal", help="the file that was passed as checkpoint")
    one.add_argument("-o", "--output", default="report.html", help="default: %(default)s")
    one.add_argument("--metric", help="of several, the one that is shown")
    one.set_defaults(run=_report)
    told = "serve the same page to this machine, current while the search runs"
    two = commands.add_parser("watch", help=told, description=f"{told[0].upper()}{told[1:]}.")
    two.add_argument("journal", help="the file that was passed as checkpoint, or a directory")
    two.add_argument("--port", type=int, default=0, help="default: one that is free")
    two.add_argument("--host", default="127.0.0.1", help="default: %(default)s, this machine only")
    two.set_defaults(run=_watch)
    return parser


def _report(given: argparse.Namespace) -> int:
    report(given.journal, given.output, metric=given.metric)
    print(given.output)
    return 0


def _watch(given: argparse.Namespace) -> int:
    path = Path(given.journal).resolve()
    with suppress(KeyboardInterrupt), WatchServer(path, given.host, given.port) as server:
        if not is_loopback(given.host):
            warning = "whoever can reach this machine can read the search; there is no password."
            print(f"Warning: {warning}", file=sys.stderr)
        print(f"{server.url} (Ctrl-C ends it)", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
