"""An optimizer of the user's: any object with ``ask`` and ``tell``."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from ..messages import in_short, params_in_short
from ..space import ConditionalSpace, Pool
from ..types import Floats
from .base import Optimizer, Seen

_TRIES = 10

_FOREIGN = {
    "skopt": "which has a space of its own. Pass optimizer='skopt' and its arguments as "
    "optimizer_kwargs",
    "optuna": "which is no optimizer by itself. Pass sktune.optimizers.OptunaSampler(sampler), "
    "such as OptunaSampler(TPESampler(seed=0))",
}
"""What to pass in place of others' classes, by library."""


class AskTells(Protocol):
    """An optimizer of the user's."""

    def ask(self) -> Mapping[str, Any]: ...

    def tell(self, params: dict[str, Any], score: float, /) -> object: ...


class AskTell(Optimizer):
    """Pass on to ``ask() -> params`` and ``tell(params, score)``.

    Of what the object proposes, candidates that are not allowed or not new are not told
    to it and asked for again, ten times; then one is drawn instead.

    Parameters
    ----------
    space : ConditionalSpace
        What is searched.
    given : object
        With ``ask()``, which returns a dict of parameter names and values, and
        ``tell(params, score)``, larger scores being better. It is this very object that is asked
        and told. It is told every score once, in the order of the candidates, those of the start
        and of earlier searches too.

    Raises
    ------
    TypeError
        If it has no ``ask`` and ``tell``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearch
    >>> class Doubling:
    ...     C = 1.0
    ...
    ...     def ask(self):
    ...         self.C *= 2
    ...         return {"C": self.C}
    ...
    ...     def tell(self, params, score):
    ...         pass
    >>> space, start = {"C": (1.0, 100.0)}, {"n_initial_points": 1}
    >>> search = BayesSearch(SVC(), space, n_iter=4, optimizer=Doubling(), optimizer_kwargs=start)
    >>> results = search.fit(*load_iris(return_X_y=True)).cv_results_
    >>> [params["C"] for params in results["params"][2:]]  # after the start
    [2.0, 4.0]
    """

    def __init__(self, space: ConditionalSpace, given: AskTells) -> None:
        library = type(given).__module__.partition(".")[0]
        if library in _FOREIGN:
            raise TypeError(
                f"optimizer is a {library}.{type(given).__name__}, {_FOREIGN[library]}."
            )
        if not all(callable(getattr(given, name, None)) for name in ("ask", "tell")):
            raise TypeError(
                f"optimizer={in_short(given)} is neither 'gp' nor 'skopt' nor an object with ask() "
                "-> params and tell(params, score)."
            )
        for name, taken in (("ask", ()), ("tell", ({}, 0.0))):
            if not _can_be_called(getattr(given, name), *taken):
                raise TypeError(
                    f"optimizer={in_short(given)} is called as ask() -> params and tell(params, "
                    f"score), but its {name} takes other arguments."
                )
        self._space = space
        self._object = given
        self._n_told = 0
        self._asked: dict[str, Any] = {}

    def try_out(self) -> None:
        """Ask a copy, if there can be one, so that what is no candidate is refused early.

        Raises
        ------
        TypeError, ValueError
            If it proposes what is none.
        """
        try:
            params = copy.deepcopy(self._object).ask()
        except Exception:  # noqa: BLE001 - it may not be copied, or have to be told something first
            return
        self._read(params)

    def learn(self, seen: Seen) -> None:
        news = zip(seen.candidates[self._n_told :], seen.values[self._n_told :], strict=True)
        for params, value in news:
            self._object.tell(dict(params), float(value))
        self._n_told = len(seen.values)

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        self.learn(seen)
        self._asked = {}
        for _ in range(_TRIES):
            params = self._object.ask()
            point = self._read(params)
            if len(new := pool.fresh(point)) and self._space.holds(dict(params)):
                self._asked = self._space.exactly(params, int(new[0, 0]))
                return np.asarray(new[0])
        return np.asarray(pool.draw(1, rng)[0])

    def _read(self, params: Any) -> Floats:
        """Return the point of what was proposed, in an array of one row."""
        if not isinstance(params, Mapping):
            raise TypeError(
                f"optimizer.ask() returned {in_short(params)}; it must return a dict of parameter "
                "names and values."
            )
        point = self._space.encode([params])
        if np.isnan(point[0, 0]):
            raise ValueError(
                f"optimizer.ask() returned {params_in_short(params)}, which is not in the search "
                "space."
            )
        return point

    def values_at(self, point: Floats) -> Mapping[str, Any]:
        return self._asked


def _can_be_called(method: Any, *arguments: Any) -> bool:
    try:
        inspect.signature(method).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # it does not tell
        return True
    return True
