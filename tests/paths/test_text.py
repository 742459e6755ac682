"""Documents that were analysed before: what is made of them is what scikit-learn makes."""

from __future__ import annotations

import collections
import contextlib
import copy
import functools
import pickle
import re
import string
import warnings
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfVectorizer,
    strip_accents_ascii,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline

from sktune import GridSearch
from sktune._sklearn import text as steps
from sktune.paths import family_of, text
from sktune.paths import vocabulary as features
from sktune.paths.counting import Counted
from sktune.paths.registry import registered
from sktune.testing.path_families import difference
from tests.helpers.names import without_address

FAMILY = text.Vectorisers()
PATTERN = re.compile(r"\w+|[^\w\s]")
STOP = frozenset({"the", "and"})


def tokens_with_spaces(document: str) -> list[str]:
    return re.split(r"[,.;]", document)


def without_stop_words(document: str) -> list[str]:
    return [word for word in document.split() if word not in STOP]


def helped(document: str) -> list[str]:
    return [word.strip(string.punctuation) for word in without_stop_words(document)]


WORDS = ["the", "and", "a", "b", "a b", "b a", "Über", "uber", "naïve", "ß", "SS", "x", "yy"]
WORDS += [
    "yy yy",
    "don't",
    "e-mail",
    "3.14",
    "日本",
    "\U0001f600",
    "\x00",
    "zz\x00",
    "  ",
    "\n",
    "",
]
DOCUMENT = st.lists(st.sampled_from(WORDS), max_size=9).flatmap(
    lambda words: st.sampled_from([" ", ", ", ".", "  "]).map(lambda gap: gap.join(words))
)
DOCUMENTS = st.lists(st.one_of(DOCUMENT, st.text(max_size=12)), min_size=2, max_size=9)

ANALYSES = [
    {},
    {"lowercase": False, "token_pattern": r"(?u)\b\w+\b"},
    {"token_pattern": r"[^,.]+"},
    {"token_pattern": r"(a?)b?"},
    {"stop_words": "english"},
    {"stop_words": ["the", "Don't", "yy"]},
    {"strip_accents": "unicode"},
    {"strip_accents": "ascii", "token_pattern": r"(?u)\w+"},
    {"strip_accents": strip_accents_ascii},
    {"analyzer": "char"},
    {"analyzer": "char", "lowercase": False, "strip_accents": "unicode"},
    {"analyzer": "char_wb"},
    {"analyzer": str.split},
    {"analyzer": list},
    {"analyzer": helped},
    {"tokenizer": str.split, "token_pattern": None},
    {"tokenizer": PATTERN.findall},
    {"tokenizer": tokens_with_spaces, "token_pattern": None},
    {"tokenizer": without_stop_words, "preprocessor": str.upper, "token_pattern": None},
    {"tokenizer": str.lower, "token_pattern": None},  # tokens are a string
    {"preprocessor": str.title},
]
FEATURES = {
    "ngram_range": st.sampled_from([(1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3), (1, 9)]),
    "min_df": st.sampled_from([1, 1, 2, 0.3, 3]),
    "max_df": st.sampled_from([1.0, 1.0, 0.7, 2]),
    "max_features": st.sampled_from([None, None, 1, 3, 10]),
    "binary": st.booleans(),
    "dtype": st.sampled_from([np.int64, np.float64, np.float32, np.int8, bool, np.complex128]),
    "vocabulary": st.sampled_from([None] * 5 + [["b", "a", "a b"], {"yy": 1, "the": 0}, ["A", 7]]),
}
WEIGHTS = {
    "norm": st.sampled_from(["l1", "l2", None]),
    "use_idf": st.booleans(),
    "smooth_idf": st.booleans(),
    "sublinear_tf": st.booleans(),
}


def release(estimator: Any) -> None:
    """Take back what the family has set, to compare what was fitted."""
    for name in ("_count_vocab", "_limit_features", "_sort_features"):
        vars(estimator).pop(name, None)


