"""Compare what was shared with what is evaluated the ordinary way, and name what is at fault."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from ..sharing import Piece
from ..sharing.generators import State
from ..trials import Failure, Outcome
from ..types import Model, Params


def can_be_compared(piece: Piece) -> bool:
    """Whether a second evaluation draws the same: nothing draws from where it is not seen."""
    hidden = (part.key is None for part in piece.walk if part is not piece)
    return not any(hidden)


def verified(
    shared: Outcome, evaluate: Callable[[], Outcome], begun: State, *, culprits: Callable[[], str],
    params: Params,
) -> Outcome:  # fmt: skip
    """Return the shared outcome, which ends the search if it is not the ordinary one to the bit.

    The ordinary one draws what the shared one has drawn, which `begun` with the generators so.
    """
    ended = State()
    begun.restore()
    alone = evaluate()
    ended.restore()
    for which in ("test_scores", "train_scores"):
        ours, ordinary = getattr(shared, which), getattr(alone, which)
        if repr(sorted(ours.items())) != repr(sorted(ordinary.items())):  # nan is nan
            story = (
                f"verify_sharing: candidate {dict(params)} on split {shared.split} has {which} "
                f"{dict(ours)} with shared work, and {dict(ordinary)} without. {culprits()}, or "
                "pass share_work=False."
            )
            return replace(
                shared, failures=(Failure("fit", story, story),), exception=RuntimeError(story)
            )
    return shared


def told_culprits(piece: Piece, reused: Collection[str], estimator: Model) -> str:
    """Name what may be at fault, of an unfitted candidate: a user's family, or else a step."""
    inside = {"": estimator, **estimator.get_params(deep=True)}
    families = [
        f"{type(family).__name__} of {_named(part, inside)}"
        for part in piece.walk
        if (family := part.users_family) is not None
    ]
    if families:
        return f"The family {_listed(families)} gives another fit: mend it"
    steps = [part for part in piece.walk if part.name in reused and not part.parts]
    steps = [part for part in steps if not part.known] or steps
    if not steps:
        return "A step is not the same each time it is fitted: give it a seed"
    named = _listed([_named(part, inside) for part in steps])
    return f"Not the same each time it is fitted is {named}: give it a seed"


def _named(part: Piece, inside: dict[str, object]) -> str:
    kind = type(inside.get(part.name)).__name__
    return f"step {part.name!r} ({kind})" if part.name else kind


def _listed(names: list[str]) -> str:
    return " or ".join(names)
