"""Watch a search: progress in place, a view in a notebook, and an observer of your own.

python examples/watching.py
"""

from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sktune import GridSearch, LiveView, Observer


class Records(Observer):
    """Keeps each new record, and says when it came."""

    def search_started(self, info):
        self.records = []

    def trial_finished(self, trial):
        mean = sum(o.test_scores["score"] for o in trial.finished) / len(trial.finished)
        if not self.records or mean > self.records[-1][0]:
            self.records.append((mean, trial.number))


def main():
    """Search for five seconds at most, and say what was seen."""
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(PCA(random_state=0), SVC())
    grid = {"pca__n_components": [5, 10, 20, 30], "svc__C": [0.1, 1, 10, 100]}
    records = Records()
    # in a notebook LiveView() is a table and a drawing; elsewhere it is what verbose=1 shows
    search = GridSearch(pipeline, grid, cv=5, timeout=5, observers=[LiveView(), records])
    search.fit(X, y)
    for mean, number in records.records:
        print(f"candidate {number}: {mean:.3f}")
    print(f"{search.ended_by_}: {list(search.cv_results_['status']).count('ok')} of 16 complete")


if __name__ == "__main__":
    main()
