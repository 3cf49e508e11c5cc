"""Numo asks who has logged in: over HTTP, across schools, each behind its own rows."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import employee, pupil

ApiKey = Callable[..., Awaitable[dict[str, str]]]
ANNA = pupil(
    "1001", "Anna", "Aalbers", eck_id="eck-anna", real_id="anna@waterkant", email="a@x.example"
)
EEFJE = employee("vdb", "Eefje", "Berg")
_ADD_PRODUCT = text(
    "INSERT INTO product VALUES (:code, 'X', 'id', 'x', '{}', '{}') ON CONFLICT DO NOTHING"
)
_AUDIT = text("""
    SELECT action, what, person_ids, request_id, facts FROM audit_entry
    WHERE school_id = :school AND action = 'resolve'
""")


@pytest.fixture
async def numo(served: Served, api_key: ApiKey) -> AsyncIterator[httpx.AsyncClient]:
    """Numo's own client: one key for all schools."""
    async with http_client(served.url, await api_key("identities:resolve")) as client:
        yield client


async def _who(client: httpx.AsyncClient, brin: str, **more: Any) -> Json:
    body = {
        "nlEduPersonHomeOrganizationId": brin,
        "eduPersonAffiliation": "student",
        "uid": "3f9a@waterkant",
        "mail": "a@x.example",
        "givenName": "Anna",
        "sn": "Aalbers",
        **more,
    }
    answer = await client.post("/v1/identities/resolve", json=body)
    assert answer.status_code == 200, answer.text
    assert "Anna" not in answer.text
    return dict(answer.json())


async def _brin(owner: Database, desk: Desk) -> str:
    found = text("SELECT brin FROM school WHERE id = :id")
    async with owner.transaction() as connection:
        return str((await connection.execute(found, {"id": desk.school_id})).scalar_one())


async def test_a_login_is_found_at_its_own_school_only(
    numo: httpx.AsyncClient,
    owner: Database,
    importer: Served,
    desk: Desk,
    desk_at: Callable[[Served], Awaitable[Desk]],
) -> None:
    other = await desk_at(importer)
    brin, others = await _brin(owner, desk), await _brin(owner, other)
    unknown = await _who(numo, brin, eckId="eck-anna")
    assert (unknown["outcome"], unknown["school_id"]) == ("school_unknown", None)
    await desk.bring([ANNA, EEFJE])
    await other.bring([EEFJE])
    person = (await desk.people())["Anna"]["id"]
    expected = {"person_id": person, "school_id": str(desk.school_id), "role": "pupil"}
    for given in (
        {"eckId": "ECK-anna"},
        {"nlEduPersonRealId": "Anna@Waterkant", "eckId": ""},
        {"nlEduPersonProfileId": "01001@adm.waterkant"},
        {"eckId": "eck-anna", "nlEduPersonHomeOrganizationId": f"{brin.lower()}03"},
    ):
        assert (await _who(numo, brin, **given)).items() >= expected.items()
    guest = await _who(numo, others, eckId="eck-anna")
    assert (guest["outcome"], guest["person_id"]) == ("no_match", None)
    assert guest["school_id"] == str(other.school_id)
    assert (await _who(numo, brin))["outcome"] == "no_key"
    for nowhere in ("unknown", "99ZZ", "1"):
        assert (await _who(numo, nowhere, eckId="eck-anna"))["outcome"] == "school_unknown"


async def test_who_was_found_is_noted_and_nothing_else(
    numo: httpx.AsyncClient, owner: Database, desk: Desk
) -> None:
    await desk.bring([ANNA])
    brin = await _brin(owner, desk)
    await _who(numo, brin, eckId="nobody")
    await _who(numo, brin, eckId="eck-anna")
    async with owner.transaction() as connection:
        rows = list(await connection.execute(_AUDIT, {"school": desk.school_id}))
    person = (await desk.people())["Anna"]["id"]
    assert [list(map(str, row.person_ids)) for row in rows] == [[person]]
    assert "eck" not in str([tuple(row) for row in rows])


async def test_a_vestigings_own_brin_leads_to_its_school(
    numo: httpx.AsyncClient, owner: Database, desk: Desk
) -> None:
    await desk.bring([ANNA])
    statement = text("""
        WITH k AS (INSERT INTO koppeling (id, school_id, product, contact_email, state)
            VALUES (gen_random_uuid(), :school, 'numo', 'a@x.example', 'active') RETURNING id)
        INSERT INTO vestiging SELECT gen_random_uuid(), id, gen_random_uuid(), 'Zuid', '{98QX02}',
            now(), now() FROM k
    """)
    async with owner.transaction() as connection:
        await connection.execute(_ADD_PRODUCT, {"code": "numo"})
        await connection.execute(statement, {"school": desk.school_id})
    assert (await _who(numo, "98QX", eckId="eck-anna"))["outcome"] == "resolved"


async def test_only_a_key_with_the_scope_and_of_this_product_may_ask(
    served: Served, owner: Database, api_key: ApiKey
) -> None:
    async with owner.transaction() as connection:
        await connection.execute(_ADD_PRODUCT, {"code": "ander"})
    body = {"nlEduPersonHomeOrganizationId": "99ZY", "eduPersonAffiliation": []}
    for headers in (
        await api_key("ops", "roster:read"),
        await api_key("identities:resolve", product="ander"),
    ):
        async with http_client(served.url, headers) as client:
            answer = await client.post("/v1/identities/resolve", json=body)
            assert_refused(answer, ErrorCode.NOT_ALLOWED)
