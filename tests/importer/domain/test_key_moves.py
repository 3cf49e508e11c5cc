"""Keys that change hands are a mapping: single moves, chains and rings, never archive and add."""

from collections.abc import Sequence
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.apply import apply
from services.importer.domain.change import Action, Change, KeyMove, Shape
from services.importer.domain.decisions import Decision, Verdict
from services.importer.domain.diff import diff
from services.importer.domain.key_moves import KEYS, NUMBER, key_moves
from services.importer.domain.roster import Document, Person, Roster
from services.importer.domain.taken_numbers import taken_numbers
from tests.importer.domain.builders import document, pupil, roster, says
from tests.importer.domain.strategies import documents, rosters, unhurried

ALL = ["1", "2", "3", "4", "5", "6"]


def school(numbers: Sequence[str], **fields: str) -> list[Person]:
    return [pupil(f"k{number}", pupil_number=number, **fields) for number in numbers]


def plan(people: list[Person], said: dict[str, str], field: str = NUMBER) -> list[Change]:
    rows = [says(key, **{NUMBER: f"{key}"[1:], field: value}) for key, value in said.items()]
    return diff(roster(people), document(rows))


def moves(people: list[Person], changes: list[Change], field: str = NUMBER) -> dict[str, KeyMove]:
    found = key_moves(changes, {one.id: one for one in people})
    key_of = {one.id: one.source_key or "" for one in people}
    who = {at: key_of[one.subject_id] for at, one in enumerate(changes) if one.subject_id}
    return {who[at]: move[field] for at, move in found.items() if field in move}


def test_two_who_swap_three_who_go_round_and_a_chain_with_a_free_end() -> None:
    people = school(["1", "2", "3", "4", "5", "6", "7"])
    ids = {one.source_key: one.id for one in people}
    said = {"k1": "2", "k2": "1", "k3": "4", "k4": "5", "k5": "3", "k6": "7", "k7": "8"}
    assert moves(people, plan(people, said)) == {
        "k1": KeyMove(ids["k2"], Shape.SWAP),
        "k2": KeyMove(ids["k1"], Shape.SWAP),
        "k3": KeyMove(ids["k4"], Shape.RING),
        "k4": KeyMove(ids["k5"], Shape.RING),
        "k5": KeyMove(ids["k3"], Shape.RING),
        "k6": KeyMove(ids["k7"], Shape.CHAIN),
        "k7": KeyMove(None, Shape.PLAIN),
    }


def test_a_number_of_who_leaves_is_handed_on_to_who_is_new() -> None:
    leaver = pupil("k1", pupil_number="1", given_name="Anna", family_name="Aal")
    said = document([says("k9", pupil_number="1", given_name="Zoë", family_name="Zee")])
    changes = diff(roster([leaver]), said, {"pupil:key:k9": Decision(Verdict.NEW)})
    made, left = changes
    assert (made.action, left.action) == (Action.ADD, Action.ARCHIVE)
    assert key_moves(changes, {leaver.id: leaver}) == {
        0: {NUMBER: KeyMove(leaver.id, Shape.HANDED_ON)}
    }


def test_an_address_that_who_had_it_keeps_is_shared_whatever_its_case() -> None:
    twins = [
        pupil("k1", pupil_number="1", email="Twins@x.nl"),
        pupil("k2", pupil_number="2", email="b@x.nl"),
    ]
    changes = plan(twins, {"k1": "twins@X.nl", "k2": "twins@x.nl"}, "email")
    assert moves(twins, changes, "email") == {"k2": KeyMove(twins[0].id, Shape.SHARED)}


@given(st.permutations(ALL))
def test_a_permutation_is_rings_and_nothing_else(given_out: list[str]) -> None:
    people = school(ALL)
    by_id = {one.id: one for one in people}
    changes = plan(people, {f"k{old}": new for old, new in zip(ALL, given_out, strict=True)})
    moved = key_moves(changes, by_id)
    found = {change.subject_id: moved[at][NUMBER] for at, change in enumerate(changes)}
    assert found.keys() == {
        by.id for by, new in zip(people, given_out, strict=True) if by.fields[NUMBER] != new
    }
    for subject_id, move in found.items():
        assert move.holder_id is not None
        ring, at = {subject_id}, move.holder_id
        while at != subject_id:
            assert at not in ring, "every walk comes back to where it began"
            ring.add(at)
            after = found[at].holder_id
            assert after is not None
            at = after
        assert move.shape is (Shape.SWAP if len(ring) == 2 else Shape.RING)
    after = apply(changes, roster(people)).people
    for subject_id, move in found.items():
        assert subject_id is not None
        assert move.holder_id is not None
        assert after[subject_id].fields[NUMBER] == by_id[move.holder_id].fields[NUMBER]


@unhurried
@given(rosters(), documents(), st.data())
def test_whoever_is_skipped_of_a_part_of_a_plan_is_known_from_the_mapping_alone(
    a: Roster, b: Document, data: st.DataObject
) -> None:
    changes = [one for one in diff(a, b) if one.action is not Action.CONFLICT]
    found = key_moves(changes, a.people)
    assert all(move.keys() <= set(KEYS) for move in found.values())
    chosen = [at for at in range(len(changes)) if data.draw(st.booleans())]
    moving = {at: move[NUMBER].holder_id for at, move in found.items() if NUMBER in move}
    holders: set[UUID] = {holder for holder in moving.values() if holder is not None}
    few = [at for at in chosen if moving.get(at) or changes[at].subject_id in holders]
    small = [changes[at] for at in few]
    ids = holders | {one.subject_id for one in small}
    people = [one for one in a.people.values() if one.id in ids]
    of_few = taken_numbers(small, Roster.of(0, people, (), ()))
    of_all = taken_numbers([changes[at] for at in chosen], a)
    assert {few[place] for place in of_few} == {chosen[place] for place in of_all}
