"""Candidates that are known together, and what they have in common."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from ..sharing import Leads, Piece


class Block:
    """What is known of a block's candidates, by their numbers.

    Parameters
    ----------
    pieces : mapping of int to Piece or None
    common : frozenset of int
        Candidates that have work in common with others.
    more : bool
        Whether there may be another block, which may need any piece.

    Attributes
    ----------
    pieces, common
    leads : dict
        From whose fits others are derived, by the splits that are planned together.
    """

    def __init__(
        self,
        pieces: Mapping[int, Piece | None],
        common: frozenset[int],
        *,
        more: bool,
    ) -> None:
        self.pieces = pieces
        self.common = common
        self.leads: dict[tuple[int, ...], Leads] = {}
        self._more = more

    def piece(self, number: int) -> Piece | None:
        """Return a candidate's piece, if it has something in common with others."""
        return self.pieces[number] if number in self.common else None

    def keys(self, numbers: Iterable[int]) -> Container[int]:
        """Return the keys of pieces that some of the candidates need, or that may come later."""
        if self._more:
            return _Everything()
        pieces = (self.piece(number) for number in numbers)
        return {key for piece in pieces if piece is not None for key in piece.keys}


class _Everything(Container[int]):
    """What is not known is taken to be needed."""

    def __contains__(self, key: object) -> bool:
        return True
