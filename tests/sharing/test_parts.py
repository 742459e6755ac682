"""The parts of shared work: arrays, store, files, lineages, needs, the plan."""

from __future__ import annotations

import functools
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.sharing import Lineages, Memo, PendingUses, Piece, ProcessStore
from sktune.sharing.arrays import copied, duplicate, lend, n_bytes, private, protect
from sktune.sharing.files import Files
from sktune.sharing.generators import State
from sktune.sharing.randomness import Randomness
from sktune.sharing.sources import Draws
from sktune.sharing.store import Kept
from tests.helpers.names import without_address
from tests.helpers.searches import assert_same_results
from tests.helpers.stores import race, task_store
from tests.helpers.transformers import Entropy, Leaves, Noise, NoisyWritesLast

# --- arrays ---------------------------------------------------------------------------


def new_files() -> Files:
    files = Files.new(0)
    assert files is not None
    return files


def test_a_folder_for_files_is_made_where_joblib_has_its_own(
    tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path / "new"))
    assert Path(new_files().folder).parent == tmp_path / "new"
    (tmp_path / "file").touch()
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path / "file"))
    assert Files.new(0) is None


def test_results_of_small_data_lie_in_memory_while_there_is_room(
    tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)
    monkeypatch.setattr("sktune.sharing.files._IN_MEMORY", str(tmp_path))
    monkeypatch.setattr("sktune.sharing.files._ROOM", 0)
    large, small = Files.new(2**24), new_files()
    assert large is not None
    assert Path(large.folder).parent != tmp_path
    large.remove()
    assert Path(small.folder).parent == tmp_path
    for used, found in ((1.0, "result"), (0.0, None)):
        monkeypatch.setattr("sktune.sharing.files._USED", used)
        small.dump((used,), "result")
        assert small.load((used,)) == found
    monkeypatch.setattr("sktune.sharing.files._ROOM", 2**60)
    assert Path(new_files().folder).parent != tmp_path


layouts = st.sampled_from(
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[:, ::2],
        lambda a: a[::-1, 1:],
        lambda a: a[:0],
        lambda a: np.asfortranarray(a)[1:, :2],
        lambda a: a[:, 1:3],
        lambda a: np.broadcast_to(a[:1], (5, a.shape[1])),
        lambda a: a.astype("U3"),
        lambda a: a.astype(object)[:, ::2],
    ]
)


@given(layouts)
def test_copies_lie_as_what_they_are_copies_of(layout: Any) -> None:
    array = layout(np.arange(35.0).reshape(5, 7))
    for copy in (copied(array), duplicate(array), private({"a": array})["a"]):
        np.testing.assert_array_equal(copy, array)
        assert copy.dtype == array.dtype
        if 0 not in array.strides and array.size and not array.dtype.hasobject:
            assert copy.strides == array.strides
        assert not np.shares_memory(copy, array)
        assert copy.flags.writeable


@given(layouts)
def test_files_keep_how_arrays_lie(layout: Any) -> None:
    files = new_files()
    array = layout(np.arange(3500.0).reshape(50, 70))
    frame = pd.DataFrame({"a": np.arange(900.0), "b": np.arange(900.0), "c": list("xyz") * 300})
    given_ = {"array": array, "sparse": sparse.csr_matrix(np.eye(40)), "frame": frame, "x": "y"}
    files.dump((0, 1, "fit"), given_)
    back = files.load((0, 1, "fit"))
    np.testing.assert_array_equal(back["array"], array)
    if array.size and 0 not in array.strides and not array.dtype.hasobject:
        assert back["array"].strides == array.strides
    pd.testing.assert_frame_equal(back["frame"], frame)
    assert (back["sparse"] != given_["sparse"]).nnz == 0
    files.remove()
    assert not Path(files.folder).exists()
    assert not files.reachable


def test_arrays_that_lie_spread_too_wide_are_not_handed_on() -> None:
    files = new_files()
    files.dump((0, 1, "fit"), np.ones((50, 700))[:, 1])
    assert files.load((0, 1, "fit")) is None
    files.remove()


def test_frames_are_lent_as_copies_that_lie_alike() -> None:
    frame = pd.DataFrame(np.asfortranarray(np.random.default_rng(0).normal(size=(50, 7))))
    lent = lend(frame)
    assert lent is not frame
    assert lent.to_numpy().flags.f_contiguous == frame.to_numpy().flags.f_contiguous
    assert lent.sum(axis=1).to_numpy().tobytes() == frame.sum(axis=1).to_numpy().tobytes()
    lent.iloc[:, :] = 0
    assert frame.to_numpy().any()