def outcome(work: Any) -> Any:
    """What some work returns or raises, and what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with np.errstate(all="ignore"):
            try:
                result = work()
            except Exception as exc:  # noqa: BLE001 - whatever it is, it is compared
                result = f"{type(exc).__name__}: {exc}"
    told = [(w.category, str(w.message)) for w in caught if w.category is not ResourceWarning]
    return result, told


def check(plain: Any, memory: dict[Any, Any], train: Any, test: Any, *, fits: bool = False) -> None:
    """An assisted estimator does what a plain one does."""
    ours = clone(plain)
    for name, value in plain.get_params(deep=False).items():
        setattr(ours, name, value)  # the very same objects
    FAMILY.assist(ours, memory)

    def steps_of(estimator: Any) -> list[Any]:
        if fits:
            first = outcome(lambda: estimator.fit(train) is estimator)
        else:
            first = outcome(lambda: estimator.fit_transform(train))
        after = [outcome(lambda X=X: estimator.transform(X)) for X in (test, train, test)]
        return [first, *after]

    got, expected = steps_of(ours), steps_of(plain)
    assert not difference(got, expected), plain
    release(ours)
    assert not difference(vars(ours), vars(plain)), plain
    names, others = (vars(e).get("vocabulary_", {}) for e in (ours, plain))
    assert [*map(type, names)] == [*map(type, others)]
    after = outcome(lambda: ours.transform(test))
    assert not difference(after[0], expected[1][0]), plain


def check_grid(kind: type, fixed: dict[str, Any], grid: list[Any], docs: Any) -> dict[Any, Any]:
    """Several estimators on several splits, with one memory."""
    memory: dict[Any, Any] = {}
    half = len(docs) // 2
    for train, test in ((docs[:half], docs[half:]), (docs[half:], docs[:half]), (docs, docs[:1])):
        for params in grid:
            plain = kind(**fixed, **params)
            assert FAMILY.kin(plain), plain
            check(plain, memory, train, test)
    return memory


QUIETLY: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@pytest.mark.parametrize("analysis", ANALYSES, ids=without_address)
@settings(max_examples=2, **QUIETLY)
@given(st.data())
def test_assisted_is_plain(analysis: dict[str, Any], data: st.DataObject) -> None:
    check_assisted(analysis, data)


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ANALYSES, ids=without_address)
@settings(max_examples=100, **QUIETLY)
@given(st.data())
def test_assisted_is_plain_at_length(analysis: dict[str, Any], data: st.DataObject) -> None:
    check_assisted(analysis, data)


def check_assisted(analysis: dict[str, Any], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([CountVectorizer, TfidfVectorizer]))
    features = {**FEATURES, **(WEIGHTS if kind is TfidfVectorizer else {})}
    documents = data.draw(DOCUMENTS)
    memory: dict[Any, Any] = {}
    for _ in range(3):
        params = {k: data.draw(values) for k, values in features.items() if data.draw(MAYBE)}
        cut = data.draw(st.integers(0, len(documents)))
        train, test = documents[cut:] + documents[: cut // 2], documents[:cut]
        check(kind(**analysis, **params), memory, train, test, fits=data.draw(st.booleans()))


MAYBE = st.integers(0, 2).map(bool)

RNG = np.random.default_rng(0)
LEXICON = np.array(["".join(RNG.choice(list("abcdeéf"), n)) for n in RNG.integers(1, 7, 150)])
CORPUS = [" ".join(RNG.choice(LEXICON, n)) for n in RNG.integers(0, 40, 60)]
GRID: list[dict[str, Any]] = [
    {},
    {"ngram_range": (1, 2)},
    {"ngram_range": (1, 2), "min_df": 2, "binary": True},
    {"ngram_range": (1, 2), "max_features": 40},
    {"ngram_range": (2, 2), "max_features": 40, "max_df": 0.5},
    {"ngram_range": (1, 2), "dtype": np.float32},
    {"ngram_range": (2, 3)},
    {"vocabulary": [*CORPUS[0].split()[:1], "other", "ab ab"], "ngram_range": (1, 2)},
]


@pytest.mark.parametrize("kind", [CountVectorizer, TfidfVectorizer])
@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_a_corpus_is_analysed_once(
    kind: type, analyzer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = GRID if analyzer == "word" else GRID[:5]
    memory = check_grid(kind, {"analyzer": analyzer}, grid, CORPUS)
    assert not memory["analyses"]._is_full
    # everything is known: nobody analyses or counts any more
    for name in ("_word_ngrams", "_char_ngrams", "_char_wb_ngrams", "_count_vocab"):
        monkeypatch.setattr(CountVectorizer, name, None)
    monkeypatch.setattr(CountVectorizer, "build_analyzer", lambda self: None)
    for params in grid:
        estimator = kind(analyzer=analyzer, **params)
        FAMILY.assist(estimator, memory)
        estimator.fit_transform(CORPUS[:50])
        estimator.transform(CORPUS[50:])


def test_a_tokenizer_is_called_once_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def tokenizer(document: str) -> list[str]:
        calls.append(document)
        return document.split()

    documents = [document or "empty" for document in CORPUS]
    memory: dict[Any, Any] = {}
    for ngram_range in ((1, 2), (1, 1), (2, 3)):
        estimator = CountVectorizer(
            tokenizer=tokenizer, token_pattern=None, ngram_range=ngram_range
        )
        FAMILY.assist(estimator, memory)
        estimator.fit_transform(documents[:50])
        estimator.transform(documents[40:])
    assert len(calls) == len(set(documents))


def test_a_token_with_a_space_may_equal_two_tokens() -> None:
    """Also where it comes up late, when tokens have been taken to be without."""
    grid = [{"ngram_range": (1, 1)}, {"ngram_range": (1, 2)}, {"ngram_range": (1, 3)}]
    documents = ["a,b,c", "b,a,b", "c", "a b,c,a b", "a,b,a b", "c,a,b c,b", "a b,b,a,b,c,b c"]
    for fixed in ({"tokenizer": tokens_with_spaces}, {"token_pattern": "[^,]+"}):
        check_grid(CountVectorizer, fixed, grid, documents)
        check_grid(CountVectorizer, fixed, grid[::-1], documents[::-1])
        check_grid(CountVectorizer, fixed, grid[1:], documents)


def test_kinds_of_documents() -> None:
    words = ["one two", "two three two", "three one", "äh one"]
    coded = [w.encode("latin-1") for w in words]
    kinds: list[Any] = [
        tuple(words),
        np.array(words),
        np.array(words, dtype=object),
        pd.Series(words, index=[5, 3, 2, 9]),
        pd.Series(words, dtype="string"),
        [w.encode() for w in words],
        [words[0], words[1].encode(), np.str_(words[2]), words[3]],
        words[:1] * 4,
    ]
    for documents in kinds:
        take = documents.iloc if hasattr(documents, "iloc") else documents
        memory: dict[Any, Any] = {}
        for ngram_range in ((1, 1), (1, 2)):
            for analyzer in ("word", "char_wb"):
                plain = CountVectorizer(ngram_range=ngram_range, lowercase=False)
                plain.set_params(analyzer=analyzer)
                check(plain, memory.setdefault(analyzer, {}), take[:3], take[1:])
            plain = CountVectorizer(ngram_range=ngram_range, analyzer="char", lowercase=False)
            check(plain, memory.setdefault("char", {}), take[:3], take[1:])
    check(CountVectorizer(encoding="latin-1"), {}, coded, coded)
    check(CountVectorizer(decode_error="ignore"), {}, coded, coded)
    check(CountVectorizer(decode_error="strict"), {}, coded, coded)


def test_strings_of_another_class_reach_the_users_function_as_they_are() -> None:
    documents = np.array(["a b", "b c"])
    kinds: set[type] = set()

    def analyzer(document: Any) -> list[str]:
        kinds.add(type(document))
        return [str(type(document))]

    check(CountVectorizer(analyzer=analyzer), {}, documents, documents)
    assert kinds == {np.str_}


BAD: list[Any] = [
    [],
    [""],
    ["a"],
    "one two",
    None,
    7,
    ["one two", None],
    ["one two", np.nan],
    ["one two", 3.0],
    ["one two", ["three"]],
    [b"one \xff"],
    np.array([["one two", "three"]], dtype=object),
    pd.DataFrame({"text": ["one", "two"], "more": ["x", "y"]}),
    pd.Series(["one two", pd.NA], dtype="string"),
    np.array(["one two", None], dtype=object),
]


@pytest.mark.parametrize("documents", BAD, ids=repr)
def test_errors_are_the_ordinary_ones(documents: Any) -> None:
    good = ["one two", "two three"]
    for lowercase in (True, False):
        memory: dict[Any, Any] = {}
        for train, test in ((documents, good), (good, documents), (documents, documents)):
            check(CountVectorizer(lowercase=lowercase), memory, train, test)
            check(TfidfVectorizer(lowercase=lowercase), {}, train, test)


def test_parameters_that_are_refused() -> None:
    good = ["one two", "two three", "three"]
    for params in (
        {"max_df": 1, "min_df": 2},
        {"min_df": 3},
        {"min_df": 3, "max_features": 2},
        {"min_df": -1},
        {"max_features": "two"},
        {"token_pattern": "("},
        {"token_pattern": "(a)(b)"},
        {"stop_words": "french"},
        {"strip_accents": "some"},
        {"analyzer": "words"},
        {"encoding": "no-such"},
        {"vocabulary": []},
        {"vocabulary": {"one": 1}},
        {"vocabulary": ["one", "one"]},
        {"dtype": "no-such"},
        {"dtype": object},
        {"dtype": np.float16},
        {"dtype": np.float16, "max_features": 2},
        {"dtype": "U5"},
        {"binary": "yes"},
        {"lowercase": "yes"},
    ):
        memory: dict[Any, Any] = {}
        for _ in range(2):
            check(CountVectorizer(**params), memory, good, good)
            check(CountVectorizer(**params), {}, [w.encode() for w in good], good)


def test_iterators_are_consumed_once() -> None:
    for estimator in (CountVectorizer(), TfidfVectorizer()):
        FAMILY.assist(estimator, {})
        X = estimator.fit_transform(word for word in ("one two", "two"))
        assert X.shape == (2, 2)
        assert estimator.transform(iter(["one"])).shape == (1, 2)
        assert estimator.transform(iter(["three"])).shape == (1, 2)
        with pytest.raises(AttributeError):
            estimator.fit(iter(["one two", None]))


def generated(document: str) -> Any:
    return (word for word in document.split())


def sometimes_generated(document: str) -> Any:
    words = document.split()
    return words if len(words) > 2 else iter(words)


def numbers(document: str) -> list[Any]:
    return [float(w) if "." in w else int(w) for w in document.split() if w[0].isdigit()]


def pairs(document: str) -> list[Any]:
    return [(word, len(word)) for word in document.split()]


def test_features_that_are_no_strings_are_left_alone() -> None:
    documents = ["1 2 3.0", "3 1 1.0", "2.0 2 3", "1.0 2.5"]
    for analyzer in (numbers, pairs, generated, sometimes_generated):
        check_grid(CountVectorizer, {"analyzer": analyzer}, [{}, {"binary": True}], documents)
    for tokenizer in (generated, sometimes_generated, tuple):
        grid = [{"ngram_range": (1, 1)}, {"ngram_range": (1, 2)}]
        fixed = {"tokenizer": tokenizer, "token_pattern": None}
        check_grid(CountVectorizer, fixed, grid, documents)


def test_a_vocabulary_set_by_hand() -> None:
    good = ["one two", "two three two", "three four"]
    for vocabulary in (
        {"two": 0, "one": 1},
        {"two": np.int64(1), "one": np.int64(0)},
        {"two": 0, "one": 0},
        {"two": 0, "one": 5},
        {"two": 0.0, "one": 1.0},
        {"two": True, "one": False},
        {"two": -1, "one": 0},
        {"two": "x"},
        collections.OrderedDict(two=0),
        collections.defaultdict(int, two=0),
        {},
    ):
        got = []
        for assisted in (False, True):
            estimator = CountVectorizer().fit(good)
            estimator.vocabulary_ = copy.copy(vocabulary)
            if assisted:
                FAMILY.assist(estimator, {})
            got.append([outcome(lambda e=estimator: e.transform(good)) for _ in range(2)])
            got[-1].append(dict(estimator.vocabulary_))
        assert not difference(got[0], got[1]), vocabulary


class Given:
    """A source of counts that are given."""

    lock = contextlib.nullcontext()

    def __init__(self, counts: features.Counts) -> None:
        self.given = counts

    def counts(self, estimator: Any, raw_documents: Any) -> features.Counts:
        return self.given


def test_sums_that_are_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """float32 counts beyond 2**24: which features are most frequent depends on rounding."""
    rng = np.random.default_rng(0)
    terms = features.Vocabulary()
    for k in rng.permutation(30):
        terms.numbers[f"t{k}"]
    rows = [rng.permutation(30)[:20].astype(np.intc) for _ in range(40)]
    ids, indptr = np.concatenate(rows), np.arange(0, 801, 20, dtype=np.int32)
    values = rng.integers(2**24 - 3, 2**24 + 3, 800).astype(np.intc)
    for dtype in (np.float32, np.int8, np.uint8, np.complex64):
        results = []
        for known in (True, False):
            monkeypatch.setattr(steps, "FLOW_IS_KNOWN", known)
            estimator = CountVectorizer(max_features=8, dtype=dtype)
            given = Given(features.Counts(terms, ids, values, indptr))
            steps.take_over(estimator, Counted(given))
            X = outcome(lambda e=estimator: e.fit_transform(["unused"]))
            results.append([X, estimator.vocabulary_])
        assert not difference(*results)


def test_terms_that_are_numbered_anew() -> None:
    def counts(*names: str) -> features.Counts:
        terms = features.Vocabulary()
        ids = np.array([terms.numbers[name] for name in names], dtype=np.intc)
        return features.Counts(terms, ids, np.ones_like(ids), np.array([0, len(ids)], np.int32))

    plain = CountVectorizer().fit(["aa bb cc"])
    estimator, source = CountVectorizer(), Given(counts("aa", "bb", "cc"))
    steps.take_over(estimator, Counted(source))
    estimator.fit(["unused"])
    source.given = counts("cc", "aa")
    got, expected = estimator.transform(["cc aa"]), plain.transform(["cc aa"])
    assert not difference(got, expected)


def test_beyond_the_bound_all_is_let_go() -> None:
    for most_bytes in (0, 3_000, 20_000, 60_000):
        analyses = text.Analyses(most_bytes)
        memory: dict[Any, Any] = {"analyses": analyses}
        for params in GRID:
            check(CountVectorizer(**params), memory, CORPUS[:40], CORPUS[40:])
        assert analyses._is_full
        assert analyses._takes(0) == 0
        check(CountVectorizer(), memory, CORPUS[:40], CORPUS[40:])
    memory = {"analyses": text.Analyses(10**6)}
    check(CountVectorizer(), memory, CORPUS[:40], CORPUS[40:])
    assert 0 < memory["analyses"]._takes(0) < 10**6


def test_the_bound_is_about_what_is_taken() -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    tracemalloc.start()
    try:
        memory: dict[Any, Any] = {}
        estimator = CountVectorizer(ngram_range=(1, 2))
        FAMILY.assist(estimator, memory)
        estimator.fit_transform(CORPUS)
        del estimator
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken / 2 < memory["analyses"]._takes(0) < 3 * taken


def test_kept_vocabularies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "MOST_KEPT", 300)
    memory = check_grid(CountVectorizer, {}, GRID, CORPUS)
    kept = memory["analyses"]._terms._vocabularies
    assert sum(len(ids) for _, ids, _, _ in kept) <= 300


def test_vocabularies_are_nobody_elses() -> None:
    memory: dict[Any, Any] = {}
    expected = CountVectorizer().fit(CORPUS).vocabulary_
    for k in range(3):
        estimator = CountVectorizer()
        FAMILY.assist(estimator, memory)
        assert not difference(estimator.fit(CORPUS).vocabulary_, expected)
        estimator.vocabulary_[f"another {k}"] = -1


def test_an_unknown_flow_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a scikit-learn to come, only counting is taken over."""
    monkeypatch.setattr(steps, "FLOW_IS_KNOWN", False)
    check_grid(CountVectorizer, {}, GRID, CORPUS)
    estimator = CountVectorizer()
    FAMILY.assist(estimator, {})
    assert [n for n in vars(estimator) if n.startswith("_")] == ["_count_vocab"]


