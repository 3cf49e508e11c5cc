from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.clock import Schooljaar, now, today
from shared.database import Database
from shared.roster.document import (
    Header,
    PersonRecord,
    PersonRole,
    ProblemRecord,
    Trailer,
)
from shared.roster.ndjson import DocumentReader, IncompleteDocumentError
from tests.connector.api.conftest import Activated
from tests.connector.conftest import NewKurve, Somtoday
from tests.connector.kurve import REQUIRED, SECRET, Kurve, School, run_worker, whole


async def test_a_roster_is_a_header_records_and_a_trailer_that_proves_it(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, _ = await activated()
    answer = await kurve.roster(school)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    records = whole(answer.content)
    header, trailer = records[0], records[-1]
    assert isinstance(header, Header)
    assert isinstance(trailer, Trailer)
    assert (header.source, header.schooljaar) == ("somtoday", str(Schooljaar.of(today())))
    assert abs(now() - header.fetched_at) < timedelta(minutes=1)
    assert set(header.complete_for) == {"pupil", "employee", "stamgroep", "lesgroep"}
    known = somtoday.state.school(school.brin)
    assert trailer.persons == len(known.leerlingen) + len(known.medewerkers)
    assert trailer.groups == len(known.stamgroepen) + len(known.lesgroepen)
    assert trailer.problems == 0


async def test_a_roster_holds_what_the_product_asked_and_the_school_permitted(
    kurve: Kurve, school: School, somtoday: Somtoday
) -> None:
    await somtoday.open(school, optionele_datavelden=["emailadres", "gebruikersnaam"])
    await kurve.active(school)
    records = whole((await kurve.roster(school)).content)
    by_ref = {p.ref: p.fields for p in records if isinstance(p, PersonRecord)}
    pupils = somtoday.state.school(school.brin).leerlingen
    for uuid, pupil in pupils.items():
        fields = by_ref[uuid]
        # Permitted and wanted: value or null. Permitted only (gebruikersnaam), wanted only
        # (eckid): absent.
        assert fields["email"] == pupil.velden.get("emailadres")
        assert fields["prefix"] == pupil.velden.get("voorvoegsel")
        assert fields["family_name"] == pupil.velden["achternaam"]
        assert not {"username", "eck_id", "real_id", "employee_code"} & set(fields)
    roles = {p.role for p in records if isinstance(p, PersonRecord)}
    assert roles == set(PersonRole)


async def test_a_doelgroep_and_its_vestigingen_limit_the_roster(
    kurve: Kurve, add_school: Any, somtoday: Somtoday
) -> None:
    school = await add_school(pupils=100)
    site = school.sites[0]
    await somtoday.open(school, vestigingen=[site["brin6"]], leerjaren=[1])
    await kurve.active(school)
    records = whole((await kurve.roster(school)).content)
    pupils = [p for p in records if isinstance(p, PersonRecord) and p.role is PersonRole.PUPIL]
    assert 0 < len(pupils) < 50
    assert {(p.fields["leerjaar"], p.fields["vestiging_code"]) for p in pupils} == {
        ("1", site["brin6"])
    }


async def test_before_it_is_active_there_is_no_roster(kurve: Kurve, school: School) -> None:
    nothing = await kurve.roster(school)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
    await kurve.requested(school)
    answer = await kurve.roster(school)
    assert (answer.status_code, answer.json()["code"]) == (409, "koppeling_not_active")


@pytest.mark.parametrize("column", ["begin_on", "end_on"])
async def test_outside_its_dates_there_is_no_roster_even_before_the_next_look(
    kurve: Kurve, activated: Activated, owner: Database, column: str
) -> None:
    school, koppeling = await activated()
    day = today() + timedelta(days=1 if column == "begin_on" else -1)
    async with owner.transaction() as connection:
        statement = text(f"UPDATE koppeling SET {column} = :day WHERE id = :id")
        await connection.execute(statement, {"day": day, "id": koppeling})
    assert (await kurve.show(koppeling))["state"] == "active"
    answer = await kurve.roster(school)
    assert (answer.status_code, answer.json()["code"]) == (409, "koppeling_not_active")


async def test_one_hiccup_stops_no_fetch_but_a_withheld_dataveld_does_also_after_a_hiccup(
    new_kurve: NewKurve, school: School, somtoday: Somtoday
) -> None:
    async with new_kurve() as kurve:
        await somtoday.open(school, optionele_datavelden=["eckid"])
        koppeling = await kurve.active(school)

        async def after_a_look(*faults: dict[str, object]) -> tuple[str, str, int]:
            await somtoday.connect.faults(*faults)
            await kurve.post(koppeling, "verify")
            await run_worker(kurve.settings)
            await somtoday.connect.faults()
            found = await kurve.show(koppeling)
            return found["state"], found["problem"], (await kurve.roster(school)).status_code

        fails = {"match": "connect/vestiging$", "kind": "status", "status": 503}
        assert await after_a_look(fails) == ("degraded", "source_unavailable", 200)
        asks = {
            "name": "Numo",
            "somtoday_client_id": "numo",
            "somtoday_client_secret": SECRET,
            "required_datavelden": [*REQUIRED, "emailadres"],
        }
        changed = await kurve.client.put(f"/v1/products/{kurve.product}", json=asks)
        assert changed.status_code == 200, changed.text
        assert await after_a_look() == ("degraded", "dataveld_not_permitted", 409)
        assert await after_a_look(fails) == ("degraded", "dataveld_not_permitted", 409)


async def test_a_koppeling_that_was_revoked_unseen_gives_no_empty_roster(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, _ = await activated()
    await somtoday.close(school)
    answer = await kurve.roster(school)
    assert (answer.status_code, answer.json()["code"]) == (409, "koppeling_not_active")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "html_maintenance"}, "source_unavailable"),
        ({"kind": "status", "status": 503}, "source_unavailable"),
        ({"kind": "wrong_type", "field": "naam"}, "source_unavailable"),
        ({"kind": "status", "status": 401}, "koppeling_not_active"),
    ],
    ids=["maintenance", "503", "unreadable vestiging", "401"],
)
async def test_what_goes_wrong_before_the_first_line_is_a_problem_document(
    kurve: Kurve, activated: Activated, somtoday: Somtoday, fault: dict[str, object], code: str
) -> None:
    school, _ = await activated()
    await somtoday.connect.faults({"match": "connect/vestiging$", **fault})
    answer = await kurve.roster(school)
    assert answer.status_code == (409 if code == "koppeling_not_active" else 502)
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"match": "/medewerker", "kind": "status"}, "source_unavailable"),
        ({"match": "/leerling", "kind": "drop"}, "source_unavailable"),
        ({"match": "/leerling", "kind": "truncate"}, "source_unavailable"),
        ({"match": "/lesgroep", "kind": "html_maintenance"}, "source_unavailable"),
        ({"match": "/leerling", "kind": "status", "status": 401}, "not_opened"),
    ],
    ids=["503", "dropped", "truncated", "maintenance", "access lost"],
)
async def test_a_failure_in_mid_stream_ends_it_with_a_fatal_problem_and_no_trailer(
    kurve: Kurve, activated: Activated, somtoday: Somtoday, fault: dict[str, object], code: str
) -> None:
    school, _ = await activated()
    await somtoday.connect.faults(fault)
    answer = await kurve.roster(school)
    assert answer.status_code == 200
    reader = DocumentReader()
    records = [reader.read(line) for line in answer.content.splitlines()]
    last = records[-1]
    assert isinstance(records[0], Header)
    assert isinstance(last, ProblemRecord)
    assert (last.code, last.fatal) == (code, True)
    assert sum(isinstance(r, ProblemRecord) for r in records) == 1
    with pytest.raises(IncompleteDocumentError):
        reader.finish()


async def test_a_passing_failure_in_mid_stream_is_not_noticed(
    kurve: Kurve, activated: Activated, somtoday: Somtoday
) -> None:
    school, _ = await activated()
    wanted = whole((await kurve.roster(school)).content)[1:]
    await somtoday.connect.faults(
        {"match": "/leerling", "kind": "drop", "times": 1},
        {"match": "/lesgroep", "kind": "expire_token", "times": 1},
    )
    assert whole((await kurve.roster(school)).content)[1:-1] == wanted[:-1]
    await run_worker(kurve.settings)