def test_what_is_protected_cannot_be_written() -> None:
    array, matrix = np.ones((3, 2)), sparse.csr_matrix(np.eye(3))
    protect(array)
    protect(matrix)
    for data in (array, matrix.data):
        with pytest.raises(ValueError, match="read-only"):
            data[:] = 0
    assert lend(array) is array
    assert lend(matrix) is matrix
    words = [["a"], ["b"]]
    assert lend(words) is not words
    assert lend(words)[0] is not words[0]


def test_sizes() -> None:
    fitted = StandardScaler().fit(np.ones((10, 1000)))
    assert n_bytes(fitted) >= 3 * 8000
    assert n_bytes(np.ones((10, 1000))[:, :1]) == 80_000  # it keeps all of it
    assert n_bytes(sparse.eye(1000, format="csr")) >= 12_000
    assert n_bytes(pd.DataFrame({"a": np.ones(1000)})) == 8000
    assert n_bytes(None) == 0


class Refuses(dict[str, Any]):
    """Answers every question about itself with an error, or with nothing useful."""

    def values(self) -> Any:
        return (value for value in ())

    def __len__(self) -> int:
        raise RuntimeError("no")


class HasNoState:
    __slots__ = ()

    def __getstate__(self) -> Any:
        raise TypeError("no state")


class HasNoAttributes:
    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        raise RuntimeError("no attributes")


@pytest.mark.parametrize("odd", [Refuses(a=1), HasNoState(), HasNoAttributes(), iter([1])])
def test_what_will_not_be_measured_counts_as_nothing_beside_what_will(odd: Any) -> None:
    assert n_bytes(odd) == 0
    assert n_bytes([odd, np.ones(1000)]) >= 8000


# --- the store ------------------------------------------------------------------------


def work(value: Any, log: list[Any]) -> Any:
    def done() -> Kept:
        log.append(value)
        return Kept(value, 1.0)

    return done


def test_a_store_works_once_and_keeps_what_is_wanted() -> None:
    store, log = ProcessStore(), list[Any]()
    seen = task_store(store, keep={1})
    for _ in range(2):
        kept, _ = seen.once(1, "fit", work("a", log))
        assert kept.value == "a"
    seen.once(2, "fit", work("b", log))
    left = store.find((0, 2, "fit"))
    assert left is not None
    assert (left.value, left.state, left.seconds) == (None, "gone", 1.0)
    store.release(0, {1})
    seen.once(1, "fit", work("a", log))
    assert log == ["a", "b", "a"]


def test_a_store_stays_within_its_bound_and_forgets_the_oldest() -> None:
    store, log = ProcessStore(most_bytes=2500), list[Any]()
    seen = task_store(store, keep={1, 2, 3, 4})
    for key in (1, 2, 3):
        seen.once(key, "fit", work(np.ones(125), log))
        if key == 2:
            store.find((0, 1, "fit"))  # used last
    states = [kept.state for key in (1, 2, 3) if (kept := store.find((0, key, "fit")))]
    assert states == ["ok", "gone", "ok"]
    large = seen.once(4, "fit", work(np.ones(1000), log))[0]
    assert large.value is not None  # who made it has it
    kept = store.find((0, 4, "fit"))
    assert kept is not None
    assert kept.state == "gone"


def test_processes_wait_for_each_other() -> None:
    files = new_files()
    worked = Parallel(n_jobs=2)(delayed(race)(files.folder, number) for number in range(2))
    assert sorted(worked) == [False, True]
    files.remove()


def test_what_cannot_be_handed_on_is_done_again() -> None:
    files, log = new_files(), list[Any]()
    for _ in range(2):  # two workers
        seen = task_store(ProcessStore(files=files), keep={1}, common={1})
        seen.once(1, "fit", work((i for i in ()), log))
    assert len(log) == 2
    gone = Files(files.folder)
    files.remove()
    task_store(ProcessStore(files=gone), common={1}).once(1, "fit", work(0, log))
    assert len(log) == 3
    gone.dump((0, 1, "fit"), 3)
    assert gone.load((0, 1, "fit")) is None


# --- lineages -------------------------------------------------------------------------


def pieces(estimator: Any, *candidates: Any, **options: Any) -> list[Any]:
    lineages = Lineages(estimator, **options)
    return [lineages.of(params) for params in candidates]


def keys(piece: Piece) -> dict[str, int | None]:
    return {p.name: p.key for p in piece.walk if p.name}


PIPELINE = make_pipeline(StandardScaler(), PCA(svd_solver="full"), SVC())


