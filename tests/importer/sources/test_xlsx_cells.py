"""A cell of a workbook is what the school sees in it, whoever wrote the workbook and how."""

from collections.abc import Callable
from datetime import date, datetime, time
from string import ascii_letters, digits, punctuation

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.importer.sources.unreadable import UnreadableFileError
from tests.importer.domain.strategies import unhurried
from tests.importer.sources.books import altered, book, saved
from tests.importer.sources.file_reading import HEAD, at_the_door, bad_cells, only_pupil, read

TITLES = HEAD.split(";")
PLAIN = book([TITLES, ("00123", "Zoë", "Müller")])
ANNA = {"pupil_number": "00123", "given_name": "Zoë", "family_name": "Müller"}
SHEET = "xl/worksheets/sheet1.xml"
Part = Callable[[bytes], bytes]

_texts = st.text(st.sampled_from(f"{ascii_letters}{digits}{punctuation}ë漢🦉 \n"), min_size=1)
_values = st.one_of(
    _texts.filter(lambda text: text[0] not in "=#" and "_x" not in text and text.strip()),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.sampled_from([0.5, -3.25, 1e-7]),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - as Excel has them
        lambda moment: moment.replace(microsecond=0)
    ),
)


def _shown(value: object) -> str:
    match value:
        case bool():
            return "WAAR" if value else "ONWAAR"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value)


@unhurried
@given(st.lists(st.lists(_values, min_size=1, max_size=4), min_size=1, max_size=4), st.booleans())
def test_every_value_comes_back_as_it_is_shown_in_both_calendars(
    rows: list[list[object]],
    is_1904: bool,  # noqa: FBT001
) -> None:
    made = Workbook()
    if is_1904:
        made.epoch = CALENDAR_MAC_1904
    made.active.append([*TITLES, "a", "b", "c", "d"])
    for row in rows:
        made.active.append(["1", "Anna", "Vos", *row])
    _, found = at_the_door(saved(made))
    assert [row.cells[3:] for row in found] == [[_shown(value) for value in row] for row in rows]


def _sheet(change: Part, content: bytes = PLAIN) -> bytes:
    return altered(content, lambda parts: parts.update({SHEET: change(parts[SHEET])}))


def _everywhere(change: Part) -> bytes:
    def all_parts(parts: dict[str, bytes]) -> None:
        parts.update({name: change(content) for name, content in parts.items()})

    return altered(PLAIN, all_parts)


def _data(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    head = "".join(f'<c t="str"><v>{title}</v></c>' for title in TITLES)
    text = f'<x:worksheet xmlns:x="{space}" xmlns="{space}"><x:sheetData><row>{head}</row>{rows}'
    return _sheet(lambda _: f"{text}</x:sheetData></x:worksheet>".encode())


ROW = (
    '<x:row><c t="str"><v>00123</v></c><c t="inlineStr"><is>%s</is></c>'
    '<c t="str"><v>Müller</v></c></x:row>'
)


@pytest.mark.parametrize(
    "content",
    [
        _everywhere(
            lambda part: part.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            ).replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            )
        ),
        _data(ROW % "<t>Zoë</t>"),
        _data(ROW % "<r><t>Z</t></r><r><rPr><b/></rPr><t>oë</t></r>"),
        _data(ROW % "<t>Zoë</t><rPh sb='0' eb='1'><t>zo-ee</t></rPh>"),
        _data(ROW % "<t>Z_x006F_ë</t>"),
        _data(ROW % "<t>_x000D_Zoë_x0000_</t>"),
        # A row is formatted to its end, and so is the sheet: empty cells are no columns, no rows.
        _data(
            ROW % "<t>Zoë</t>" + '<row r="900000"><c r="XFD900000" s="1"/></row><row r="1048576"/>'
        ),
    ],
    ids=["strict", "prefixed", "runs", "phonetic", "escape", "control", "formatted"],
)
def test_whoever_wrote_it_the_same_pupil_is_in_it(content: bytes) -> None:
    assert only_pupil(content) == ANNA


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_data('<row r="1"/>'), "beschadigd"),
        (_data('<row r="0"/>'), "beschadigd"),
        (_data('<row><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>'), "beschadigd"),
        (_data('<row><c r="AAAA2"><v>1</v></c></row>'), "beschadigd"),
        (_data('<row><c t="s"><v>-1</v></c></row>'), "beschadigd"),
        (_data('<row><c t="s"><v>999</v></c></row>'), "beschadigd"),
        (_data("<row><c><v>a</v></c></row>"), "beschadigd"),
        (_data(f"<row><c><v>{'9' * 5000}</v></c></row>"), "beschadigd"),
        (_data('<row><c r="GS2" t="str"><v>x</v></c></row>'), "Regel 2 heeft meer dan 200 kol"),
        (_data('<row r="250001"><c t="str"><v>x</v></c></row>'), "meer dan 250000 regels"),
        (_sheet(lambda part: part.replace(b"</sheetData>", b"</sheetDat>")), "beschadigd"),
        (_everywhere(lambda part: part.replace(b"/xl/worksheets/sheet1", b"/xl/s")), "beschadigd"),
    ],
)
def test_what_no_program_writes_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        at_the_door(content)


@pytest.mark.parametrize(
    ("value", "style", "why"),
    [
        ("99999999999", date(2026, 1, 1), "is een fout van Excel"),
        ("1e999", None, "is geen getal"),
        ("1e15", None, "is door Excel afgerond"),
    ],
)
def test_a_number_that_says_nothing_makes_its_row_bad(
    value: str, style: date | None, why: str
) -> None:
    content = book([TITLES, (style or 7, "Anna", "Vos"), ("2", "Bea", "Mol")])
    old = b"<v>46023</v>" if style else b"<v>7</v>"

    def change(part: bytes) -> bytes:
        assert old in part
        return part.replace(old, f"<v>{value}</v>".encode())

    (bad,) = bad_cells(_sheet(change, content))
    assert (bad.field, why in bad.detail) == ("pupil_number", True)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_whatever_is_in_it(state: str) -> None:
    made = Workbook()
    made.active.append(TITLES)
    made.active.append(("00123", "Zoë", "Müller"))
    other = made.create_sheet("Vorig jaar", 0)
    other.append(TITLES)
    other.append(("1", "Oud", "Leerling"))
    other.sheet_state = state
    made.create_chartsheet("Grafiek", 0)
    assert only_pupil(saved(made)) == ANNA


def test_of_merged_cells_the_first_counts() -> None:
    made = Workbook()
    made.active.append([*TITLES, "klas"])
    for at in ("1", "2"):
        made.active.append((at, "Anna", "Vos", "H4A"))
    made.active.merge_cells("D2:D3")
    found = read(saved(made))
    assert [one.person for one in found.memberships] == ["pupil:1"]
