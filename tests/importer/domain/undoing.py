"""Take an import back in memory, as the store tells the domain what became of it."""

from collections.abc import Iterable
from uuid import UUID

from services.importer.domain.change import Action, Change, ChangeKind, identity_of_row
from services.importer.domain.normalise import bare_number
from services.importer.domain.roster import Roster
from services.importer.domain.taken_numbers import taken_numbers
from services.importer.domain.undo import Applied, undo
from services.importer.domain.undone_places import Since
from shared.roster.document import GroupKind, MemberRole, PersonRole
from tests.importer.domain.reading import of, of_kind


def done_of(chosen: Iterable[Change], before: Roster) -> list[Change]:
    """What is applied of the chosen changes: not a question, nor who cannot have a number."""
    wanted = [one for one in chosen if one.action is not Action.CONFLICT]
    taken = taken_numbers(wanted, before)
    return [one for place, one in enumerate(wanted) if place not in taken]


def taken_back(
    chosen: Iterable[Change], before: Roster, after: Roster, now: Roster | None = None
) -> list[Change]:
    """The undo of an import; `now` is the roster when more came after it."""
    done, now = as_applied(done_of(chosen, before)), now or after
    return undo(now, done, ended_by(done, before, after), since(after, now))


def since(after: Roster, now: Roster) -> Since:
    """Which memberships began after an import, or ended, and who was merged."""
    ran, runs = ({one.id for one in it.memberships.values() if one.active} for it in (after, now))
    into = {one.id: one.merged_into for one in after.people.values()}
    went = [one for one in now.people.values() if one.merged_into is not None]
    merged = [one.id for one in went if one.merged_into != into.get(one.id)]
    return Since(runs - ran, ran - runs, merged)


def as_applied(changes: Iterable[Change]) -> list[Applied]:
    """What is read of them when they were applied."""
    return [
        Applied(
            one.kind,
            one.action,
            one.role,
            one.subject_id,
            one.before,
            {name: value for name, value in one.after.items() if name not in one.kept},
            one.person_id,
            one.group_id,
        )
        for one in changes
        if one.subject_id is not None
    ]


def ended_by(done: Iterable[Applied], before: Roster, after: Roster) -> list[UUID]:
    """Memberships that ended with somebody or something, without a row of their own."""
    own = {one.subject_id for one in done}
    now = {one.id: one.active for one in after.memberships.values()}
    return [
        one.id
        for one in before.memberships.values()
        if one.active and not now[one.id] and one.id not in own
    ]


def assert_taken_back(back: Roster, before: Roster) -> None:
    """Everybody and everything is as it was before; who was added is archived."""
    for person_id, person in back.people.items():
        was = before.people.get(person_id)
        assert person == was if was else not person.active
    for group_id, group in back.groups.items():
        known = before.groups.get(group_id)
        assert group == known if known else not group.active
    assert {key for key, one in back.memberships.items() if one.active} == {
        key for key, one in before.memberships.items() if one.active
    }


def klassen(school: Roster, person_id: UUID, role: MemberRole = MemberRole.PUPIL) -> set[UUID]:
    """The stamgroepen that somebody is in."""
    return {
        group_id
        for group_id, of_role in places(school, person_id)
        if of_role is role and school.groups[group_id].kind is GroupKind.STAMGROEP
    }


def places(school: Roster, person_id: UUID) -> set[tuple[UUID, MemberRole]]:
    """All groups that somebody is in."""
    return {
        (one.group_id, one.role)
        for one in school.memberships.values()
        if one.active and one.person_id == person_id
    }


def assert_unique(school: Roster) -> None:
    """Keys of anybody, and numbers of pupils who are there."""
    for rows in (school.people, school.groups):
        keys = [row.source_key for row in rows.values() if row.source_key is not None]
        assert len(keys) == len(set(keys))
    pupils = [one for one in school.people.values() if one.active and one.role is PersonRole.PUPIL]
    numbers = [bare_number(one.fields["pupil_number"]) for one in pupils]
    told = [number for number in numbers if number]
    assert len(told) == len(set(told))


def assert_values_are_back(
    done: list[Change], found: list[Change], now: Roster, back: Roster
) -> None:
    """What the import set is as before, unless it is asked, or held by hand as it was set."""
    asked = {one.identity for one in of(found, Action.CONFLICT)}
    sets = [one for one in done if one.kind is ChangeKind.PERSON and one.action is not Action.ADD]
    before = {
        (one.subject_id, name): one.before.get(name)
        for one in sets
        for name in one.after.keys() - set(one.kept)
    }
    for person_id, person in back.people.items():
        was = now.people[person_id]
        is_asked = identity_of_row(person_id) in asked
        for name, value in was.fields.items():
            stays = is_asked or name in was.held
            expected = value if stays else before.get((person_id, name), value)
            assert person.fields[name] == expected


def assert_what_is_asked_is_left(
    done: list[Change], found: list[Change], now: Roster, back: Roster
) -> None:
    came = {one.subject_id for one in done if one.action in {Action.ADD, Action.REACTIVATE}}
    for one in of(found, Action.CONFLICT):
        (who,) = one.candidate_ids
        if one.kind is ChangeKind.PERSON:
            assert back.people[who] == now.people[who]
            if who in came:
                assert places(back, who) == places(now, who)
        elif one.kind is ChangeKind.GROUP:
            assert back.groups[who] == now.groups[who]
        elif now.groups[one.group_id].kind is GroupKind.STAMGROEP:
            role = MemberRole(one.role)
            assert klassen(back, who, role) == klassen(now, who, role)
    leaving = {one.subject_id for one in of(found, Action.ARCHIVE)}
    listed = of_kind(found, ChangeKind.MEMBERSHIP)
    assert all(leaving.isdisjoint((one.person_id, one.group_id)) for one in listed)
    begun = {one.subject_id for one in of_kind(of(found, Action.REACTIVATE), ChangeKind.MEMBERSHIP)}
    assert begun <= {one.id for one in back.memberships.values() if one.active}


def assert_nobody_loses_their_klas(a: Roster, now: Roster, back: Roster) -> None:
    """But who had none before the import; and nobody is in the klas of then and of now."""
    for person in back.people.values():
        for role in MemberRole:
            then, there, left = (klassen(it, person.id, role) for it in (a, now, back))
            assert left <= then or left <= there
            was_there = person.id in a.people and a.people[person.id].active
            if person.active and there and not left:
                assert was_there
                assert not then
