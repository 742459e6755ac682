"""The steps of scikit-learn's text vectorisers, from documents that were analysed before.

`CountVectorizer.fit_transform` is three steps: documents are counted, rare features dropped,
features sorted by name. `transform` is the first one. `Counted` stands in for the three.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from .._sklearn import text as insides
from ..types import Array, Model, Samples
from .vocabulary import Counts, Vocabulary


class Analysed(Protocol):
    """Documents that have been analysed."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Guards the vocabulary of all documents."""

    def counts(self, estimator: Model, raw_documents: Samples) -> Counts | None:
        """Return the counts of documents, or None if scikit-learn is to make them."""


@dataclass(slots=True)
class _Learning:
    """A vectoriser's own vocabulary while it is learned, empty until the last step.

    `terms` are those of all documents, `ids` the vectoriser's in order of first occurrence, and
    `columns` what the matrix calls these.
    """

    vocabulary: dict[str, int]
    terms: Vocabulary
    ids: Array
    columns: Array


class Counted:
    """The steps of one vectoriser, from what a source has analysed."""

    def __init__(self, source: Analysed) -> None:
        self._source = source
        self._learning: dict[int, _Learning] = {}
        self._known: tuple[Any, Vocabulary, Array, bool] | None = None

    def __reduce__(self) -> tuple[type[Counted], tuple[Analysed]]:
        return type(self), (self._source,)

    def count(self, estimator: Model, raw_documents: Samples, fixed: bool) -> insides.Learned:
        """`_count_vocab`: vocabulary and matrix of counts; the vocabulary may be given."""
        counts = self._source.counts(estimator, raw_documents)
        if counts is not None and not fixed:
            return self._learn(estimator, counts)
        X = None if counts is None else self._look_up(estimator, counts)
        if X is not None:
            return estimator.vocabulary_, X
        return insides.count_vocab(estimator, raw_documents, fixed)

    def _look_up(self, estimator: Model, counts: Counts) -> insides.CountMatrix | None:
        """Return the matrix for a vocabulary that is given; None if it is an unusual one."""
        n_columns = len(estimator.vocabulary_)
        with self._source.lock:
            columns = self._columns(estimator.vocabulary_, counts.terms)
        if columns is None:
            return None
        indices = columns.take(counts.ids)
        values, indices, indptr = _only(indices >= 0, counts.values, indices, counts.indptr)
        if not len(values):
            return None
        values, indices = _sorted_rows(values, indices, indptr, n_columns)
        X = _matrix(estimator, values, indices, indptr, n_columns)
        X.sort_indices()
        return insides.aligned(X)

    def _columns(self, vocabulary: dict[str, int], terms: Vocabulary) -> Array | None:
        """Return the column of each term, -1 for those that have none."""
        if self._known is None or self._known[0] is not vocabulary:
            if not _is_usual(vocabulary):
                return None
            self._known = (vocabulary, terms, np.empty(0, dtype=np.int32), False)
        _, known_terms, columns, is_whole = self._known
        if known_terms is not terms:
            return None
        n_new = len(terms.numbers) - len(columns)
        if n_new:
            new = np.full(n_new, -1, dtype=np.int32)
            if not is_whole:
                new[:] = [vocabulary.get(name, -1) for name in terms.names[len(columns) :]]
            columns = np.concatenate([columns, new])
            self._known = (vocabulary, terms, columns, is_whole)
        return columns

    def _learn(self, estimator: Model, counts: Counts) -> insides.Learned:
        ids = _first_occurrences(counts.ids)
        places = np.arange(len(ids), dtype=np.int32)
        number = np.empty(counts.ids.max() + 1, dtype=np.int32)
        number[ids] = places
        X = _matrix(estimator, counts.values, number.take(counts.ids), counts.indptr, len(ids))
        is_usual = X.dtype.kind in "biuc" or X.dtype in (np.float32, np.float64)
        if insides.FLOW_IS_KNOWN and is_usual:
            # rows are put in order when there are fewer features
            vocabulary: dict[str, int] = {}
            self._learning[id(vocabulary)] = _Learning(vocabulary, counts.terms, ids, places)
            return vocabulary, insides.aligned(X)
        X.sort_indices()
        names = counts.terms.names[ids].tolist()
        return dict(zip(names, range(len(names)), strict=True)), insides.aligned(X)

    def sort(
        self, estimator: Model, X: insides.CountMatrix, vocabulary: dict[str, int]
    ) -> insides.CountMatrix:
        """`_sort_features`: columns are numbered in alphabetical order."""
        learning = self._learning.get(id(vocabulary))
        if learning is None:
            return insides.sort_features(estimator, X, vocabulary)
        with self._source.lock:
            columns = learning.terms.alphabetical(learning.ids)
        X.indices = columns.astype(X.indices.dtype).take(X.indices)
        learning.columns = columns
        if estimator.max_features is None:
            self._finish(learning, plain=True)
        return X

    def limit(
        self,
        estimator: Model,
        X: insides.CountMatrix,
        vocabulary: dict[str, int],
        high: int,
        low: int,
        limit: int | None,
    ) -> insides.CountMatrix:
        """`_limit_features`: too rare and too common features are dropped."""
        learning = self._learning.get(id(vocabulary))
        if learning is None:
            return insides.limit_features(estimator, X, vocabulary, high, low, limit)
        mask = _frequent(X, high, low, limit)
        if not mask.any():
            self._finish(learning, plain=True)
            # raises
            return insides.limit_features(estimator, X, vocabulary, high, low, limit)
        # entries of a row are in order of first occurrence, whatever the columns are called
        first = np.empty(len(mask), dtype=np.int32)
        first[learning.columns] = np.arange(len(mask), dtype=np.int32)
        data, indices, indptr = X.data, first.take(X.indices), X.indptr
        if not mask.all():
            data, indices, indptr = _only(mask.take(X.indices), data, indices, indptr)
        data, indices = _sorted_rows(data, indices, indptr, len(mask))
        columns, kept = (np.cumsum(mask) - 1)[learning.columns], mask[learning.columns]
        learning.ids, learning.columns = learning.ids[kept], columns[kept]
        if estimator.max_features is not None:
            self._finish(learning, plain=False)
        indices = columns.astype(np.int32).take(indices)
        return type(X)((data, indices, indptr), shape=(X.shape[0], int(mask.sum())))

    def _finish(self, learning: _Learning, *, plain: bool) -> None:
        """Fill the vocabulary."""
        del self._learning[id(learning.vocabulary)]
        terms, ids, columns = learning.terms, learning.ids, learning.columns
        with self._source.lock:
            terms.fill(learning.vocabulary, ids, columns, plain)
            known = np.full(len(terms.numbers), -1, dtype=np.int32)
        known[ids] = columns
        self._known = (learning.vocabulary, terms, known, True)


