"""Which places in groups are taken from people who stay: a source may have lost who is in them.

One lesgroep less is a subject dropped, another stamgroep a pupil who moves. Who loses the last one
and gets none is out of that kind of group altogether: one pupil may be, a class may not.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from services.importer.domain.change import COMES, Action, Change, ChangeKind
from services.importer.domain.roster import Roster
from shared.roster.document import GroupKind


@dataclass(frozen=True, slots=True)
class LostPlaces:
    """Who would be in no group of a kind any more, and how many places end, per role.

    Of `ended` nobody's places are more than what they have fewer of than before: who goes from one
    group to another has as many.
    """

    without: Collection[tuple[UUID, GroupKind]] = ()
    ended: Counter[str] = field(default_factory=Counter)


def lost_places(roster: Roster, changes: Collection[Change]) -> tuple[LostPlaces, LostPlaces]:
    """What changes take, and what a choice of them takes at worst; the store finds them again.

    At worst is every end and no beginning. A place ends with its membership, or with its group, and
    begins only in a group that is there then. Who is archived does not stay.
    """
    ends = [one for one in changes if _is(one, ChangeKind.MEMBERSHIP, Action.ARCHIVE)]
    gone = {one.subject_id for one in changes if _is(one, ChangeKind.GROUP, Action.ARCHIVE)}
    if not ends and not gone:
        return LostPlaces(), LostPlaces()
    kinds = {group.id: group.kind for group in roster.groups.values()}
    losing = {
        (one.person_id, kinds[one.group_id]) for one in ends if one.person_id and one.group_id
    }
    keeping: set[tuple[UUID, GroupKind]] = set()
    ended = {one.subject_id for one in ends}
    for held in roster.memberships.values():
        if held.active and held.id not in ended:
            place = held.person_id, kinds[held.group_id]
            (losing if held.group_id in gone else keeping).add(place)
    without = losing - keeping
    gains = _gains(roster, changes)
    gained = {(one.person_id, kind) for one, kind in gains if one.person_id}
    leaving = {one.subject_id for one in changes if _is(one, ChangeKind.PERSON, Action.ARCHIVE)}
    staying = {place for place in without - gained if place[0] not in leaving}
    more = Counter((one.role, one.person_id) for one, _ in gains)
    fewer: Counter[str] = Counter()
    for (role, person_id), number in Counter((one.role, one.person_id) for one in ends).items():
        fewer[role] += max(0, number - more[role, person_id])
    return LostPlaces(staying, fewer), LostPlaces(without, Counter(one.role for one in ends))


def _is(change: Change, kind: ChangeKind, action: Action) -> bool:
    return change.kind is kind and change.action is action


def _gains(roster: Roster, changes: Collection[Change]) -> list[tuple[Change, GroupKind]]:
    there = {one.id: one.kind for one in roster.groups.values() if one.active}
    there |= {
        one.subject_id: GroupKind(one.role)
        for one in changes
        if one.kind is ChangeKind.GROUP and one.action in COMES and one.subject_id is not None
    }
    return [
        (one, there[one.group_id])
        for one in changes
        if one.kind is ChangeKind.MEMBERSHIP and one.action in COMES and one.group_id in there
    ]
