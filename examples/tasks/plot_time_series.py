"""
Time series
===========

What comes later must be predicted from what came before, in the search too. How many years to
look back is a parameter of the pipeline like any other.
"""

from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures

from sktune import GridSearch

# %%
# Sunspots of each year since 1700. From up to 25 years before, the next one is predicted; the
# last 60 years wait until the end.

data = files("sktune") / "datasets" / "sunspots.csv"
years, spots = np.loadtxt(data, delimiter=",", skiprows=1, unpack=True)
X, y, years = sliding_window_view(spots, 25)[:-1], spots[25:], years[25:]
X_train, X_test, y_train, y_test = X[:-60], X[-60:], y[:-60], y[-60:]


def last(X, n=1):
    return X[:, -n:]


model = make_pipeline(FunctionTransformer(last), PolynomialFeatures(), Ridge())
grid = {
    "functiontransformer__kw_args": [{"n": n} for n in (1, 2, 3, 6, 9, 12, 18, 25)],
    "polynomialfeatures__degree": [1, 2],
    "ridge__alpha": [0.1, 1, 10, 100],
}
search = GridSearch(model, grid, cv=TimeSeriesSplit(5), scoring="neg_mean_absolute_error")
search.fit(X_train, y_train)
print(search.sharing_)

# %%
# The mean error over the last 60 years.

print(f"as in the year before:     {np.abs(y_test - X_test[:, -1]).mean():.1f} spots")
print(f"the best of the search:    {-search.score(X_test, y_test):.1f} spots")

# %%
# The sun's cycle of eleven years, and what was predicted of it.

plt.plot(years[-60:], y_test, "o-", label="observed")
plt.plot(years[-60:], search.predict(X_test), label="predicted a year before")
plt.ylabel("sunspots")
plt.legend()
plt.show()
