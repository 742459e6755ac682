"""The page: all that is to be on it, as data, whatever was searched."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sktune import GridSearch, RandomSearch, looking
from sktune.exceptions import FailedCandidatesWarning
from sktune.looking import advise
from sktune.looking.param_axis import ParamAxis
from sktune.looking.report import data as report_data
from sktune.looking.report import report, tasks
from sktune.looking.report.data import page_data
from sktune.looking.report.page import page
from sktune.looking.report.parts import written_at
from sktune.looking.report.reading import Reading
from sktune.looking.report.values import embedded, number
from sktune.optimizers import Surrogates

HOSTILE = "</script><script>alert(1)</script><!--\u2028&amp;"


class Takes(DummyClassifier):
    """Takes anything, and fails if it is told to."""

    def __init__(self, value: object = None, fails: bool = False) -> None:
        super().__init__()
        self.value = value
        self.fails = fails

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Takes:
        if self.fails:
            raise ValueError(f"no {HOSTILE}")
        return super().fit(X, y)  # type: ignore[no-any-return]


class NoText:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def searched(grid: Any, kind: Any = GridSearch, **options: Any) -> Any:
    X = np.arange(24.0).reshape(-1, 1)
    return kind(Takes(), grid, cv=3, refit=False, **options).fit(X, [0, 1] * 12)


def data_in(text: str) -> Any:
    [found] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(found)


@pytest.mark.parametrize(
    "name",
    ["grid", "scikit-learn's", "racing", "halving", "conditional", "failed but one", "all alike"],
)
def test_a_page_has_all_candidates_with_scores_and_a_text_for_each_figure(
    fitted: dict[str, Any], name: str
) -> None:
    search = fitted[name]
    data = page_data(Reading.of(search))
    trials, results = data["trials"], search.cv_results_
    n = len(results["params"])
    assert trials["numbers"] == list(range(n))
    assert data["winner"]["row"] == search.best_index_
    assert data["winner"]["score"] == pytest.approx(search.best_score_, rel=1e-5)
    bias = getattr(search, "best_score_bias_", None)
    if bias is not None:
        assert data["winner"]["bias"] == pytest.approx(bias, abs=1e-6)
        assert data["winner"]["honest"] == pytest.approx(search.best_score_ - bias, rel=1e-5)
    splits = np.array([[math.nan if s is None else s for s in row] for row in trials["splits"]])
    metric = "" if data["metric"] == "score" else data["metric"]
    for k in range(search.n_splits_):
        column = results[f"split{k}_test_{metric or 'score'}"]
        np.testing.assert_allclose(splits[:, k], column, rtol=1e-5)
    for column in trials["params"]:
        for row, value in enumerate(column["values"]):
            assert (value is None) == (column["name"] not in results["params"][row])
    assert all(figure["text"] for figure in data["figures"])
    are_none = [figure["kind"] == "none" for figure in data["figures"]]
    assert are_none == sorted(are_none)  # what is not drawn comes last
    first = {"history", "importances", "effects", "parallel", "rivals", "time", "folds"}
    assert first <= {figure["id"] for figure in data["figures"]}
    json.dumps(data, allow_nan=False)


@pytest.mark.parametrize("name", ["failed but one", "hundreds"])
def test_what_a_search_advises_is_on_its_page(fitted: dict[str, Any], name: str) -> None:
    told = [finding.text for finding in advise(fitted[name])]
    assert page_data(Reading.of(fitted[name]))["advice"] == told
    assert told


def test_figures_of_a_kind_of_search(fitted: dict[str, Any]) -> None:
    def of(name: str) -> set[str]:
        figures = page_data(Reading.of(fitted[name]))["figures"]
        return {figure["id"] for figure in figures if figure["kind"] != "none"}

    assert "rungs" in of("halving")
    assert "metrics" in of("conditional")
    assert not {"rungs", "metrics"} & of("grid")


def figure_of(search: Any, name: str) -> Any:
    [found] = [f for f in page_data(Reading.of(search))["figures"] if f["id"] == name]
    return found


def test_there_is_a_curve_for_each_fit_and_a_point_where_it_goes_back_to(
    fitted: dict[str, Any],
) -> None:
    search = fitted["boosting"]
    drawn, figure = looking.CurvesDisplay.from_search(search).curves, figure_of(search, "curves")
    [panel] = figure["panels"]
    best, given_up = drawn.rows == search.best_index_, np.asarray(drawn.given_up)
    names = [line["name"] for line in panel["lines"]]
    assert names == (
        ["given up"] * sum(given_up & ~best)
        + ["others"] * sum(~given_up & ~best)
        + ["curves of the best"] * sum(best)  # the last is on top
    )
    made = np.where(given_up, [at[-1] for at, _ in drawn.curves], drawn.found)
    at_end = np.array([np.interp(made[k], *drawn.curves[k]) for k in range(len(made))])
    for point, which in zip(panel["points"], (given_up, ~given_up), strict=True):
        assert point["rows"] == drawn.rows[which].tolist()
        assert point["x"] == made[which].tolist()
        np.testing.assert_allclose(point["y"], at_end[which], rtol=1e-3)
    assert f"{sum(given_up)} fits could not catch up, and ended early." in figure["text"]
    rounds = drawn.found[best]
    assert f"was scored with {min(rounds)} to {max(rounds)} rounds." in figure["text"]


def test_the_timeline_has_a_bar_for_each_task(
    fitted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    search = fitted["racing"]
    bars = figure_of(search, "timeline")["bars"]
    n_splits = np.bincount([bar[4] for bar in bars])
    columns = [search.cv_results_[f"split{k}_test_score"] for k in range(6)]
    assert n_splits.tolist() == np.isfinite(columns).sum(axis=0).tolist()
    assert all(start <= end for start, end, *_ in bars)
    monkeypatch.setattr(tasks, "MOST_BARS", 9)
    fewer = figure_of(search, "timeline")["bars"]
    assert 1 < len(fewer) <= 9
    assert max(bar[1] for bar in fewer) == max(bar[1] for bar in bars)
    names = {f["id"] for f in page_data(Reading.of(fitted["scikit-learn's"]))["figures"]}
    assert "timeline" not in names


def test_a_run_that_only_recalls_is_said_to_have_done_nothing(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    for _ in range(2):
        search = searched({"value": [1, 2]}, checkpoint=path)
    text = figure_of(search, "timeline")["text"]
    assert text == "This run had nothing to do: all 6 tasks are recalled."


def test_parallel_coordinates_have_also_candidates_that_were_stopped(
    fitted: dict[str, Any],
) -> None:
    search = fitted["racing"]
    figure = figure_of(search, "parallel")
    assert sorted(figure["rows"]) == list(range(15))
    without = [score is None for score in figure["values"][-1]]
    assert 0 < sum(without) < 15
    assert without == sorted(without, reverse=True)  # below all others
    assert {figure["rows"][k] for k in range(sum(without))} == set(
        np.flatnonzero(search.cv_results_["status"] != "ok")
    )


def test_one_rival_is_told_of_in_the_singular() -> None:
    text = figure_of(searched({"value": [1, 2]}), "rivals")["text"]
    assert text.startswith("The next best candidate, compared with the best (candidate 0)")


def test_rungs_know_the_rows_of_their_candidates(fitted: dict[str, Any]) -> None:
    search = fitted["halving"]
    figures = {figure["id"]: figure for figure in page_data(Reading.of(search))["figures"]}
    means, found = search.cv_results_["mean_test_score"], 0
    for line, rows in zip(figures["rungs"]["lines"], figures["rungs"]["rows"], strict=True):
        for mean, row in zip(line, rows, strict=True):
            assert (mean is None) == (row < 0)
            found += row >= 0
            assert mean is None or mean == pytest.approx(means[row], rel=1e-5)
    assert found == len(means)


@pytest.mark.parametrize("of", ["search", "cv_results", "journal"])
def test_every_source_gives_the_same_trials(fitted: dict[str, Any], of: str) -> None:
    search = fitted["five"]
    sources = {"search": search, "cv_results": search.cv_results_, "journal": search.checkpoint_}
    wanted, found = (page_data(Reading.of(source)) for source in (search, sources[of]))
    for key in ("numbers", "status", "score", "splits", "rank", "params"):
        assert found["trials"][key] == wanted["trials"][key]
    assert found["shared"]["steps"] or of == "cv_results"


def test_values_are_data_and_never_markup(tmp_path: Path) -> None:
    with pytest.warns(FailedCandidatesWarning):
        search = searched({"value": [HOSTILE, "<b>", 1.0], "fails": [False, True]})
    report(search, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    harmless = page(page_data(Reading.of(searched({"value": [1.0]}))))
    assert text.count("<script") == harmless.count("<script")
    assert "alert(1)</script>" not in text
    columns = {column["name"]: column for column in data_in(text)["trials"]["params"]}
    assert HOSTILE.replace("\u2028", " ") in columns["value"]["labels"]
    assert "\u2028" not in text
    failures = data_in(text)["trials"]["failures"]["kinds"]
    assert "</script><script>alert(1)</script><!--" in failures[0]["traceback"]
    assert "Traceback (most recent call last)" in failures[0]["traceback"]
    assert json.loads(json.dumps(search._stories))[0][:2] == [3, 0]  # plain data


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5))
def test_embedded_data_come_back_and_cannot_end_a_script(value: Any) -> None:
    text = embedded(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


@given(st.floats())
def test_numbers_keep_six_digits_or_are_left_out(value: float) -> None:
    found = number(value)
    if not math.isfinite(value):
        assert found is None
    else:
        assert found is not None
        assert found == pytest.approx(value, rel=1e-5)


def test_values_of_all_kinds_are_shown_in_short() -> None:
    values = [
        float("nan"),
        math.inf,
        10**400,
        "x" * 10_000,
        NoText(),
        list(range(9999)),
        None,
        print,
    ]
    [column] = page_data(Reading.of(searched({"value": values})))["trials"]["params"]
    assert len(column["labels"]) == len(values)
    assert all(0 < len(label) <= 300 for label in column["labels"])
    assert {"print", "None", "nan", "inf"} <= set(column["labels"])


def test_where_all_failed_the_reasons_are_there(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    with pytest.raises(ValueError, match="failed"):
        searched({"fails": [True], "value": [1, 2]}, checkpoint=path)
    data = page_data(Reading.of(path))
    assert data["winner"] is None
    assert data["trials"]["status"] == ["failed", "failed"]
    assert [figure["id"] for figure in data["figures"]] == ["timeline"]
    assert data["advice"][0].startswith("All 2 candidates failed: ValueError: no")
    [kind] = data["trials"]["failures"]["kinds"]
    assert kind["stage"] == "fit"
    assert "Traceback" in kind["traceback"]
    assert [pair[0] for pair in data["trials"]["failures"]["where"]["1"]] == [0, 1, 2]


def test_a_page_of_a_thousand_candidates_is_small() -> None:
    rng = np.random.default_rng(0)
    n, names = 1000, [f"step__p{k}" for k in range(8)]
    params = [{name: rng.uniform() for name in names} | {"text": f"{k}" * 99} for k in range(n)]
    results: dict[str, Any] = {"params": params, "mean_fit_time": rng.uniform(size=n)}
    results["mean_score_time"] = rng.uniform(size=n)
    splits = rng.uniform(size=(5, n))
    results |= {f"split{k}_test_score": row for k, row in enumerate(splits)}
    results["mean_test_score"] = splits.mean(axis=0)
    assert len(page(page_data(Reading.of(results))).encode()) < 1.5e6


def test_of_too_many_candidates_the_best_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_data, "MOST_ROWS", 3)
    X = np.arange(24.0).reshape(-1, 1)
    strategies = ["most_frequent", "prior", "stratified", "uniform"]
    grid = {"strategy": strategies, "random_state": [0, 1]}
    search = GridSearchCV(DummyClassifier(), grid, cv=2).fit(X, [0] * 16 + [1] * 8)
    data = page_data(Reading.of(search))
    numbers = data["trials"]["numbers"]
    means = search.cv_results_["mean_test_score"]
    assert sorted(means[numbers]) == sorted(means)[-3:]
    assert data["trials"]["n_left_out"] == len(means) - 3
    assert numbers[data["best"]] == search.best_index_
    assert data["figures"][0]["panels"][0]["points"][0]["x"] == numbers


def test_nothing_is_fetched() -> None:
    text = page(page_data(Reading.of(searched({"value": [1, 2]}, RandomSearch, n_iter=2))))
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//|@import|url\(""", text)
    assert "default-src 'none'" in text
    assert "connect-src 'none'" in text