def test_equal_fits_have_equal_keys() -> None:
    a, b, c, d = pieces(
        PIPELINE, {"svc__C": 1}, {"svc__C": 2}, {"pca__n_components": 1},
        {"standardscaler__with_mean": False},
    )  # fmt: skip
    a, b, c, d = map(keys, (a, b, c, d))
    assert a["pca"] == b["pca"]
    assert a["standardscaler"] == b["standardscaler"] == c["standardscaler"]
    assert len({a["pca"], c["pca"], d["pca"]}) == 3  # on other data it is another
    assert a["standardscaler"] != d["standardscaler"]


def test_what_is_written_differently_may_be_the_same() -> None:
    default, spelt, given_, steps = pieces(
        PIPELINE, {}, {"standardscaler__with_mean": True}, {"standardscaler": StandardScaler()},
        {"steps": [("other", StandardScaler()), ("svc", SVC())]},
    )  # fmt: skip
    found = {next(iter(keys(piece).values())) for piece in (default, spelt, given_, steps)}
    assert len(found) == 1
    named = pieces(PIPELINE, {}, {"steps": [("o", StandardScaler()), ("svc", SVC())]},
                   fit_params={"a__sample_weight": None})  # fmt: skip
    assert next(iter(keys(named[0]).values())) != next(iter(keys(named[1]).values()))


@pytest.mark.parametrize(
    "value",
    [
        FunctionTransformer(np.log1p),
        FunctionTransformer(functools.partial(np.add, 1)),
        SelectKBest(functools.partial(mutual_info_classif, random_state=0)),
        StandardScaler().set_output(transform="pandas"),
        PCA(svd_solver="full", random_state=np.random.RandomState(2)),
        ColumnTransformer([("a", MinMaxScaler(), make_column_selector("x"))]),
        FeatureUnion([("a", MinMaxScaler()), ("b", "drop")]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_copies_of_an_estimator_are_the_same(value: Any) -> None:
    again = pickle.loads(pickle.dumps(value))
    first, second = pieces(make_pipeline(value, SVC()), {}, {"steps": [("a", again), ("b", SVC())]})
    assert first.parts[0].key == second.parts[0].key is not None


def test_what_is_not_shared() -> None:
    class Own(Pipeline):
        pass

    assert pieces(GaussianNB(), {"var_smoothing": 1}) == [None]
    assert pieces(Own(PIPELINE.steps), {}) == [None]
    assert pieces(PIPELINE, {"svc": "passthrough"}) == [None]
    assert pieces(PIPELINE, {"nothing__C": 1}) == [None]
    writes = make_pipeline(StandardScaler(copy=False), SVC())
    assert pieces(writes, {}, writing_matters=True) == [None]
    assert pieces(writes, {}) != [None]
    inside = make_pipeline(FeatureUnion([("a", StandardScaler(copy=False))]), SVC())
    assert pieces(inside, {}) == [None]
    (jobs,) = pieces(make_pipeline(FeatureUnion([("a", StandardScaler())], n_jobs=2), SVC()), {})
    assert jobs.parts[0].parts == ()


# --- randomness -----------------------------------------------------------------------


def may_draw(estimator: Any) -> bool:
    """Whether it leaves no trace."""
    return Draws.HIDDEN in Randomness().of(estimator)


def test_sources_of_randomness() -> None:
    assert may_draw(Entropy())
    assert may_draw(make_pipeline(Entropy()))
    assert may_draw(FunctionTransformer(lambda X: X + np.random.default_rng().normal()))
    assert not may_draw(Leaves())
    assert not may_draw(Noise())  # it leaves a trace
    before = State()
    Noise(random_state=0).fit(np.ones((2, 2)))
    assert State() == before
    Noise().fit(np.ones((2, 2)))
    assert State() != before
    before.restore()
    assert State() == before


@pytest.mark.parametrize(
    ("estimator", "draws"),
    [
        (SVC(), False),
        (SVC(probability=True), True),
        (LogisticRegression(), False),
        (LogisticRegression(solver="saga"), True),
        (LogisticRegression(solver="saga", random_state=0), False),
        (Ridge(), False),
        (PCA(0.9), False),
        (PCA(3), True),
        (PCA(3, svd_solver="full"), False),
        (StandardScaler(), False),
        (make_pipeline(StandardScaler(), PCA(3)), True),
        (Noise(), True),
        (Noise(random_state=0), False),
        (NoisyWritesLast(), True),
        (Leaves(), False),
        (SelectKBest(mutual_info_classif), True),
        (SelectKBest(functools.partial(mutual_info_classif, random_state=0)), False),
        (SelectKBest(), False),
    ],
    ids=without_address,
)
def test_who_may_draw_from_the_global_source(estimator: Any, draws: bool) -> None:
    assert (Randomness().of(estimator) is not Draws.NOT) is draws


# --- pending uses ---------------------------------------------------------------------


def test_what_is_needed_until_when() -> None:
    lineages = Lineages(PIPELINE)
    candidates = [{"pca__n_components": n, "svc__C": C} for n in (1, 2) for C in (1, 2)]
    tasks = [(t, lineages.of(params)) for t, params in enumerate(candidates)]
    scale, first, second = (keys(tasks[t][1])[n] for t, n in
                            ((0, "standardscaler"), (0, "pca"), (2, "pca")))  # fmt: skip
    pending = PendingUses(tasks, whole=False)
    wanted = []
    for task in tasks:
        pending.done(*task)
        wanted.append([key in pending.keys for key in (scale, first, second)])
    assert wanted == [[True, True, True], [True, False, True], [False, False, True], 3 * [False]]
    whole = PendingUses(tasks, whole=True)
    whole.done(*tasks[0])
    whole.done(*tasks[1])
    assert [key in whole.keys for key in (scale, first, second)] == [True, False, True]


def test_sizes_of_whatever_a_transformer_holds() -> None:
    frame = pd.DataFrame({"a": np.ones(10), "b": list("xyxyxyxyxy")})

    class Holds(Leaves):
        pass

    holds = Holds()
    holds.things = [frame.columns, frame["a"], frame, frame.index, len, Holds, None]  # type: ignore[attr-defined]
    assert n_bytes(holds) >= 80 + 80


def test_the_last_step_of_a_pipeline_in_a_pipelines_last_place_is_counted() -> None:
    inner = Pipeline([("a", StandardScaler()), ("b", Pipeline([("c", StandardScaler())]))])
    (whole,) = pieces(Pipeline([("inner", inner), ("clf", SVC())]), {})
    assert whole.leaves == ["inner__a", "inner__b__c", "clf"]
    assert whole.parts[0].fitted_directly == "inner__b__c"
    search = GridSearch(Pipeline([("inner", inner), ("clf", SVC())]), {"clf__C": [1, 2]}, cv=2)
    search.fit(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2)
    assert search.sharing_.steps == {"inner__a": (4, 2), "inner__b__c": (4, 2), "clf": (4, 4)}


def test_what_is_fitted_before_the_last_step_is_known_however_deep_it_is() -> None:
    deep = Pipeline(
        [("x", Pipeline([("y", Pipeline([("scale", StandardScaler()), ("clf", SVC())]))]))]
    )
    (whole,) = pieces(deep, {})
    assert [part.name for part in whole.before_last] == ["x__y__scale"]
    assert whole.parts[0].parts[0].parts[0].before_last == ()
    search = GridSearch(deep, {"x__y__clf__C": [1, 2]}, cv=2)
    search.fit(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2)
    assert search.sharing_.steps == {"x__y__scale": (4, 2), "x__y__clf": (4, 4)}


# --- steps that are skipped, because what comes of them is there -------------------------


def scaled() -> Pipeline:
    return Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler()), ("pca", PCA(2))])


