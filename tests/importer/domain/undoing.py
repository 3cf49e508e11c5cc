"""Take an import back in memory, as the store tells the domain what became of it."""

from collections.abc import Iterable
from uuid import UUID

from services.importer.domain.change import Action, Change
from services.importer.domain.roster import Roster
from services.importer.domain.taken_numbers import taken_numbers
from services.importer.domain.undo import Applied, Since, undo


def done_of(chosen: Iterable[Change], before: Roster) -> list[Change]:
    """What is applied of the chosen changes: not a question, nor who cannot have a number."""
    wanted = [one for one in chosen if one.action is not Action.CONFLICT]
    taken = taken_numbers(wanted, before)
    return [one for place, one in enumerate(wanted) if place not in taken]


def taken_back(
    chosen: Iterable[Change], before: Roster, after: Roster, now: Roster | None = None
) -> list[Change]:
    """The undo of an import; `now` is the roster when more came after it."""
    now = now or after
    done = _as_applied(done_of(chosen, before))
    were = {one.id for one in after.memberships.values() if one.active}
    begun = [one.id for one in now.memberships.values() if one.active and one.id not in were]
    merged = [
        one.id
        for one in now.people.values()
        if one.merged_into is not None and after.people[one.id].merged_into is None
    ]
    return undo(now, done, _ended_by(done, before, after), Since(begun, merged))


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


def _as_applied(changes: Iterable[Change]) -> list[Applied]:
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


def _ended_by(done: Iterable[Applied], before: Roster, after: Roster) -> list[UUID]:
    """Memberships that ended with somebody or something, without a row of their own."""
    own = {one.subject_id for one in done}
    now = {one.id: one.active for one in after.memberships.values()}
    return [
        one.id
        for one in before.memberships.values()
        if one.active and not now[one.id] and one.id not in own
    ]
