"""What was changed by hand in Numo stays, unless it is chosen otherwise, field by field."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.brake import About, Scope
from services.importer.domain.carry_over import EarlierChange, carry_over, is_chosen_by_default
from services.importer.domain.change import Action, Choice
from services.importer.domain.diff import diff
from services.importer.domain.guard_rails import GuardRails, all_brakes
from services.importer.domain.hand_changes import (
    HAND_FIELDS,
    changes_by_hand,
    held_after,
)
from services.importer.domain.places import Places
from services.importer.domain.roster import Document, Roster
from services.importer.domain.threshold import Threshold
from shared.ids import new_id
from shared.roster.document import PERSON_FIELDS
from tests.importer.domain.builders import document, pupil, roster, says
from tests.importer.domain.strategies import documents, rosters, unhurried

HELD = replace(pupil("a", given_name="Fen", email="old"), held=frozenset({"given_name"}))
UPDATE: set[Choice | None] = {Choice.UPDATE}


def test_a_held_field_is_shown_and_left_and_the_others_are_changed() -> None:
    (change,) = diff(roster([HELD]), document([says("a", given_name="Fenna", email="new")]))
    assert (change.held, change.kept) == (("given_name",), ("given_name",))
    assert change.before["given_name"] == "Fen"
    assert is_chosen_by_default(change, UPDATE)
    after = apply([change], roster([HELD])).people[HELD.id]
    assert (after.fields["given_name"], after.fields["email"]) == ("Fen", "new")
    assert after.held == {"given_name"}


def test_a_change_of_held_fields_only_is_never_chosen_by_itself() -> None:
    (change,) = diff(roster([HELD]), document([says("a", given_name="Fenna")]))
    assert change.action is Action.UPDATE
    assert not is_chosen_by_default(change, UPDATE)
    assert apply([change], roster([HELD])).people == {HELD.id: HELD}


def test_a_held_field_that_is_chosen_is_the_sources_again() -> None:
    (change,) = diff(roster([HELD]), document([says("a", given_name="Fenna")]))
    after = apply([change._replace(kept=())], roster([HELD])).people[HELD.id]
    assert (after.fields["given_name"], after.held) == ("Fenna", frozenset())


def test_a_source_that_says_the_same_has_nothing_to_change() -> None:
    assert diff(roster([HELD]), document([says("a", given_name="Fen")])) == []


def test_held_fields_raise_no_brake() -> None:
    old = roster([HELD])
    found = diff(old, document([says("a", given_name="Fenna", email="new")]))
    every = GuardRails({(scope, about): Threshold(1, 1) for scope in Scope for about in About})
    told = all_brakes(old, found, Places(old, found), every, date(2026, 11, 1))
    held = [one for one in told if not one.dormant]
    assert {one.field for one in held} == {"email"}


@unhurried
@given(rosters(), documents(), st.data())
def test_whatever_is_held_survives_every_import(
    a: Roster, b: Document, data: st.DataObject
) -> None:
    subsets = st.frozensets(st.sampled_from(HAND_FIELDS))
    people = [replace(one, held=data.draw(subsets)) for one in a.people.values()]
    old = Roster.of(a.version, people, a.groups.values(), a.memberships.values())
    changes = diff(old, b)
    after = apply(changes, old)
    for one in people:
        held = {name: one.fields[name] for name in one.held}
        now = after.people[one.id]
        assert {name: now.fields[name] for name in one.held} == held
        assert now.held == one.held
    overwritten = apply([change._replace(kept=()) for change in changes], old)
    plain = apply(diff(a, b), a)
    assert [one.fields for one in overwritten.people.values() if one.id in a.people] == [
        one.fields for one in plain.people.values() if one.id in a.people
    ]


@given(
    st.dictionaries(st.sampled_from(HAND_FIELDS), st.none() | st.text(max_size=5)),
    st.frozensets(st.sampled_from(HAND_FIELDS)),
    st.frozensets(st.sampled_from(HAND_FIELDS)),
)
def test_asking_twice_changes_nothing_the_second_time(
    wanted: dict[str, str | None], held: frozenset[str], released: frozenset[str]
) -> None:
    fields: dict[str, str | None] = dict.fromkeys(PERSON_FIELDS)
    changed = changes_by_hand(fields, held, wanted, released)
    for one in changed:
        fields[one.field] = one.after
    now = held_after(held, changed)
    assert changes_by_hand(fields, now, wanted, released) == []
    assert now >= wanted.keys()
    assert now.isdisjoint(released - wanted.keys())


_SAID = st.dictionaries(st.sampled_from(HAND_FIELDS), st.sampled_from("abc"), min_size=1)


@given(_SAID, _SAID, st.data())
def test_what_a_night_left_stays_left_in_the_plan_that_is_made_anew_while_the_source_says_it(
    was: dict[str, str], says_now: dict[str, str], data: st.DataObject
) -> None:
    subject = pupil("a")
    (change,) = diff(roster([subject]), document([says("a", given_name="x")]))
    undone = data.draw(st.frozensets(st.sampled_from(sorted(was))))
    kept = data.draw(st.frozensets(st.sampled_from(sorted(undone)))) if undone else frozenset()
    chosen = data.draw(st.booleans())
    old = EarlierChange(
        *(new_id(), change.kind, change.action, change.identity, {}, was, chosen),
        *(tuple(kept), "update", tuple(undone)),
    )
    now = change._replace(before={}, after=says_now)
    carried = carry_over([old], [now], UPDATE)
    left = {name for name in kept if says_now.get(name) == was[name]}
    assert set(carried.kept[0]) == left
    nothing_else = was != says_now and set(says_now) <= left
    assert carried.chosen == [chosen and not nothing_else]
