"""What was stated of a koppeling, enforced on what is fetched and passed on."""

from typing import Any

import pytest

from shared.roster.document import GroupRecord, MembershipRecord, PersonRecord, PersonRole
from tests.connector.api.conftest import Activated
from tests.connector.conftest import Somtoday
from tests.connector.kurve import Kurve, School, whole


async def state(kurve: Kurve, koppeling: str, **given: object) -> Any:
    return await kurve.client.patch(
        f"/v1/koppelingen/{koppeling}", json=given, headers={"If-Match": "*"}
    )


async def compared(kurve: Kurve, koppeling: str) -> Any:
    answer = await kurve.client.get(f"/v1/koppelingen/{koppeling}/stated-and-observed")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def findings(kurve: Kurve, koppeling: str) -> list[tuple[str, str | None]]:
    found = (await compared(kurve, koppeling))["disagreements"]
    return [(one["code"], one["subject"]) for one in found]


def people(records: list[Any], role: PersonRole) -> list[PersonRecord]:
    return [one for one in records if isinstance(one, PersonRecord) and one.role is role]


def consistent(records: list[Any]) -> bool:
    refs = {one.ref for one in records if isinstance(one, PersonRecord | GroupRecord)}
    members = [one for one in records if isinstance(one, MembershipRecord)]
    return all({one.person, one.group} <= refs for one in members)


@pytest.fixture
async def large(kurve: Kurve, add_school: Any, somtoday: Somtoday) -> tuple[School, str]:
    """A school of several onderwijssoorten that opened all of it, active."""
    school = await add_school(pupils=120)
    await somtoday.open(school)
    return school, await kurve.active(school)


async def test_only_the_stated_leerjaren_and_onderwijssoorten_are_passed_on(
    kurve: Kurve, large: tuple[School, str]
) -> None:
    school, koppeling = large
    before = whole((await kurve.roster(school)).content)
    everybody = people(before, PersonRole.PUPIL)
    soort = everybody[0].fields["onderwijssoort"]
    wanted = {"onderwijssoorten": [str(soort).lower()], "leerjaren": [1, 2]}
    assert (await state(kurve, koppeling, doelgroep=wanted)).status_code == 200
    records = whole((await kurve.roster(school)).content)
    pupils = people(records, PersonRole.PUPIL)
    inside = [
        one.ref
        for one in everybody
        if one.fields["onderwijssoort"] == soort and one.fields["leerjaar"] in {"1", "2"}
    ]
    assert 0 < len(pupils) < len(everybody)
    assert [one.ref for one in pupils] == inside
    groups = [one for one in records if isinstance(one, GroupRecord)]
    assert {one.fields["leerjaar"] for one in groups} <= {"1", "2"}
    teachers = people(records, PersonRole.EMPLOYEE)
    assert 0 < len(teachers) <= len(people(before, PersonRole.EMPLOYEE))
    led = {one.person for one in records if isinstance(one, MembershipRecord)}
    assert {one.ref for one in teachers} <= led
    assert consistent(records)


async def test_only_who_has_a_stated_vak_is_passed_on(
    kurve: Kurve, large: tuple[School, str]
) -> None:
    school, koppeling = large
    before = whole((await kurve.roster(school)).content)
    lessons = [one for one in before if isinstance(one, GroupRecord) and one.fields.get("vak")]
    vak = lessons[0].fields["vak"]
    assert (await state(kurve, koppeling, doelgroep={"vakken": [vak]})).status_code == 200
    records = whole((await kurve.roster(school)).content)
    groups = [one for one in records if isinstance(one, GroupRecord)]
    assert {one.fields["vak"] for one in groups if one.group_kind == "lesgroep"} == {vak}
    named = {one.ref for one in lessons if one.fields["vak"] == vak}
    having = {
        one.person for one in before if isinstance(one, MembershipRecord) and one.group in named
    }
    refs = {one.ref for one in people(records, PersonRole.PUPIL)}
    assert refs
    assert refs == having & {one.ref for one in people(before, PersonRole.PUPIL)}
    assert consistent(records)


async def test_an_optional_dataveld_that_was_not_agreed_upon_is_not_passed_on(
    kurve: Kurve, activated: Activated
) -> None:
    school, koppeling = await activated()
    first = people(whole((await kurve.roster(school)).content), PersonRole.PUPIL)[0]
    assert "email" in first.fields
    assert (await state(kurve, koppeling, datavelden=[])).status_code == 200
    records = whole((await kurve.roster(school)).content)
    assert all("email" not in one.fields for one in people(records, PersonRole.PUPIL))
    refused = await state(kurve, koppeling, datavelden=["gebruikersnaam"])
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert (await state(kurve, koppeling, datavelden=None)).status_code == 200
    records = whole((await kurve.roster(school)).content)
    assert "email" in people(records, PersonRole.PUPIL)[0].fields


