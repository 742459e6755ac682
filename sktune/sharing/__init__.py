"""Work that candidates share: what is the same, and how it is done once."""

from .fit_request import Unshared
from .groups import Lead, Leads, Member
from .lineage import Lineages
from .memo import Memo
from .pending_uses import PendingUses
from .pieces import Piece
from .store import ProcessStore, TaskStore

__all__ = [
    "Lead",
    "Leads",
    "Lineages",
    "Member",
    "Memo",
    "PendingUses",
    "Piece",
    "ProcessStore",
    "TaskStore",
    "Unshared",
]