def test_a_page_asks_one_surrogate(fitted: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Counted(Surrogates):
        def of(self, *given: Any, **options: Any) -> Any:
            made.append(given)
            return super().of(*given, **options)

    monkeypatch.setattr("sktune.looking.beliefs.Surrogates", Counted)
    page_data(Reading.of(fitted["grid"]))
    assert len(made) == 1


def test_a_search_that_did_not_improve_is_told_so() -> None:
    level = figure_of(searched({"value": [1, 2, 3]}), "history")["text"]
    assert level.endswith("The best mean score, 0.5, did not improve after candidate 0.")


def test_points_have_scores_and_choices_are_beside_each_other(fitted: dict[str, Any]) -> None:
    figures = {one["id"]: one for one in page_data(Reading.of(fitted["grid"]))["figures"]}
    means = fitted["grid"].cv_results_["mean_test_score"]
    points = figures["pair"]["points"]
    np.testing.assert_allclose(points["scores"], means[points["rows"]], rtol=1e-5)
    [panel] = [panel for panel in figures["effects"]["panels"] if panel["x"]["labels"]]
    assert len(set(panel["points"][0]["x"])) > len(panel["x"]["labels"])


IRIS = load_iris(return_X_y=True)


def plus_one(estimator: Any, X: Any, y: Any) -> float:
    return 1.0 + float(estimator.score(X, y))


@pytest.mark.parametrize("of", ["search", "journal"])
@pytest.mark.parametrize(
    ("scoring", "most"),
    [(None, 1.0), (["accuracy"], 1.0), ({"a": "f1_macro"}, 1.0), (plus_one, math.inf)],
)
def test_no_score_is_expected_that_there_cannot_be(
    of: str, scoring: Any, most: float, tmp_path: Path
) -> None:
    path = tmp_path / "search.jsonl"
    search = GridSearch(SVC(), {"C": [1, 10]}, scoring=scoring, refit=False, checkpoint=path)
    search.fit(*IRIS)
    winner = page_data(Reading.of(search if of == "search" else path))["winner"]
    assert winner["low"] < winner["score"] < winner["high"]
    assert (winner["high"] == most) is (most == 1.0)
    assert f"between {winner['low']:.4g} and {winner['high']:.4g}." in winner["told"]


def told_of(source: Any) -> str:
    return str(page_data(Reading.of(source))["winner"]["told"])


def test_how_much_of_the_best_score_is_luck_is_told() -> None:
    assert told_of(searched({"value": [1]})) == (
        "It is the only candidate, so that none of its score is luck of the choice."
    )
    alike = told_of(searched({"value": [1, 2]}))
    assert alike.startswith("None of it seems to be luck")
    assert "between" not in alike  # all splits score the same
    splits = {"split0_test_score": np.array([0.9, 0.7]), "split1_test_score": np.array([0.7, 0.9])}
    splits |= {f"mean_{what}": np.ones(2) for what in ("test_score", "fit_time", "score_time")}
    drawn = told_of({"params": [{"a": 1}, {"a": 2}], **splits})
    assert "likely to be too high by 0.1: an honest score is 0.7." in drawn


def texts_of(search: Any) -> dict[str, str]:
    return {one["id"]: one["text"] for one in page_data(Reading.of(search))["figures"]}


def test_texts_of_figures_say_no_more_than_there_is(fitted: dict[str, Any]) -> None:
    one = texts_of(searched({"value": [1]}))
    assert one["history"] == "1 candidate: 1 complete. Its mean score is 0.5."
    assert one["folds"] == "The candidate by 3 splits."
    with pytest.warns(FailedCandidatesWarning):
        two = texts_of(searched({"value": [1], "fails": [False, True]}))
    assert two["pair"].startswith("Fewer than two parameters vary")
    search = fitted["racing"]  # those that are stopped early are on some splits alone
    splits = np.array([search.cv_results_[f"split{k}_test_score"] for k in range(6)])
    means = splits[:, np.isfinite(splits).all(axis=0)].mean(axis=1)
    hard, easy = int(means.argmin()), int(means.argmax())
    assert f"Split {hard} is the hardest (mean {means[hard]:.4g}), " in texts_of(search)["folds"]
    assert f"split {easy} the easiest ({means[easy]:.4g})." in texts_of(search)["folds"]


def test_of_equals_all_figures_name_the_winner() -> None:
    texts = texts_of(searched({"value": [3, 2, 1], "fails": [False, 0]}))  # which all score 0.5
    assert texts["pair"].endswith("is at fails = False, value = 3.")
    assert texts["parallel"].endswith("the best has fails False; value 3.")


def test_the_questions_are_those_of_the_search(fitted: dict[str, Any]) -> None:
    titles = {"grid": "How do the splits differ?", "racing": "What was stopped where?"}
    for name, title in titles.items():
        assert figure_of(fitted[name], "folds")["title"] == title


def test_cells_of_a_grid_are_beside_each_other(fitted: dict[str, Any]) -> None:
    pair = figure_of(fitted["grid"], "pair")
    assert {"0.001", "0.1", "10", "1000"} in (set(pair["x"]["labels"]), set(pair["y"]["labels"]))
    for axis, low in (("x", 0), ("y", 2)):
        places = sorted({(cell[low], cell[low + 1]) for cell in pair["cells"]})
        assert places == [(k - 0.5, k + 0.5) for k in range(len(pair[axis]["labels"]))]
        assert np.ptp(np.round(pair["points"][axis])) == len(places) - 1


def test_what_is_of_one_rung_alone_says_so(fitted: dict[str, Any]) -> None:
    search = fitted["halving"]
    data = page_data(Reading.of(search))
    figures = {one["id"]: one for one in data["figures"]}
    assert data["rungs"] == [15, 5]
    for name in ("pair", "effects"):
        assert figures[name]["text"].endswith(" This is told by the 15 candidates on 30 samples.")
    assert figures["pair"]["star"] is not None
    ranks = dict(zip(data["trials"]["numbers"], data["trials"]["rank"], strict=True))
    assert [row for row in ranks if ranks[row] is not None] == list(range(15, 20))
    assert ranks[search.best_index_] == 1
    kinds = {p["name"]: len(p["rows"]) for p in figures["effects"]["panels"][0]["points"]}
    assert kinds == {"complete": 5, "earlier": 15}
    assert figures["parallel"]["text"].startswith("Of 5 candidates in the last rung, the best has ")


def test_what_the_search_did_not_finish_is_partial() -> None:
    scores = np.array([0.5, 0.6, np.nan])
    splits = {f"split{k}_test_score": np.array([0.5, 0.6, [0.7, np.nan][k]]) for k in range(2)}
    times = {name: np.ones(3) for name in ("mean_fit_time", "mean_score_time")}
    status = np.array(["ok", "ok", "partial"], dtype=object)
    params = [{"a": k} for k in range(3)]
    found = {"params": params, "mean_test_score": scores, "status": status, **splits, **times}
    assert texts_of(found)["history"].startswith("3 candidates: 2 complete, 1 partial.")


def test_a_confusion_matrix_has_its_counts(fitted: dict[str, Any]) -> None:
    figure = figure_of(fitted["racing"], "errors")
    assert sum(figure["written"]) == 120
    assert len(figure["written"]) == len(figure["cells"])
    assert all(0 < cell[4] <= 1 for cell in figure["cells"])


def test_how_long_it_took_is_told(fitted: dict[str, Any]) -> None:
    for source in (fitted["five"], fitted["five"].checkpoint_):
        assert page_data(Reading.of(source))["took"].endswith("s")
    assert page_data(Reading.of(fitted["scikit-learn's"]))["took"] is None


def test_places_between_whole_numbers_are_told_as_whole_numbers() -> None:
    depths = [{"depth": 1, "alpha": 0.5}, {"depth": 20, "alpha": 1.0}]
    assert written_at(ParamAxis.of("depth", depths), 2.93) == "3"
    assert written_at(ParamAxis.of("alpha", depths), 2.93) == "2.93"


def test_what_failed_is_below_all_scores_of_a_page(fitted: dict[str, Any]) -> None:
    figures = {one["id"]: one for one in page_data(Reading.of(fitted["failed but one"]))["figures"]}
    for name in ("history", "effects"):
        by_kind = {points["name"]: points for points in figures[name]["panels"][0]["points"]}
        assert len(by_kind["failed"]["rows"]) == 4
        assert max(by_kind["failed"]["y"]) < by_kind["complete"]["y"][0] - 0.01
