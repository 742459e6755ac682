"""The command line: `python -m sktune report`, `watch`, `verify` and `track`, on a checkpoint."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .exceptions import CheckpointError
from .looking.report import WatchServer, is_loopback, report
from .searches.scripts import verify_by_script
from .tracking import STORES, track

_VERIFY = """
Evaluate recorded candidates again, on this machine. The script is run as ever, up to the first fit
of a search, which is not run: its data are taken for the verification, and then the script is
ended. A script that fits none has to define search, X and y. Exit code: 0 if all scores are equal
to the bit, 1 if not, 2 if that cannot be told.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    end = words.index("--") if "--" in words else len(words)
    given = _parser().parse_args(words[:end])
    given.for_script = words[end + 1 :]
    try:
        code: int = given.run(given)
    except (CheckpointError, ImportError, OSError, OverflowError, ValueError) as exc:
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
    told = "evaluate recorded candidates again: are their scores the same on this machine?"
    three = commands.add_parser("verify", help=told, description=_VERIFY)
    three.add_argument("journal", help="the file that was passed as checkpoint")
    told = "the script that fits the search; its own arguments come last, after --"
    three.add_argument("--script", required=True, help=told)
    three.add_argument("-n", type=int, default=3, help="how many candidates; default: %(default)s")
    told = "which of the script's fits of searches; earlier ones are made; default: %(default)s"
    three.add_argument("--fit", type=int, default=1, help=told)
    three.set_defaults(run=_verify)
    told = "keep a search where experiments are kept; what is there already is not kept twice"
    four = commands.add_parser("track", help=told, description=f"{told[0].upper()}{told[1:]}.")
    four.add_argument("journal", help="the file that was passed as checkpoint")
    four.add_argument("--to", required=True, choices=STORES, help="the store")
    told = "its address: a tracking URI, a storage of Optuna's; default: the store's own"
    four.add_argument("--at", "--storage", help=told)
    told = "of the experiment, the study or the project there"
    four.add_argument("--name", "--study-name", help=told)
    four.set_defaults(run=_track)
    return parser


def _report(given: argparse.Namespace) -> int:
    report(given.journal, given.output, metric=given.metric)
    print(given.output)
    return 0


def _verify(given: argparse.Namespace) -> int:
    try:
        journal, script = given.journal, given.script
        found = verify_by_script(journal, script, given.for_script, n=given.n, fit=given.fit)
    except (CheckpointError, ImportError, OSError, RuntimeError, TypeError, ValueError) as exc:
        print(f"sktune verify: {exc}", file=sys.stderr)
        return 2
    print(found)
    return 0 if found else 1


def _track(given: argparse.Namespace) -> int:
    track(given.journal, given.to, given.at, given.name)
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
