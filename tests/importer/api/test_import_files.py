"""A file is uploaded, its columns are looked at and changed, and then it is imported."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from services.importer.application.forget_old_files import forget_old_files
from shared.database import Database
from shared.errors.codes import ErrorCode
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.sources.books import book

FILES = "/v1/import-files"
TITLES = ("Nr.", "Roepnaam", "Achternaam leerling", "Klas/groep", "BSN", "Opmerking")
ROWS = [
    ("0071", "Zoë", "Brêgman", "h3a", "999990019", "eet noten"),
    ("0072", "=cmd|x", "Bos", "h3b", "999990019", ""),
    ("0073", "Chris", "", "1-mrt", "999990019", ""),
]
SHEET = book([TITLES, *ROWS])
MAPPED = {"pupil_number": 1, "given_name": 2, "family_name": 3, "klas": 4}


async def _put(desk: Desk, content: bytes, **headers: str) -> httpx.Response:
    files = {"file": ("lijst.xlsx", content, "application/octet-stream")}
    return await desk.client.post(FILES, files=files, headers=headers)


async def _waiting(desk: Desk, content: bytes = SHEET) -> Json:
    answer = await _put(desk, content)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _map(desk: Desk, file_id: str, columns: Any, **headers: str) -> httpx.Response:
    path = f"{FILES}/{file_id}/mapping"
    return await desk.client.put(path, json={"columns": columns}, headers=headers)


async def _import(desk: Desk, file_id: str, **headers: str) -> httpx.Response:
    body = {"source": "file", "file_id": file_id}
    return await desk.client.post("/v1/imports", json=body, headers=headers)


async def test_a_file_is_shown_with_what_its_columns_may_be_and_nothing_of_its_people(
    desk: Desk,
) -> None:
    answer = await _put(desk, SHEET)
    file = answer.json()
    assert answer.headers["Location"] == f"{FILES}/{file['id']}"
    assert (file["kind"], file["sheet"], file["header_line"]) == ("xlsx", "Sheet", 1)
    found = [(one["field"], one["confidence"], one["refused"]) for one in file["columns"]]
    assert found == [
        (None, "none", None),
        ("given_name", "certain", None),
        ("family_name", "likely", None),
        ("klas", "likely", None),
        (None, "none", "BSN"),
        (None, "none", None),
    ]
    assert file["is_complete"] is False
    assert file["columns"][0]["shapes"] == ["9999"]
    assert file["columns"][4]["shapes"] == []
    for secret in ("Zoë", "Brêgman", "0071", "999990019", "noten"):
        assert secret not in answer.text
    again = await desk.client.get(f"{FILES}/{file['id']}")
    assert (again.json(), again.headers["ETag"]) == (file, answer.headers["ETag"])


async def test_a_mapping_makes_an_import_with_every_bad_row_to_download(desk: Desk) -> None:
    file = await _waiting(desk)
    too_early = await _import(desk, file["id"])
    assert_refused(too_early, ErrorCode.FILE_NOT_READABLE)
    mapped = await _map(desk, file["id"], MAPPED)
    assert (mapped.status_code, mapped.json()["is_complete"]) == (200, True)
    run = await desk.rested((await _import(desk, file["id"])).json()["id"])
    assert (run["state"], run["source"], run["summary"]["pupils"]["add"]) == ("planned", "csv", 1)
    await _assert_problems(desk, run)
    assert (await desk.apply(run))["state"] == "applied"
    zoe = (await desk.people())["Zoë"]
    assert (zoe["pupil_number"], zoe["family_name"]) == ("0071", "Brêgman")
    assert_refused(await _import(desk, file["id"]), ErrorCode.NOT_FOUND)
    assert_refused(await desk.client.get(f"{FILES}/{file['id']}"), ErrorCode.NOT_FOUND)


async def _assert_problems(desk: Desk, run: Json) -> None:
    path = f"/v1/imports/{run['id']}/problems"
    first = (await desk.client.get(path, params={"limit": "2"})).json()
    rest = (await desk.client.get(path, params={"cursor": first["next"]})).json()
    found = [(one["place"], one["field"], one["value"]) for one in first["items"] + rest["items"]]
    assert found == [
        ("regel 3, kolom 2", "given_name", "=cmd|x"),
        ("regel 4, kolom 3", "family_name", None),
        ("regel 4, kolom 4", "klas", "1-mrt"),
        ("kolom 5", None, None),
        ("kolom 6", None, None),
    ]
    assert run["problem_count"] == len(found)
    assert "cmd" not in str(run)
    downloaded = await desk.client.get(f"{path}.csv")
    assert downloaded.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(downloaded.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[1][:4] == ["3", "2", "Roepnaam", "'=cmd|x"]
    assert len(lines) == len(found) + 1
    workbook = await desk.client.get(f"{path}.xlsx")
    rows = list(load_workbook(io.BytesIO(workbook.content)).active.iter_rows())
    assert (rows[1][3].value, rows[1][3].data_type) == ("=cmd|x", "s")


async def test_a_mapping_that_cannot_be_is_refused(desk: Desk) -> None:
    file = await _waiting(desk)
    for columns in (
        {**MAPPED, "username": 5},
        {**MAPPED, "username": 7},
        {**MAPPED, "username": 0},
        {**MAPPED, "username": 1},
        {"given_name": 2, "family_name": 3},
    ):
        refused = await _map(desk, file["id"], columns)
        assert_refused(refused, ErrorCode.FILE_NOT_READABLE)
    assert_refused(await _map(desk, file["id"], {"bsn": 5}), ErrorCode.INVALID_REQUEST)
    assert (await desk.client.get(f"{FILES}/{file['id']}")).json() == file


async def test_of_two_who_map_at_once_one_is_told(desk: Desk) -> None:
    file = await _waiting(desk)
    seen = {"If-Match": '"0"'}
    assert (await _map(desk, file["id"], MAPPED, **seen)).headers["ETag"] == '"1"'
    late = await _map(desk, file["id"], {**MAPPED, "klas": 6}, **seen)
    assert_refused(late, ErrorCode.MAPPING_CHANGED)


async def test_a_repeat_finds_the_same_file_and_another_file_is_refused(desk: Desk) -> None:
    key = {"Idempotency-Key": "file-1"}
    first = await _put(desk, SHEET, **key)
    assert (await _put(desk, SHEET, **key)).json() == first.json()
    other = await _put(desk, book([TITLES, ROWS[0]]), **key)
    assert_refused(other, ErrorCode.IDEMPOTENCY_KEY_REUSED)
    await _map(desk, first.json()["id"], MAPPED)
    started = await _import(desk, first.json()["id"], **{"Idempotency-Key": "import-1"})
    again = await _import(desk, first.json()["id"], **{"Idempotency-Key": "import-1"})
    assert again.json()["id"] == started.json()["id"]
    await desk.rested(started.json()["id"])


async def test_only_the_newest_five_wait_and_one_can_be_thrown_away(desk: Desk) -> None:
    ids = [(await _waiting(desk))["id"] for _ in range(6)]
    assert_refused(await desk.client.get(f"{FILES}/{ids[0]}"), ErrorCode.NOT_FOUND)
    for _ in range(2):
        assert (await desk.client.delete(f"{FILES}/{ids[5]}")).status_code == 204
    assert_refused(await desk.client.get(f"{FILES}/{ids[5]}"), ErrorCode.NOT_FOUND)


@pytest.mark.parametrize("body", [{"source": "file"}, {"source": "somtoday", "file_id": "x"}])
async def test_a_file_goes_with_its_source(desk: Desk, body: Json) -> None:
    assert_refused(await desk.client.post("/v1/imports", json=body), ErrorCode.INVALID_REQUEST)


async def test_another_schools_file_answers_like_one_that_does_not_exist(
    importer: Served, desk: Desk, desk_at: Callable[[Served], Awaitable[Desk]]
) -> None:
    theirs = await _waiting(await desk_at(importer))
    for answer in (
        await desk.client.get(f"{FILES}/{theirs['id']}"),
        await _map(desk, theirs["id"], MAPPED),
        await _import(desk, theirs["id"]),
    ):
        assert_refused(answer, ErrorCode.NOT_FOUND)
    assert (await desk.client.delete(f"{FILES}/{theirs['id']}")).status_code == 204


async def test_another_schools_list_is_a_source_that_failed_and_nobody_leaves(desk: Desk) -> None:
    own = await _listed(desk, "Ons", "12AB00")
    assert own["state"] == "planned"
    await desk.apply(own)
    failed = await _listed(desk, "Hun", "99XX01")
    assert (failed["state"], failed["summary"]) == ("failed", None)
    assert failed["problem"] == ErrorCode.SOURCE_OF_ANOTHER_SCHOOL.code


async def _listed(desk: Desk, family_name: str, site: str) -> Json:
    """A file of ten pupils, the fewest that prove anything."""
    rows = "".join(f"{at};Kind;{family_name};{site}\n" for at in range(10))
    content = f"leerlingnummer;roepnaam;achternaam;vestiging\n{rows}".encode()
    answer = await desk.client.post("/v1/imports/csv", files={"file": content})
    return await desk.rested(answer.json()["id"])


async def test_what_waited_too_long_is_gone_from_the_database(
    importer: Served, desk: Desk, owner: Database
) -> None:
    file = await _waiting(desk)
    bad = await desk.client.post(
        "/v1/imports/csv", files={"file": b"leerlingnummer;roepnaam;achternaam\n1;;Vos\n"}
    )
    run = await desk.rested(bad.json()["id"])
    late = text("UPDATE import_upload SET expires_at = now() - interval '1s' WHERE id = :id")
    old = text("UPDATE import_run SET problems_until = now() - interval '1s' WHERE id = :id")
    async with owner.transaction() as connection:
        await connection.execute(late, {"id": UUID(file["id"])})
        await connection.execute(old, {"id": UUID(run["id"])})
    assert_refused(await desk.client.get(f"{FILES}/{file['id']}"), ErrorCode.NOT_FOUND)
    database = Database(importer.settings.database_url)
    await forget_old_files(database)
    await database.close()
    counts = text(
        "SELECT (SELECT count(*) FROM import_upload_piece WHERE upload_id = :file)"
        " + (SELECT count(*) FROM import_problem WHERE run_id = :run)"
    )
    async with owner.transaction() as connection:
        facts = {"file": UUID(file["id"]), "run": UUID(run["id"])}
        assert (await connection.execute(counts, facts)).scalar() == 0
