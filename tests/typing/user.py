"""A script of a user's, to be type-checked and not run."""

from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RacingPolicy, RandomSearch, TargetScore

X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]

search = GridSearch(SVC(), {"C": [1, 10]}, early_termination="racing", cv=2).fit(X, y)
best: dict[str, object] = search.best_params_
score: float = search.best_score_
reveal_type(search)
reveal_type(RandomSearch(SVC(), {"C": [1, 10]}, stop=TargetScore(0.9)).fit(X, y).best_params_)
reveal_type(BayesSearch(SVC(), {"C": (1, 10)}, early_termination=RacingPolicy()).fit(X, y))

GridSearch(SVC(), {"C": [1]}, early_termination="raceing")
RandomSearch(SVC(), {"C": [1]}, early_termination="raceing")
BayesSearch(SVC(), {"C": [1]}, optimizer="pg")
