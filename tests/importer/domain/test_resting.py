"""Who rests is left out of nothing: the same plan comes out when everybody is looked at."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importer.domain.decisions import Decision, Verdict, source_identity
from services.importer.domain.diff import diff
from services.importer.domain.plan import digest_of
from services.importer.domain.resting import Resting
from services.importer.domain.roster import Document, Person, Roster
from shared.roster.document import MemberRole, MembershipRecord, PersonRecord, PersonRole
from tests.importer.domain.builders import document, employee, pupil, roster
from tests.importer.domain.reading import facts
from tests.importer.domain.strategies import cleaned, documents, rosters, unhurried

Met = tuple[PersonRecord, Person, list[str]]
ECK = "https://ketenid.nl/201703/aaaaaaaa"


def record_of(person: Person, **differing: str) -> PersonRecord:
    """What a source says of somebody in Numo, but for some fields."""
    fields = {**person.fields, **differing}
    ref = f"ref-{person.source_key}"
    return PersonRecord(key=person.source_key, ref=ref, role=person.role, fields=fields)


def _with_quiet(numo: Roster, number: int) -> Roster:
    """The roster with pupils who have nothing in common with anybody but whom was merged."""
    quiet = [
        pupil(f"quiet-{at}", pupil_number=f"9{at}", eck_id=f"{ECK}{at}", real_id=f"{at}@quiet.nl")
        for at in range(number)
    ]
    people = {person.id: person for person in [*numo.people.values(), *quiet]}
    gone = next((person for person in numo.people.values() if not person.active), None)
    if quiet and gone is not None and gone.role is PersonRole.PUPIL:
        people[gone.id] = replace(gone, merged_into=quiet[0].id)
    groups, memberships = numo.groups.values(), numo.memberships.values()
    return Roster.of(numo.version, people.values(), groups, memberships)


@st.composite
def told_again(draw: st.DrawFn) -> tuple[Roster, Document, Mapping[str, Decision]]:
    """A roster, a document that tells most of it again, and decisions of some of its records."""
    numo, other = draw(rosters()), draw(documents())
    quiet = draw(st.integers(0, 4))
    numo = _with_quiet(numo, quiet)
    again = []
    for person in numo.people.values():
        if draw(st.integers(0, 3)):
            fields = dict(person.fields)
            for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=2)):
                fields[name] = draw(st.sampled_from([None, "1", "90", "91", "JAN", ECK]))
            again.append(
                PersonRecord(
                    key=person.source_key, ref=f"n{person.id}", role=person.role, fields=fields
                )
            )
    strangers = draw(st.lists(st.sampled_from(other.people), max_size=2)) if other.people else []
    people = draw(st.permutations([*again, *strangers]))
    joined = [
        MembershipRecord(person=record.ref, group=group.ref, role=MemberRole.PUPIL)
        for record in people
        for group in other.groups[:1]
    ]
    source = cleaned(Document(other.header, people, other.groups, [*other.memberships, *joined]))
    verdicts = st.builds(Decision, st.sampled_from(Verdict), st.sampled_from([None, *numo.people]))
    identities = [named for named in map(source_identity, source.people) if named]
    asked = draw(st.lists(st.sampled_from(identities), max_size=2)) if identities else []
    return numo, source, {identity: draw(verdicts) for identity in asked}


def everybody_is_looked_at(numo: Roster, source: Document) -> tuple[Roster, Document]:
    """The same two, of whom nobody may rest."""
    rows = (numo.people, numo.groups, numo.memberships)
    waking = Roster.of(numo.version, *(row.values() for row in rows), numo.erased)  # type: ignore[arg-type]
    told = Document(source.header, source.people, source.groups, source.memberships)
    for side in (waking, told):
        side.register.side = side.register.with_unsure(lambda _: True)
    return waking, told


@unhurried
@given(told_again())
def test_the_plan_is_the_one_that_looking_at_everybody_makes(
    case: tuple[Roster, Document, Mapping[str, Decision]],
) -> None:
    numo, source, decisions = case
    found = diff(numo, source, decisions)
    looked = diff(*everybody_is_looked_at(numo, source), decisions)
    assert facts(found) == facts(looked)
    assert digest_of(found, 1) == digest_of(looked, 1)


def test_who_says_the_same_rests_and_who_differs_is_compared_alone() -> None:
    same, other = pupil("uuid-1", pupil_number="1"), pupil("uuid-2", pupil_number="2")
    numo = roster([same, other])
    told = [record_of(same), record_of(other, email="nieuw@school.nl")]
    resting = Resting(numo, document(told), {})
    pairs: list[Met] = []
    people, records = resting.others(lambda *met: pairs.append(met))
    assert (people, records) == ([], [])
    assert [(record.key, person.id, differs) for record, person, differs in pairs] == [
        ("uuid-2", other.id, ["email"])
    ]
    assert resting.people == {same.id}


def test_whoever_shares_a_key_is_looked_at() -> None:
    numo = [
        pupil("uuid-1", pupil_number="7"),
        pupil("uuid-2", pupil_number="007", active=False),
        pupil("uuid-3", eck_id=ECK.upper()),
        pupil("uuid-4", eck_id=ECK),
        employee("uuid-5", employee_code="JAN"),
        pupil("uuid-6", real_id="1@school.nl"),
        pupil("uuid-7", pupil_number="12"),
        pupil("uuid-8", pupil_number="13"),
    ]
    told = [
        *map(record_of, numo[:5]),
        record_of(numo[5], real_id="2@school.nl"),
        record_of(pupil("uuid-9", real_id="1@school.nl")),
        record_of(numo[6], pupil_number="13"),
        record_of(numo[7], pupil_number="12"),
    ]
    resting = Resting(roster(numo), document(told), {})
    pairs: list[Met] = []
    people, records = resting.others(lambda *met: pairs.append(met))
    assert (resting.people, pairs) == ({numo[4].id}, [])
    assert (len(people), len(records)) == (7, 8)


@pytest.mark.parametrize("differing", [{}, {"email": "nieuw@school.nl"}])
@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("names_the_person", [True, False])
def test_whom_something_was_decided_of_is_looked_at(
    *, differing: dict[str, str], verdict: Verdict, names_the_person: bool
) -> None:
    person, other = pupil("uuid-1", pupil_number="1"), pupil("uuid-2", pupil_number="2")
    told = [record_of(person, **differing), record_of(other)]
    identity = "pupil:key:somebody-else" if names_the_person else source_identity(told[0])
    assert identity is not None
    decision = Decision(verdict, person.id if names_the_person else None)
    resting = Resting(roster([person, other]), document(told), {identity: decision})
    pairs: list[Met] = []
    people, records = resting.others(lambda *met: pairs.append(met))
    assert (people, records, pairs) == ([person], [told[0]], [])
    assert resting.people == {other.id}


ANNA = pupil("uuid-1", real_id="1@school.nl")
TAKES = record_of(ANNA, real_id="2@school.nl")
SILENT = PersonRecord(key="uuid-1", ref="r", role=ANNA.role, fields={"email": "new@school.nl"})
TEACHES = record_of(replace(ANNA, role=PersonRole.EMPLOYEE))


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([pupil("uuid-2", real_id="2@school.nl")], [TAKES]),
        ([], [SILENT, record_of(pupil("uuid-9", real_id="1@school.nl"))]),
        ([], [TEACHES]),
        ([], [record_of(replace(ANNA, role=PersonRole.EMPLOYEE), email="new@school.nl")]),
    ],
    ids=["takes another's key", "another claims the key", "other role", "other role and words"],
)
def test_a_record_under_somebodys_key_may_mean_another(
    others: list[Person], told: list[PersonRecord]
) -> None:
    numo, source = roster([ANNA, *others]), document(told)
    resting = Resting(numo, source, {})
    pairs: list[Met] = []
    resting.others(lambda *met: pairs.append(met))
    assert (resting.people, pairs) == (set(), [])
    assert facts(diff(numo, source)) == facts(diff(*everybody_is_looked_at(numo, source)))
