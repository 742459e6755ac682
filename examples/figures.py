"""Look at a search: the six figures that answer most questions, and one of them alone.

pip install "sktune[plots]"
python examples/figures.py
"""

import sys

from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import RandomSearch
from sktune.looking import ParamEffectsDisplay


def main(folder="."):
    """Search, and draw what came of it into two files."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]
    space = {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-4, 1)}
    pipeline = make_pipeline(StandardScaler(), SVC())
    search = RandomSearch(pipeline, space, n_iter=40, random_state=0, early_termination="racing")
    search.fit(X, y)
    search.plot().savefig(f"{folder}/overview.png", dpi=60)
    display = ParamEffectsDisplay.from_search(search, params=["svc__gamma"])
    display.figure_.savefig(f"{folder}/gamma.png", dpi=60)
    print("overview.png: six figures; gamma.png: the score against gamma")


if __name__ == "__main__":
    main(*sys.argv[1:])
