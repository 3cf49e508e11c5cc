"""Who may do what, and for which school."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import ANNA

ID = "01a20000-0000-7000-8000-000000000000"


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
    async with http_client(served.url, headers) as client:
        answer = await client.post("/v1/imports", json=body)
    problem = assert_refused(answer, ErrorCode.INVALID_REQUEST)
    assert {found["field"] for found in problem["errors"]} <= {"source", "name"}
    assert "Anna" not in answer.text
