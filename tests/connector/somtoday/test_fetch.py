from typing import Any

import pytest

from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import (
    StructureNotPermittedError,
)
from services.connector.somtoday.fetch import Wish
from services.connector.somtoday.kinds import Kind
from services.connector.somtoday.translate import Site
from shared.clock import today
from shared.roster.document import (
    GroupRecord,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    ProblemRecord,
    Record,
)
from tests.connector.conftest import Somtoday
from tests.connector.kurve import School
from tests.connector.somtoday.reading import ALL, of, read, read_school
from tests.connector.somtoday.stand_in import ACCESS, STRUCTURE, Stage, StandIn

NORTH = Site("93c51698-b81a-4aa5-a7e1-6422d2128fc4", "Noord", ("99ZX01",))
SOUTH = Site("a3c51698-b81a-4aa5-a7e1-6422d2128fc4", "Zuid", ("99ZX02",))


async def read_rows(stage: Stage, there: StandIn) -> list[Record]:
    async with stage.client(there) as client:
        return await read(client, Wish(ACCESS, [NORTH, SOUTH], ALL, today()))


async def test_a_whole_school_arrives_groups_first_and_nobody_twice(
    client: SomtodayClient, add_school: Any, somtoday: Somtoday
) -> None:
    school = await add_school(pupils=120)
    await somtoday.open(school)
    records = await read_school(client, school)
    kinds = [type(record) for record in records]
    assert kinds.index(PersonRecord) > len(of(GroupRecord, records)) - 1
    known = somtoday.state.school(school.brin)
    people, groups = of(PersonRecord, records), of(GroupRecord, records)
    assert sorted(p.ref for p in people) == sorted({*known.leerlingen, *known.medewerkers})
    assert sorted(g.ref for g in groups) == sorted({*known.stamgroepen, *known.lesgroepen})
    members = of(MembershipRecord, records)
    assert len(set(members)) == len(members)
    assert {m.person for m in members} <= {p.ref for p in people}
    assert {m.group for m in members} <= {g.ref for g in groups}


