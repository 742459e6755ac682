"""A script of a user's, to be type-checked and not run."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, PathFamily, RacingPolicy, RandomSearch, TargetScore
from sktune.paths import adopt

X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]

search = GridSearch(SVC(), {"C": [1, 10]}, early_termination="racing", cv=2).fit(X, y)
best: dict[str, object] = search.best_params_
score: float = search.best_score_
reveal_type(search)
reveal_type(RandomSearch(SVC(), {"C": [1, 10]}, stop=TargetScore(0.9)).fit(X, y).best_params_)
reveal_type(BayesSearch(SVC(), {"C": (1, 10)}, early_termination=RacingPolicy()).fit(X, y))


def half_right(estimator: SVC, X: list[list[float]], y: list[int]) -> float:
    return 0.5 * estimator.score(X, y)


class Shrunken(PathFamily):
    def applies(self, estimator):
        return ("shrinkage",) if estimator.shrinkage >= 0 else ()

    def derive(self, fit, estimator):
        return adopt(estimator, fit.model)


pipeline = make_pipeline(StandardScaler(), LogisticRegression())
GridSearch(pipeline, {"logisticregression__C": [1]}, scoring=half_right, cv=StratifiedKFold(2))
GridSearch(SVC(), {"C": [1]}, scoring={"a": "accuracy", "b": half_right}, refit="a", cv=[(X, y)])
RandomSearch(
    SVC(), {"C": [1]}, scoring=make_scorer(max), cv=2, random_state=np.random.default_rng()
)

GridSearch(SVC(), {"C": [1]}, early_termination="raceing")  # wrong
RandomSearch(SVC(), {"C": [1]}, early_termination="raceing")  # wrong
BayesSearch(SVC(), {"C": [1]}, optimizer="pg")  # wrong
GridSearch("SVC", {"C": [1]})  # wrong
GridSearch(SVC(), {"C": [1]}, scoring=3)  # wrong
RandomSearch(SVC(), {"C": [1]}, cv=2.5)  # wrong
BayesSearch(SVC(), {"C": [1]}, random_state="seed")  # wrong
