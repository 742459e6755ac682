"""A part of a candidate, in its place: what fits are known by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .groups import Kin, Member


@dataclass(frozen=True, slots=True)
class Piece:
    """One estimator of a candidate, in its place.

    Attributes
    ----------
    name : str
        As its parameters begin: "prepare__numbers__scale"; empty for the whole.
    source : int or None
        Key of the data that it is fitted on; None if they are not known to be the same.
    key : int or None
        Equal for equal fits on equal data, and stands for what comes out; None for what
        must not be shared.
    parts : tuple of Piece or None
        Steps of a Pipeline, branches of a ColumnTransformer (the remainder last) or of a
        FeatureUnion; None for "passthrough" and "drop". Empty for everything else.
    chain : bool
        Whether it is a Pipeline, which fits each part on what the last gives.
    sure : bool
        Whether it is known beforehand that its fit draws nothing from numpy's global source;
        otherwise that is seen when it is fitted, and it may turn out not to be shared.
    member : Member or None
        Its place among fits that contain one another.
    kin : Kin or None
        With whom its fit has work in common.
    """

    name: str
    source: int | None
    key: int | None
    parts: tuple[Piece | None, ...] = ()
    chain: bool = False
    sure: bool = True
    member: Member | None = None
    kin: Kin | None = None

    def walk(self) -> Iterator[Piece]:
        """Give the piece and all that is in it, parts first."""
        for part in self.parts:
            if part is not None:
                yield from part.walk()
        yield self

    @property
    def keys(self) -> Iterator[int]:
        """Give the keys of all pieces, of what they are fitted on, and of their groups."""
        for piece in self.walk():
            group = None if piece.member is None else piece.member.group
            kin = None if piece.kin is None else piece.kin.key
            yield from (key for key in (piece.source, kin, group, piece.key) if key is not None)

    @property
    def final(self) -> Piece:
        """What is fitted last: the last step, of a pipeline that is a last step its own."""
        last = self.parts[-1] if self.chain else None
        return self if last is None else last.final

    @property
    def before_last(self) -> list[Piece]:
        """What is fitted before what is fitted last, in turn; nothing if it is no pipeline."""
        if not self.chain:
            return []
        before = [part for part in self.parts[:-1] if part is not None]
        last = self.parts[-1]
        return before if last is None else before + last.before_last

    @property
    def fitted_directly(self) -> str | None:
        """Name of what its fit fits without asking a memo: itself, or a pipeline's last step."""
        if not self.parts:
            return self.name
        last = self.parts[-1]
        return last.fitted_directly if self.chain and last is not None else None

    @property
    def leaves(self) -> list[str]:
        """Names of what is fitted, compositions aside."""
        return [piece.name for piece in self.walk() if not piece.parts]
