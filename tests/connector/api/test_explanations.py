"""Why is this pupil not in Numo?"""

from datetime import timedelta
from typing import Any

import pytest

from services.sandbox.state import Sandbox
from shared.clock import today
from shared.ids import new_id
from tests.connector.api.conftest import Activated
from tests.connector.conftest import Somtoday
from tests.connector.kurve import Kurve, School

LIKELY = ["left_or_not_placed", "outside_doelgroep", "other_number"]


async def _ask(kurve: Kurve, koppeling: str, number: object) -> list[dict[str, Any]]:
    asked = {"leerlingnummer": str(number)}
    answer = await kurve.client.get(f"/v1/koppelingen/{koppeling}/explain", params=asked)
    assert answer.status_code == 200, answer.text
    findings: list[dict[str, Any]] = answer.json()["findings"]
    assert all(found["detail"] for found in findings)
    return findings


def _causes(findings: list[dict[str, Any]], certainty: str) -> list[str]:
    assert {found["certainty"] for found in findings} == {certainty}
    return [found["cause"] for found in findings]


def _pupil(state: Sandbox, school: School) -> Any:
    return next(iter(state.school(school.brin).leerlingen.values()))


async def test_a_pupil_whom_somtoday_delivers_is_said_so_for_certain(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, koppeling = await activated()
    pupil = _pupil(somtoday.state, school)
    number = pupil.velden["leerlingnummer"]
    for written in (number, f"00{number}"):
        (found,) = await _ask(kurve, koppeling, written)
        assert (found["cause"], found["certainty"]) == ("delivered", "certain")
        assert found["vestiging"] == school.sites[0]["naam"]
    text = str(await _ask(kurve, koppeling, number))
    assert pupil.velden["achternaam"] not in text


async def test_an_unreadable_row_is_told_apart(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, koppeling = await activated()
    number = _pupil(somtoday.state, school).velden["leerlingnummer"]
    await somtoday.connect.faults(
        {"match": "/leerling", "kind": "wrong_type", "field": "achternaam", "all_rows": True}
    )
    assert _causes(await _ask(kurve, koppeling, number), "certain") == ["row_not_readable"]


async def test_whoever_begins_next_schooljaar_is_told_apart(
    kurve: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school, einddatum=None)
    koppeling = await kurve.active(school)
    pupil = _pupil(somtoday.state, school)
    begins = today().replace(month=8, day=1) + timedelta(days=0 if today().month < 8 else 365)
    for place in pupil.plaatsingen:
        place.start, place.end = begins, begins + timedelta(days=300)
        place.schooljaar = f"{begins.year}/{begins.year + 1}"
    somtoday.state.school(school.brin).version += 1
    found = await _ask(kurve, koppeling, pupil.velden["leerlingnummer"])
    assert _causes(found, "certain") == ["starts_next_schooljaar"]


async def test_whom_somtoday_does_not_show_may_have_left_or_fall_outside(
    kurve: Kurve, activated: Activated
) -> None:
    _, koppeling = await activated()
    assert _causes(await _ask(kurve, koppeling, 999_999_999), "likely") == LIKELY


async def test_a_vestiging_that_was_closed_is_named(
    kurve: Kurve, add_school: Any, somtoday: Somtoday
) -> None:
    school = await add_school(120)
    await somtoday.open(school)
    koppeling = await kurve.active(school)
    first, second = school.sites
    await somtoday.open(school, vestigingen=[first["uuid"]])
    found = await _ask(kurve, koppeling, 999_999_999)
    assert _causes(found, "likely") == ["vestiging_closed", *LIKELY]
    assert found[0]["vestiging"] == second["naam"]


async def test_a_koppeling_that_is_not_active_explains_everything(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, koppeling = await activated()
    number = _pupil(somtoday.state, school).velden["leerlingnummer"]
    await somtoday.close(school)
    assert _causes(await _ask(kurve, koppeling, number), "certain") == ["koppeling_not_active"]
    await kurve.post(koppeling, "pause")
    assert _causes(await _ask(kurve, koppeling, number), "certain") == ["koppeling_not_active"]


async def test_a_somtoday_that_fails_is_said_so(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    _, koppeling = await activated()
    await somtoday.connect.faults({"match": "/leerling", "kind": "html_maintenance"})
    assert _causes(await _ask(kurve, koppeling, 1), "certain") == ["somtoday_unavailable"]


@pytest.mark.parametrize("number", ["", "abc", "1" * 13, "-1", "1.5"])
async def test_what_is_no_leerlingnummer_is_refused(
    kurve: Kurve, activated: Activated, number: str
) -> None:
    _, koppeling = await activated()
    path = f"/v1/koppelingen/{koppeling}/explain"
    answer = await kurve.client.get(path, params={"leerlingnummer": number})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_an_unknown_koppeling_is_not_found(kurve: Kurve) -> None:
    path = f"/v1/koppelingen/{new_id()}/explain"
    answer = await kurve.client.get(path, params={"leerlingnummer": "1"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
