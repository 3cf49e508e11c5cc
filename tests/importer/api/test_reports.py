"""The history of imports, and the report of one."""

import csv
import io

import httpx
from openpyxl import load_workbook

from services.importer.domain.report import FIELDS, HEADER
from shared.errors.codes import ErrorCode
from shared.ids import new_id
from shared.roster.document import GROUP_FIELDS, PERSON_FIELDS
from shared.tabular import CSV_TYPE, XLSX_TYPE
from tests.importer.desk import Desk, assert_refused
from tests.importer.rosters import ANNA, H3A, member, pupil


async def _report(desk: Desk, run_id: str, form: str) -> httpx.Response:
    return await desk.client.get(f"/v1/imports/{run_id}/report", params={"format": form})


def _rows_of_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def _rows_of_xlsx(content: bytes) -> list[list[str]]:
    (sheet,) = load_workbook(io.BytesIO(content)).worksheets
    return [[value or "" for value in row] for row in sheet.iter_rows(values_only=True)]


async def test_a_report_tells_every_change_and_starts_no_formula(desk: Desk) -> None:
    await desk.bring([H3A, ANNA, member(ANNA, H3A)])
    anna = pupil("1001", "=1+1", "Aalbers", email="new@school.example", eck_id="eck-a")
    run = await desk.plan([H3A, anna])
    await desk.apply(run, add=True, update=True)
    answer = await _report(desk, run["id"], "csv")
    assert answer.headers["content-type"] == CSV_TYPE
    assert "attachment" in answer.headers["content-disposition"]
    header, *rows = _rows_of_csv(answer.content)
    assert tuple(header) == HEADER
    shown = {(row[4], row[5], row[6]) for row in rows if row[0] == "persoon"}
    assert shown == {
        ("roepnaam", "Anna", "'=1+1"),
        ("e-mailadres", "1001@school.example", "new@school.example"),
        ("ECK iD", "", ""),
    }
    (ended,) = [row for row in rows if row[0] == "plaatsing"]
    assert ended[1:3] == ["archiveren", "leerling"]
    assert {row[8] for row in rows} == {"uitgevoerd"}
    workbook = await _report(desk, run["id"], "xlsx")
    assert workbook.headers["content-type"] == XLSX_TYPE
    unguarded = [[cell.removeprefix("'") for cell in row] for row in [header, *rows]]
    assert _rows_of_xlsx(workbook.content) == unguarded
    person = next(iter((await desk.people()).values()))["id"]
    looks = (await desk.client.get(f"/v1/people/{person}/audit")).json()["items"]
    exported = [found for found in looks if found["action"] == "export"]
    assert [found["import_id"] for found in exported] == [run["id"]] * 2


async def test_the_history_tells_who_began_and_who_approved(desk: Desk) -> None:
    await desk.bring([ANNA])
    waiting = await desk.plan([ANNA])
    second, first = (await desk.client.get("/v1/imports")).json()["items"]
    assert second["id"] == waiting["id"]
    assert (second["requested_by"], second["approved_by"]) == ("user:test-subject", None)
    assert first["approved_by"] == "user:test-subject"
    assert (first["summary"]["pupils"]["add"], first["result"]["pupils"]["add"]) == (1, 1)
    assert (second["result"], second["ended_at"]) == (None, None), "nothing was done yet"
    assert first["ended_at"] == first["applied_at"]
    bram = pupil("1002", "Bram", "Bos")
    partly = await desk.apply(await desk.plan([bram]), add=True, update=True, archive=False)
    assert (partly["summary"]["people"]["archive"], partly["result"]["people"]["archive"]) == (1, 0)
    assert partly["result"]["people"]["add"] == 1
    assert_refused(await _report(desk, str(new_id()), "csv"), ErrorCode.NOT_FOUND)
    assert_refused(await _report(desk, waiting["id"], "pdf"), ErrorCode.INVALID_REQUEST)


async def test_without_a_plan_there_is_no_report(desk: Desk) -> None:
    answer = desk.says([ANNA])
    answer.stalls_after = 1
    run_id = await desk.begin()
    assert_refused(await _report(desk, run_id, "csv"), ErrorCode.IMPORT_NOT_READY)
    answer.goes_on.set()
    await desk.rested(run_id)


def test_every_field_has_its_dutch_name() -> None:
    assert {*PERSON_FIELDS, *GROUP_FIELDS} <= FIELDS.keys()
