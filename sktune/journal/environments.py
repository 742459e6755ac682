"""The environments that a journal was written in, compared with this one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..environment import Differences, differences, here
from .reading import contents_at


def same_environment(source: Any) -> Differences:
    """Tell what differs here from where a search was run.

    Compared are the machine, the libraries of linear algebra and their threads, the versions of
    the packages that took part, and the git commit. Where the search was gone on with elsewhere,
    each of its environments is compared.

    Parameters
    ----------
    source : str, path-like, fitted search or mapping
        The file of a checkpoint; or a search, or its `environment_`.

    Returns
    -------
    differences : Differences
        A sequence, those that may change results first; false if there are none. Each has a
        ``name``, ``then``, ``now`` and ``may_change_results``. It prints as text.

    Raises
    ------
    CheckpointError
        If there is no such file, or it cannot be relied on.
    TypeError
        If the source is none of these.

    Examples
    --------
    >>> import sktune
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> search = sktune.GridSearch(SVC(), {"C": [1, 10]}).fit(*load_iris(return_X_y=True))
    >>> sktune.same_environment(search)
    The environment is the same.
    >>> elsewhere = search.environment_ | {"cpu": "an older one"}
    >>> [difference.name for difference in sktune.same_environment(elsewhere)]
    ['cpu']
    """
    if isinstance(source, str | os.PathLike):
        environments = contents_at(source).environments
    else:
        environments = [getattr(source, "environment_", source)]
    if not all(isinstance(one, Mapping) for one in environments):
        raise TypeError(
            f"source is a {type(source).__name__}; pass the path of a checkpoint, a fitted search, "
            "or its environment_."
        )
    found = (one for then in environments for one in differences(then, here(then)))
    return Differences({(one.name, str(one.then)): one for one in found}.values())
