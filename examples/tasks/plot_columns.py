"""
Columns of several kinds, and missing values
============================================

Numbers are filled in and scaled, categories are encoded, and all choices of the preparation are
searched together with the model. A branch of the ``ColumnTransformer`` is fitted again only
where its own parameters change.
"""

from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from sktune import GridSearch
from sktune.looking import ImportancesDisplay

# %%
# The body mass of penguins. One measurement in ten is taken away, as if it had been forgotten.

data = files("sktune") / "datasets" / "penguins.csv"
penguins = pd.read_csv(data).dropna(subset=["body_mass_g"])
X, y = penguins.drop(columns=["body_mass_g", "year"]), penguins["body_mass_g"]
numbers = X.select_dtypes("number").columns
X[numbers] = X[numbers].mask(np.random.default_rng(0).random((len(X), 3)) < 0.1)

# %%
# The pipeline, and what is to be decided about it.

prepare = make_column_transformer(
    (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
    (OneHotEncoder(handle_unknown="ignore"), ["species", "island", "sex"]),
)
model = make_pipeline(prepare, PolynomialFeatures(1), Ridge())
grid = {
    "columntransformer__pipeline__simpleimputer": [SimpleImputer(), KNNImputer()],
    "columntransformer__onehotencoder__min_frequency": [None, 60],
    "polynomialfeatures__degree": [1, 2],
    "ridge__alpha": [0.1, 1, 10, 100],
}
cv, metric = KFold(5, shuffle=True, random_state=0), "neg_root_mean_squared_error"
search = GridSearch(model, grid, cv=cv, scoring=metric).fit(X, y)
print(search.sharing_)
print(f"as written: {-cross_val_score(model, X, y, cv=cv, scoring=metric).mean():.0f} g")
print(f"the best:   {-search.best_score_:.0f} g")

# %%
# What mattered, and what did not.

ImportancesDisplay.from_search(search)
plt.show()
