"""What a source would change in who is in which group."""

from collections.abc import Iterator

from services.importer.domain.change import Action, Change, ChangeKind, Choice, Reason
from services.importer.domain.coverage import Coverage
from services.importer.domain.group_changes import GroupChanges
from services.importer.domain.person_changes import PersonChanges
from services.importer.domain.roster import Document, Membership, MembershipKey, Roster
from shared.ids import new_id


def diff_memberships(
    old: Roster, new: Document, coverage: Coverage, people: PersonChanges, groups: GroupChanges
) -> list[Change]:
    """Compare the memberships of a roster with those of a document.

    Memberships of somebody who joins belong to toevoegen, of somebody who stays to bijwerken.
    One ends only between a person and a group that the source both has: those of somebody who
    leaves, or of a group that is gone, end with the archiving itself and are not listed.
    """
    wanted = _wanted(new, people, groups)
    found = []
    for key in wanted:
        membership = old.memberships.get(key)
        if membership is None or not membership.active:
            found.append(_begin(key, membership, people, groups))
    for key, membership in old.memberships.items():
        if membership.active and key not in wanted and _is_covered(key, old, coverage):
            person_id, group_id, _ = key
            both = people.is_matched(person_id) and group_id in groups.matched
            if both and group_id not in groups.disputed:
                found.append(_end(membership, old, people, groups))
    return found


def orphans(new: Document) -> int:
    """How many memberships name a person or group that the document does not hold."""
    people = {record.ref for record in new.people}
    groups = {record.ref for record in new.groups}
    return sum(
        record.person not in people or record.group not in groups for record in new.memberships
    )


def _wanted(
    new: Document, people: PersonChanges, groups: GroupChanges
) -> dict[MembershipKey, None]:
    def keys() -> Iterator[MembershipKey]:
        for record in new.memberships:
            person_id = people.id_of(record.person)
            group_id = groups.ids.get(record.group)
            if person_id is not None and group_id is not None:
                yield person_id, group_id, record.role

    return dict.fromkeys(keys())


def _is_covered(key: MembershipKey, old: Roster, coverage: Coverage) -> bool:
    _, group_id, role = key
    group = old.groups[group_id]
    return group.active and group.kind in coverage.kinds and role in coverage.member_roles


def _begin(
    key: MembershipKey, ended: Membership | None, people: PersonChanges, groups: GroupChanges
) -> Change:
    person_id, group_id, role = key
    return Change(
        kind=ChangeKind.MEMBERSHIP,
        action=Action.ADD if ended is None else Action.REACTIVATE,
        reason=Reason.NEW_IN_SOURCE if ended is None else Reason.BACK_IN_SOURCE,
        role=role,
        label=f"{people.label(person_id)} → {groups.labels[group_id]}",
        alias=f"{people.identity(person_id)}|{groups.identities[group_id]}|{role}",
        subject_id=new_id() if ended is None else ended.id,
        choice=Choice.ADD if person_id in people.joining else Choice.UPDATE,
        person_id=person_id,
        group_id=group_id,
    )


def _end(
    membership: Membership, old: Roster, people: PersonChanges, groups: GroupChanges
) -> Change:
    person_id, group_id, role = membership.key
    person = people.label(person_id)
    group = groups.labels.get(group_id) or old.groups[group_id].fields.get("name") or ""
    return Change(
        kind=ChangeKind.MEMBERSHIP,
        action=Action.ARCHIVE,
        reason=Reason.NOT_IN_SOURCE,
        role=role,
        label=f"{person} → {group}",
        alias=f"id:{person_id}|id:{group_id}|{role}",
        subject_id=membership.id,
        choice=Choice.UPDATE,
        person_id=person_id,
        group_id=group_id,
    )
