import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.connector.somtoday.access import Access
from services.connector.somtoday.calls import _retry_after
from services.connector.somtoday.client import SomtodayClient
from services.connector.somtoday.errors import AccessRefusedError, SourceUnavailableError
from services.connector.somtoday.observe import Seen, find_organisation, observe, open_sites
from services.connector.somtoday.open import open_somtoday
from services.connector.somtoday.pages import LEERLINGEN, LESGROEPEN, MEDEWERKERS, STAMGROEPEN
from services.connector.somtoday.wire import Leerling
from shared.crypto import SecretBox
from tests.connector.conftest import Somtoday
from tests.connector.kurve import School
from tests.connector.somtoday.conftest import access_for

PUPILS = {"match": "/leerling"}


async def pupils(client: SomtodayClient, access: Access, school: School) -> list[str]:
    pages = client.pages(access, school.sites[0]["uuid"], LEERLINGEN)
    rows = [row async for page in pages for row in page.rows]
    return [row.uuid or "" for row in rows if isinstance(row, Leerling)]


@pytest.fixture
async def opened(somtoday: Somtoday, school: School) -> School:
    await somtoday.open(school)
    return school


async def test_every_kind_can_be_read_to_its_end(
    client: SomtodayClient, access: Access, opened: School
) -> None:
    for kind in (STAMGROEPEN, LESGROEPEN, LEERLINGEN, MEDEWERKERS):
        reading: Any = client.pages(access, opened.sites[0]["uuid"], kind)
        (page,) = [page async for page in reading]
        assert page.rights.allows("uuid", present=False)
        assert all(row.uuid for row in page.rows)
        assert page.rows


async def test_a_collection_is_read_page_by_page_without_a_row_lost(
    client: SomtodayClient, add_school: Any, somtoday: Somtoday
) -> None:
    large = await add_school(pupils=850)
    await somtoday.open(large)
    counted = {**PUPILS, "kind": "latency", "seconds": 0}
    await somtoday.connect.faults(counted)
    found = await pupils(client, access_for(large), large)
    assert len(found) == len(set(found)) == 425
    assert await somtoday.struck() == [3]


async def test_what_stops_one_page_makes_no_other_be_read_again(
    client: SomtodayClient, add_school: Any, somtoday: Somtoday
) -> None:
    large = await add_school(pupils=850)
    await somtoday.open(large)
    wanted = await pupils(client, access_for(large), large)
    page = "/leerling.*offset={}&"
    for fault in (
        {"kind": "drop"},
        {"kind": "truncate"},
        {"kind": "rate_limit", "retry_after": 0},
        {"kind": "status", "status": 503},
        {"kind": "expire_token"},
    ):
        asked = [
            {"match": page.format(offset), "kind": "latency", "seconds": 0}
            for offset in (0, 199, 398)
        ]
        await somtoday.connect.faults(*asked, {"match": page.format(199), **fault, "times": 1})
        assert await pupils(client, access_for(large), large) == wanted
        # The one that was struck comes twice; with a new token or the same, at its own place.
        assert await somtoday.struck() == [1, 2, 1, 1], fault


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "latency", "seconds": 0.05},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 408},
        {"kind": "rate_limit", "retry_after": 0},
        {"kind": "drop"},
        {"kind": "truncate"},
        {"kind": "expire_token"},
        {"kind": "unknown_field", "all_rows": True},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)
