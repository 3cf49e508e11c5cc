"""Taking an import back: who is asked about, or cannot go back, keeps the place they have now."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.importer.domain.apply import apply
from services.importer.domain.change import SOURCE_KEY as KEY
from services.importer.domain.change import Action, Change, ChangeKind, Reason
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Group, Membership, Person, Roster
from services.importer.domain.taken import refused
from services.importer.domain.undo import Applied, undo
from services.importer.domain.undone_places import Since
from shared.roster.document import GroupKind, MemberRole
from tests.importer.domain.builders import (
    document,
    employee,
    in_group,
    klas,
    member,
    pupil,
    roster,
    says,
    says_group,
)
from tests.importer.domain.living_on import merge
from tests.importer.domain.reading import of
from tests.importer.domain.undoing import klassen, taken_back

ANNA, H3A, H3B = pupil("a", email="a"), klas("h3a", "g"), klas("h3b", "g2")
SAYS = [says_group("g", name="h3a"), says_group("g2", name="h3b")]


def imported(old: Roster, said: Document) -> tuple[list[Change], Roster]:
    changes = diff(old, said)
    return changes, apply(changes, old)


def edited(now: Roster, person: Person) -> None:
    now.people[person.id] = replace(person, fields={**person.fields, "email": "by hand"})


def joined(now: Roster, person_id: UUID, group: Group) -> None:
    made = member(now.people[person_id], group)
    now.memberships[made.key] = made


def by_key(now: Roster, key: str) -> Person:
    return next(one for one in now.people.values() if one.source_key == key)


@pytest.mark.parametrize("since", ["edited", "merged", "key taken"])
@pytest.mark.parametrize("new_klas", [False, True])
def test_who_came_and_is_asked_about_keeps_their_places(since: str, *, new_klas: bool) -> None:
    """Also one in a klas that came with them: it would take the place along."""
    back, other = pupil("old", active=False, pupil_number="9"), pupil("o", active=False)
    old = roster([ANNA, back, other], [] if new_klas else [H3A])
    rows = [says("a"), says("new", pupil_number="9", email="x")]
    changes, after = imported(old, document(rows, SAYS[:1], [in_group("new", "g")]))
    now, who = apply([], after), by_key(after, "new")
    assert who.id == back.id
    assert klassen(after, who.id)
    if since == "edited":
        edited(now, who)
    elif since == "merged":
        merge(now, now.people[ANNA.id], who)
    else:
        now.people[other.id] = replace(other, source_key="old")
    found = taken_back(changes, old, after, now)
    (asked,) = (one for one in found if one.kind is ChangeKind.PERSON)
    reason = Reason.KEY_TAKEN if since == "key taken" else Reason.EDITED_SINCE
    assert (asked.action, asked.reason, asked.candidate_ids) == (Action.CONFLICT, reason, (who.id,))
    assert klassen(apply(found, now), who.id) == klassen(after, who.id)
    asked_klas = [one.label for one in of(found, Action.CONFLICT) if one.kind is ChangeKind.GROUP]
    assert asked_klas == ["h3a"] * new_klas


def test_who_was_only_changed_moves_back_also_when_they_were_edited_since() -> None:
    old = roster([ANNA], [H3A, H3B], [member(ANNA, H3A)])
    said = document([says("a", email="new")], SAYS, [in_group("a", "g2")])
    changes, now = imported(old, said)
    edited(now, now.people[ANNA.id])
    back = apply(taken_back(changes, old, now), now)
    assert back.people[ANNA.id].fields["email"] == "by hand"
    assert klassen(back, ANNA.id) == {H3A.id}


@pytest.mark.parametrize("new_klas", [False, True])
def test_who_cannot_go_back_stays_where_the_import_put_them(*, new_klas: bool) -> None:
    old = roster([ANNA], [H3A] if new_klas else [H3A, H3B], [member(ANNA, H3A)])
    changes, now = imported(old, document([says("a")], SAYS, [in_group("a", "g2")]))
    (new,) = klassen(now, ANNA.id)
    now.groups[H3A.id] = replace(H3A, active=False)
    found = taken_back(changes, old, now)
    assert {(one.action, one.reason) for one in found} == {(Action.CONFLICT, Reason.EDITED_SINCE)}
    labels = [one.label.strip() for one in found]
    assert labels == (["h3b"] if new_klas else []) + ["→ h3a"]
    assert klassen(apply(found, now), ANNA.id) == {new}


def test_of_two_klassen_that_became_one_neither_comes_back_without_the_other() -> None:
    h3c = klas("h3c", "g3")
    old = roster([ANNA], [H3A, H3B, h3c], [member(ANNA, H3A), member(ANNA, H3B)])
    said = document([says("a")], [*SAYS, says_group("g3", name="h3c")], [in_group("a", "g3")])
    changes, now = imported(old, said)
    now.groups[H3A.id] = replace(H3A, active=False)
    found = taken_back(changes, old, now)
    assert [one.action for one in found] == [Action.CONFLICT] * 2
    assert klassen(apply(found, now), ANNA.id) == {h3c.id}


@pytest.mark.parametrize("left", [False, True])
def test_a_second_klas_stays_when_it_is_the_only_one_since(*, left: bool) -> None:
    old = roster([ANNA], [H3A, H3B], [member(ANNA, H3A)])
    both = document([says("a")], SAYS, [in_group("a", "g"), in_group("a", "g2")])
    changes, after = imported(old, both)
    now = apply([], after)
    if left:
        now.groups[H3A.id] = replace(H3A, active=False)
        now = apply([], now)
    (found,) = taken_back(changes, old, after, now)
    assert (found.action, found.label.strip()) == (
        Action.CONFLICT if left else Action.ARCHIVE,
        "→ h3b",
    )
    assert klassen(apply([found], now), ANNA.id) == {H3B.id if left else H3A.id}


def test_who_is_archived_since_is_asked_about_and_gets_no_place() -> None:
    """Their values are offered, but do not bring them back."""
    old = roster([ANNA], [H3A, H3B], [member(ANNA, H3A)])
    said = document([says("a", email="new")], SAYS, [in_group("a", "g2")])
    changes, now = imported(old, said)
    now.people[ANNA.id] = replace(now.people[ANNA.id], active=False)
    values, place = taken_back(changes, old, apply([], now))
    assert (values.action, place.action) == (Action.UPDATE, Action.CONFLICT)


def lesgroep(name: str, key: str, vak: str | None) -> Group:
    made = klas(name, key, kind=GroupKind.LESGROEP)
    return replace(made, fields={**made.fields, "vak": vak})


@pytest.mark.parametrize(
    ("person", "role", "vak", "is_instead"),
    [
        (ANNA, MemberRole.PUPIL, "wi", True),
        (ANNA, MemberRole.PUPIL, None, False),
        (employee("e"), MemberRole.TEACHER, "wi", False),
    ],
)
def test_a_pupil_is_in_one_group_of_a_vak_and_a_teacher_in_many(
    person: Person, role: MemberRole, vak: str | None, *, is_instead: bool
) -> None:
    one, other = lesgroep("wi1", "l1", vak), lesgroep("wi2", "l2", vak)
    was = Membership(*(member(person, one).id, person.id, one.id, role), active=False)
    since = Membership(member(person, other).id, person.id, other.id, role)
    now = roster([person], [one, other], [was, since])
    ended = Applied(ChangeKind.MEMBERSHIP, Action.ARCHIVE, role, was.id, {}, {}, person.id, one.id)
    (found,) = undo(now, [ended], [], Since(begun=[since.id]))
    assert found.action is (Action.CONFLICT if is_instead else Action.REACTIVATE)


def test_who_cannot_get_a_number_back_keeps_the_key_that_the_next_hoped_for() -> None:
    kind, role = ChangeKind.PERSON, "pupil"
    heir, first, second = pupil("h", pupil_number="1"), pupil("k", pupil_number="5"), pupil("m")
    number = "pupil_number"
    done = [
        Applied(kind, Action.UPDATE, role, second.id, {KEY: "k"}, {KEY: "m"}),
        Applied(
            *(kind, Action.UPDATE, role, first.id),
            *({KEY: "j", number: "1"}, {KEY: "k", number: "5"}),
        ),
    ]
    found = undo(roster([heir, first, second]), done, [], Since())
    assert [one.reason for one in found] == [Reason.KEY_TAKEN, Reason.NUMBER_TAKEN]


def test_of_two_who_left_with_one_number_only_one_comes_back_with_it() -> None:
    """A number of somebody archived may be given to another, who may be archived as well."""
    both = [pupil("a", active=False, pupil_number="1"), pupil("b", active=False, pupil_number="01")]
    left = [Applied(ChangeKind.PERSON, Action.ARCHIVE, "pupil", one.id, {}, {}) for one in both]
    found = undo(roster(both), left, [], Since())
    assert [one.action for one in found] == [Action.REACTIVATE, Action.CONFLICT]


def test_who_is_refused_keeps_what_a_third_one_hoped_for() -> None:
    first, second, third = (UUID(int=at) for at in range(3))
    wanting = {"1": [(0, first), (1, second)], "2": [(2, third)], "3": [(3, first)]}
    assert refused(wanting, [], {second: "2", first: "3"}.get) == {1, 2}


def test_the_key_of_a_klas_that_stays_for_who_came_into_it_is_not_given_back_to_another() -> None:
    since = member(ANNA, H3A)
    done = [
        Applied(ChangeKind.GROUP, Action.REACTIVATE, "stamgroep", H3A.id, {KEY: "old"}, {KEY: "g"}),
        Applied(ChangeKind.GROUP, Action.UPDATE, "stamgroep", H3B.id, {KEY: "g"}, {KEY: "g2"}),
    ]
    now = roster([ANNA], [H3A, H3B], [since])
    assert [one.action for one in undo(now, done, [], Since())] == [Action.ARCHIVE, Action.UPDATE]
    found = undo(now, done, [], Since(begun=[since.id]))
    assert [one.reason for one in found] == [Reason.EDITED_SINCE, Reason.KEY_TAKEN]


def test_two_moves_are_taken_back_the_last_one_first() -> None:
    h3c = klas("h3c", "g3")
    groups = [*SAYS, says_group("g3", name="h3c")]
    old = roster([ANNA], [H3A, H3B, h3c], [member(ANNA, H3A)])
    first, one = imported(old, document([says("a")], groups, [in_group("a", "g2")]))
    second, two = imported(one, document([says("a")], groups, [in_group("a", "g3")]))
    undone = apply(taken_back(second, one, two), two)
    assert klassen(undone, ANNA.id) == {H3B.id}
    back = apply(taken_back(first, old, one, undone), undone)
    assert klassen(back, ANNA.id) == {H3A.id}
