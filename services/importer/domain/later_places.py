"""Where people came since an import that is taken back."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from services.importer.domain.roster import Group, Membership, Roster
from shared.roster.document import GroupKind


class LaterPlaces:
    """The memberships that began since, by person and by group."""

    def __init__(self, roster: Roster, begun: Collection[UUID]) -> None:
        """Of the memberships that run, those that had `begun` since."""
        self._groups = roster.groups
        self._of: dict[UUID, list[Membership]] = defaultdict(list)
        self._into: dict[UUID, set[UUID]] = defaultdict(set)
        since = frozenset(begun)
        for one in roster.memberships.values() if since else ():
            if one.active and one.id in since:
                self._of[one.person_id].append(one)
                self._into[one.group_id].add(one.person_id)

    def joined(self, group_id: UUID) -> set[UUID]:
        """Who came into a group."""
        return self._into.get(group_id, set())

    def has_other(self, membership: Membership, leaving: Collection[UUID]) -> bool:
        """Whether somebody came into another class, or group of the vak, which is not leaving."""
        group = self._groups[membership.group_id]
        return any(
            one.role is membership.role
            and one.group_id not in leaving
            and _is_instead(self._groups[one.group_id], group)
            for one in self._of.get(membership.person_id, ())
        )


def _is_instead(other: Group, group: Group) -> bool:
    """Whether nobody is in both: there is one class, and one group of a vak."""
    vak = group.fields.get("vak")
    is_class = group.kind is GroupKind.STAMGROEP
    is_of_vak = vak is not None and other.fields.get("vak") == vak
    return other.kind is group.kind and (is_class or is_of_vak)
