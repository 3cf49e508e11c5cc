"""Numo reads the roster: lists, the feed with its tombstones, and what each caller may see."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.importer.api.roster_models import PersonView
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import (
    TEACHER_CODE,
    employee,
    first_week,
    second_week,
)

Client = Callable[..., Awaitable[httpx.AsyncClient]]
FEEDS = ("people", "groups", "memberships")


@pytest.fixture
async def client(served: Served, issuer: Issuer) -> AsyncIterator[Client]:
    """A client with a token of these claims."""
    async with AsyncExitStack() as stack:

        async def make(**claims: object) -> httpx.AsyncClient:
            headers = await issuer.headers(**claims)
            return await stack.enter_async_context(http_client(served.url, headers))

        yield make


async def _all(client: httpx.AsyncClient, path: str, **query: Any) -> tuple[list[Json], int]:
    """Every page; of a list the first page's version, of the feed the last's."""
    found: list[Json] = []
    versions = []
    while True:
        answer = await client.get(f"/v1/{path}", params={"limit": 2, **query})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        versions.append(page["roster_version"])
        if page["next"] is None:
            return found, versions[-1 if "changed_since" in query else 0]
        query["cursor"] = page["next"]


async def _mirror(client: httpx.AsyncClient, since: int, mirror: dict[str, dict[str, Json]]) -> int:
    versions = []
    for name in FEEDS:
        rows, version = await _all(client, name, changed_since=since)
        mirror.setdefault(name, {}).update({row["id"]: row for row in rows})
        versions.append(version)
    return min(versions)


async def test_a_follower_has_the_whole_roster_after_every_change(desk: Desk) -> None:
    mirror: dict[str, dict[str, Json]] = {}
    since = 0
    for week in (first_week(), second_week(), first_week()):
        await desk.bring(week)
        since = await _mirror(desk.client, since, mirror)
        for name in FEEDS:
            rows, version = await _all(desk.client, name)
            assert {row["id"]: row for row in rows} == mirror[name]
            assert version == since
    states = {row["state"] for rows in mirror.values() for row in rows.values()}
    assert states == {"active", "archived", "ended"}
    nothing, version = await _all(desk.client, "people", changed_since=since)
    assert (nothing, version) == ([], since)


async def test_lists_are_filtered(desk: Desk) -> None:
    await desk.bring(first_week())
    groups, _ = await _all(desk.client, "groups", kind="stamgroep", schooljaar="2026-2027")
    ids = {found["name"]: found["id"] for found in groups}
    assert set(ids) == {"h3a", "h3b"}
    assert set(await desk.people(group_id=ids["h3a"])) == {"Anna", "Bram"}
    assert set(await desk.people(member_role="teacher")) == {"Eefje"}
    assert set(await desk.people(role="pupil", leerjaar="3")) == set()
    in_class, _ = await _all(desk.client, "memberships", group_id=ids["h3b"], state="active")
    people = await desk.people()
    assert [found["person_id"] for found in in_class] == [people["Chris"]["id"]]
    one = await desk.client.get(f"/v1/people/{people['Anna']['id']}")
    assert PersonView.model_validate(one.json()).given_name == "Anna"
    assert_refused(await desk.client.get(f"/v1/people/{new_id()}"), ErrorCode.NOT_FOUND)


async def test_the_feed_refuses_what_would_hide_a_change(desk: Desk, client: Client) -> None:
    for path, name, value in (
        ("people", "state", "active"),
        ("people", "group_id", str(new_id())),
        ("groups", "schooljaar", "2026-2027"),
        ("memberships", "state", "ended"),
        ("people", "changed_since", "9"),
        ("people", "cursor", "WyJ4Il0"),
    ):
        query = {"changed_since": "0", name: value}
        answer = await desk.client.get(f"/v1/{path}", params=query)
        problem = assert_refused(answer, ErrorCode.INVALID_REQUEST)
        assert [found["field"] for found in problem["errors"]] == [name]
    docent = await client(school=desk.school_id, role="docent", person=new_id())
    refused = await docent.get("/v1/people", params={"changed_since": 0})
    assert_refused(refused, ErrorCode.NOT_ALLOWED)


async def test_a_docent_sees_the_own_groups_and_a_leerling_only_themselves(
    desk: Desk, client: Client
) -> None:
    await desk.bring([*first_week(), employee("zon", "Zoë", "Zonder")])
    people = await desk.people()
    docent = await client(school=desk.school_id, role="docent", person=people["Eefje"]["id"])
    seen, _ = await _all(docent, "people")
    assert {found["given_name"] for found in seen} == {"Anna", "Eefje"}
    assert [found["name"] for found in (await _all(docent, "groups"))[0]] == ["h3wi1"]
    assert {found["role"] for found in (await _all(docent, "memberships"))[0]} == {
        "pupil",
        "teacher",
    }
    bram = f"/v1/people/{people['Bram']['id']}"
    assert_refused(await docent.get(bram), ErrorCode.NOT_FOUND)
    leerling = await client(school=desk.school_id, role="leerling", person=people["Bram"]["id"])
    assert (await leerling.get(bram)).json()["given_name"] == "Bram"
    anna = f"/v1/people/{people['Anna']['id']}"
    assert_refused(await leerling.get(anna), ErrorCode.NOT_FOUND)
    for person in (people["Zoë"]["id"], None):
        idle = await client(school=desk.school_id, role="docent", person=person)
        own = {found["given_name"] for found in (await _all(idle, "people"))[0]}
        assert own == ({"Zoë"} if person else set())
        assert (await _all(idle, "groups"))[0] == []
    assert people["Eefje"]["employee_code"] == TEACHER_CODE


async def test_a_products_key_reads_with_the_scope_for_it_only(
    served: Served, desk: Desk, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    await desk.bring(first_week())
    query: dict[str, str | UUID] = {"school_id": str(desk.school_id)}
    for scope, status in (("roster:read", 200), ("licenses:use", 403)):
        async with http_client(served.url, await api_key(scope)) as product:
            for name in FEEDS:
                answer = await product.get(f"/v1/{name}", params=query)
                assert answer.status_code == status, answer.text
