"""An Excel workbook gives the rows that a CSV of it would, or is refused in Dutch."""

import io
import tracemalloc
import zipfile
import zlib
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from services.importer.sources import xlsx_sheet, zip_safety
from services.importer.sources.unreadable import UnreadableFileError
from tests.importer.domain.strategies import unhurried
from tests.importer.sources.books import altered, book, saved, zipped
from tests.importer.sources.file_reading import at_the_door, bad_cells, only_pupil, read

HEAD = ("leerlingnummer", "roepnaam", "achternaam")
PLAIN = book([HEAD, ("00123", "Zoë", "Müller")])


def _with(entry: str, content: bytes) -> bytes:
    return altered(PLAIN, lambda entries: entries.update({entry: content}))


def test_numbers_dates_and_texts_are_what_the_school_sees() -> None:
    made = Workbook()
    sheet = made.active
    sheet.append([*HEAD, "leerjaar", "klas", "begindatum", "einddatum"])
    sheet.append([123.0, "Zoë", "Müller", 4, "H4A", date(2026, 8, 1), datetime(2027, 7, 31)])  # noqa: DTZ001
    sheet["A2"].number_format = "000000"
    (person,) = read(saved(made)).people
    assert person.fields == {
        "pupil_number": "000123",
        "given_name": "Zoë",
        "family_name": "Müller",
        "leerjaar": "4",
    }


def test_titles_above_the_names_and_empty_rows_are_passed_over_and_lines_are_sheet_rows() -> None:
    made = Workbook()
    sheet = made.active
    sheet["A1"] = "Leerlingen Waterkant College"
    sheet.merge_cells("A1:C1")
    for at, value in enumerate(HEAD, start=2):
        sheet.cell(4, at, value)
    sheet.cell(7, 2, "1"), sheet.cell(7, 3, "Anna")
    layout, rows = at_the_door(saved(made))
    assert (layout.header_line, layout.kind, layout.sheet) == (4, "xlsx", "Sheet")
    assert [row.line for row in rows] == [7]
    (bad,) = bad_cells(saved(made))
    assert (bad.place, bad.title, bad.detail) == (
        "regel 7, kolom 4",
        "achternaam",
        "achternaam ontbreekt",
    )


def test_the_sheet_with_the_list_is_read_whichever_it_is() -> None:
    content = book([("Toelichting",)], [HEAD, ("1", "Anna", "Vos")], [("x", "y", "z", "q")])
    layout, _ = at_the_door(content)
    assert layout.sheet == "Sheet1"
    assert only_pupil(content)["given_name"] == "Anna"


def test_two_sheets_with_lists_are_refused_for_one_would_make_the_other_leave() -> None:
    with pytest.raises(UnreadableFileError, match="meer dan één blad"):
        read(book([HEAD, ("1", "Anna", "Vos")], [HEAD, ("2", "Bea", "Mol")]))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("=A2&1", "is een formule"),
        ("#N/A", "is een fout van Excel"),
        (1.0e17, "is door Excel afgerond"),
    ],
)
def test_a_cell_that_says_nothing_makes_its_row_bad(value: object, why: str) -> None:
    (bad,) = bad_cells(book([HEAD, (1, "Anna", "Vos"), (value, "Bea", "Mol")]))
    assert (bad.place, bad.field, bad.value) == ("regel 3, kolom 1", "pupil_number", str(value))
    assert why in bad.detail


def test_a_class_that_excel_made_a_day_is_bad() -> None:
    (bad,) = bad_cells(book([(*HEAD, "klas"), (1, "Anna", "Vos", date(2026, 3, 1))]))
    assert bad.detail == "klas is door Excel veranderd; bewaar de kolom als tekst"


LARGE = b"".join(b"<a b='%d'/>" % at for at in range(600_000))
OLE = zip_safety.OLE + bytes(600)
BOMB = zipped({"xl/workbook.xml": b"", "[Content_Types].xml": b"", "x": bytes(9_000_000)})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (OLE, "oud Excel-bestand"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "wachtwoord"),
        (zipped({"list.csv": b"a;b"}), "zip-bestand"),
        (zipped({"mimetype": b"x", "content.xml": b""}), "OpenDocument"),
        (zipped({"xl/workbook.bin": b""}), "xlsb"),
        (_with("xl/vbaProject.bin", b"x"), "macro"),
        (BOMB, "te groot"),
        # Packed like any text, so that only its size tells.
        (_with("xl/styles.xml", LARGE), "groot"),
        (zipped({f"{at}": b"" for at in range(1001)}), "te groot"),
        (_with("xl/workbook.xml", b"<workbook"), "beschadigd"),
        (_with("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), "beschadigd"),
        (
            _with(
                "xl/worksheets/sheet1.xml",
                b'<!DOCTYPE x [<!ENTITY a "aa">]><worksheet><sheetData>&a;</sheetData></worksheet>',
            ),
            "beschadigd",
        ),
        (zipped({"xl/workbook.xml": b"x", "[Content_Types].xml": b""}, zipfile.ZIP_LZMA), "besch"),
        (PLAIN[:-200], "beschadigd"),
        (PLAIN[:300], "beschadigd"),
        (book([HEAD]), "alleen kolomnamen"),
        (book([]), "kolomnamen"),
        (book([("=1", *HEAD[1:])]), "kolomnamen"),
        (book([[f"k{at}" for at in range(1000)], HEAD]), "meer dan 200 kolommen"),
        (book([HEAD, ("1", "x" * 10_001, "Vos")]), "cel van meer dan"),
        (book([HEAD, ("1", "A", "V"), HEAD, ("2", "B", "W")]), "Op regel 3 staan de kolomnamen"),
    ],
)
def test_what_is_no_list_is_refused_in_dutch_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        at_the_door(content)


@pytest.mark.parametrize("entry", ["xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_zip_that_lies_about_its_sizes_is_never_unpacked_in_memory(entry: str) -> None:
    large = bytes(3_000_000)
    honest = _with(entry, large)
    size, checksum = (number.to_bytes(4, "little") for number in (len(large), zlib.crc32(large)))
    lying = honest.replace(size, (40).to_bytes(4, "little"))
    lying = lying.replace(checksum, zlib.crc32(bytes(40)).to_bytes(4, "little"))
    with zipfile.ZipFile(io.BytesIO(lying)) as read:
        assert read.read(entry) == bytes(40), "zipfile itself believes it"
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFileError, match="beschadigd"):
            at_the_door(lying)
        assert tracemalloc.get_traced_memory()[1] < len(large) / 2
    finally:
        tracemalloc.stop()


def test_a_sheet_of_more_rows_than_can_be_read_while_waiting_is_for_a_csv(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx_sheet, "MOST_ROWS", 3)
    with pytest.raises(UnreadableFileError, match="meer dan 3 regels"):
        at_the_door(book([HEAD, *[("1", "Anna", "Vos")] * 3]))


@unhurried
@given(st.binary(max_size=40), st.integers(0, len(PLAIN) - 1), st.booleans())
def test_any_damage_is_rows_or_a_refusal(noise: bytes, at: int, cut: bool) -> None:  # noqa: FBT001
    content = PLAIN[:at] + noise + (b"" if cut else PLAIN[at + len(noise) :])
    try:
        layout, rows = at_the_door(content)
    except UnreadableFileError:
        return
    assert layout.titles
    assert rows


def test_the_file_is_still_open_for_who_gave_it() -> None:
    file = io.BytesIO(PLAIN)
    with pytest.raises(UnreadableFileError):
        zip_safety.refuse_ole(file)
    assert not file.closed
