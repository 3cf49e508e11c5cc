"""Each route there is: who may call it, and that it tells nothing of another school's things."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx
import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import first_week
from tests.routes import Route, routes, told

Headers = dict[str, str]
MakeKey = Callable[..., Awaitable[Headers]]
ROUTES = list(routes("importer"))
_SCHOOL = {"admin", "ops"}
_READERS = {*_SCHOOL, "docent", "reader"}
_OPS = {"ops"}
# A route that is not here is for the school's administrator and for ops.
MAY = {
    "GET /v1/people": _READERS,
    "GET /v1/groups": _READERS,
    "GET /v1/memberships": _READERS,
    "GET /v1/people/{person_id}": {*_READERS, "leerling"},
    "PATCH /v1/people/{person_id}": {*_SCHOOL, "docent"},
    "GET /v1/people/{person_id}/hand-changes": {*_SCHOOL, "docent"},
    "POST /v1/identities/resolve": {"resolver"},
    "GET /v1/dead-letters": _OPS,
    "POST /v1/dead-letters/{letter_id}/retry": _OPS,
    "GET /v1/given-up-imports": _OPS,
    "POST /v1/given-up-imports/{import_id}/retry": _OPS,
    "GET /v1/koppeling-ends": _OPS,
}
# So that a body is read as far as the thing that it names.
_RIGHT = {"source": "file", "digest": "0" * 64, "verdict": "leave"}


_ADD_PRODUCTS = text("""
    INSERT INTO product VALUES ('numo', 'X', 'id', 'x', '{}', '{}'),
        ('other', 'X', 'id', 'x', '{}', '{}') ON CONFLICT DO NOTHING
""")


@pytest.fixture
async def callers(issuer: Issuer, owner: Database, api_key: MakeKey) -> dict[str, Headers]:
    async with owner.transaction() as connection:
        await connection.execute(_ADD_PRODUCTS)
    school = new_id()
    return {
        "nobody": {},
        "nonsense": {"Authorization": "Bearer kpl_nonsense"},
        "admin": await issuer.headers(school=school),
        "docent": await issuer.headers(school=school, role="docent", person=new_id()),
        "leerling": await issuer.headers(school=school, role="leerling", person=new_id()),
        "ops": await api_key("ops"),
        "reader": await api_key("roster:read", product="numo"),
        "resolver": await api_key("identities:resolve", product="numo"),
        "licenses": await api_key("licenses:use", product="numo"),
        "another product": await api_key(
            *("ops", "roster:read", "identities:resolve"), product="other"
        ),
    }


async def test_each_route_is_for_who_may_call_it_and_refuses_all_others(
    served: Served, callers: dict[str, Headers]
) -> None:
    assert MAY.keys() <= {route.name for route in ROUTES}

    async def ask(client: httpx.AsyncClient, route: Route, who: str) -> None:
        # A user's token names the school; of a key it is one that does not exist.
        query = {} if who in {"admin", "docent", "leerling"} else {"school_id": str(new_id())}
        call = route.call({}, **query)
        call["headers"] |= callers[who]
        answer = await client.request(**call)
        shown = f"{who}: {route.name}: {answer.status_code}"
        if who in {"nobody", "nonsense"}:
            assert_refused(answer, ErrorCode.NOT_AUTHENTICATED)
            assert answer.headers["WWW-Authenticate"] == "Bearer", shown
        elif who in MAY.get(route.name, _SCHOOL):
            assert answer.status_code not in {401, 403}, shown
            assert answer.status_code < 500, shown
        else:
            assert answer.status_code == 403, shown
            assert_refused(answer, ErrorCode.NOT_ALLOWED)

    async with http_client(served.url, {}) as client:
        for route in ROUTES:
            await asyncio.gather(*(ask(client, route, who) for who in callers))


async def test_a_filter_that_does_not_exist_is_no_whole_school(
    served: Served, callers: dict[str, Headers]
) -> None:
    async with http_client(served.url, callers["admin"]) as client:
        for route in ROUTES:
            call = route.call({})
            call["params"]["vestging"] = "12AB00"
            refused = assert_refused(await client.request(**call), ErrorCode.INVALID_REQUEST)
            assert [one["field"] for one in refused["errors"]] == ["vestging"], route.name


async def _things_of(desk: Desk) -> dict[str, str]:
    await desk.bring(first_week()[:-1])
    planned = await desk.plan(first_week())
    (change, *_) = await desk.changes(planned["id"])
    one, other, *_ = [found["id"] for found in (await desk.people()).values()]
    (group, *_) = (await desk.client.get("/v1/groups")).json()["items"]
    sent = {"file": ("leerlingen.csv", b"leerlingnummer;roepnaam;achternaam\n1;A;B\n")}
    file = await desk.client.post("/v1/import-files", files=sent)
    return {
        "import_id": planned["id"],
        "change_id": change["id"],
        "person_id": one,
        "into_person_id": other,
        "group_id": group["id"],
        "file_id": file.json()["id"],
    }


async def test_another_schools_things_answer_like_what_does_not_exist(
    importer: Served, desk_at: Callable[[Served], Awaitable[Desk]], api_key: MakeKey
) -> None:
    theirs, mine = await desk_at(importer), await desk_at(importer)
    things = await _things_of(theirs)
    unknown = {name: str(new_id()) for name in things}
    before = await theirs.look(things["import_id"]), await theirs.people()
    own = {"school_id": str(mine.school_id)}
    about = [route for route in ROUTES if route.mentions(things)]
    assert len(about) > 30
    async with http_client(importer.url, await api_key("ops")) as ops:
        for client, query in ((mine.client, {}), (ops, own)):
            for route in about:
                answers = [await _ask(client, route, of, query) for of in (things, unknown)]
                assert answers[0] == answers[1], route.name
                assert answers[0][0] < 500, route.name
    assert (await theirs.look(things["import_id"]), await theirs.people()) == before
    assert (await theirs.client.get(f"/v1/import-files/{things['file_id']}")).status_code == 200


async def _ask(
    client: httpx.AsyncClient, route: Route, things: Mapping[str, str], query: dict[str, str]
) -> tuple[int, str]:
    return told(await client.request(**route.call({**_RIGHT, **things}, **query)))
