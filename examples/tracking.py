"""
Keep every candidate in MLflow
==============================

Each candidate is a run of its own, below a run of the search, while the search runs. No server is
needed: MLflow keeps it in a file. ``python examples/tracking.py [folder]``

.. image:: /images/mlflow.png
   :alt: MLflow's table of runs, with the candidates below the search
"""

# sphinx_gallery_thumbnail_path = 'images/mlflow.png'
import sys
import tempfile
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.tracking import MLflowTracker

try:
    import mlflow
except ImportError:
    sys.exit('This example needs MLflow: pip install "sktune[mlflow]"')

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="sktune-")).resolve()
uri = f"sqlite:///{folder}/mlflow.db"
client = mlflow.MlflowClient(uri)
client.create_experiment("breast cancer", (folder / "artifacts").as_uri())

# %%
# The tracker is an observer of the search.

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
pipeline = make_pipeline(StandardScaler(), SVC())
grid = {"svc__C": [0.1, 1, 10, 100], "svc__gamma": [0.001, 0.01, 0.1]}
tracker = MLflowTracker("breast cancer", "SVM", tracking_uri=uri, wait=60)
search = GridSearch(pipeline, grid, cv=5, observers=[tracker]).fit(X, y)

# %%
# What MLflow has of it: nothing is lost, failed candidates and their reasons neither.

parent = client.get_run(tracker.place_)
of_parent = f"tags.`mlflow.parentRunId` = '{tracker.place_}'"
children = client.search_runs([parent.info.experiment_id], of_parent)
best = parent.data.metrics["best_cv_score"]
print(f"{parent.info.run_name}: {len(children)} candidates, best score {best:.3f}")
for run in sorted(children, key=lambda run: run.info.start_time):
    print(f"{run.data.metrics['mean_test_score']:.3f} {run.data.params}")
print("\nTo look at it in a browser:")
print(f"mlflow server --host 127.0.0.1 --backend-store-uri {uri}")
