"""
Search on a Dask cluster
========================

A client of Dask is an executor. The journal is that of any search: any other engine can go on
from it. Here the cluster is two processes of this machine; on a real one only the cluster is
another: ``SLURMCluster(...)`` of dask-jobqueue, ``KubeCluster(...)``, ``coiled.Cluster(...)``.

.. image:: /_static/examples/dask_cluster.png
   :alt: Two workers, and when each evaluated which candidate
"""

# sphinx_gallery_thumbnail_path = '_static/examples/dask_cluster.png'
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from distributed import Client, LocalCluster
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch
from sktune.looking import TimelineDisplay


def main():
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(PCA(random_state=0), SVC())
    grid = {"pca__n_components": [10, 20], "svc__C": [1, 10]}
    space = {"pca__n_components": (5, 30), "svc__C": (0.1, 100.0, "log-uniform")}
    options = {"n_iter": 8, "n_points": 2, "random_state": 0}
    journal = Path(tempfile.mkdtemp(), "search.jsonl")
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        search = GridSearch(pipeline, grid, cv=3, executor=client, checkpoint=journal).fit(X, y)
        print(f"on {len(client.nthreads())} workers: {search.best_params_}")
        bayes = BayesSearch(pipeline, space, cv=3, executor=client, **options).fit(X, y)
        print(f"Bayesian search: {bayes.best_score_:.3f}")

    # what was found on the cluster is in the journal: here nothing is fitted again but the best
    again = GridSearch(pipeline, grid, cv=3, checkpoint=journal).fit(X, y)
    print(f"without the cluster: {again.best_params_ == search.best_params_}")
    TimelineDisplay.from_search(bayes)
    plt.show()


if __name__ == "__main__":
    main()