def test_another_analysis_is_not_served() -> None:
    memory: dict[Any, Any] = {}
    for params in ({}, {"lowercase": False}, {"stop_words": ["aa"]}, {"analyzer": "char"}):
        check(CountVectorizer(**params), memory, CORPUS[:40], CORPUS[40:])
        check(TfidfVectorizer(**params), memory, CORPUS[:40], CORPUS[40:])


def test_copies() -> None:
    plain = CountVectorizer(ngram_range=(1, 2)).fit(CORPUS)
    memory: dict[Any, Any] = {}
    estimator = CountVectorizer(ngram_range=(1, 2))
    FAMILY.assist(estimator, memory)
    for early in (copy.deepcopy(estimator), pickled(estimator), clouded(estimator)):
        assert not difference(early.fit_transform(CORPUS), clone(plain).fit_transform(CORPUS))
    assert not difference(vars(clone(estimator)), vars(clone(plain)))
    estimator.fit(CORPUS)
    for late in (copy.deepcopy(estimator), pickled(estimator), clouded(estimator)):
        assert not difference(late.transform(CORPUS[:9]), plain.transform(CORPUS[:9]))
        # a copy is fitted on its own
        late.fit(CORPUS[30:])
        other = clone(plain).fit(CORPUS[30:])
        assert not difference(late.transform(CORPUS[:9]), other.transform(CORPUS[:9]))
        release(late)
        assert not difference(vars(late), vars(other))
    assert not difference(estimator.transform(CORPUS[:9]), plain.transform(CORPUS[:9]))
    release(estimator)
    assert not difference(vars(estimator), vars(plain))
    release(estimator)  # twice does no harm
    pickle.dumps(FAMILY)


