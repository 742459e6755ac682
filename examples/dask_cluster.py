"""Search on a Dask cluster, with a journal that any other engine can go on from.

Here the cluster is two processes of this machine. On a real one only the cluster is another:
`SLURMCluster(...)` of dask-jobqueue, `KubeCluster(...)`, `coiled.Cluster(...)`.
"""

import tempfile
from pathlib import Path

from distributed import Client, LocalCluster
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, read_journal


def main() -> None:
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(PCA(random_state=0), SVC())
    grid = {"pca__n_components": [10, 20], "svc__C": [1, 10]}
    journal = Path(tempfile.mkdtemp(), "search.jsonl")

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        search = GridSearch(pipeline, grid, cv=3, executor=client, checkpoint=journal).fit(X, y)
        print(f"on {len(client.nthreads())} workers:", search.best_params_)

        space = {"pca__n_components": (5, 30), "svc__C": (0.1, 100.0, "log-uniform")}
        bayes = BayesSearch(
            pipeline, space, n_iter=8, n_points=2, cv=3, random_state=0, executor=client
        ).fit(X, y)
        print("Bayesian search:", round(bayes.best_score_, 3))

    # what was found on the cluster is in the journal: here nothing is fitted again but the best
    again = GridSearch(pipeline, grid, cv=3, checkpoint=journal).fit(X, y)
    print("without the cluster:", again.best_params_ == search.best_params_)
    print(len(read_journal(journal)), "fits and candidates are recorded")


if __name__ == "__main__":
    main()
