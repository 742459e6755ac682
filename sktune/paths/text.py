"""Vectorisers: each document is analysed once a search, for all splits and candidates.

What a document is made of does not depend on the others, so it is kept: its features, as
numbers, in order of first occurrence, and how often each occurs. From these the matrix of
counts is put together that scikit-learn makes token by token; its own code does the rest.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import chain, pairwise
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from .._sklearn.text import analyzer_for, take_over
from ..types import Array, Model, Samples
from .counting import Counted
from .family import PathFamily
from .purity import is_pure
from .vocabulary import Counts, Vocabulary, numbering

Range = tuple[int, int]

MOST_BYTES = 2**28
"""Memory for the documents of a search: 256 MiB."""

_ANALYSIS = (
    *("encoding", "decode_error", "strip_accents", "lowercase", "preprocessor"),
    *("tokenizer", "stop_words", "token_pattern", "analyzer"),
)
"""Parameters on which depends what a document is made of, besides `ngram_range`."""

_FEATURES = ("ngram_range", "min_df", "max_df", "max_features", "vocabulary", "binary", "dtype")
_WEIGHTS = ("norm", "use_idf", "smooth_idf", "sublinear_tf")

_WORDS_ONLY = r"(?u)\b\w\w+\b"
"""The usual pattern of a token: there is no space in it."""


class _UnusualError(Exception):
    """Documents or features that are left to scikit-learn."""


class Analyses:
    """The features of a search's documents.

    Parameters
    ----------
    most_bytes : int, default=MOST_BYTES
        With more than that everything is let go, and scikit-learn does all by itself.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.lock = threading.RLock()
        self._most_bytes = most_bytes
        self._settings: tuple[Any, ...] | None = None
        self._is_full = False
        self._forget()

    def __reduce__(self) -> tuple[type[Analyses], tuple[int]]:
        # another process analyses for itself
        return type(self), (self._most_bytes,)

    def _forget(self) -> None:
        self._terms = Vocabulary()
        self._documents = numbering()
        self._tokens: dict[int, array[int]] = {}
        self._rows: dict[Range, tuple[dict[int, Array], dict[int, Array]]] = {}
        self._spaced = False
        self._n_bytes = 0

    def serves(self, estimator: Model) -> bool:
        """Whether an estimator makes of documents what the first one made."""
        settings = tuple(getattr(estimator, name) for name in _ANALYSIS)
        if self._settings is None:
            self._settings = settings
        return self._settings == settings

    def counts(self, estimator: Model, raw_documents: Samples) -> Counts | None:
        """Return the counts of documents, analysing those that are new.

        None if scikit-learn's own way is to be gone: for what it raises, for example.
        """
        try:
            with self.lock:
                return None if self._is_full else self._counts(estimator, raw_documents)
        except Exception:  # noqa: BLE001 - the ordinary way raises it again, if it is one
            return None

    def _counts(self, estimator: Model, raw_documents: Samples) -> Counts | None:
        texts = _texts(estimator, raw_documents)
        estimator.build_analyzer()  # warns of stop words, and marks that it has
        documents = list(map(self._documents.__getitem__, texts))
        parts: list[Range] = []
        while parts != self._parts(estimator):  # it changes when a token has a space in it
            parts = self._parts(estimator)
            for part in parts:
                self._analyse(estimator, part, documents, texts)
        if self._is_full:
            return None
        ids, values = (
            list(chain.from_iterable(zip(*columns, strict=True)))
            for columns in zip(
                *(
                    [list(map(known.__getitem__, documents)) for known in self._rows[part]]
                    for part in parts
                ),
                strict=True,
            )
        )
        ends = np.cumsum(list(map(len, ids)))[len(parts) - 1 :: len(parts)]
        if not 0 < ends[-1] <= np.iinfo(np.int32).max:
            return None
        indptr = np.concatenate([[0], ends]).astype(np.int32)
        return Counts(self._terms, np.concatenate(ids), np.concatenate(values), indptr)

    def _parts(self, estimator: Model) -> list[Range]:
        """The ranges whose n-grams, one after the other, are an estimator's features."""
        low, high = estimator.ngram_range
        if callable(estimator.analyzer):
            return [(0, 0)]
        # char_wb goes from word to word; and "a b" may be a token as well as two
        apart = estimator.analyzer in ("word", "char") and not self._spaced
        return [(n, n) for n in range(low, high + 1)] if apart else [(low, high)]

    def _analyse(
        self, estimator: Model, part: Range, documents: list[int], texts: list[str]
    ) -> None:
        """Count features of documents that are new."""
        known_ids, known_values = self._rows.setdefault(part, ({}, {}))
        todo = {d: text for d, text in zip(documents, texts, strict=True) if d not in known_ids}
        if not todo or self._is_full:
            return
        features = self._features(estimator, part, documents, texts)
        ids, values, ends = array("i"), array("i"), [0]
        for document, text in todo.items():
            counter = Counter(features(document, text))
            ids.extend(counter)
            values.extend(counter.values())
            ends.append(len(ids))
            if self._takes(8 * len(ids)) > self._most_bytes:
                self._is_full = True
                self._forget()
                return
        self._n_bytes += 8 * len(ids) + 400 * len(todo) + sum(map(len, todo.values()))
        for known, numbers in ((known_ids, ids), (known_values, values)):
            whole = np.array(numbers, dtype=np.intc)
            rows = [whole[start:end] for start, end in pairwise(ends)]
            known.update(zip(todo, rows, strict=True))

    def _takes(self, more: int) -> int:
        """Memory, with about what Python takes for a term and its number."""
        return self._n_bytes + more + 200 * len(self._terms.numbers)

    def _features(
        self, estimator: Model, part: Range, documents: list[int], texts: list[str]
    ) -> Callable[[int, str], Iterable[int]]:
        """Return a function that gives the numbers of the features of a document."""
        number = self._terms.numbers.__getitem__
        n = part[0]
        by_word = estimator.analyzer == "word" and part == (n, n)
        if by_word and n > 1:
            self._analyse(estimator, (1, 1), documents, texts)
            names = self._terms.names

            def grams(document: int, _: str) -> Iterable[int]:
                tokens = names[self._tokens[document]].tolist()
                shifted = (tokens[i:] for i in range(n))
                return map(number, map(" ".join, zip(*shifted, strict=False)))

            return grams
        analyze = analyzer_for(estimator, part if n else estimator.ngram_range)
        has_own = _has_own(estimator)
        words_only = estimator.tokenizer is None and estimator.token_pattern == _WORDS_ONLY

        def features(document: int, text: str) -> Iterable[int]:
            found = analyze(text)
            if has_own and (type(found) is not list or set(map(type, found)) - {str}):
                raise _UnusualError
            if not by_word:
                return map(number, found)
            self._spaced |= not words_only and " " in "".join(found)
            tokens = list(map(number, found))
            self._tokens[document] = array("i", tokens)
            self._n_bytes += 100 + 4 * len(tokens)
            return tokens

        return features


