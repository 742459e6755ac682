"""Names of tests that are the same in every process."""

from __future__ import annotations

import re
from typing import Any


def without_address(value: Any) -> str:
    """Describe a value, without the place in memory where it happens to be."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
