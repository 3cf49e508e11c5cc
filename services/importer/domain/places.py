"""Where the subject of a change is: its klas (stamgroep) and vestiging, for screen and brakes.

Every vestiging may have its 1A. So a klas is told by its name and its own vestiging; a pupil who is
at another counts in the klas that they are in. Only where the klas names none (a list without
vestigingen) is it the pupil's.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from services.importer.domain.brake import Place, Scope
from services.importer.domain.change import COMES, Change, ChangeKind
from services.importer.domain.roster import Roster
from shared.roster.document import GroupKind, MemberRole

_VESTIGING = "vestiging_code"


class Klas(NamedTuple):
    """A stamgroep as people tell it from others."""

    name: str
    vestiging: str | None = None


def places_of_person(role: str, klas: Klas | None, vestiging: str | None) -> Iterator[Place]:
    """Everything that somebody is one of, of which a share may be taken."""
    yield Place(Scope.SCHOOL)
    yield Place(Scope.ROLE, str(role))
    if vestiging is not None:
        yield Place(Scope.VESTIGING, vestiging)
    if klas is not None:
        yield Place(Scope.KLAS, *klas)


class Places:
    """The klas and vestiging of everybody in a roster, and of who a plan would add to it."""

    def __init__(self, roster: Roster, changes: Iterable[Change]) -> None:
        """Read the roster's running memberships once, and the plan's additions."""
        self._roster = roster
        coming = [one for one in changes if one.action in COMES]
        joins = [one for one in coming if one.kind is ChangeKind.MEMBERSHIP]
        self._added = {
            one.subject_id: one for one in coming if one.kind is not ChangeKind.MEMBERSHIP
        }
        self._klas: dict[UUID, Klas] = {}
        for membership in roster.memberships.values():
            if membership.active and membership.role is MemberRole.PUPIL:
                self._note(membership.person_id, membership.group_id)
        already = set(self._klas)
        for join in joins:
            if join.role == MemberRole.PUPIL and join.person_id not in already:
                self._note(join.person_id, join.group_id)

    def klas(self, person_id: UUID | None) -> Klas | None:
        """The stamgroep that a pupil is in; of several the first by name, then by vestiging."""
        return None if person_id is None else self._klas.get(person_id)

    def vestiging(self, person_id: UUID | None) -> str | None:
        """The vestiging that Numo has of a person, else the one that the plan brings."""
        return self._value(self._roster.people.get(person_id) if person_id else None, person_id)

    def placed(self, change: Change) -> Change:
        """The change with its klas and vestiging; a question about a place has those too."""
        if change.subject_id is None and change.kind is not ChangeKind.MEMBERSHIP:
            return change._replace(vestiging_code=change.after.get(_VESTIGING))
        if change.kind is ChangeKind.PERSON:
            klas, site = self.klas(change.subject_id), self.vestiging(change.subject_id)
        elif change.kind is ChangeKind.GROUP:
            klas, site = self._klas_of(change.subject_id, None), self._site(change.subject_id)
        else:
            of_group = self._klas_of(change.group_id, change.person_id)
            klas = of_group or self.klas(change.person_id)
            site = self._site(change.group_id) or self.vestiging(change.person_id)
        name, where = klas or (None, None)
        return change._replace(klas=name, klas_vestiging=where, vestiging_code=site)

    def _note(self, person_id: UUID | None, group_id: UUID | None) -> None:
        klas = self._klas_of(group_id, person_id)
        if person_id is not None and klas is not None:
            known = self._klas.get(person_id, klas)
            self._klas[person_id] = min(klas, known, key=_in_order)

    def _klas_of(self, group_id: UUID | None, person_id: UUID | None) -> Klas | None:
        name = self._stamgroep(group_id)
        if name is None:
            return None
        return Klas(name, self._site(group_id) or self.vestiging(person_id))

    def _stamgroep(self, group_id: UUID | None) -> str | None:
        if group_id is None:
            return None
        group, added = self._roster.groups.get(group_id), self._added.get(group_id)
        if group is not None:
            return group.fields.get("name") if group.kind is GroupKind.STAMGROEP else None
        is_klas = added is not None and added.role == GroupKind.STAMGROEP
        return added.after.get("name") if added is not None and is_klas else None

    def _site(self, group_id: UUID | None) -> str | None:
        return self._value(self._roster.groups.get(group_id) if group_id else None, group_id)

    def _value(self, row: object, subject_id: UUID | None) -> str | None:
        fields = getattr(row, "fields", None)
        found: str | None = fields.get(_VESTIGING) if fields else None
        added = self._added.get(subject_id)
        return found or (added.after.get(_VESTIGING) if added else None)


def _in_order(klas: Klas) -> tuple[str, str]:
    return klas.name, klas.vestiging or ""