def _has_own(estimator: Model) -> bool:
    """Whether functions of the user's take part in the analysis."""
    return any(callable(getattr(estimator, name)) for name in _ANALYSIS)


def _texts(estimator: Model, raw_documents: Samples) -> list[str]:
    """The documents as strings."""
    if not isinstance(raw_documents, Collection):
        raise _UnusualError
    texts = list(raw_documents)
    if set(map(type, texts)) == {str}:
        return texts
    usual = {str} if _has_own(estimator) else {str, np.str_}
    texts = [estimator.decode(text) for text in texts]
    if set(map(type, texts)) - usual:
        raise _UnusualError
    return list(map(str, texts))


class Vectorisers(PathFamily):
    """Vectorisers that differ in which features they keep, and in how long these are.

    A vocabulary depends on all documents: there is nothing to be taken out of a fit.
    """

    assists_everywhere = True

    def kin(self, estimator: Model) -> tuple[str, ...]:
        if estimator.input != "content" or not _is_range(estimator.ngram_range):
            return ()
        if not all(is_pure(getattr(estimator, name)) for name in _ANALYSIS):
            return ()
        return _FEATURES + (_WEIGHTS if isinstance(estimator, TfidfVectorizer) else ())

    def assist(self, estimator: Model, memory: dict[Any, Any]) -> None:
        analyses = memory.setdefault("analyses", Analyses())
        if analyses.serves(estimator):
            take_over(estimator, Counted(analyses))


def _is_range(value: object) -> bool:
    if type(value) is not tuple or [*map(type, value)] != [int, int]:
        return False
    return bool(1 <= value[0] <= value[1])


FAMILIES: dict[str, PathFamily] = {
    "CountVectorizer": Vectorisers(),
    "TfidfVectorizer": Vectorisers(),
}
