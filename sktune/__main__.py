"""The command line: `python -m sktune report search.jsonl` writes a report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .exceptions import CheckpointError
from .looking import report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except (CheckpointError, OSError, ValueError) as exc:
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
    return parser


def _report(given: argparse.Namespace) -> int:
    report(given.journal, given.output, metric=given.metric)
    print(given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