async def test_every_pupil_is_in_exactly_the_groups_of_todays_plaatsing(
    client: SomtodayClient, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    members = of(MembershipRecord, await read_school(client, school))
    found = {(m.person, m.group) for m in members if m.role is MemberRole.PUPIL}
    wanted = set()
    for pupil in somtoday.state.school(school.brin).leerlingen.values():
        place = pupil.plaatsing_on(today())
        assert place is not None
        wanted |= {(pupil.uuid, group) for group in [*place.lesgroepen, place.stamgroep]}
    assert found == wanted


async def test_teachers_and_mentors_lead_the_groups_that_name_them(
    client: SomtodayClient, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    members = of(MembershipRecord, await read_school(client, school))
    known = somtoday.state.school(school.brin)
    teach = {(d, g.uuid) for g in known.lesgroepen.values() for d in g.docenten}
    mentor = {(m, g.uuid) for g in known.stamgroepen.values() for m in g.mentoren}
    assert {(m.person, m.group) for m in members if m.role is MemberRole.TEACHER} == teach
    assert {(m.person, m.group) for m in members if m.role is MemberRole.MENTOR} == mentor


async def test_a_row_of_a_wrong_type_is_reported_and_the_rest_goes_on(
    client: SomtodayClient, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    wanted = of(PersonRecord, await read_school(client, school))
    fault = {"match": "/leerling", "kind": "wrong_type", "field": "achternaam"}
    await somtoday.connect.faults(fault)
    records = await read_school(client, school)
    (problem,) = of(ProblemRecord, records)
    first = next(p for p in wanted if "pupil_number" in p.fields)
    assert (problem.code, problem.fatal) == ("row_not_readable", False)
    assert (problem.missing, problem.key) == ("pupil", first.key)
    assert problem.place == f"leerling 0 ({school.brin}00)"
    assert "onverwacht" not in problem.detail
    assert of(PersonRecord, records) == [person for person in wanted if person != first]


async def test_a_row_without_uuid_is_reported_and_so_is_whom_the_groups_miss(
    client: SomtodayClient, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    wanted = of(PersonRecord, await read_school(client, school))
    fault = {"match": "/leerling", "kind": "missing_field", "field": "uuid"}
    await somtoday.connect.faults(fault)
    records = await read_school(client, school)
    first = next(p for p in wanted if "pupil_number" in p.fields)
    found = [(p.code, p.missing, p.key) for p in of(ProblemRecord, records)]
    unnamed = ("row_without_uuid", "pupil", None)
    assert found == [unnamed, ("row_missing", "pupil", first.key)]


async def test_a_pupil_whom_no_page_held_is_missed_because_groups_name_them(
    client: SomtodayClient, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    wanted = of(PersonRecord, await read_school(client, school))
    await somtoday.connect.faults({"match": "/leerling", "kind": "skip_row"})
    records = await read_school(client, school)
    lost = {person.key for person in wanted} - {person.key for person in of(PersonRecord, records)}
    problems = of(ProblemRecord, records)
    assert lost
    assert {(p.code, p.missing) for p in problems} == {("row_missing", "pupil")}
    assert {p.key for p in problems} == lost


@pytest.mark.parametrize("field", ["lesgroepen", "plaatsingen"])
async def test_a_pupil_whose_groups_were_not_sent_is_left_as_is(
    client: SomtodayClient, school: School, somtoday: Somtoday, field: str
) -> None:
    await somtoday.open(school)
    wanted = of(PersonRecord, await read_school(client, school))
    fault = {"match": "/leerling", "kind": "missing_field", "field": field, "all_rows": True}
    await somtoday.connect.faults(fault)
    records = await read_school(client, school)
    pupils = {person.key for person in wanted if person.role is PersonRole.PUPIL}
    assert {problem.key for problem in of(ProblemRecord, records)} == pupils
    assert [person for person in wanted if person.role is PersonRole.EMPLOYEE] == of(
        PersonRecord, records
    )


async def test_what_everybody_has_is_never_emptied_because_it_was_not_sent(
    client: SomtodayClient, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school)
    wanted = of(PersonRecord, await read_school(client, school))
    fault = {"match": "/leerling", "kind": "missing_field", "field": "roepnaam"}
    await somtoday.connect.faults(fault)
    records = await read_school(client, school)
    (problem,) = of(ProblemRecord, records)
    assert (problem.code, problem.missing) == ("field_missing", None)
    assert "roepnaam" in problem.detail
    first = next(p for p in wanted if p.role is PersonRole.PUPIL)
    found = next(p for p in of(PersonRecord, records) if p.key == first.key)
    assert found.fields == {n: v for n, v in first.fields.items() if n != "given_name"}


def pupil(uuid: str, *groups: str) -> dict[str, Any]:
    return {"uuid": uuid, "plaatsingen": [], "lesgroepen": [{"uuid": group} for group in groups]}


async def test_a_pupil_at_two_vestigingen_is_one_person_in_the_groups_of_both(
    stage: Stage,
) -> None:
    rows = {
        (NORTH.uuid, Kind.LESGROEP): [{"uuid": "n"}],
        (SOUTH.uuid, Kind.LESGROEP): [{"uuid": "z"}],
        (NORTH.uuid, Kind.LEERLING): [pupil("noor", "n", "z"), pupil("jan", "n")],
        (SOUTH.uuid, Kind.LEERLING): [pupil("noor", "n", "z"), pupil("piet", "z", "elders")],
    }
    records = await read_rows(stage, StandIn(rows))
    people = of(PersonRecord, records)
    assert [person.ref for person in people] == ["noor", "jan", "piet"]
    assert people[0].fields["vestiging_code"] == "99ZX01"
    members = [(m.person, m.group) for m in of(MembershipRecord, records)]
    assert sorted(members) == [("jan", "n"), ("noor", "n"), ("noor", "z"), ("piet", "z")]


async def test_an_employee_at_two_vestigingen_leads_each_group_once(
    stage: Stage,
) -> None:
    teaches = {"uuid": "wat", "lesgroepen": [{"uuid": "n"}, {"uuid": "z"}, {"uuid": "elders"}]}
    rows = {
        (NORTH.uuid, Kind.STAMGROEP): [{"uuid": "s", "mentoren": [{"medewerker_uuid": "wat"}]}],
        (NORTH.uuid, Kind.LESGROEP): [{"uuid": "n", "docenten": ["wat", "weg"]}],
        (SOUTH.uuid, Kind.LESGROEP): [{"uuid": "z", "docenten": ["wat"]}],
        (NORTH.uuid, Kind.MEDEWERKER): [{"uuid": "wat", "hoofdvestiging": {"uuid": SOUTH.uuid}}],
        (SOUTH.uuid, Kind.MEDEWERKER): [teaches],
    }
    records = await read_rows(stage, StandIn(rows))
    (person,) = of(PersonRecord, records)
    assert person.fields == {"vestiging_code": "99ZX02"}
    members = [(m.group, m.role) for m in of(MembershipRecord, records)]
    assert sorted(members) == [("n", "teacher"), ("s", "mentor"), ("z", "teacher")]


@pytest.mark.parametrize(
    "rights",
    [
        {**STRUCTURE, "lesgroepen": False},
        {**STRUCTURE, "plaatsingen": False},
        {**STRUCTURE, "plaatsingVeldpermissies": {"stamgroep": False}},
        {"plaatsingen": True},
        None,
    ],
    ids=["no lesgroepen", "no plaatsingen", "no stamgroep", "not said", "no veldpermissies"],
)
async def test_without_the_groups_of_pupils_nothing_is_taken_for_their_leaving(
    stage: Stage, rights: dict[str, Any] | None
) -> None:
    rows = {(NORTH.uuid, Kind.LEERLING): [pupil("noor")]}
    with pytest.raises(StructureNotPermittedError):
        await read_rows(stage, StandIn(rows, {Kind.LEERLING: rights}))
