"""Count the uses of pieces by tasks that have not been done.

Of a piece, what comes out is needed until everything that is fitted on it has been: the
next pieces, each once, and the last step of each candidate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, KeysView

from .pieces import Piece

Use = tuple[int, Hashable]
"""Key of a piece, and what is fitted on it."""


class PendingUses:
    """The uses of each piece that are still to come.

    Parameters
    ----------
    tasks : iterable of (trial, Piece or None)
        On one split.
    whole : bool
        Whether each candidate needs all of its pieces to the end, because its scorer sees
        more than the last step.
    """

    def __init__(self, tasks: Iterable[tuple[int, Piece | None]], *, whole: bool) -> None:
        self._whole = whole
        self._users: defaultdict[int, set[Hashable]] = defaultdict(set)
        for trial, piece in tasks:
            for key, user in self._uses(trial, piece):
                self._users[key].add(user)

    def done(self, trial: int, piece: Piece | None) -> None:
        """Note that a task has been done, and with it all of its pieces."""
        for key, user in self._uses(trial, piece):
            users = self._users.get(key)
            if users is not None:
                users.discard(user)
                if not users:
                    del self._users[key]

    @property
    def keys(self) -> KeysView[int]:
        """Keys of the pieces that are to be used, as of when it is looked at."""
        return self._users.keys()

    def on_the_way(self) -> set[int]:
        """Return the keys of pieces that only one other is made of: it is what is handed on."""
        only = {key: next(iter(users)) for key, users in self._users.items() if len(users) == 1}
        return {key for key, user in only.items() if isinstance(user, int)}

    def _uses(self, trial: int, piece: Piece | None) -> Iterator[Use]:
        if piece is None:
            return
        final = piece.final
        for part in piece.walk:
            alone = trial, part.name
            if part.member is not None:
                fitted_last = part is final or self._whole
                yield part.member.group, alone if fitted_last else part.key
            if part.kin is not None:
                yield part.kin.key, alone
            # the target that everything after it is fitted on
            if part.resamples and part.key is not None:
                yield part.key, alone
            # what a composition is put together from
            for inner in part.parts:
                if inner is not None and inner.key is not None and part.key is not None:
                    yield inner.key, part.key if part.sure else alone
            if part is piece:
                if not piece.chain and part.source is not None:
                    yield part.source, alone
                continue
            shared = part.key is not None and part.sure and part is not piece.parts[-1]
            if part.source is not None:
                yield part.source, part.key if shared and not self._whole else alone
            if self._whole and part.key is not None:
                yield part.key, alone
