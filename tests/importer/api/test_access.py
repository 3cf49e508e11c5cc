"""Who may do what, and for which school."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.importer.conftest import Served
from tests.importer.desk import Desk, assert_refused, http_client
from tests.importer.rosters import ANNA, first_week

ID = "01a20000-0000-7000-8000-000000000000"
Call = tuple[str, str, dict[str, object] | None]
CALLS: list[Call] = [
    ("POST", "/v1/imports", {"source": "somtoday"}),
    ("GET", "/v1/imports", None),
    ("GET", f"/v1/imports/{ID}", None),
    ("GET", f"/v1/imports/{ID}/changes", None),
    ("GET", f"/v1/imports/{ID}/events", None),
    ("PUT", f"/v1/imports/{ID}/choice", {"archive": True}),
    ("POST", f"/v1/imports/{ID}/apply", {"digest": "0" * 64}),
    ("GET", f"/v1/imports/{ID}/summary", None),
    ("GET", f"/v1/imports/{ID}/brakes", None),
    ("GET", f"/v1/imports/{ID}/key-changes", None),
    ("GET", f"/v1/people/{ID}/merge-into/{ID}", None),
    ("POST", f"/v1/people/{ID}/merge-into/{ID}", {}),
    ("POST", f"/v1/imports/{ID}/replan", None),
    ("POST", f"/v1/imports/{ID}/undo", None),
    (
        "POST",
        f"/v1/imports/{ID}/confirmations",
        {"digest": "0" * 64, "brakes": ["x"], "reason": "klopt", "name": "A"},
    ),
    (
        "POST",
        f"/v1/imports/{ID}/decisions",
        {"decisions": [{"change_id": ID, "verdict": "leave"}]},
    ),
    ("GET", "/v1/reconciliations", None),
    ("GET", "/v1/reconciliations/latest/differences", None),
    (
        "POST",
        "/v1/reconciliations/latest/exceptions",
        {"difference_id": ID, "until": "2026-12-01", "reason": "klopt", "name": "An"},
    ),
    ("POST", "/v1/reconciliations/latest/fix", {}),
    ("GET", "/v1/koppeling-end", None),
    ("POST", "/v1/koppeling-end/answers", {"answer": "keep", "reason": "klopt"}),
    ("GET", "/v1/guard-rails", None),
    ("PUT", "/v1/guard-rails", {"thresholds": []}),
    ("GET", "/v1/match-decisions", None),
    ("DELETE", f"/v1/match-decisions/{ID}", None),
    ("GET", f"/v1/imports/{ID}/problems", None),
    ("GET", f"/v1/imports/{ID}/problems.csv", None),
    ("GET", f"/v1/imports/{ID}/problems.xlsx", None),
    ("POST", "/v1/imports/csv", None),
    ("POST", "/v1/import-files", None),
    ("GET", f"/v1/import-files/{ID}", None),
    ("PUT", f"/v1/import-files/{ID}/mapping", {"columns": {"pupil_number": 1}}),
    ("DELETE", f"/v1/import-files/{ID}", None),
]
LISTS: list[Call] = [
    ("GET", "/v1/people", None),
    ("GET", "/v1/groups", None),
    ("GET", "/v1/memberships", None),
]
NOBODY = {"items": [], "next": None, "roster_version": 0}
OF_AN_IMPORT = [call for call in CALLS if ID in call[1] and "/imports/" in call[1]]
LISTS: list[Call] = [("GET", "/v1/people", None), ("GET", "/v1/groups", None)]


async def _call(served: Served, call: Call, headers: dict[str, str]) -> httpx.Response:
    method, path, body = call
    async with http_client(served.url, headers) as client:
        return await client.request(method, path, json=body)


@pytest.mark.parametrize("call", CALLS + LISTS, ids=lambda call: " ".join(call[:2]))
async def test_nobody_comes_in_without_credentials(served: Served, call: Call) -> None:
    for headers in ({}, {"Authorization": "Bearer kpl_nonsense"}, {"Authorization": "Bearer x.y"}):
        answer = await _call(served, call, headers)
        assert_refused(answer, ErrorCode.NOT_AUTHENTICATED)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call[:2]))
async def test_only_an_administrator_or_ops_may_import(
    served: Served, issuer: Issuer, api_key: Callable[..., Awaitable[dict[str, str]]], call: Call
) -> None:
    school = new_id()
    for headers in (
        await issuer.headers(school=school, role="docent"),
        await issuer.headers(school=school, role="leerling", person=new_id()),
        await api_key("roster:read"),
    ):
        assert_refused(await _call(served, call, headers), ErrorCode.NOT_ALLOWED)


@pytest.mark.parametrize("call", LISTS, ids=lambda call: call[1])
async def test_a_docent_may_look_at_the_roster_and_a_leerling_may_not(
    served: Served, issuer: Issuer, call: Call
) -> None:
    school = new_id()
    docent = await _call(served, call, await issuer.headers(school=school, role="docent"))
    assert (docent.status_code, docent.json()) == (200, NOBODY)
    leerling = await issuer.headers(school=school, role="leerling", person=new_id())
    assert_refused(await _call(served, call, leerling), ErrorCode.NOT_ALLOWED)


async def test_another_schools_import_answers_like_one_that_does_not_exist(
    importer: Served, desk: Desk, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    theirs = await desk_at(importer)
    planned = await theirs.plan(first_week())
    for method, path, body in OF_AN_IMPORT:
        asked = [
            await desk.client.request(method, path.replace(ID, which), json=body)
            for which in (planned["id"], str(new_id()))
        ]
        assert_refused(asked[0], ErrorCode.NOT_FOUND)
        assert asked[0].json() == asked[1].json()
    assert (await desk.client.get("/v1/imports")).json()["items"] == []
    assert await desk.people() == {}
    assert (await theirs.look(planned["id"]))["choice"]["archive"] is False


async def test_a_users_token_names_the_school_and_no_parameter_changes_it(
    desk: Desk, importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    theirs = await desk_at(importer)
    await theirs.bring([ANNA])
    other = {"school_id": str(theirs.school_id)}
    assert_refused(await desk.client.get("/v1/people", params=other), ErrorCode.NOT_FOUND)
    own = {"school_id": str(desk.school_id)}
    assert (await desk.client.get("/v1/people", params=own)).json()["items"] == []


async def test_ops_must_say_which_school(
    desk: Desk, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    planned = await desk.plan([ANNA])
    headers = await api_key("ops")
    async with http_client(desk.client.base_url, headers) as ops:
        silent = assert_refused(await ops.get("/v1/imports"), ErrorCode.INVALID_REQUEST)
        assert [found["field"] for found in silent["errors"]] == ["school_id"]
        answer = await ops.get("/v1/imports", params={"school_id": str(desk.school_id)})
        assert [found["id"] for found in answer.json()["items"]] == [planned["id"]]
        path = f"/v1/imports/{planned['id']}"
        changes = await ops.get(f"{path}/changes", params={"school_id": str(desk.school_id)})
        assert [found["label"] for found in changes.json()["items"]]
        assert_refused(await ops.get(path, params={"school_id": ID}), ErrorCode.NOT_FOUND)


@pytest.mark.parametrize("call", CALLS + LISTS, ids=lambda call: " ".join(call[:2]))
async def test_ops_of_another_product_see_nothing_of_this_ones_roster(
    served: Served,
    owner: Database,
    api_key: Callable[..., Awaitable[dict[str, str]]],
    call: Call,
) -> None:
    add = text(
        "INSERT INTO product VALUES (:code, 'X', 'id', 'x', '{}', '{}') ON CONFLICT DO NOTHING"
    )
    async with owner.transaction() as connection:
        for code in ("numo", "ander"):
            await connection.execute(add, {"code": code})
    method, path, body = call
    asked = (method, f"{path}?school_id={new_id()}", body)
    refused = await _call(served, asked, await api_key("ops", product="ander"))
    assert_refused(refused, ErrorCode.NOT_ALLOWED)
    own = await _call(served, asked, await api_key("ops", product="numo"))
    assert own.status_code != 403


async def test_a_school_that_does_not_exist_cannot_be_imported(
    importer: Served, api_key: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    headers = await api_key("ops")
    async with http_client(importer.url, headers) as ops:
        query = {"school_id": str(new_id())}
        answer = await ops.post("/v1/imports", params=query, json={"source": "somtoday"})
    assert_refused(answer, ErrorCode.NOT_FOUND)


@pytest.mark.parametrize("body", [{}, {"source": "csv"}, {"source": "somtoday", "name": "Anna"}])
async def test_a_wrong_request_says_which_field(
    served: Served, issuer: Issuer, body: dict[str, str], new_school: Callable[[], Awaitable[UUID]]
) -> None:
    headers = await issuer.headers(school=await new_school())
    answer = await _call(served, ("POST", "/v1/imports", dict(body)), headers)
    problem = assert_refused(answer, ErrorCode.INVALID_REQUEST)
    assert {found["field"] for found in problem["errors"]} <= {"source", "name"}
    assert "Anna" not in answer.text
