"""The hooks of scikit-learn's callbacks around a search's fit, and around its refit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import _sklearn
from ..observers import weights


class FitHooks:
    """The hooks of callbacks that are set on a search, or inside it: since scikit-learn 1.9.

    Parameters
    ----------
    search : estimator
        Handed to the hooks.
    X, y : array-like
        The data that hooks may ask for.
    params : mapping
        Parameters of fit.

    Attributes
    ----------
    root : callback context
        Of the search's fit.
    """

    def __init__(self, search: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:
        self._search = search
        self._data = {"X": X, "y": y, "metadata": weights(params)}
        n_tasks = 1 + (search.refit is not False)
        self.root = _sklearn.open_context(search, max_subtasks=n_tasks)
        _sklearn.call_begin(self.root, search, **self._data)

    @contextmanager
    def refitting(self, estimator: Any) -> Iterator[None]:
        """Fire those of the refit, and give the estimator its context meanwhile."""
        context = _sklearn.open_child(self.root, "refit-with-best-params")
        with _sklearn.FitContext(context).around(estimator):
            _sklearn.call_begin(context, self._search, **self._data)
            yield
        _sklearn.call_end(context, self._search, **self._data)

    def end(self) -> None:
        """Fire those of the end of the fit."""
        _sklearn.call_end(self.root, self._search, **self._data)