BRANCHES = {
    "columns": ColumnTransformer([("n", scaled(), [0, 1, 2])], remainder="passthrough"),
    "union": FeatureUnion([("n", scaled()), ("m", MinMaxScaler())]),
    "chain": Pipeline([("n", scaled()), ("m", MinMaxScaler())]),
}


@pytest.mark.parametrize("before", BRANCHES.values(), ids=BRANCHES)
def test_a_pipeline_inside_has_all_of_its_steps_where_it_transforms_itself(before: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
    pipeline = Pipeline([("before", before), ("select", SelectKBest(k=1)), ("clf", SVC())])
    grid = {"before__n__pca__n_components": [1, 2, 3], "clf__C": [0.1, 1.0]}
    search = GridSearch(pipeline, grid, cv=4, n_jobs=2).fit(X, y)
    theirs = GridSearchCV(pipeline, grid, cv=4).fit(X, y)
    assert_same_results(search.cv_results_, theirs.cv_results_)


@pytest.mark.parametrize("before", BRANCHES.values(), ids=BRANCHES)
def test_only_the_scale_may_be_there_and_not_what_comes_before_it(
    before: Any, monkeypatch: Any
) -> None:
    has = Memo.has

    def without_imputers(self: Memo, piece: Piece, which: str = "fit") -> bool:
        return not piece.name.endswith("impute") and has(self, piece, which)

    monkeypatch.setattr(Memo, "has", without_imputers)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
    pipeline = Pipeline([("before", before), ("clf", SVC())])
    grid = {"before__n__pca__n_components": [1, 2, 3], "clf__C": [0.1, 1.0]}
    search = GridSearch(pipeline, grid, cv=2).fit(X, y)
    theirs = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert_same_results(search.cv_results_, theirs.cv_results_)
