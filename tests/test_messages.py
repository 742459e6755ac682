"""Every message of the package, listed: a user who is refused or warned is told what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sktune

PACKAGE = Path(sktune.__file__).parent
TOLD = {"ValueError", "TypeError", "ImportError", "IndexError", "CheckpointError", "warn"}
"""What users are told by; other classes are caught within the package, which tells of them."""

REMEDY = re.compile(
    r"\b(pass|takes?|give|leave|use|make|write|return|raise|lower|choose|check|call|install|derive"
    r"|tell|define|change|set|search|keep|widen|wait|read|goes? with|will do"
    r"|allow|say|must|needs|(?:there|parameters) (?:is|are)|none of|did you mean|pip install)\b",
    re.IGNORECASE,
)
PUT_IN = re.compile(
    r"remedy|did_you_mean|told|refusal|wrong|_FOREIGN|_why|_reason|made", re.IGNORECASE
)
"""What a message puts in that says it: these are tested where they are put together."""

WITHOUT = {
    "_sklearn/names.py": "told of by those who ask, with what becomes of it",
    "journal/digests/walking.py": "put into a message that has the remedy",
    "journal/line_format.py": "a damaged line, told of with its number",
    "results/out_of_fold.py": "the reason why there are none of the kind, told of where one asks",
    "space/conditional.py": "a record of a journal that is not of this space, told of there",
    "space/dimensions.py": "within the package: grids alone are asked",
    "space/identity.py": "put into a message that has the remedy",
    "space/quantiles.py": "put into a message that has the remedy",
    "strategies/beginning.py": "that a candidate is not tried again is all there is to say",
    "results/results.py": "scikit-learn's own sentence, which its users filter",
    "searches/halving.py": "scikit-learn's own sentence",
    "journal/fingerprint.py": "cannot be recognised: what to do follows, from what cannot be",
}
"""Messages without a remedy, by file, and why; each file has such a one."""


class Message(NamedTuple):
    """What is told, and where."""

    where: str
    kind: str
    text: str


def written(node: ast.expr) -> str:
    """Return the text of a message, with what is put into it in braces."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(map(written, values))
        case ast.BinOp(left=left, right=right):
            return written(left) + written(right)
        case ast.IfExp(body=body, orelse=orelse):
            return min(written(body), written(orelse), key=len)
    return "{" + ast.unparse(node).strip("{}") + "}"


def messages() -> Iterator[Message]:
    """List what the package raises and warns of; `sktune.testing` raises for developers."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "testing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                kind = ast.unparse(node.func).removeprefix("warnings.")
                if kind in TOLD:
                    place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                    yield Message(place, kind, written(node.args[0]))


def has_remedy(message: Message) -> bool:
    """Say whether a message tells what to do, itself or by what is put in."""
    put_in = re.findall(r"\{([^{}]*)\}", message.text)
    own = re.sub(r"\{[^{}]*\}", "", message.text)
    causes = {"exc", "error", "message", "why"}
    return bool(
        not own.strip(" .:")
        or REMEDY.search(own)
        or any(PUT_IN.search(name) or name in causes for name in put_in)
    )


def test_every_message_says_what_to_do() -> None:
    found = list(messages())
    assert len(found) > 250
    lacking = [message for message in found if not has_remedy(message)]
    files = {message.where.partition(":")[0] for message in lacking}
    assert [each for each in lacking if each.where.partition(":")[0] not in WITHOUT] == []
    assert WITHOUT.keys() - files == set()
