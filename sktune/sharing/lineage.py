"""Name the pieces of candidates by numbers, which are equal for equal fits.

A piece's *key* stands for everything that its fit depends on besides the split: the estimator,
and the key of the data that it is given, which is where these come from in turn (the lineage).
Keys are numbers that are given out in the parent, and travel to workers with the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from types import FunctionType
from typing import Any

from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags

from ..optional import is_class
from ..paths import are_searched, searched_in_common
from ..space.identity import by_state, identity
from ..space.setting import all_params, configured, configured_step, is_flat
from ..types import Model
from .groups import Groups, Leads, Member
from .pieces import Piece
from .randomness import Randomness, unknown_in
from .sources import Draws

_COPY = ("copy", "copy_X", "copy_x")

_DRAWING = ("sample_posterior",)
"""Parameters by which a transformer of scikit-learn's draws whenever it transforms."""

NOTHING = (None, "passthrough", "drop")
"""Values in the place of a transformer that stand for none."""


def is_pipeline(kind: type) -> bool:
    """Whether a class is exactly scikit-learn's Pipeline or imbalanced-learn's, which resamples."""
    if not issubclass(kind, Pipeline):  # from which imbalanced-learn's derives
        return False
    return kind is Pipeline or is_class(kind, "imblearn.pipeline", "Pipeline")


