"""Veldpermissies: what of a kind of object may be read, so that empty differs from forbidden."""

from collections.abc import Mapping
from typing import Any

from services.connector.domain.datavelden import Dataveld, datavelden_of
from services.connector.domain.doelgroep import Doelgroep
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


def tells_groups_apart(rights: Rights, doelgroep: Doelgroep, *, with_vak: bool) -> bool:
    """Whether groups show what a doelgroep limits; else all of them would seem to be outside."""
    return all(
        rights.allows(field, present=True) for field in _limited(doelgroep, with_vak=with_vak)
    )


def tells_pupils_apart(rights: Rights, doelgroep: Doelgroep) -> bool:
    """Whether a pupil's plaatsing shows what a doelgroep limits."""
    placed = rights.nested("plaatsingVeldpermissies")
    # A plaatsing has its onderwijssoort in its stamgroep, without which nothing is read at all.
    return doelgroep.leerjaren is None or placed.allows("leerjaar", present=True)


def _limited(doelgroep: Doelgroep, *, with_vak: bool) -> list[str]:
    limits = {"onderwijssoort": doelgroep.onderwijssoorten, "leerjaar": doelgroep.leerjaren}
    if with_vak:
        limits["vak"] = doelgroep.vakken
    return [field for field, limit in limits.items() if limit is not None]
