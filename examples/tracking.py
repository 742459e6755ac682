"""Keep every candidate where experiments are kept: in MLflow, without a server.

python examples/tracking.py [folder]
"""

import sys
import tempfile
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.tracking import MLflowTracker


def main(folder):
    """Track a grid of twelve candidates, and print what MLflow has of it."""
    uri = f"sqlite:///{folder}/mlflow.db"
    try:
        import mlflow
    except ImportError:
        sys.exit('This example needs MLflow: pip install "sktune[mlflow]"')
    client = mlflow.MlflowClient(uri)
    client.create_experiment("breast cancer", (folder / "artifacts").as_uri())
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), SVC())
    grid = {"svc__C": [0.1, 1, 10, 100], "svc__gamma": [0.001, 0.01, 0.1]}
    tracker = MLflowTracker("breast cancer", "SVM", tracking_uri=uri, wait=60)
    search = GridSearch(pipeline, grid, cv=5, observers=[tracker])
    search.fit(X, y)

    parent = client.get_run(tracker.place_)
    print(f"{parent.info.run_name}: best score {parent.data.metrics['best_cv_score']:.3f}")
    of_parent = f"tags.`mlflow.parentRunId` = '{tracker.place_}'"
    children = client.search_runs([parent.info.experiment_id], of_parent)
    for run in sorted(children, key=lambda run: run.info.start_time):
        print(f"{run.data.metrics['mean_test_score']:.3f} {run.data.params}")
    print("\nTo look at it in a browser:")
    print(f"mlflow server --host 127.0.0.1 --backend-store-uri {uri}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="sktune-")).resolve())
