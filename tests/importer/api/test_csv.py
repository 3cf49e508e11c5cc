"""KIES CSV BESTAND."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from services.importer.app import build
from shared.errors.codes import ErrorCode
from tests.fixtures.http import serving
from tests.importer.conftest import Served
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import first_week

HEADER = "rol;leerlingnummer;docentcode;voornaam;tussenvoegsel;achternaam;klas\n"
ROWS = (
    HEADER
    + "leerling;1001;;Anna;;Aalbers;h3a\n"
    + "leerling;1002;;Bram;;Bos;h3a\n"
    + "leerling;1003;;Chris;;Cornelisse;h3b\n"
    + "docent;;vdb;Eefje;;Berg;\n"
)


async def _upload(desk: Desk, content: bytes, **headers: str) -> httpx.Response:
    files = {"file": ("leerlingen.csv", content, "text/csv")}
    return await desk.client.post("/v1/imports/csv", files=files, headers=headers)


async def test_a_csv_of_the_same_school_finds_nothing_to_change(desk: Desk) -> None:
    await desk.bring(first_week())
    answer = await _upload(desk, ROWS.encode())
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/imports/{answer.json()['id']}"
    planned = await desk.rested(answer.json()["id"])
    assert (planned["state"], planned["source"]) == ("planned", "csv")
    assert await desk.changes(planned["id"]) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_a_csv_alone_fills_a_school(desk: Desk, encoding: str) -> None:
    content = (HEADER + "leerling;007;;Zoë;van der;Brêgman;h3a\n").encode(encoding)
    planned = await desk.rested((await _upload(desk, content)).json()["id"])
    assert (await desk.apply(planned))["state"] == "applied"
    zoe = (await desk.people())["Zoë"]
    assert (zoe["prefix"], zoe["family_name"], zoe["pupil_number"]) == ("van der", "Brêgman", "007")


async def test_a_bad_row_is_told_with_its_place(desk: Desk) -> None:
    answer = await _upload(desk, (ROWS + "leerling;;;Geen;;Nummer;h3a\n").encode())
    planned = await desk.rested(answer.json()["id"])
    assert planned["problem_count"] == 1
    assert "6" in planned["problems"][0]["place"]
    assert planned["summary"]["pupils"]["add"] == 3


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04" + bytes(300), b"%PDF-1.7\n\x00\x01\x02", bytes(50), b""],
    ids=["xlsx", "pdf", "zeros", "empty"],
)
async def test_what_is_no_text_is_refused_at_once(desk: Desk, content: bytes) -> None:
    assert_refused(await _upload(desk, content), ErrorCode.FILE_NOT_READABLE)
    assert (await desk.client.get("/v1/imports")).json()["items"] == []


async def test_what_is_no_list_of_people_is_refused_at_once_and_says_why(desk: Desk) -> None:
    for content, error in (
        (b"just a letter to you\n", ErrorCode.FILE_NOT_READABLE),
        (HEADER.encode(), ErrorCode.FILE_NOT_READABLE),
        ((ROWS + ROWS).encode(), ErrorCode.FILE_NOT_TRUSTED),
        ((ROWS + "leerling;1004").encode(), ErrorCode.FILE_NOT_TRUSTED),
    ):
        problem = assert_refused(await _upload(desk, content), error)
        assert problem["detail"] != error.value.detail
    assert (await desk.client.get("/v1/imports")).json()["items"] == []


async def test_a_form_without_a_file_is_refused(desk: Desk) -> None:
    path = "/v1/imports/csv"
    for answer in (
        await desk.client.post(path, data={"file": "only text"}),
        await desk.client.post(path, files={"other": b"a;b\n"}),
        await desk.client.post(path, content=b"a;b\n", headers={"Content-Type": "text/csv"}),
        await desk.client.post(path),
    ):
        problem = assert_refused(answer, ErrorCode.INVALID_REQUEST)
        assert [found["field"] for found in problem["errors"]] == ["file"]


async def test_a_form_that_cannot_be_read_is_refused(desk: Desk) -> None:
    path = "/v1/imports/csv"
    broken = {"Content-Type": "multipart/form-data"}
    answer = await desk.client.post(path, content=b"nonsense", headers=broken)
    assert_refused(answer, ErrorCode.REQUEST_REFUSED)


async def test_an_upload_that_is_too_large_is_refused_while_it_comes(
    importer: Served, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    small = importer.settings.model_copy(update={"upload_limit_bytes": 2000})
    async with serving(lambda _: build(small)) as url:
        desk = await desk_at(Served(url, small, importer.source))
        large = ROWS + "leerling;9;;Te;;Groot;h3a\n" * 20_000
        assert_refused(await _upload(desk, large.encode()), ErrorCode.BODY_TOO_LARGE)
        assert (await desk.client.get("/v1/imports")).json()["items"] == []
        assert (await _upload(desk, ROWS.encode())).status_code == 202


async def test_a_repeated_upload_gets_the_first_answer(desk: Desk) -> None:
    key = {"Idempotency-Key": "csv-1"}
    first = await _upload(desk, ROWS.encode(), **key)
    await desk.rested(first.json()["id"])
    again = await _upload(desk, ROWS.encode(), **key)
    assert again.json() == first.json()
    other = await _upload(desk, ROWS.replace("Anna", "Anne").encode(), **key)
    assert_refused(other, ErrorCode.IDEMPOTENCY_KEY_REUSED)


async def test_who_is_missing_from_a_list_is_told_to_be_unproven_unless_it_says_how_long_it_is(
    desk: Desk,
) -> None:
    await desk.bring(first_week())
    less = ROWS.replace("leerling;1002;;Bram;;Bos;h3a\n", "")
    for content, told in (
        (less, "absence_not_proven"),
        (f"{less}Aantal;4\n", None),
        (f"{less}Aantal;3\n", "list_counted"),
    ):
        answer = await _upload(desk, content.encode())
        if told is None:
            assert_refused(answer, ErrorCode.FILE_NOT_TRUSTED)
            continue
        planned = await desk.rested(answer.json()["id"])
        assert [problem["code"] for problem in planned["problems"]] == [told]
        changes = await desk.changes(planned["id"], action="archive", kind="person")
        assert [(one["label"], one["chosen"]) for one in changes] == [("Bram Bos (1002)", False)]