def pickled(estimator: Any) -> Any:
    return pickle.loads(pickle.dumps(estimator))


def clouded(estimator: Any) -> Any:
    return cloudpickle.loads(cloudpickle.dumps(estimator))


def test_a_fit_that_failed_leaves_nothing() -> None:
    memory: dict[Any, Any] = {}
    estimator = CountVectorizer(max_df=1, min_df=2)
    FAMILY.assist(estimator, memory)
    with pytest.raises(ValueError, match="max_df corresponds"):
        estimator.fit(CORPUS)
    estimator.set_params(max_df=1.0)
    plain = CountVectorizer(min_df=2)
    assert not difference(estimator.fit_transform(CORPUS), plain.fit_transform(CORPUS))


# --- what is alone --------------------------------------------------------------------

SEEN: list[str] = []
COUNT = 0


def remembers(document: str) -> list[str]:
    SEEN.append(document)
    return [str(len(SEEN))]


def calls_one_that_remembers(document: str) -> list[str]:
    return remembers(document)


def counts(document: str) -> list[str]:
    global COUNT
    COUNT += 1
    return [str(COUNT)]


def has_an_attribute(document: str) -> list[str]:
    has_an_attribute.last = document
    return document.split()


def has_a_default(document: str, seen: list[str] = []) -> list[str]:  # noqa: B006
    seen.append(document)
    return [str(len(seen))]


