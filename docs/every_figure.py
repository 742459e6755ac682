"""Draw every display of a few searches, and a report, as the documentation shows them.

pip install "sktune[plots]"
python docs/every_figure.py folder
"""

import sys
from pathlib import Path

from scipy.stats import loguniform, randint
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving, looking

PIPELINE = make_pipeline(StandardScaler(), SVC())
SPACE = {
    "svc__C": loguniform(1e-2, 1e3),
    "svc__gamma": loguniform(1e-4, 1),
    "svc__kernel": ["rbf", "poly"],
}
GRID = {"svc__C": [0.01, 0.1, 1, 10, 100], "svc__gamma": [1e-4, 1e-3, 1e-2, 1e-1]}
TREE = {"max_depth": randint(1, 16), "min_samples_leaf": randint(1, 30)}
RANGES = {"svc__C": (1e-2, 1e3, "log-uniform"), "svc__gamma": (1e-4, 1.0, "log-uniform")}


def searches():
    """Return searches of four kinds, not fitted yet."""
    tree, metrics = DecisionTreeClassifier(random_state=0), ["accuracy", "neg_log_loss", "f1_macro"]
    halving = SuccessiveHalving(min_resources=60)
    racing = {"early_termination": "racing", "n_jobs": 2, "cv": 8}
    return {
        "racing": RandomSearch(PIPELINE, SPACE, n_iter=40, random_state=0, **racing),
        "grid": GridSearch(PIPELINE, GRID, cv=3),
        "bayes": BayesSearch(PIPELINE, RANGES, n_iter=25, cv=3, random_state=0),
        "halving": RandomSearch(tree, TREE, n_iter=27, random_state=0, strategy=halving),
        "metrics": RandomSearch(
            tree, TREE, n_iter=40, cv=3, random_state=0, scoring=metrics, refit="accuracy"
        ),
    }


FIGURES = {
    "history": ("racing", looking.HistoryDisplay),
    "param_effects": ("racing", looking.ParamEffectsDisplay),
    "heat_map": ("grid", looking.ParamPairDisplay),
    "contour": ("bayes", looking.ParamPairDisplay),
    "importances": ("racing", looking.ImportancesDisplay),
    "parallel_coordinates": ("racing", looking.ParallelCoordinatesDisplay),
    "folds": ("racing", looking.FoldsDisplay),
    "timeline": ("racing", looking.TimelineDisplay),
    "score_time": ("racing", looking.ScoreTimeDisplay),
    "rivals": ("racing", looking.RivalsDisplay),
    "rungs": ("halving", looking.RungsDisplay),
    "several_metrics": ("metrics", looking.SeveralMetricsDisplay),
}


def main(folder):
    """Search, and write a file for each figure, and the report of one search."""
    from matplotlib import pyplot

    place = Path(folder)
    (place / "report").mkdir(parents=True, exist_ok=True)
    X, y = load_digits(return_X_y=True)
    fitted = {name: search.fit(X[:400], y[:400]) for name, search in searches().items()}
    for name, (kind, display) in FIGURES.items():
        display.from_search(fitted[kind]).figure_.savefig(place / f"{name}.png", dpi=110)
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
    looking.HistoryDisplay.from_search(fitted["racing"], ax=axes[0])
    looking.ParamPairDisplay.from_search(fitted["bayes"], ax=axes[1])
    looking.RivalsDisplay.from_search(fitted["racing"], ax=axes[2])
    questions = ("Did it converge?", "Where is the good region?", "Is the winner really better?")
    for ax, question in zip(axes, questions, strict=True):
        ax.set_title(question)
    figure.savefig(place / "three_questions.png", dpi=80)
    pyplot.close("all")
    fitted["racing"].report(place / "report" / "report_of_a_search.html")
    print(f"{len(FIGURES) + 1} figures and a report in {place}")


if __name__ == "__main__":
    main(*sys.argv[1:])
