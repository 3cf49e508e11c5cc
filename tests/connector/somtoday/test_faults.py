"""What a whole roster becomes under each fault of Somtoday; docs/connector.md has the table."""

from typing import Any

import httpx
import pytest

from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import AccessRefusedError, SourceUnavailableError
from shared.roster.document import PersonRecord, ProblemRecord
from tests.connector.conftest import Somtoday
from tests.connector.kurve import School
from tests.connector.somtoday.reading import of, read_school

PASSING: dict[str, dict[str, object]] = {
    "slow page": {"kind": "latency", "seconds": 0.05},
    "dropped connection in mid-page": {"kind": "drop", "times": 1},
    "truncated JSON": {"kind": "truncate", "times": 1},
    "429": {"kind": "rate_limit", "retry_after": 0, "times": 2},
    "token expiring in mid-fetch": {"kind": "expire_token", "times": 1},
    "page that repeats a row": {"kind": "repeat_row"},
    "unknown new field": {"kind": "unknown_field", "all_rows": True},
}
REPORTED: dict[str, tuple[dict[str, object], str]] = {
    "page that skips a row": ({"kind": "skip_row"}, "row_missing"),
    "missing required field": ({"kind": "missing_field", "field": "roepnaam"}, "field_missing"),
    "wrong type in one row": ({"kind": "wrong_type", "field": "achternaam"}, "row_not_readable"),
}
ENDING: dict[str, tuple[dict[str, object], type[Exception]]] = {
    "connection that keeps dropping": ({"kind": "drop"}, SourceUnavailableError),
    "HTML maintenance page with status 200": ({"kind": "html_maintenance"}, SourceUnavailableError),
}


@pytest.fixture
async def opened(somtoday: Somtoday, school: School) -> School:
    await somtoday.open(school)
    return school


@pytest.mark.parametrize("fault", PASSING)
async def test_what_passes_changes_nothing_in_the_roster(
    client: SomtodayClient, opened: School, somtoday: Somtoday, fault: str
) -> None:
    wanted = await read_school(client, opened)
    await somtoday.connect.faults({"match": "/(leerling|medewerker|lesgroep)", **PASSING[fault]})
    assert await read_school(client, opened) == wanted
    assert (await somtoday.struck())[0] >= 1


@pytest.mark.parametrize("fault", REPORTED)
async def test_what_one_row_lacks_is_reported_and_every_other_row_arrives(
    client: SomtodayClient, opened: School, somtoday: Somtoday, fault: str
) -> None:
    rule, code = REPORTED[fault]
    wanted = await read_school(client, opened)
    await somtoday.connect.faults({"match": "/leerling", **rule})
    found = await read_school(client, opened)
    problems, people = of(ProblemRecord, found), of(PersonRecord, found)
    assert {(problem.code, problem.fatal) for problem in problems} == {(code, False)}
    touched = {person.key for person in of(PersonRecord, wanted) if person not in people}
    assert len(touched) == len(problems) == 1
    assert problems[0].key in {*touched, None}


@pytest.mark.parametrize("fault", ENDING)
async def test_what_stays_ends_the_reading(
    client: SomtodayClient, opened: School, somtoday: Somtoday, fault: str
) -> None:
    rule, error = ENDING[fault]
    await somtoday.connect.faults({"match": "/medewerker", **rule})
    with pytest.raises(error):
        await read_school(client, opened)


async def test_a_page_slower_than_the_time_out_is_asked_for_again(
    client: SomtodayClient, opened: School, somtoday: Somtoday
) -> None:
    wanted = await read_school(client, opened)
    client._caller._http.timeout = httpx.Timeout(0.3)
    await somtoday.connect.faults(
        {"match": "/leerling", "kind": "latency", "seconds": 0.5, "times": 1}
    )
    assert await read_school(client, opened) == wanted
    assert await somtoday.struck() == [1]


async def test_a_vestiging_losing_access_between_two_pages_ends_the_reading(
    client: SomtodayClient, add_school: Any, somtoday: Somtoday
) -> None:
    school = await add_school(pupils=420)
    await somtoday.open(school)
    later = f"{school.sites[1]['uuid']}/leerling.*offset=199"
    await somtoday.connect.faults({"match": later, "kind": "status", "status": 401})
    with pytest.raises(AccessRefusedError):
        await read_school(client, school)
    assert (await somtoday.struck())[0] >= 1


@pytest.mark.parametrize("shift", ["skip_row", "repeat_row"])
async def test_rows_that_moved_while_they_were_read_are_looked_at_again(
    client: SomtodayClient, add_school: Any, somtoday: Somtoday, shift: str
) -> None:
    school = await add_school(pupils=420)
    await somtoday.open(school)
    wanted = await read_school(client, school)
    moving = {"match": "/(leerling|lesgroep).*offset=199", "kind": shift}
    await somtoday.connect.faults({**moving, "times": 1})
    found = await read_school(client, school)
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))
    assert await somtoday.struck() == [1]
    await somtoday.connect.faults(moving)
    problems = of(ProblemRecord, await read_school(client, school))
    never_whole = [one for one in problems if one.code == "pages_moved"]
    assert {(one.missing, one.key, one.fatal) for one in never_whole} >= {("pupil", None, False)}
    assert {one.code for one in problems} <= {"pages_moved", "row_missing"}