def has_a_keyword(document: str, *, seen: list[str] = []) -> list[str]:  # noqa: B006
    seen.append(document)
    return [str(len(seen))]


def imports(document: str) -> list[str]:
    import time

    return [str(time.time())]


def tells(document: str) -> list[str]:
    print(document)
    return document.split()


def hides(document: str) -> list[str]:
    last = (lambda: str(len(SEEN)))()
    return [*document.split(), last]


def marked(document: str) -> list[str]:
    return [str(marked.n)]  # type: ignore[attr-defined]


marked.n = 0  # type: ignore[attr-defined]


class Tokenizer:
    def __call__(self, document: str) -> list[str]:
        return document.split()

    def method(self, document: str) -> list[str]:
        return document.split()


def enclosed() -> Any:
    seen: list[str] = []
    return lambda document: [*document.split(), *seen]


def make(document: str) -> list[str]:
    return Tokenizer()(document)


def draws(document: str) -> list[str]:
    return [str(np.random.rand())]  # noqa: NPY002


IMPURE: list[Any] = [
    *(remembers, calls_one_that_remembers, counts, has_an_attribute, has_a_default),
    *(has_a_keyword, imports, tells, hides, marked, make, draws),
    *(Tokenizer(), Tokenizer().method, Tokenizer, enclosed(), SEEN.append, list.copy),
    *(functools.partial(str.split, sep=","), functools.lru_cache(str.split), print, input),
]


