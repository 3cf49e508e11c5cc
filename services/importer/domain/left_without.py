"""Who stays, and would be in no group of a kind any more: a source may have lost who is in them.

One lesgroep less is a subject dropped, another stamgroep a pupil who moves. Who loses the last one
and gets none is out of that kind of group altogether: one pupil may be, a class may not.
"""

from collections.abc import Collection
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind
from services.importer.domain.roster import Roster
from shared.roster.document import GroupKind


def left_without(roster: Roster, changes: Collection[Change]) -> set[tuple[UUID, GroupKind]]:
    """Those people, each with the kind of group; the store's `left_without` finds them again.

    Groups that would be archived are none to be in. Nor do they take anybody's place away: to
    archive them is a change of its own, with its own brake.
    """
    moved = [one for one in changes if one.kind is ChangeKind.MEMBERSHIP]
    ended = {one.subject_id for one in moved if one.action is Action.ARCHIVE}
    if not ended:
        return set()
    of_groups = [one for one in changes if one.kind is ChangeKind.GROUP]
    gone = {one.subject_id for one in of_groups if one.action is Action.ARCHIVE}
    kinds = {one.subject_id: GroupKind(one.role) for one in of_groups}
    kinds |= {group.id: group.kind for group in roster.groups.values()}
    losing: set[tuple[UUID, GroupKind]] = set()
    keeping: set[tuple[UUID, GroupKind]] = set()
    for one in moved:
        if one.person_id is not None:
            place = one.person_id, kinds[one.group_id]
            (losing if one.action is Action.ARCHIVE else keeping).add(place)
    for membership in roster.memberships.values():
        if membership.active and membership.id not in ended and membership.group_id not in gone:
            keeping.add((membership.person_id, kinds[membership.group_id]))
    return losing - keeping
