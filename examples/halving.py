"""Little for all, more for the best: successive halving on samples, and on trees.

python examples/halving.py
"""

import time

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from sktune import RandomSearch, SuccessiveHalving

SPACE = {
    "max_features": [1, 2, 4, 8, 16, 32],
    "min_samples_leaf": [1, 2, 4, 8, 16],
    "max_depth": [3, 6, 12, None],
}


def main():
    """Search three times: all candidates in full, and halved on samples and on trees."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]
    ways = {
        "every candidate, 54 trees": None,
        "halved on samples": SuccessiveHalving(factor=3, min_resources=66),
        "halved on trees": SuccessiveHalving("n_estimators", factor=3, max_resources=54),
    }
    for name, strategy in ways.items():
        forest = RandomForestClassifier(n_estimators=54, random_state=0)
        search = RandomSearch(forest, SPACE, n_iter=27, cv=3, random_state=0, strategy=strategy)
        start = time.perf_counter()
        search.fit(X, y)
        print(f"{name}: {time.perf_counter() - start:.1f} s, accuracy {search.best_score_:.3f}")
        if strategy is not None:
            rungs = zip(search.n_candidates_, search.n_resources_, strict=True)
            told = ", ".join(f"{n} with {resources}" for n, resources in rungs)
            print(f"  {told} {strategy.resource.removeprefix('n_').replace('estimators', 'trees')}")
        best = dict(search.best_params_)
        print(f"  {', '.join(f'{key}={value}' for key, value in sorted(best.items()))}")


if __name__ == "__main__":
    main()