async def test_a_vestiging_that_was_not_stated_is_not_even_asked_for(
    kurve: Kurve, add_school: Any, somtoday: Somtoday
) -> None:
    school = await add_school(pupils=300)
    one, other = school.sites[:2]
    await somtoday.open(school)
    koppeling = await kurve.active(school, doelgroep={"vestigingen": [one["brin6"]]})
    await somtoday.connect.faults(
        {"match": f"{other['uuid']}/leerling", "kind": "status", "status": 503}
    )
    records = whole((await kurve.roster(school)).content)
    codes = {one.fields["vestiging_code"] for one in people(records, PersonRole.PUPIL)}
    assert codes == {one["brin6"]}
    assert await somtoday.struck() == [0]
    found = (await compared(kurve, koppeling))["disagreements"]
    unstated = [one for one in found if one["code"] == "open_vestiging_not_stated"]
    assert other["naam"] in {one["vestiging"] for one in unstated}
    assert not any(one["is_warning"] for one in unstated)


async def test_when_only_other_vestigingen_are_open_nothing_is_fetched(
    kurve: Kurve, activated: Activated, make_verified: Any
) -> None:
    school, koppeling = await activated()
    await state(kurve, koppeling, doelgroep={"vestigingen": ["00AA00"]})
    refused = await kurve.roster(school)
    assert (refused.status_code, refused.json()["code"]) == (409, "koppeling_not_active")
    await make_verified(koppeling)
    seen = await kurve.show(koppeling)
    assert (seen["state"], seen["problem"]) == ("degraded", "stated_vestiging_not_open")


async def test_a_roster_leaves_what_appeared_and_nobody_in_it(
    kurve: Kurve, large: tuple[School, str], somtoday: Somtoday
) -> None:
    school, koppeling = large
    await state(kurve, koppeling, doelgroep={"leerjaren": [1], "vakken": ["bestaat-niet"]})
    await kurve.roster(school)
    seen = await compared(kurve, koppeling)
    traits = {(one["trait"], one["word"]) for one in seen["observed"]["traits"]}
    assert {"onderwijssoort", "leerjaar", "vak"} == {trait for trait, _ in traits}
    assert ("leerjaar", "2") in traits
    assert seen["observed"]["last_roster_at"] is not None
    assert ("vak_never_appears", "bestaat-niet") in await findings(kurve, koppeling)
    names = {
        one.velden["achternaam"] for one in somtoday.state.school(school.brin).leerlingen.values()
    }
    assert not names & set(str(seen).split("'"))


async def test_what_is_stated_is_kept_with_who_said_it(kurve: Kurve, activated: Activated) -> None:
    _, koppeling = await activated()
    await state(kurve, koppeling, doelgroep={"leerjaren": [2, 1, 2]})
    await state(kurve, koppeling, doelgroep={"onderwijssoorten": ["HAVO"]})
    shown = await kurve.show(koppeling)
    assert shown["doelgroep"] == {
        "vestigingen": None,
        "onderwijssoorten": ["HAVO"],
        "leerjaren": [1, 2],
        "vakken": None,
    }
    await state(kurve, koppeling, doelgroep=None)
    assert set((await kurve.show(koppeling))["doelgroep"].values()) == {None}
    events = (await kurve.client.get(f"/v1/koppelingen/{koppeling}/history")).json()["items"]
    reasons = [one["reason"] for one in events if one["event"] == "change"]
    assert reasons[0] == "leerjaren: null -> 1, 2"
    assert all(one["actor"].startswith("ops") or "key" in one["actor"] for one in events[-3:])


async def test_an_explanation_tells_the_stated_doelgroep_apart(
    kurve: Kurve, large: tuple[School, str]
) -> None:
    school, koppeling = large
    records = whole((await kurve.roster(school)).content)
    pupil = next(one for one in people(records, PersonRole.PUPIL) if one.fields["leerjaar"] == "2")
    asked = {"leerlingnummer": str(pupil.fields["pupil_number"])}
    path = f"/v1/koppelingen/{koppeling}/explain"
    await state(kurve, koppeling, doelgroep={"leerjaren": [1]})
    (found,) = (await kurve.client.get(path, params=asked)).json()["findings"]
    assert (found["cause"], found["certainty"]) == ("outside_stated_doelgroep", "certain")
    await state(kurve, koppeling, doelgroep={"leerjaren": None, "vakken": ["bio"]})
    both = (await kurve.client.get(path, params=asked)).json()["findings"]
    assert {(one["cause"], one["certainty"]) for one in both} == {
        ("outside_stated_doelgroep", "likely"),
        ("delivered", "likely"),
    }