@pytest.mark.parametrize("function", IMPURE, ids=without_address)
def test_functions_that_may_remember_are_alone(function: Any) -> None:
    for name in ("analyzer", "tokenizer", "preprocessor", "strip_accents"):
        for kind in (CountVectorizer, TfidfVectorizer):
            assert FAMILY.kin(kind(**{name: function})) == ()


PURE = [str.split, list, PATTERN.findall, " ".join, without_stop_words, helped, strip_accents_ascii]
PURE += [tokens_with_spaces, lambda document: document.split(), pairs]


@pytest.mark.parametrize("function", PURE, ids=without_address)
def test_functions_of_their_argument_are_kin(function: Any) -> None:
    for name in ("analyzer", "tokenizer", "preprocessor", "strip_accents"):
        assert "ngram_range" in FAMILY.kin(CountVectorizer(**{name: function}))


ALONE: list[dict[str, Any]] = [
    {"input": "filename"},
    {"input": "file"},
    {"ngram_range": (0, 1)},
    {"ngram_range": (0, 2)},
    {"ngram_range": (-1, 1)},
    {"ngram_range": (2, 1)},
    {"ngram_range": [1, 2]},
    {"ngram_range": (1, 2, 3)},
    {"ngram_range": (1.0, 2)},
    {"ngram_range": (True, 2)},
    {"ngram_range": ("1", "2")},
    {"ngram_range": None},
    {"stop_words": np.array(["a", "b"])},
    {"stop_words": {"a"}},
    {"stop_words": [["a"]]},
    {"stop_words": [np.array(["a", "b"])]},
    {"token_pattern": np.array(["a", "b"])},
]


