"""No workbook takes more memory than a small multiple of what it holds, however it is made."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.importer.sources import xml_stream
from services.importer.sources.unreadable import UnreadableFileError
from tests.importer.domain.strategies import unhurried
from tests.importer.sources.books import altered, book
from tests.importer.sources.file_reading import HEAD, at_the_door

PLAIN = book([HEAD.split(";"), ("1", "Anna", "Vos")])
BYTES = 200_000
# A tree of so much XML takes 5 MB at least, and of cells 15.
MOST_MEMORY = 3_500_000
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
# What is repeated, and what then ends it: {} is another number each time.
UNITS = {
    "elements": ("<a/>", ""),
    "names": ("<a{}/>", ""),
    "attributes": ("<a b{}='1'/>", ""),
    "deep": ("<a>", "</a>"),
    "spaces": ("<a xmlns:p{0}='p{0}'/>", ""),
    "comments": ("<!--{}-->", ""),
    "columns": ("<cols><col min='1' max='1'/></cols>", ""),
    "links": ("<hyperlinks><hyperlink ref='A1'/></hyperlinks>", ""),
    "rows": ("<row/>", ""),
    "same row": ("<row r='1'/>", ""),
    "cells": ("<c/>", ""),
    "filled": ("<c><v>1</v></c>", ""),
    "formulas": ("<c><f t='shared' si='{}'>1</f></c>", ""),
    "texts": ("<si><t>ab</t></si>", ""),
    "no texts": ("<si/>", ""),
    "formats": ("<xf numFmtId='{}'/>", ""),
}
PLACES = {
    "before rows": ("xl/worksheets/sheet1.xml", f"<worksheet {SPACE}>{{}}<sheetData/></worksheet>"),
    "outside rows": (
        "xl/worksheets/sheet1.xml",
        f"<worksheet {SPACE}><sheetData>{{}}</sheetData></worksheet>",
    ),
    "in a row": (
        "xl/worksheets/sheet1.xml",
        f"<worksheet {SPACE}><sheetData><row>{{}}</row></sheetData></worksheet>",
    ),
    "in a cell": (
        "xl/worksheets/sheet1.xml",
        f"<worksheet {SPACE}><sheetData><row><c><v>{{}}</v></c></row></sheetData></worksheet>",
    ),
    "texts": ("xl/sharedStrings.xml", f"<sst {SPACE}>{{}}</sst>"),
    "one text": ("xl/sharedStrings.xml", f"<sst {SPACE}><si><t>{{}}</t></si></sst>"),
    "styles": ("xl/styles.xml", f"<styleSheet {SPACE}><cellXfs>{{}}</cellXfs></styleSheet>"),
    "workbook": ("xl/workbook.xml", f"<workbook {SPACE}>{{}}</workbook>"),
    "relations": ("xl/_rels/workbook.xml.rels", "<Relationships>{}</Relationships>"),
    "comments": ("xl/comments/comment1.xml", f"<comments {SPACE}>{{}}</comments>"),
}


def _hostile(place: str, unit: str, padding: int) -> bytes:
    repeated, ending = UNITS[unit]
    times = BYTES // (len(repeated) + padding)
    inside = "".join(repeated.format(at) + " " * padding for at in range(times)) + ending * times
    part, around = PLACES[place]
    return altered(PLAIN, lambda parts: parts.update({part: around.format(inside).encode()}))


def _memory_of(content: bytes) -> int:
    tracemalloc.start()
    try:
        at_the_door(content)
    except UnreadableFileError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@settings(unhurried, max_examples=12)
@given(st.sampled_from(sorted(PLACES)), st.sampled_from(sorted(UNITS)), st.sampled_from([0, 40]))
def test_memory_is_bounded_wherever_and_whatever_is_repeated(
    place: str, unit: str, padding: int
) -> None:
    assert _memory_of(_hostile(place, unit, padding)) < MOST_MEMORY


@pytest.mark.parametrize(
    "tag",
    ["<a b='{}'/>", "<a{}/>", "<!--{}-->", "<?a {}?>"],
    ids=["value", "name", "comment", "pi"],
)
def test_a_tag_without_end_is_not_waited_for(tag: str) -> None:
    part, around = PLACES["before rows"]
    text = around.format(tag.format("x" * 8_000_000)).encode()
    assert _memory_of(altered(PLAIN, lambda parts: parts.update({part: text}))) < len(text)


def test_all_parts_together_have_so_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "_MOST_ELEMENTS", 500)
    at_the_door(PLAIN)
    with pytest.raises(UnreadableFileError, match="te groot"):
        at_the_door(book([HEAD.split(";"), *[("1", "Anna", "Vos")] * 100]))
