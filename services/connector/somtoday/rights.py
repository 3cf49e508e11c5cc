"""Veldpermissies: what of a kind of object may be read, so that empty differs from forbidden."""

from collections.abc import Mapping
from typing import Any

from services.connector.domain.datavelden import Dataveld, datavelden_of
from shared.roster.document import PersonRole


class Rights:
    """The veldpermissies of one kind of object in one vestiging."""

    def __init__(self, veldpermissies: Mapping[str, Any] | None) -> None:
        """Take the block as Somtoday sends it, None when it sent none."""
        self._permissions = veldpermissies or {}

    def allows(self, field: str, *, present: bool) -> bool:
        """Whether a field may be read; one that Somtoday says nothing of, only when it is there."""
        permission = self._permissions.get(field)
        return permission if isinstance(permission, bool) else present

    def nested(self, block: str) -> "Rights":
        """The rights of objects inside this one."""
        inner = self._permissions.get(block)
        return Rights(inner if isinstance(inner, dict) else None)

    def datavelden(self, role: PersonRole) -> frozenset[Dataveld]:
        """The datavelden of a role that are expressly permitted."""
        return frozenset(
            dataveld for dataveld in datavelden_of(role) if self.allows(dataveld, present=False)
        )