async def test_a_passing_fault_is_got_over(
    client: SomtodayClient,
    access: Access,
    opened: School,
    somtoday: Somtoday,
    fault: dict[str, object],
) -> None:
    wanted = await pupils(client, access, opened)
    await somtoday.connect.faults({**PUPILS, **fault, "times": 1})
    assert await pupils(client, access, opened) == wanted
    assert await somtoday.struck() == [1]


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        ({"kind": "status", "status": 503}, 3),
        ({"kind": "rate_limit", "retry_after": 0}, 3),
        ({"kind": "drop"}, 3),
        ({"kind": "truncate"}, 3),
        ({"kind": "html_maintenance"}, 1),
        ({"kind": "status", "status": 403}, 1),
        ({"kind": "status", "status": 404}, 1),
    ],
    ids=lambda given: (
        f"{given['kind']}{given.get('status', '')}" if isinstance(given, dict) else ""
    ),
)
async def test_a_fault_that_stays_is_given_up_after_the_set_number_of_tries(
    client: SomtodayClient,
    opened: School,
    somtoday: Somtoday,
    fault: dict[str, object],
    tries: int,
) -> None:
    await somtoday.connect.faults({**PUPILS, **fault})
    with pytest.raises(SourceUnavailableError):
        await pupils(client, access_for(opened), opened)
    assert await somtoday.struck() == [tries]


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [
        ("7", 7, 7),
        ("-1", 0, 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 365 * 86400, 80 * 366 * 86400),
        ("Wed, 25 Nov 2020 04:00:00 GMT", 0, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(given: str, least: float, most: float) -> None:
    seconds = _retry_after(httpx.Response(429, headers={"Retry-After": given}))
    assert seconds is not None
    assert least <= seconds <= most


@pytest.mark.parametrize("given", ["", "straks", "Wed, 25 Nov 2020 04:00:00 -0000"])
def test_a_retry_after_that_says_nothing_is_none(given: str) -> None:
    assert _retry_after(httpx.Response(429, headers={"Retry-After": given})) is None


async def test_retry_after_is_obeyed(
    client: SomtodayClient, access: Access, opened: School, somtoday: Somtoday
) -> None:
    await pupils(client, access, opened)
    await somtoday.connect.faults({**PUPILS, "kind": "rate_limit", "retry_after": 1, "times": 1})
    started = time.monotonic()
    assert await pupils(client, access, opened)
    assert time.monotonic() - started >= 1


async def test_a_retry_after_beyond_our_patience_ends_the_call_at_once(
    client: SomtodayClient, access: Access, opened: School, somtoday: Somtoday
) -> None:
    await somtoday.connect.faults({**PUPILS, "kind": "rate_limit", "retry_after": 3600})
    with pytest.raises(SourceUnavailableError):
        await pupils(client, access, opened)
    assert await somtoday.struck() == [1]


async def test_somtoday_away_is_unavailable(settings: Any, access: Access) -> None:
    away = settings(somtoday_token_url="http://127.0.0.1:1/oauth2/token")
    async with open_somtoday(away, SecretBox(away.encryption_keys)) as client:
        with pytest.raises(SourceUnavailableError):
            await client.vestigingen(access)


@pytest.mark.usefixtures("opened")
async def test_a_vestiging_that_closes_between_two_calls_is_not_open(
    client: SomtodayClient, access: Access, somtoday: Somtoday
) -> None:
    await somtoday.connect.faults({"match": "/medewerker", "kind": "status", "status": 401})
    assert await observe(client, access) == Seen([], refused=True)


async def test_a_revoked_koppeling_shows_no_vestiging_and_refuses_its_rows(
    client: SomtodayClient, access: Access, opened: School, somtoday: Somtoday
) -> None:
    await somtoday.close(opened)
    assert await observe(client, access) == Seen([], refused=False)
    with pytest.raises(AccessRefusedError):
        await pupils(client, access, opened)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    "fault",
    [{"kind": "wrong_type", "field": "naam"}, {"kind": "missing_field", "field": "uuid"}],
    ids=["unreadable", "without uuid"],
)
async def test_a_vestiging_that_cannot_be_read_is_never_passed_over(
    client: SomtodayClient,
    access: Access,
    somtoday: Somtoday,
    fault: dict[str, object],
) -> None:
    await somtoday.connect.faults({"match": "connect/vestiging$", **fault})
    with pytest.raises(SourceUnavailableError):
        await open_sites(client, access)


async def test_a_school_is_found_by_brin_and_the_name_of_school_or_vestiging(
    client: SomtodayClient, add_school: Any
) -> None:
    large = await add_school(pupils=100)
    site = large.sites[1]["naam"]
    assert site != large.name
    for name in (large.name, site):
        found = await find_organisation(client, large.brin, name)
        assert (str(found.organisation), found.candidates) == (large.organisation, ())
    other = await find_organisation(client, large.brin, "Anders")
    assert other.organisation == "organisation_name_differs"
    assert [str(candidate.id) for candidate in other.candidates] == [large.organisation]
    chosen = UUID(large.organisation)
    again = await find_organisation(client, large.brin, "Anders", chosen)
    assert again.organisation == chosen
    unknown = await find_organisation(client, "00AA", large.name, chosen)
    assert (unknown.organisation, unknown.candidates) == ("organisation_unknown", ())
