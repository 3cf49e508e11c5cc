"""What we write for Excel: the same text comes out, and none of it is run."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from shared import tabular
from shared.tabular import csv_lines, csv_stream, guarded, unguarded, xlsx_bytes

unhurried = settings(deadline=None, max_examples=60)
HEADER = ["naam", "waarde"]
# Control characters and halves of surrogate pairs are replaced; a CR is a line end to XML.
_texts = st.text(
    st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="\ufffe\uffff"),
    max_size=20,
)
_dangerous = st.tuples(
    st.sampled_from(["", " ", "'", "''", "\t", "\r", "\n", "\u00a0"]),
    st.sampled_from(list("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")),
    st.text(max_size=5),
).map("".join)


def _read(content: bytes) -> list[list[str]]:
    # Whoever read a CSV of a school in this process lowered it.
    csv.field_size_limit(tabular._LONGEST_CELL + 10_000)
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))


def _sheet(content: bytes, at: int = 0) -> list[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(content))
    return [tuple(row) for row in book.worksheets[at].iter_rows()]


@given(_dangerous)
@example("=cmd|' /C calc'!A0")
def test_no_cell_begins_with_what_a_spreadsheet_runs(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.one_of(st.text(max_size=20), _dangerous))
def test_a_guard_can_be_taken_off_by_a_program(text: str) -> None:
    assert unguarded(guarded(text)) == text


@unhurried
@given(st.lists(st.tuples(_texts, st.one_of(_texts, _dangerous)), max_size=4))
def test_a_csv_has_the_same_cells_for_any_text(rows: list[tuple[str, str]]) -> None:
    content = b"".join(csv_lines(HEADER, rows))
    found = [tuple(map(unguarded, row)) for row in _read(content)]
    assert found == [tuple(HEADER), *[tuple(map(tabular._writable, row)) for row in rows]]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+31 6", "-x", "0012", "van der Vos", "Ĳ"])
def test_in_a_workbook_every_text_is_a_text_and_stays_as_it_is(text: str) -> None:
    cells = _sheet(xlsx_bytes(HEADER, [[text, None]]))[1]
    assert (cells[0].data_type, cells[0].value, cells[1].value) == ("s", text, None)


def test_values_are_written_as_a_dutch_excel_reads_them() -> None:
    moment = datetime(2026, 11, 24, 9, 30, 1, 999, tzinfo=UTC)
    row = [None, -5, Decimal("-0.50"), 1.5, date(2026, 11, 24), moment, True, False]
    assert _read(b"".join(csv_lines([], [row])))[1] == [
        *["", "-5", "-0,50", "1,5", "2026-11-24", "2026-11-24 10:30:01", "ja", "nee"]
    ]
    found = [cell.value for cell in _sheet(xlsx_bytes(["x"], [row]))[1]]
    assert found[:4] == [None, -5, -0.5, 1.5]
    assert found[4:] == [
        datetime(2026, 11, 24),  # noqa: DTZ001 - a spreadsheet knows no zone
        datetime(2026, 11, 24, 10, 30, 1),  # noqa: DTZ001
        "ja",
        "nee",
    ]


def test_what_no_file_can_hold_is_replaced() -> None:
    row = ["a\0b\x1bc", "\ud800", "x" * 40_000]
    assert _read(b"".join(csv_lines([], [row])))[1][:2] == ["a\ufffdb\ufffdc", "\ufffd"]
    cells = _sheet(xlsx_bytes(["x"], [row]))[1]
    assert [cell.value for cell in cells][:2] == ["a\ufffdb\ufffdc", "\ufffd"]
    assert len(cells[2].value) == 32_767


def test_a_workbook_goes_on_on_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "_MOST_ROWS", 3)
    content = xlsx_bytes(["n"], [[number] for number in range(5)])
    sheets = [[cell.value for (cell,) in _sheet(content, at)] for at in range(3)]
    assert sheets == [["n", 0, 1], ["n", 2, 3], ["n", 4]]
    assert [cell.value for (cell,) in _sheet(xlsx_bytes(["n"], []))] == ["n"]


def test_a_workbook_is_laid_out_for_a_person() -> None:
    rows = [["Anna", None], ["x" * 500, 12]]
    sheet = load_workbook(io.BytesIO(xlsx_bytes(["wie", "regelnummer"], rows))).active
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("Blad1", "A2", "A1:B3")
    assert [cell.font.b for cell in (sheet["A1"], sheet["A2"])] == [True, False]
    assert [sheet.column_dimensions[name].width for name in "AB"] == [63, 14]


async def test_rows_that_are_still_coming_make_the_same_file() -> None:
    async def rows() -> Any:
        for number in range(3):
            yield [str(number), number]

    streamed = b"".join([line async for line in csv_stream(HEADER, rows())])
    assert streamed == b"".join(csv_lines(HEADER, [[str(n), n] for n in range(3)]))
