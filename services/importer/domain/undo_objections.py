"""What stands in the way of taking an import back: others have by now what it took or gave."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from services.importer.domain.change import SOURCE_KEY, Action, Change, ChangeKind
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Group, Membership, Roster
from shared.roster.document import GroupKind, PersonRole


def numbers_taken(
    roster: Roster, changes: Sequence[Change], leaving: Collection[UUID]
) -> Iterator[int]:
    """The places of changes that give a pupil a leerlingnummer that another has, and keeps."""
    moving = {one.subject_id for one in changes if "pupil_number" in one.after}
    held = {
        bare_number(person.fields.get("pupil_number"))
        for person in roster.people.values()
        if person.active
        and person.role is PersonRole.PUPIL
        and person.id not in moving
        and person.id not in leaving
    } - {None}
    for at, one in enumerate(changes):
        if one.kind is not ChangeKind.PERSON or one.subject_id is None:
            continue
        row = roster.people[one.subject_id]
        if row.role is not PersonRole.PUPIL or one.action is Action.ARCHIVE:
            continue
        is_back = one.action is Action.REACTIVATE
        own = row.fields.get("pupil_number") if is_back else None
        if bare_number(one.after.get("pupil_number") or own) in held:
            yield at


def keys_taken(roster: Roster, changes: Sequence[Change]) -> Iterator[int]:
    """The places of changes that give a row a key of the source that another row has by now."""
    holders = {
        (kind, row.source_key or ""): row.id
        for kind, rows in (
            (ChangeKind.PERSON, roster.people.values()),
            (ChangeKind.GROUP, roster.groups.values()),
        )
        for row in rows
    }
    for at, one in enumerate(changes):
        key = one.after.get(SOURCE_KEY)
        if key is not None and holders.get((one.kind, key), one.subject_id) != one.subject_id:
            yield at


class LaterPlaces:
    """Where people came since the import that is taken back."""

    def __init__(self, roster: Roster, later: Collection[UUID], begun: Collection[UUID]) -> None:
        """Of the memberships that changed `later`, without those that the import had `begun`."""
        self._groups = roster.groups
        self._of: dict[UUID, list[Membership]] = defaultdict(list)
        for one in roster.memberships.values() if later else ():
            if one.active and one.id in later and one.id not in begun:
                self._of[one.person_id].append(one)

    def joined(self, leaving: Collection[UUID]) -> set[UUID]:
        """The groups that somebody came into who does not leave the school by the undo."""
        staying: Iterable[list[Membership]] = (
            found for person_id, found in self._of.items() if person_id not in leaving
        )
        return {one.group_id for found in staying for one in found}

    def has_other(self, membership: Membership) -> bool:
        """Whether somebody has another class, or another group of the vak, by now."""
        group = self._groups[membership.group_id]
        return any(
            one.role == membership.role and _is_instead(self._groups[one.group_id], group)
            for one in self._of.get(membership.person_id, ())
        )


def _is_instead(other: Group, group: Group) -> bool:
    """Whether nobody is in both: there is one class, and one group of a vak."""
    vak = group.fields.get("vak")
    is_class = group.kind is GroupKind.STAMGROEP
    is_of_vak = vak is not None and other.fields.get("vak") == vak
    return other.kind is group.kind and (is_class or is_of_vak)
