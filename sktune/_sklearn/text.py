"""The steps of scikit-learn's text vectorisers, and how others are put in their place."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, Protocol, TypeAlias

from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from ..types import Model, Samples
from .names import VERSION, class_of, require

require(CountVectorizer, "_count_vocab", "_limit_features", "_sort_features", "_stop_words_id")

CountMatrix: TypeAlias = sparse.csr_array | sparse.csr_matrix
"""The latter before scikit-learn 1.9."""

Learned: TypeAlias = tuple[dict[str, int], CountMatrix]
"""A vocabulary, and the matrix of counts of its features."""

FLOW_IS_KNOWN = (1, 7) <= VERSION <= (1, 9)
"""Whether the steps follow each other as they did when this was written."""

if VERSION >= (1, 9):
    from sklearn.utils._sparse import _align_api_if_sparse

    new_matrix: Callable[..., CountMatrix] = sparse.csr_array
else:
    new_matrix = sparse.csr_matrix

    def _align_api_if_sparse(X: CountMatrix) -> CountMatrix:
        """Leave a matrix as it is: there is one kind."""
        return X


def aligned(X: CountMatrix) -> CountMatrix:
    """Return a matrix as an object of the kind that scikit-learn is to give."""
    return _align_api_if_sparse(X)


def analyzer_for(estimator: Model, ngram_range: tuple[int, int]) -> Callable[[str], Any]:
    """Return what makes features of a document, for another `ngram_range`.

    The mark that stop words have been looked at is taken along, so that a warning about them
    is not given twice.
    """
    other = type(estimator)(**estimator.get_params(deep=False)).set_params(ngram_range=ngram_range)
    if hasattr(estimator, "_stop_words_id"):
        other._stop_words_id = estimator._stop_words_id
    analyzer: Callable[[str], Any] = other.build_analyzer()
    return analyzer


class CountingSteps(Protocol):
    """Stand-ins for the steps of a vectoriser, which they are given."""

    def count(self, estimator: Model, raw_documents: Samples, fixed: bool) -> Learned:
        """`_count_vocab`: vocabulary and matrix of counts; the vocabulary may be given."""

    def limit(
        self, estimator: Model, X: CountMatrix, vocabulary: dict[str, int], *bounds: Any
    ) -> CountMatrix:
        """`_limit_features`: too rare and too common features are dropped."""

    def sort(self, estimator: Model, X: CountMatrix, vocabulary: dict[str, int]) -> CountMatrix:
        """`_sort_features`: columns are numbered in alphabetical order."""


def take_over(estimator: Model, steps: CountingSteps) -> None:
    """Have a vectoriser go through other steps.

    Its own steps are shadowed by bound methods: a copy in depth has them bound to the copy, and
    what comes out of a pickle has the class's own.
    """

    def _count_vocab(self: Model, raw_documents: Samples, fixed_vocab: bool) -> Learned:
        return steps.count(self, raw_documents, fixed_vocab)

    def _limit_features(
        self: Model, X: CountMatrix, vocabulary: dict[str, int], *bounds: Any
    ) -> CountMatrix:
        return steps.limit(self, X, vocabulary, *bounds)

    def _sort_features(self: Model, X: CountMatrix, vocabulary: dict[str, int]) -> CountMatrix:
        return steps.sort(self, X, vocabulary)

    shadows = (_count_vocab, _limit_features, _sort_features)
    for step in shadows if FLOW_IS_KNOWN else shadows[:1]:
        setattr(estimator, step.__name__, MethodType(step, estimator))


def count_vocab(estimator: Model, raw_documents: Samples, fixed: bool) -> Learned:
    """Do the class's own step, whatever is in its place; see `CountingSteps.count`."""
    return class_of(estimator)._count_vocab(estimator, raw_documents, fixed)


def limit_features(
    estimator: Model, X: CountMatrix, vocabulary: dict[str, int], *bounds: Any
) -> CountMatrix:
    """Likewise; see `CountingSteps.limit`."""
    return class_of(estimator)._limit_features(estimator, X, vocabulary, *bounds)


def sort_features(estimator: Model, X: CountMatrix, vocabulary: dict[str, int]) -> CountMatrix:
    """Likewise; see `CountingSteps.sort`."""
    return class_of(estimator)._sort_features(estimator, X, vocabulary)
