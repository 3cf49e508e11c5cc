"""What a workbook says of itself: its sheets, its number formats, its texts.

Read with a stream for each part, and only these parts: openpyxl makes a tree of every element,
which lets a workbook of a megabyte take the memory of a machine (its own readme says so).
"""

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Self

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from services.importer.sources.xlsx_texts import SharedTexts
from services.importer.sources.xml_stream import Budget, Reader, stream
from services.importer.sources.zip_safety import broken, open_package, too_large

_BOOK = "xl/workbook.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
# Texts of a quarter of a million rows; and the 65,490 cell formats that Excel allows.
_MOST_BYTES_TEXTS = 64 * 1024 * 1024
_MOST_BYTES_OTHER = 8 * 1024 * 1024
_RELATION_IDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
# Excel allows 250 of a workbook's own.
_MOST_FORMATS = 10_000
_GENERAL = "General"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a number is shown: as its code says, and whether that is a day or an hour."""

    code: str
    is_date: bool
    is_span: bool

    @classmethod
    def of(cls, code: str) -> Self:
        """By its code."""
        return cls(code, is_date_format(code), is_timedelta_format(code))


PLAIN = NumberFormat.of(_GENERAL)


@dataclass
class Book:
    """An opened workbook; `sheets` are the visible ones with where they lie, in their order."""

    package: zipfile.ZipFile
    budget: Budget
    sheets: list[tuple[str, str]] = field(default_factory=list)
    formats: list[NumberFormat] = field(default_factory=list)
    texts: SharedTexts = field(default_factory=SharedTexts)
    epoch: datetime = WINDOWS_EPOCH

    @classmethod
    def opened(cls, file: BinaryIO) -> Self:
        """Read all but the rows.

        Raises:
            UnreadableFileError: no workbook that may be read.
            And what zipfile and expat raise of a damaged one.

        """
        book = cls(open_package(file), Budget())
        parts, said, styles = _Relations(), _Sheets(), _Styles()
        book._read(_BOOK, said, _MOST_BYTES_OTHER)
        book._read(_BOOK_RELATIONS, parts, _MOST_BYTES_OTHER)
        for kind, reader, most in (
            ("styles", styles, _MOST_BYTES_OTHER),
            ("sharedStrings", book.texts, _MOST_BYTES_TEXTS),
        ):
            for path in parts.of_kind(kind)[:1]:
                book._read(path, reader, most)
        worksheets = dict(parts.found.get("worksheet", []))
        chart_sheets = dict(parts.found.get("chartsheet", []))
        for title, relation in said.visible:
            if relation not in chart_sheets:
                book.sheets.append((title, worksheets[relation]))
        book.formats = styles.formats
        book.epoch = MAC_EPOCH if said.is_1904 else WINDOWS_EPOCH
        return book

    def entry(self, path: str) -> zipfile.ZipInfo:
        """A part by where it lies; case does not count (ECMA-376 part 2, 6.2.2)."""
        for entry in self.package.infolist():
            if entry.filename.lower() == path.lower():
                return entry
        raise broken()

    def _read(self, path: str, reader: Reader, most: int) -> None:
        entry = self.entry(path)
        if entry.file_size > most:
            raise too_large()
        with self.package.open(entry) as part:
            for _ in stream(part, reader, self.budget):
                pass


class _Silent:
    """A reader of attributes only."""

    is_done = False

    def end(self, tag: str) -> None:
        """Nothing ends."""

    def text(self, text: str) -> None:
        """No text counts."""


class _Sheets(_Silent):
    tags = ("workbookPr", "sheet")

    def __init__(self) -> None:
        self.is_1904 = False
        self.visible: list[tuple[str, str]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "workbookPr":
            self.is_1904 = attributes.get("date1904") in {"1", "true"}
        elif attributes.get("state", "visible") == "visible":
            relation = next((attributes[name] for name in _RELATION_IDS if name in attributes), "")
            self.visible.append((attributes.get("name", ""), relation))


class _Relations(_Silent):
    tags = ("Relationship",)

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[str, str]]] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        kind = attributes.get("Type", "").rpartition("/")[2]
        target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
        self.found.setdefault(kind, []).append((attributes.get("Id", ""), target.lstrip("/")))

    def of_kind(self, kind: str) -> list[str]:
        return [path for _, path in self.found.get(kind, [])]


class _Styles(_Silent):
    tags = ("numFmts", "numFmt", "cellXfs", "xf")

    def __init__(self) -> None:
        self._within = ""
        self._known = {str(at): NumberFormat.of(code) for at, code in BUILTIN_FORMATS.items()}
        self.formats: list[NumberFormat] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        number = attributes.get("numFmtId", "0")
        if tag in {"numFmts", "cellXfs"}:
            self._within = tag
        elif tag == "numFmt" and self._within == "numFmts":
            self._known[number] = NumberFormat.of(attributes.get("formatCode", _GENERAL))
            if len(self._known) > _MOST_FORMATS:
                raise too_large()
        elif tag == "xf" and self._within == "cellXfs":
            # The schema puts the codes before the cells that use them.
            self.formats.append(self._known.get(number, PLAIN))

    def end(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""
