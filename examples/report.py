"""Write a report of a search while it runs: one file, to be opened in a browser.

python examples/report.py
python -m sktune watch search.jsonl  # meanwhile, or afterwards: the same page, current
"""

import sys

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import RandomSearch, Report


def main(folder="."):
    """Search, with a report that is renewed on the way."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]
    space = {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-4, 1)}
    pipeline = make_pipeline(StandardScaler(), SVC())
    report, path = Report(f"{folder}/report.html"), f"{folder}/search.jsonl"
    search = RandomSearch(
        pipeline, space, n_iter=40, random_state=0, observers=[report], checkpoint=path
    )
    search.fit(X, y)
    print(f"open {folder}/report.html in a browser")


if __name__ == "__main__":
    main(*sys.argv[1:])