@pytest.mark.parametrize("params", ALONE, ids=str)
def test_estimators_that_are_alone(params: dict[str, Any]) -> None:
    for kind in (CountVectorizer, TfidfVectorizer):
        assert FAMILY.kin(kind(**params)) == ()


def test_what_may_differ() -> None:
    free = FAMILY.kin(CountVectorizer())
    assert set(free) == set(FEATURES)
    assert set(FAMILY.kin(TfidfVectorizer())) == set(FEATURES) | set(WEIGHTS)
    for kind in (CountVectorizer, TfidfVectorizer):
        assert isinstance(registered(kind()), text.Vectorisers)
        assert family_of(kind()) is None  # nothing is derived
    assert registered(HashingVectorizer()) is None


@pytest.mark.parametrize("kind", [CountVectorizer, TfidfVectorizer])
def test_searches_give_what_grid_search_gives(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    analysed: collections.Counter[str] = collections.Counter()

    def counting(estimator: Any, ngram_range: Any) -> Any:
        analyze = steps.analyzer_for(estimator, ngram_range)
        return lambda document: (analysed.update([document]), analyze(document))[1]

    monkeypatch.setattr(text, "analyzer_for", counting)
    documents = [document for document in dict.fromkeys(CORPUS) if len(document) > 9]
    y = np.arange(len(documents)) % 3
    pipeline = Pipeline([("vect", kind()), ("nb", MultinomialNB())])
    grid = {
        "vect__ngram_range": [(1, 1), (1, 2)],
        "vect__min_df": [1, 2],
        "vect__max_features": [None, 30],
        "nb__alpha": [0.1, 1.0],
    }
    options = {"cv": 2, "return_train_score": True, "scoring": "neg_log_loss"}
    theirs = GridSearchCV(pipeline, grid, **options).fit(documents, y)
    ours = GridSearch(pipeline, grid, **options).fit(documents, y)
    for name in theirs.cv_results_:
        if "_time" not in name:
            a, b = theirs.cv_results_[name], ours.cv_results_[name]
            assert np.asarray(a).tolist() == np.asarray(b).tolist(), name
    assert set(analysed) == set(documents)
    assert set(analysed.values()) == {1}
    best, other = (search.best_estimator_["vect"] for search in (ours, theirs))
    assert not difference(vars(best), vars(other))
