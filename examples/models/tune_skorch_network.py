"""
Tune a network of skorch
========================

skorch makes a PyTorch module an estimator, so its learning rate, width and dropout are searched
like any parameters. Candidates that will not be the best are stopped after a few splits.

.. image:: /_static/examples/tune_skorch_network.png
   :alt: Accuracy against the learning rate, the dropout and the width
"""

# sphinx_gallery_thumbnail_path = '_static/examples/tune_skorch_network.png'
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from torch import nn

from sktune import RandomSearch
from sktune.looking import ParamEffectsDisplay


class Network(nn.Module):
    def __init__(self, width=32, dropout=0.0):
        super().__init__()
        layers = nn.Linear(64, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 10)
        self.layers = nn.Sequential(*layers)

    def forward(self, X):
        return self.layers(X)


X, y = load_digits(return_X_y=True)
X, y = (X[:600] / 16).astype("float32"), y[:600]
torch.manual_seed(0)
torch.set_num_threads(1)
net = NeuralNetClassifier(
    Network,
    criterion=nn.CrossEntropyLoss,
    optimizer__momentum=0.9,
    max_epochs=10,
    train_split=None,
    verbose=0,
)
widths, dropouts = [16, 32, 64, 128], uniform(0, 0.5)
space = {"lr": loguniform(0.001, 1), "module__width": widths, "module__dropout": dropouts}
search = RandomSearch(net, space, n_iter=15, random_state=0, early_termination="racing").fit(X, y)

# %%
# Fits that were done, of 15 candidates on 5 splits.

scores = [search.cv_results_[f"split{k}_test_score"] for k in range(5)]
print(f"{np.isfinite(scores).sum()} fits done of 75")
print(f"accuracy of the best: {search.best_score_:.3f}, with lr = {search.best_params_['lr']:.2g}")

ParamEffectsDisplay.from_search(search)
plt.show()