def _is_usual(vocabulary: object) -> bool:
    """Whether the values of a vocabulary are the numbers of columns, each once."""
    if type(vocabulary) is not dict or set(map(type, vocabulary.values())) - {int, np.int64}:
        return False
    return set(vocabulary.values()) == set(range(len(vocabulary)))


def _frequent(X: insides.CountMatrix, high: int, low: int, limit: int | None) -> Array:
    """Tell columns that are neither too rare nor too common, nor beyond the most frequent."""
    frequencies = np.bincount(X.indices, minlength=X.shape[1])
    mask: Array = (frequencies <= high) & (frequencies >= low)
    if limit is not None and mask.sum() > limit:
        totals = np.asarray(X.sum(axis=0)).ravel()
        # an unstable sort of the same numbers breaks ties in the same way
        most = (-totals[mask]).argsort()[:limit]
        chosen = np.where(mask)[0][most]
        mask = np.zeros(len(frequencies), dtype=bool)
        mask[chosen] = True
    return mask


def _matrix(
    estimator: Model, values: Array, indices: Array, indptr: Array, n_columns: int
) -> insides.CountMatrix:
    shape = (len(indptr) - 1, n_columns)
    return insides.new_matrix((values, indices, indptr), shape=shape, dtype=estimator.dtype)


def _first_occurrences(ids: Array) -> Array:
    """The different numbers among several, in order of first occurrence."""
    # to transpose is to sort, in linear time: each column begins with the first place
    places, ends = np.arange(len(ids), dtype=np.int32), np.array([0, len(ids)], dtype=np.int32)
    columns = sparse.csr_array((places, ids, ends), shape=(1, ids.max() + 1)).tocsc()
    is_first = np.zeros(len(ids), dtype=bool)
    is_first[columns.data[columns.indptr[:-1][np.diff(columns.indptr) > 0]]] = True
    distinct: Array = ids[is_first]
    return distinct


def _sorted_rows(data: Array, indices: Array, indptr: Array, n: int) -> tuple[Array, Array]:
    """Data and indices of a CSR matrix of n columns, with each row in order."""
    X = sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, n)).tocsc().tocsr()
    return X.data, X.indices.astype(np.int32, copy=False)


def _only(kept: Array, data: Array, indices: Array, indptr: Array) -> tuple[Array, Array, Array]:
    """Some of the entries of a CSR matrix."""
    n_before = np.concatenate([[0], np.cumsum(kept)])
    return data[kept], indices[kept], n_before[indptr].astype(np.int32)
