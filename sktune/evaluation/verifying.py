"""Compare what was shared with what the ordinary way gives."""

from __future__ import annotations

from dataclasses import replace

from ..trials import Failure, Outcome, Params


def checked(shared: Outcome, alone: Outcome, params: Params) -> Outcome:
    """The shared outcome, which ends the search if it is not the ordinary one to the bit."""
    for which in ("test_scores", "train_scores"):
        ours, ordinary = getattr(shared, which), getattr(alone, which)
        same = ours.keys() == ordinary.keys() and all(
            ours[name] == ordinary[name]
            or (ours[name] != ours[name] and ordinary[name] != ordinary[name])
            for name in ours
        )
        if not same:
            story = (
                f"verify_sharing: candidate {dict(params)} on split {shared.split} has {which} "
                f"{dict(ours)} with shared work, and {dict(ordinary)} without. A step is not "
                "the same each time it is fitted: give it a seed, or pass share_work=False."
            )
            return replace(
                shared, failures=(Failure("fit", story, story),), exception=RuntimeError(story)
            )
    return shared