class Lineages:
    """Names the pieces of candidates.

    Parameters
    ----------
    estimator : estimator
        What is searched; never changed.
    fit_params : mapping, optional
        Parameters that are passed to ``fit``: because of them the same estimator may be fitted in
        another way under another name.
    writing_matters : bool, default=False
        Whether it shows if an estimator overwrites its data, as ``copy=False`` allows.
    groups_matter : bool, default=True
        Whether fits may be taken out of others, because no one sees more than what they give.
    is_alone : callable, optional
        Whether an estimator is to be fitted by itself all the same.

    Attributes
    ----------
    in_order : bool
        Whether candidates so far may draw from numpy's global source of randomness, so that
        with a single worker their order matters.
    """

    def __init__(
        self,
        estimator: Model,
        *,
        fit_params: Mapping[str, Any] | None = None,
        writing_matters: bool = False,
        groups_matter: bool = True,
        is_alone: Callable[[Any], bool] | None = None,
    ) -> None:
        self._estimator = estimator
        self._has_steps = is_pipeline(type(estimator))
        self._fit_params = fit_params or {}
        self._writing_matters = writing_matters
        self._is_alone = is_alone
        self._groups = Groups(self._number) if groups_matter else None
        self._in_common = searched_in_common(type(estimator)) if groups_matter else frozenset()
        self.in_order = False
        self._numbers: dict[Hashable, int] = {}
        self._steps: dict[Hashable, tuple[Any, Any]] = {}
        self._drawn: dict[int, Draws] = {}
        self._pieces: dict[tuple[int, str, int | None], Piece | None] = {}

    def anew(self) -> Lineages:
        """Return one that has seen no candidate, for other samples."""
        return Lineages(
            self._estimator,
            fit_params=self._fit_params,
            writing_matters=self._writing_matters,
            groups_matter=self._groups is not None,
            is_alone=self._is_alone,
        )

    def of(self, params: Mapping[str, Any]) -> Piece | None:
        """Return a candidate as a tree of pieces; None if nothing of it can be shared."""
        try:
            if not self._has_steps:
                return self._bare(params)
            return self._whole(self._configured(params))
        except Exception:  # noqa: BLE001 - what cannot be set or described fails in its own fit
            return None

    def leads(self, pieces: Iterable[Piece], *, also: Iterable[int] | None = None) -> Leads:
        """Return from whose fits those of pieces can be taken out: the largest.

        `also` are fits that there are beside theirs; by default all that have been named.
        """
        if self._groups is None:
            return {}
        members = list(_members(pieces))
        among = None if also is None else {member.fit for member in members}.union(also)
        return self._groups.leads(members, in_order=self.in_order, among=among)

    def leads_so_far(self, pieces: Iterable[Piece]) -> Leads:
        """Likewise, where more candidates may come, and what has been fitted counts."""
        if self._groups is None:
            return {}
        return self._groups.leads_so_far(_members(pieces), in_order=self.in_order)

    def have_kin(self, piece: Piece) -> bool:
        """Whether any fit of a candidate has work in common with another that is not the same."""
        return self._groups is not None and any(
            part.kin is not None and self._groups.has_kin(part.kin) for part in piece.walk
        )

    def _bare(self, params: Mapping[str, Any]) -> Piece | None:
        """Return an estimator that is no pipeline as a piece, if it may contain others."""
        if self._in_common is not None and self._in_common.isdisjoint(params):
            return None
        estimator = configured(self._estimator, params)
        if not are_searched(estimator, params):
            return None
        root = self._number("data", get_tags(estimator).input_tags.pairwise)
        piece = self._new_piece("", estimator, root)
        return None if piece is None or (piece.member or piece.kin) is None else piece

    def _configured(self, params: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """Return the steps of a candidate, unfitted; those that recur are made once."""
        given = dict(self._estimator.steps)
        by_step: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            by_step.setdefault(name.partition("__")[0], {})[name] = value
        if not by_step.keys() <= given.keys():  # of the pipeline itself: "steps", "memory"
            whole = configured(self._estimator, params)
            self.in_order |= self._draws(whole) is not Draws.NOT
            return list(whole.steps)
        return [
            (name, self._step(name, step, by_step.get(name, {}))) for name, step in given.items()
        ]

    def _step(self, name: str, step: Any, params: dict[str, Any]) -> Any:
        address = name, identity(params) if params else None
        if address not in self._steps:
            alone = configured_step(name, step, params)
            # the values are kept too: descriptions may go by their addresses
            self._steps[address] = alone, params
            draws = self._draws(alone)
            self._drawn[id(alone)] = draws  # an address that is not used again
            self.in_order |= draws is not Draws.NOT
        return self._steps[address][0]

    def _whole(self, steps: list[tuple[str, Any]]) -> Piece | None:
        last = steps[-1][1]
        if last is None or isinstance(last, str):
            return None
        # it tells whether X is sliced as a kernel; no step tells that it is not
        first = steps[0][1]
        is_kernel = first not in NOTHING and get_tags(first).input_tags.pairwise
        root = self._number("data", is_kernel)
        whole = Piece("", root, None, tuple(self._chain("", steps, root)), chain=True)
        # what one branch writes into its data is seen by the others
        seen = self._writing_matters or any(p.parts and not p.chain for p in whole.walk)
        if seen and any(_may_write(step) for _, step in steps):
            return None
        if self._writing_matters and any(_has_any(step, _DRAWING, value=True) for _, step in steps):
            return None  # it is asked more than once
        return None if _may_draw_in_vain(whole) else whole

    def _chain(
        self, name: str, steps: list[tuple[str, Any]], source: int | None
    ) -> Iterator[Piece | None]:
        for step_name, step in steps:
            piece = self._piece(_join(name, step_name), step, source)
            source = source if piece is None else piece.key
            yield piece

    def _piece(self, name: str, estimator: Model, source: int | None) -> Piece | None:
        address = id(estimator), name, source
        if address not in self._pieces:
            piece = self._new_piece(name, estimator, source)
            if id(estimator) not in self._drawn:
                return piece
            self._pieces[address] = piece
        return self._pieces[address]

    def _new_piece(self, name: str, estimator: Model, source: int | None) -> Piece | None:
        if estimator is None or isinstance(estimator, str):
            return None
        where = name if self._fit_params else ""
        key, described = None, None
        draws = self._drawn.get(id(estimator))
        if draws is None:
            draws = self._draws(estimator)
        if source is not None and Draws.HIDDEN not in draws:
            described = identity(estimator, by_state)
            key = self._number(source, where, described)
        parts = tuple(self._parts(name, estimator, source))
        sure = draws is Draws.NOT
        chain, resamples = is_pipeline(type(estimator)), _resamples(estimator)
        member = kin = None
        may_derive = not (resamples or _may_write(estimator))
        if self._is_alone is not None and self._is_alone(estimator):
            may_derive = False
        if self._groups is not None and key is not None and may_derive:
            place, given = (source, where), self._given(name)
            member = self._groups.member(estimator, key, place, given, sure=sure)
            kin = self._groups.kin(estimator, described, place) if sure else None
        code = self._code(estimator)
        return Piece(name, source, key, parts, chain, resamples, sure, code, member, kin)

    def _code(self, estimator: Model) -> int | None:
        """Return what stands for the users' code that an estimator is made of, if there is any."""
        unknown = unknown_in(estimator)
        kinds = {part if isinstance(part, FunctionType) else type(part) for part in unknown}
        return self._number("code", frozenset(kinds)) if kinds else None

    def _given(self, name: str) -> dict[str, Any]:
        """Return the parameters for the fit of what has a name.

        With metadata routing, the worker finds which these are.
        """
        whose = f"{name}__" if name else ""
        return {
            key.removeprefix(whose): value
            for key, value in self._fit_params.items()
            if key.startswith(whose)
        }

    def _parts(self, name: str, estimator: Model, source: int | None) -> Iterator[Piece | None]:
        kind = type(estimator)
        if is_pipeline(kind):
            yield from self._chain(name, estimator.steps, source)
        elif kind is FeatureUnion and estimator.n_jobs is None:
            for branch, transformer in estimator.transformer_list:
                yield self._branch(_join(name, branch), transformer, source)
        elif is_class(kind, "sklearn.compose", "ColumnTransformer") and estimator.n_jobs is None:
            columns = [identity(columns, by_state) for _, _, columns in estimator.transformers]
            for (branch, transformer, _), chosen in zip(
                estimator.transformers, columns, strict=True
            ):
                given = None if source is None else self._number(source, "columns", chosen)
                yield self._branch(_join(name, branch), transformer, given)
            rest = None if source is None else self._number(source, "rest", tuple(columns))
            yield self._branch(_join(name, "remainder"), estimator.remainder, rest)

    def _branch(self, name: str, transformer: Any, source: int | None) -> Piece | None:
        if not hasattr(transformer, "fit_transform"):
            return None  # it is fitted and called apart, which nothing stands in for
        return self._piece(name, transformer, source)

    @cached_property
    def _draws(self) -> Callable[[Any], Draws]:
        """How the fit of an estimator draws, as far as is known."""
        return Randomness().of

    def _number(self, *description: Hashable) -> int:
        return self._numbers.setdefault(description, len(self._numbers))


def _members(pieces: Iterable[Piece]) -> Iterator[Member]:
    return (part.member for whole in pieces for part in whole.walk if part.member is not None)


def _resamples(step: Model) -> bool:
    """Whether a pipeline has a step give other samples; what transforms it takes for no sampler."""
    others = ("transform", "fit_transform")
    return hasattr(step, "fit_resample") and not any(hasattr(step, name) for name in others)


def _may_draw_in_vain(whole: Piece) -> bool:
    """Whether something may draw from where nobody sees, and then have to be done again.

    That is where users' code turns out to write into what others have too, such as targets.
    """
    return any(
        part.key is None and part.source is not None for part in whole.walk if part is not whole
    )


def _may_write(estimator: Model) -> bool:
    """Whether an estimator is allowed to overwrite its data."""
    return _has_any(estimator, _COPY, value=False)


def _has_any(estimator: Model, names: Collection[str], *, value: bool) -> bool:
    """Whether an estimator, or one inside it, has a parameter of some names set to a value."""
    if is_flat(estimator):
        return any(vars(estimator).get(name) is value for name in names)
    return any(got is value and own in names for _, own, got in all_params(estimator))


def _join(name: str, part: str) -> str:
    return f"{name}__{part}" if name else part
