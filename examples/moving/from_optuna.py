"""
Moving from Optuna
==================

The objective function goes: a pipeline, a space and ``scoring`` say the same in fewer lines. What
a study has learned can be gone on with.

.. image:: /_static/examples/from_optuna.png
   :alt: The score of each candidate in turn, and the best so far
"""

# sphinx_gallery_thumbnail_path = '_static/examples/from_optuna.png'
import matplotlib.pyplot as plt
import optuna
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sktune import BayesSearch
from sktune.looking import HistoryDisplay

X, y = load_diabetes(return_X_y=True)


# %%
# With Optuna: an objective that makes the model, and scores it.


def objective(trial):
    C = trial.suggest_float("svr__C", 0.1, 1000, log=True)
    gamma = trial.suggest_float("svr__gamma", 1e-4, 1, log=True)
    model = make_pipeline(StandardScaler(), SVR(C=C, gamma=gamma))
    return cross_val_score(model, X, y, cv=5).mean()


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=20)

# %%
# With sktune: the same space. The study's trials count as tried.

model = make_pipeline(StandardScaler(), SVR())
space = {"svr__C": (0.1, 1000.0, "log-uniform"), "svr__gamma": (1e-4, 1.0, "log-uniform")}
search = BayesSearch(model, space, n_iter=15, cv=5, random_state=0, warm_start_from=study)
search.fit(X, y)
print(f"20 trials of Optuna: R² {study.best_value:.4f}")
print(f"and 15 of sktune:    R² {search.best_score_:.4f}")
print(f"the search has a fitted pipeline: R² on all data {search.score(X, y):.3f}")

# %%
# How the search went on.

HistoryDisplay.from_search(search)
plt.show()
