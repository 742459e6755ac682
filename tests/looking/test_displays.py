"""The contract of displays, over all of them and over searches of all kinds."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure

from sktune import GridSearch, looking
from sktune.looking import Display, ImportancesDisplay, overview
from sktune.looking.display import BLUE, GREY, ORANGE, RED, SKY
from sktune.looking.importances import Importances
from sktune.looking.report.data import page_data
from sktune.looking.report.reading import Reading
from tests.helpers.laws import in_turn

from ..helpers.pictures import faults

DISPLAYS = [
    value
    for value in vars(looking).values()
    if isinstance(value, type) and issubclass(value, Display) and value is not Display
]
KINDS = [
    "grid", "scikit-learn's", "five", "hundreds", "racing", "halving", "conditional", "boosting",
    "failed but one", "all alike",
]  # fmt: skip
NOTHING_TO_DRAW = {
    ("ImportancesDisplay", "failed but one"),
    ("ImportancesDisplay", "all alike"),
    ("ParamEffectsDisplay", "all alike"),
    ("ParallelCoordinatesDisplay", "all alike"),
    ("RivalsDisplay", "failed but one"),
    *(("ParamPairDisplay", kind) for kind in ("five", "boosting", "failed but one", "all alike")),
    ("TimelineDisplay", "scikit-learn's"),
    *(("CurvesDisplay", kind) for kind in KINDS if kind != "boosting"),
    *(("OutOfFoldDisplay", kind) for kind in KINDS if kind != "racing"),
    *(("RungsDisplay", kind) for kind in KINDS if kind != "halving"),
    *(("SeveralMetricsDisplay", kind) for kind in KINDS if kind != "conditional"),
}


@pytest.mark.parametrize(("kind", "display"), in_turn(KINDS, DISPLAYS, every=2))
def test_every_display_draws_every_search_or_says_why_not(
    display: type[Display], kind: str, fitted: dict[str, Any]
) -> None:
    search = fitted[kind]
    if (display.__name__, kind) in NOTHING_TO_DRAW:
        with pytest.raises(ValueError, match=r"^[a-z ]+"):
            display.from_search(search)
        return
    drawn = display.from_search(search)
    assert isinstance(drawn.figure_, Figure)
    assert faults(drawn.figure_) == []
    assert all(ax.figure is drawn.figure_ for ax in np.ravel(drawn.ax_))
    kept = [name for name in vars(drawn) if name.endswith("_") and name not in ("ax_", "figure_")]
    assert kept, "the artists are kept"
    if kind in ("hundreds", "halving", "conditional", "scikit-learn's"):
        _, small = pyplot.subplots(figsize=(3.6, 3.4), layout="constrained")  # as a phone is wide
        assert drawn.plot(small) is drawn
        assert faults(drawn.figure_) == []
    if kind == "hundreds":  # which takes its time, and differs in nothing but its size
        return
    if display is looking.TimelineDisplay:  # of which cv_results_ tells nothing
        with pytest.raises(ValueError, match="no times of start: cv_results_ alone has none"):
            display.from_cv_results(search.cv_results_)
        return
    if display is looking.CurvesDisplay:
        with pytest.raises(ValueError, match="from the search itself or its checkpoint"):
            display.from_cv_results(search.cv_results_)
        return
    if display is looking.OutOfFoldDisplay:
        with pytest.raises(ValueError, match="cv_results_ and checkpoints have not"):
            display.from_cv_results(search.cv_results_)
        return
    if kind == "conditional":
        again = display.from_cv_results(search.cv_results_, metric=_metric(search))
    else:
        again = display.of(looking.Record.of(search.cv_results_))
    _assert_same_data(vars(drawn), vars(again), ignoring=("rivals",))


def _metric(search: Any) -> str | None:
    return search.refit if isinstance(search.refit, str) else None


def _assert_same_data(a: Any, b: Any, ignoring: tuple[str, ...] = ()) -> None:
    """Compare what is shown; what is drawn ends with an underscore."""
    shown = {name for name in a if not name.endswith("_")} - set(ignoring)
    for name in shown:
        mine, other = a[name], b[name]
        if hasattr(mine, "__dataclass_fields__"):
            _assert_same_data(
                {k: getattr(mine, k) for k in mine.__dataclass_fields__},
                {k: getattr(other, k) for k in other.__dataclass_fields__},
            )
        elif name in ("axes", "bands", "limits"):  # which cv_results_ alone do not tell
            assert len(mine) == len(other)
        else:
            np.testing.assert_equal(mine, other)


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda d: d.__name__)
def test_what_is_made_without_drawing_is_drawn_where_one_says(
    display: type[Display], fitted: dict[str, Any]
) -> None:
    only = {"SeveralMetricsDisplay": "conditional", "CurvesDisplay": "boosting"}
    only["OutOfFoldDisplay"] = "racing"
    search = fitted[only.get(display.__name__, "halving")]
    figure, ax = pyplot.subplots()
    made = display.of(looking.Record.of(search))
    assert not hasattr(made, "ax_")
    made.plot(ax)
    assert made.figure_ is figure


def test_a_checkpoint_is_drawn_as_its_search(fitted: dict[str, Any]) -> None:
    search = fitted["five"]
    of_search = looking.HistoryDisplay.from_search(search).history
    of_file = looking.HistoryDisplay.from_journal(search.checkpoint_).history
    np.testing.assert_array_equal(of_search.scores, of_file.scores)
    np.testing.assert_array_equal(of_search.best_so_far, of_file.best_so_far)


def test_curves_are_of_each_fit_and_those_given_up_are_grey(fitted: dict[str, Any]) -> None:
    search = fitted["boosting"]
    drawn = looking.CurvesDisplay.from_search(search)
    data = drawn.curves
    of_file = looking.CurvesDisplay.from_journal(search.checkpoint_)
    _assert_same_data({"curves": data}, {"curves": of_file.curves})
    assert data.given_up.any()
    for k, (row, split) in enumerate(zip(data.rows, data.splits, strict=True)):
        at, values = data.curves[k]
        made = search.cv_results_[f"split{split}_n_rounds"][row]
        assert data.chosen(k) == min(values) or data.given_up[k] or made == 60
        assert (at[-1] if data.given_up[k] else data.found[k]) == made
        colour = ORANGE if row == search.best_index_ else GREY if data.given_up[k] else BLUE
        assert drawn.lines_[k].get_color() == colour
    assert len(drawn.dots_.get_offsets()) == (~data.given_up).sum()
    again = pickle.loads(pickle.dumps(search))
    _assert_same_data({"curves": data}, {"curves": looking.CurvesDisplay.from_search(again).curves})


# the panels are drawn of all kinds by themselves
@pytest.mark.parametrize("kind", ["racing", "halving", "conditional", "all alike", "five"])
def test_the_overview_answers_six_questions(kind: str, fitted: dict[str, Any]) -> None:
    figure = overview(fitted[kind])
    assert faults(figure) == []
    assert sum("?" in ax.get_title() and ax.axison for ax in figure.axes) == (
        4 if kind == "all alike" else 6
    )


def test_a_search_draws_itself(fitted: dict[str, Any]) -> None:
    assert isinstance(fitted["grid"].plot(), Figure)
    assert isinstance(fitted["conditional"].plot(metric="f1"), Figure)


def test_intervals_of_importances_are_shares() -> None:
    data = Importances("score", ["a", "b", "c"], [0.9, 0.1, 1.0], [0.3, 0.2, 0.0])
    drawn = ImportancesDisplay(importances=data).plot()
    _, _, [whiskers] = drawn.bars_.errorbar.lines
    ends = [segment[:, 0].tolist() for segment in whiskers.get_segments()]
    assert ends == pytest.approx(np.array([[0.6, 1.0], [0.0, 0.3], [1.0, 1.0]]))


def test_importances_of_grids_tell_what_matters(fitted: dict[str, Any]) -> None:
    found = fitted["hundreds"].param_importances_
    assert [one.name for one in found[:3]] == ["p0", "p1", "p2"]
    assert found[0].importance > 0.5 > 0.1 > found[3].importance
    assert not hasattr(fitted["all alike"], "param_importances_")
    assert hasattr(fitted["conditional"], "param_importances_")


def test_a_metric_is_chosen_by_name(fitted: dict[str, Any]) -> None:
    search = fitted["conditional"]
    shown = looking.HistoryDisplay.from_search(search, metric="f1")
    np.testing.assert_array_equal(shown.history.scores, search.cv_results_["mean_test_f1"])
    assert shown.ax_.get_ylabel() == "mean f1"
    with pytest.raises(ValueError, match=r"metric='f2' is none of the metrics \['accuracy'"):
        looking.HistoryDisplay.from_search(search, metric="f2")


def test_parameters_are_chosen_by_name(fitted: dict[str, Any]) -> None:
    search = fitted["hundreds"]
    shown = looking.ParamEffectsDisplay.from_search(search, params=["p7", "p0"])
    assert [ax.get_xlabel() for ax in shown.ax_] == ["p7", "p0"]
    pair = looking.ParamPairDisplay.from_search(search, params=("p3", "p4")).pair
    assert (pair.x.name, pair.y.name) == ("p3", "p4")
    for display in (looking.ParamEffectsDisplay, looking.ParallelCoordinatesDisplay):
        with pytest.raises(ValueError, match="'C' is none of the parameters"):
            display.from_search(search, params=["C"])
    with pytest.raises(ValueError, match="pass two of the parameters"):
        looking.ParamPairDisplay.from_search(search, params=("p3",))


def test_styles_replace_the_displays_own(fitted: dict[str, Any]) -> None:
    shown = looking.HistoryDisplay.from_search(
        fitted["grid"], points_kwargs={"color": "black"}, line_kwargs={"linewidth": 7}
    )
    assert shown.line_.get_linewidth() == 7
    assert shown.points_["complete"].get_facecolor()[0, :3].tolist() == [0, 0, 0]


def test_what_is_not_fitted_is_refused() -> None:
    from sklearn.svm import SVC

    with pytest.raises(TypeError, match="has no cv_results_; pass a fitted search"):
        looking.HistoryDisplay.from_search(GridSearch(SVC(), {"C": [1]}))


def test_without_matplotlib_the_remedy_is_told(
    fitted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"figures need matplotlib: pip install matplotlib$"):
        fitted["grid"].plot()


@pytest.mark.parametrize("size", [(6.4, 4.0), (3.9, 3.6)])
@pytest.mark.parametrize("kind", ["grid", "failed but one", "racing", "halving", "conditional"])
def test_legends_hide_no_point_where_there_is_room(
    kind: str, size: tuple[float, float], fitted: dict[str, Any]
) -> None:
    for display in (looking.HistoryDisplay, looking.ScoreTimeDisplay):
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
        shown = display.from_search(fitted[kind], ax=ax)
        shown.figure_.draw_without_rendering()
        box = shown.ax_.get_legend().get_window_extent()
        for points in shown.ax_.collections:
            at = points.get_offset_transform().transform(points.get_offsets())
            assert not any(box.contains(x, y) for x, y in at), display


def test_beside_a_legend_there_are_no_ticks(fitted: dict[str, Any]) -> None:
    """Above all points there is room for it, at scores that are none: an accuracy of 1.1."""
    history = looking.HistoryDisplay.from_search(fitted["grid"]).history
    scores = np.linspace(0.2, 1.0, len(history.scores))
    history = replace(history, scores=scores, best_so_far=np.maximum.accumulate(scores))
    _, ax = pyplot.subplots(figsize=(2.6, 2.2), layout="constrained")
    looking.HistoryDisplay(history=history).plot(ax)
    bottom, top = ax.get_ylim()
    shown_at = [tick for tick in ax.get_yticks() if bottom <= tick <= top]
    assert top > 1.1
    assert len(shown_at) > 1
    assert max(shown_at) <= 1.04


def test_the_region_is_of_parameters_that_the_best_candidate_has(fitted: dict[str, Any]) -> None:
    search = fitted["conditional"]
    pair = looking.ParamPairDisplay.from_search(search).pair
    of_best = search.best_params_.keys()
    assert {pair.x.name, pair.y.name} <= of_best or len(of_best) < 3  # one of them is constant


def test_axes_of_whole_numbers_have_whole_ticks(fitted: dict[str, Any]) -> None:
    shown = looking.ParamEffectsDisplay.from_search(fitted["halving"], params=["max_depth"])
    assert all(tick == round(tick) for tick in shown.ax_[0].get_xticks())


def test_candidates_that_lack_scores_are_grey_lines(fitted: dict[str, Any]) -> None:
    for kind, n_scored in (("failed but one", 1), ("grid", 12)):
        shown = looking.ParallelCoordinatesDisplay.from_search(fitted[kind])
        n = len(fitted[kind].cv_results_["params"])
        assert len(shown.lines_.get_segments()) == n_scored
        assert len(shown.lacking_.get_segments()) == n - n_scored
    racing = fitted["racing"]
    shown = looking.ParallelCoordinatesDisplay.from_search(racing)
    n_stopped = (racing.cv_results_["status"] == "stopped").sum()
    assert len(shown.lacking_.get_segments()) == n_stopped > 0
    assert all(line[-1, 1] < 0 for line in shown.lacking_.get_segments())  # below the score's axis


def test_lines_do_not_cross_the_labels_of_parallel_axes(fitted: dict[str, Any]) -> None:
    with pyplot.style.context("dark_background"):
        shown = looking.ParallelCoordinatesDisplay.from_search(fitted["grid"])
    assert shown.ax_.texts
    for text in shown.ax_.texts:
        assert text.get_bbox_patch().get_facecolor()[:3] == shown.ax_.get_facecolor()[:3]
        assert text.get_zorder() > shown.lines_.get_zorder()


def test_what_failed_is_below_all_scores(fitted: dict[str, Any]) -> None:
    search = fitted["failed but one"]
    shown = looking.HistoryDisplay.from_search(search)
    best = shown.points_["complete"].get_offsets()[:, 1]
    assert (shown.points_["failed"].get_offsets()[:, 1] < best - 0.01).all()
    effects = looking.ParamEffectsDisplay.from_search(search)
    heights = [float(y) for part in effects.ax_[0].collections for y in part.get_offsets()[:, 1]]
    assert sum(height < best[0] - 0.01 for height in heights) == 4
    low, high = effects.ax_[0].get_xlim()
    assert low <= 1
    assert high >= 5  # what failed is there as well


def test_axes_of_a_single_candidate_are_about_its_score(fitted: dict[str, Any]) -> None:
    one = looking.Record.of(fitted["five"]).only(np.array([fitted["five"].best_index_]))
    shown = looking.HistoryDisplay.of(one).plot()
    low, high = shown.ax_.get_ylim()
    assert 0.5 < low < one.means[0] < high < 1.1
    assert shown.ax_.get_xticks().tolist() == [0]


COLOURS = (BLUE, ORANGE, SKY, RED, GREY)
# linear light of what long and middle cones tell apart no more (Viénot, Brettel & Mollon 1999)
DEUTERANOPIA = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1]])


def test_colours_differ_also_for_those_who_do_not_see_green() -> None:
    from matplotlib.colors import to_rgb

    light = np.array([to_rgb(colour) for colour in COLOURS]) ** 2.2
    seen = np.clip(light @ DEUTERANOPIA.T, 0, 1) ** (1 / 2.2)
    apart = [np.abs(a - b).sum() for k, a in enumerate(seen) for b in seen[:k]]
    assert min(apart) > 0.25


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize(
    ("display", "kind"),
    [("HistoryDisplay", "grid"), ("ParamEffectsDisplay", "grid"), ("ScoreTimeDisplay", "grid"),
     ("SeveralMetricsDisplay", "conditional"), ("RungsDisplay", "halving"),
     ("CurvesDisplay", "boosting"), ("RivalsDisplay", "grid")],
)  # fmt: skip
def test_points_stand_out_from_any_ground(
    display: str, kind: str, style: str, fitted: dict[str, Any]
) -> None:
    with pyplot.style.context(style):
        shown = getattr(looking, display).from_search(fitted[kind])
    for ax in shown.figure_.axes:
        ground = np.array(to_rgb(ax.get_facecolor()))
        found = [color for points in ax.collections for color in points.get_facecolors()]
        found += [to_rgba(line.get_color(), line.get_alpha()) for line in ax.lines]
        for *color, alpha in found:
            if tuple(np.round(color, 2)) in {tuple(np.round(to_rgb(c), 2)) for c in (BLUE, SKY)}:
                seen = alpha * np.array(color) + (1 - alpha) * ground
                assert _contrast(seen, ground) > 2.6


def _contrast(one: Any, other: Any) -> float:
    """Return the ratio of luminances, as the web's guidelines have it."""
    low, high = sorted(float(np.array(c) ** 2.2 @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_no_contour_is_beyond_what_is_expected(fitted: dict[str, Any]) -> None:
    shown = looking.ParamPairDisplay.from_search(fitted["hundreds"], params=("p0", "p1"))
    mean = shown.pair.surface[2]
    assert (shown.im_.levels.min(), shown.im_.levels.max()) == (mean.min(), mean.max())
    assert len(shown.colorbar_.get_ticks()) <= 7


def test_the_best_line_of_rungs_is_above_the_others(fitted: dict[str, Any]) -> None:
    shown = looking.RungsDisplay.from_search(fitted["halving"])
    orders = {line.get_color(): line.get_zorder() for line in shown.lines_}
    assert max(orders, key=lambda color: orders[color]) == ORANGE
    assert len(set(orders.values())) == len(orders)


@pytest.mark.parametrize("values", [(1.2e-3, 0.0151), (1e-3, 0.09), (10.5, 940.0), (0.0, 0.0211)])
def test_long_numbers_below_small_panels_are_beside_each_other(values: tuple[float, ...]) -> None:
    params = [{"a": a, "b": 1 - a} for a in np.linspace(*values, 9)]
    params += [{"a": a, "b": 1 - a} for a in np.geomspace(values[0] + 1e-9, values[1], 9)]
    scores = np.linspace(0, 1, 18)
    results = dict.fromkeys(("mean_test_score", "mean_fit_time", "mean_score_time"), scores)
    results |= {f"split{k}_test_score": scores for k in range(2)}
    _, small = pyplot.subplots(figsize=(3.6, 3), layout="constrained")
    for ax in (None, small):
        display = looking.ParamEffectsDisplay.from_cv_results({"params": params, **results}, ax=ax)
        assert faults(display.figure_) == []


def test_times_that_hardly_differ_have_short_numbers() -> None:
    scores, seconds = np.array([0.5, 0.6, 0.7]), np.array([6.62e-4, 6.63e-4, 6.64e-4])
    results = {"mean_test_score": scores, "mean_fit_time": seconds, "mean_score_time": seconds}
    results |= {f"split{k}_test_score": scores for k in range(2)}
    params = [{"a": k} for k in range(3)]
    for size in ((6.4, 4.0), (4.2, 3.6)):
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
        looking.ScoreTimeDisplay.from_cv_results({"params": params, **results}, ax=ax)
        assert faults(ax.figure) == []
        ax.figure.draw_without_rendering()
        assert max(len(label.get_text()) for label in ax.get_xticklabels()) <= 7
    page = page_data(Reading.of({"params": params, **results}))
    [axis] = [f["panels"][0]["x"] for f in page["figures"] if f["id"] == "time"]
    low, high = axis["span"]
    assert low < 6.62e-4 < 6.64e-4 < high
    assert high - low > 0.04 * high
