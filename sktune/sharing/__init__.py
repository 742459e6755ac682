"""Work that candidates share: what is the same, and how it is done once."""

from .asked import Unshared
from .groups import Leads
from .lineage import Lineages
from .memo import Memo
from .needs import Needs
from .pieces import Piece
from .store import Store

__all__ = ["Leads", "Lineages", "Memo", "Needs", "Piece", "Store", "Unshared"]
