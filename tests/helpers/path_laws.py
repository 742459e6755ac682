"""The contract of path families, with what takes longer."""

from __future__ import annotations

import pytest

from sktune.testing import PathFamilyContract


class PathLaws(PathFamilyContract):
    """From more leads, and on several splits."""

    @pytest.mark.slow
    def test_what_is_derived_from_any_is_identical_to_a_fit_of_its_own(self) -> None:
        self.compare_fits(lambda members: members if len(members) <= 8 else members[:3])

    @pytest.mark.slow
    def test_searches_with_several_splits_give_what_grid_search_gives(self) -> None:
        for case in self.cases_that_predict():
            self.compare_search(case, n_splits=2)
