"""Look at a zip file before anything in it is opened: what it is, and how large it becomes."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl.xml.functions import fromstring

from services.importer.sources.unreadable import UnreadableFileError

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
_MOST_ENTRIES = 1000
# A sheet is read as a stream, its texts are held in memory, and all other XML becomes a tree of
# many times its size; the 65,490 cell formats that Excel allows fit.
_MOST_BYTES = 600 * 1024 * 1024
_MOST_BYTES_HELD = 64 * 1024 * 1024
_MOST_BYTES_TREE = 8 * 1024 * 1024
_TEXTS = "xl/sharedstrings.xml"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CHART_SHEET = re.compile(r"(/?xl/)?chartsheets/[^/]+\.xml")
_TYPES = "[Content_Types].xml"
_OF_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_OF_TEXTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
# A large sheet of equal rows stays under 40; a bomb reaches 1032 (deflate's own limit).
_LARGEST_RATIO = 200
_LARGE_BYTES = 1024 * 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_OLE_DIRECTORY = 64 * 1024
_LOCAL_HEADER = 30
_PIECE_BYTES = 64 * 1024


def refuse_ole(file: BinaryIO) -> None:
    """Say what an OLE file is: an old workbook, or a new one behind a password.

    Raises:
        UnreadableFileError: always.

    """
    file.seek(0)
    found = file.read(_OLE_DIRECTORY)
    if "EncryptedPackage".encode("utf-16-le") in found:
        msg = "Dit Excel-bestand is met een wachtwoord beveiligd. Bewaar het zonder wachtwoord."
    else:
        msg = "Dit is een oud Excel-bestand (.xls). Bewaar het als .xlsx of als CSV UTF-8."
    raise UnreadableFileError(msg)


def check_workbook(file: BinaryIO) -> None:
    """Let only an .xlsx without macros pass that stays within bounds when it is unpacked.

    Sizes are looked at as the directory claims them, and then as they are: zipfile would cut off
    what is more than claimed, but only after it was unpacked in memory.

    Raises:
        UnreadableFileError: anything else.

    """
    try:
        with zipfile.ZipFile(file) as book:
            entries = book.infolist()
            if len(entries) <= _MOST_ENTRIES:
                _check_kind({entry.filename for entry in entries})
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, ValueError, OSError):
        raise broken() from None
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise _too_large()
    for entry in entries:
        _check_entry(entry)
        _check_real_size(file, entry)
    _check_parts(file, entries)


def broken() -> UnreadableFileError:
    """What is said of a workbook that cannot be read to its end."""
    return UnreadableFileError(
        "Dit Excel-bestand is beschadigd of niet volledig. Bewaar het opnieuw."
    )


def _too_large() -> UnreadableFileError:
    return UnreadableFileError(
        "Dit Excel-bestand wordt uitgepakt te groot. Bewaar het als CSV UTF-8."
    )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        raise broken()
    name = entry.filename.lower()
    is_sheet = _SHEET.fullmatch(name) is not None
    is_tree = name.endswith((".xml", ".rels")) and name != _TEXTS
    most = _MOST_BYTES_TREE if is_tree else _MOST_BYTES_HELD
    ratio = entry.file_size / max(entry.compress_size, 1)
    is_bomb = entry.file_size > _LARGE_BYTES and ratio > _LARGEST_RATIO
    if is_bomb or (entry.file_size > most and not is_sheet):
        raise _too_large()


def _check_parts(file: BinaryIO, entries: Iterable[zipfile.ZipInfo]) -> None:
    """Let nothing be taken for a part of the book that was measured as something else.

    openpyxl finds the book, its texts and its charts by what the package says they are (ECMA-376
    part 2, 10.1 and 9.3), wherever they lie.
    """
    large = {one.filename.lower() for one in entries if one.file_size > _MOST_BYTES_TREE}
    try:
        with zipfile.ZipFile(file) as book:
            for part in fromstring(book.read(_TYPES)):
                name, kind = part.get("PartName", "/")[1:].lower(), part.get("ContentType")
                is_own = kind == _OF_SHEET or (kind == _OF_TEXTS and name == _TEXTS)
                if name in large and not is_own:
                    raise _too_large()
            for entry in entries:
                if entry.filename.lower().endswith(".rels"):
                    _check_chart_sheets(book.read(entry))
    except (ParseError, zipfile.BadZipFile, RuntimeError, ValueError):
        raise broken() from None


def _check_chart_sheets(relationships: bytes) -> None:
    for one in fromstring(relationships):
        is_chart = "chartsheet" in one.get("Type", "")
        if is_chart and not _CHART_SHEET.fullmatch(one.get("Target", "")):
            raise broken()


def _check_real_size(file: BinaryIO, entry: zipfile.ZipInfo) -> None:
    """Unpack piece by piece, keeping nothing (APPNOTE 4.3.7: 30 bytes, name, extra, content)."""
    file.seek(entry.header_offset)
    local = file.read(_LOCAL_HEADER)
    if len(local) < _LOCAL_HEADER:
        raise broken()
    file.seek(sum(struct.unpack("<2H", local[-4:])), io.SEEK_CUR)
    if entry.compress_type == zipfile.ZIP_STORED:
        size = entry.compress_size
    else:
        size = _unpacked_size(file, entry)
    if size != entry.file_size:
        raise broken()


def _unpacked_size(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    size, left = 0, entry.compress_size
    while not inflate.eof and size <= entry.file_size:
        content = inflate.unconsumed_tail or file.read(min(_PIECE_BYTES, left))
        if not content:
            break
        left -= 0 if inflate.unconsumed_tail else len(content)
        try:
            size += len(inflate.decompress(content, _PIECE_BYTES))
        except zlib.error:
            raise broken() from None
    return size


def _check_kind(names: set[str]) -> None:
    if any(name.endswith("vbaProject.bin") for name in names):
        msg = "Dit Excel-bestand bevat macro's. Bewaar het als gewone .xlsx of als CSV UTF-8."
    elif "xl/workbook.bin" in names:
        msg = "Dit is een binair Excel-bestand (.xlsb). Bewaar het als .xlsx of als CSV UTF-8."
    elif "content.xml" in names and "mimetype" in names:
        msg = "Dit is een OpenDocument-bestand (.ods). Bewaar het als .xlsx of als CSV UTF-8."
    elif "xl/workbook.xml" not in names or _TYPES not in names:
        msg = "Dit is een zip-bestand, geen Excel-bestand. Pak het uit en kies het bestand zelf."
    else:
        return
    raise UnreadableFileError(msg)
