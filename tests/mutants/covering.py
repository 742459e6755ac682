"""The tests that run a line, by the contexts of a coverage file."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from .places import ROOT, Mutant


class Tests:
    """The tests that run a line, in the order in which they are tried."""

    def __init__(self, durations: Path) -> None:
        from coverage import CoverageData

        self._data = CoverageData(str(ROOT / ".coverage"))
        self._data.read()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        for took, test in re.findall(r"^([\d.]+)s \w+ +(tests/.*)$", durations.read_text(), re.M):
            self._seconds[test] += float(took)

    @cache  # noqa: B019 - there is one, to the end
    def _by_line(self, path: str) -> dict[int, set[str]]:
        lines = self._data.contexts_by_lineno(path)
        return {line: {test.rpartition("|")[0] for test in tests} for line, tests in lines.items()}

    def of(self, mutant: Mutant, limit: float) -> list[str]:
        """As many as take so many seconds; none if no test runs it."""
        by_line, (first, last) = self._by_line(mutant.path), mutant.lines
        found = set().union(*(by_line.get(line, ()) for line in range(first, last + 1)))
        if found == {""}:  # what is done at import, such as defaults
            found = set().union(*by_line.values())
        return self._ordered(found - {""}, mutant, limit)

    def _ordered(self, tests: set[str], mutant: Mutant, limit: float) -> list[str]:
        cases: Counter[str] = Counter()
        keyed = []
        for test in sorted(tests, key=lambda test: (self._seconds[test], test)):
            function = test.partition("[")[0]
            own = test.startswith(f"tests/{Path(mutant.path).parts[1]}/")
            keyed.append((not own, 0 if own else cases[function], self._seconds[test], test))
            cases[function] += 1
        chosen, left = [], limit
        for *_, seconds, test in sorted(keyed):
            left -= seconds + 0.01
            if left < 0 and chosen:
                break
            chosen.append(test)
        return chosen
