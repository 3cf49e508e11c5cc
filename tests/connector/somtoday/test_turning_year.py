"""VOLGEND in July, HUIDIG on 1 August: nobody comes, goes or changes class a day too early."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date

import pytest

from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.fetch import Wish
from services.connector.somtoday.observe import open_sites
from services.connector.somtoday.search import Peil, search_pupil
from services.sandbox.schooljaar import first_year
from shared.clock import today
from shared.roster.document import GroupRecord, PersonRecord, Record
from tests.connector.conftest import Somtoday
from tests.connector.kurve import School
from tests.connector.somtoday.conftest import access_for
from tests.connector.somtoday.reading import ALL, of, read

TURNS = date(first_year(today()) + 1, 8, 1)
JULY = TURNS.replace(month=7, day=15)


@pytest.fixture
async def turn_to(somtoday: Somtoday) -> AsyncIterator[Callable[[date], Awaitable[object]]]:
    """Let another day be it in Somtoday; the next test is in today's again."""

    async def turn(day: date) -> object:
        return await somtoday.connect.client.put("/sandbox/clock", json={"today": str(day)})

    yield turn
    await turn(today())


async def _read_on(day: date, client: SomtodayClient, school: School) -> list[Record]:
    access = access_for(school)
    return await read(client, Wish(access, await open_sites(client, access), ALL, day))


async def _sees(client: SomtodayClient, school: School, number: int, peil: Peil) -> bool:
    access = access_for(school)
    found = await search_pupil(client, access, await open_sites(client, access), number, peil)
    return found.sighting is not None


async def test_july_has_the_year_that_ends_and_1_august_the_one_that_was_planned(
    client: SomtodayClient,
    add_school: Callable[..., Awaitable[School]],
    somtoday: Somtoday,
    turn_to: Callable[[date], Awaitable[object]],
) -> None:
    school = await add_school(pupils=120)
    await somtoday.open(school, einddatum=None)
    state = somtoday.state.school(school.brin)
    classes = {*state.stamgroepen, *state.lesgroepen}
    planned = await somtoday.connect.client.post(f"/sandbox/schools/{school.brin}/next-year")
    comes, goes = (
        {one["uuid"] for name in names for one in planned.json()[name]}
        for names in (("joined",), ("left", "graduated"))
    )
    number = state.leerlingen[min(comes)].velden["leerlingnummer"]

    await turn_to(JULY)
    july = await _read_on(JULY, client, school)
    people = {one.ref for one in of(PersonRecord, july)}
    assert people.isdisjoint(comes)
    assert goes <= people
    groups = {one.ref for one in of(GroupRecord, july)}
    assert groups == classes
    assert await _sees(client, school, number, Peil.NEXT)
    assert not await _sees(client, school, number, Peil.TODAY)

    await turn_to(TURNS)
    august = await _read_on(TURNS, client, school)
    assert {one.ref for one in of(PersonRecord, august)} == people - goes | comes
    assert groups.isdisjoint(one.ref for one in of(GroupRecord, august))
    assert await _sees(client, school, number, Peil.TODAY)
