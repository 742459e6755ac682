"""Pieces of candidates: estimators in their places, by which fits are known."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from .._sklearn import package_of
from ..paths import PathFamily
from .groups import Kin, Member

_OWN = __name__.partition(".")[0]


@dataclass(frozen=True)
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
    resamples : bool
        Whether what comes out is other samples, with a target of their own.
    sure : bool
        Whether it is known beforehand that its fit draws nothing from numpy's global source;
        otherwise that is seen when it is fitted, and it may turn out not to be shared.
    code : int or None
        Stands for the classes and functions of users' that it is made of; None if there are none.
    member : Member or None
        Its place among fits that contain one another.
    kin : Kin or None
        Estimators whose fits have work in common with its own.
    """

    name: str
    source: int | None
    key: int | None
    parts: tuple[Piece | None, ...] = ()
    chain: bool = False
    resamples: bool = False
    sure: bool = True
    code: int | None = None
    member: Member | None = None
    kin: Kin | None = None

    def __getstate__(self) -> dict[str, Any]:
        # what is worked out from the fields need not travel with the tasks
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def known(self) -> bool:
        """Whether all that it is made of is from well-known packages.

        What is not may write into its data, whatever numpy's flags say, and into what it has
        given: so it is given copies, and so are others.
        """
        return self.code is None

    @property
    def users_family(self) -> PathFamily | None:
        """A family of the user's own that it is a member of, or that assists it."""
        for place in (self.member, self.kin):
            if place is not None and package_of(type(place.family)) != _OWN:
                return place.family
        return None

    @cached_property
    def codes(self) -> frozenset[int]:
        """The numbers of the users' code in all of its pieces."""
        return frozenset(part.code for part in self.walk if part.code is not None)

    @property
    def kind(self) -> int | str:
        """The number of its users' code; of what is from well-known packages, its name."""
        return self.name if self.code is None else self.code

    @cached_property
    def kinds(self) -> frozenset[int | str]:
        """The kinds of all of its pieces."""
        return frozenset(part.kind for part in self.walk)

    @property
    def walk(self) -> tuple[Piece, ...]:
        """The piece and all that is in it, parts first."""
        return (*self._within, self)

    @cached_property
    def _within(self) -> tuple[Piece, ...]:
        # without itself: what refers to itself is left to the garbage collector
        parts = [part for part in self.parts if part is not None]
        return tuple(inner for part in parts for inner in part.walk)

    @cached_property
    def keys(self) -> frozenset[int]:
        """The keys of all pieces, of what they are fitted on, and of their groups."""
        found: set[int | None] = {key for piece in self.walk for key in (piece.source, piece.key)}
        found |= {piece.member.group for piece in self.walk if piece.member is not None}
        found |= {piece.kin.key for piece in self.walk if piece.kin is not None}
        return frozenset(key for key in found if key is not None)

    @property
    def final(self) -> Piece:
        """The piece that is fitted last: a last step, also of a pipeline in a last step's place."""
        last = self.parts[-1] if self.chain else None
        return self if last is None else last.final

    @cached_property
    def before_last(self) -> tuple[Piece, ...]:
        """The pieces that are fitted before the last, in turn; none if it is no pipeline."""
        if not self.chain:
            return ()
        before = tuple(part for part in self.parts[:-1] if part is not None)
        last = self.parts[-1]
        return before if last is None else before + last.before_last

    @cached_property
    def keys_before_last(self) -> frozenset[int]:
        """Keys of all that is fitted before the last."""
        before = [inner.key for part in self.before_last for inner in part.walk]
        return frozenset(key for key in before if key is not None)

    @cached_property
    def fitted_directly(self) -> str | None:
        """Name of what its fit fits without asking a memo: itself, or a pipeline's last step."""
        if not self.parts:
            return self.name
        last = self.parts[-1]
        return last.fitted_directly if self.chain and last is not None else None

    @cached_property
    def leaves(self) -> list[str]:
        """Names of what is fitted, compositions aside."""
        return [piece.name for piece in self.walk if not piece.parts]
