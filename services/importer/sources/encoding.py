"""From the bytes of a school's CSV to text: exports come in several encodings."""

import codecs
import re
from typing import BinaryIO

from services.importer.sources.unreadable import UnreadableFileError

# The mark of UTF-32 begins with that of UTF-16.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE_BYTES = 256 * 1024
# What Python makes of a byte that is no UTF-8 (PEP 383).
_ESCAPED = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_BAD_SIGNS = "De tekens in dit bestand kunnen niet worden gelezen. Bewaar het als CSV UTF-8."


def encoding_of(file: BinaryIO) -> str:
    """By the byte order mark, else UTF-8, else Windows-1252 (Magister's ANSI).

    Reads the file once, and leaves it at its beginning.

    Raises:
        UnreadableFileError: empty, no text, or UTF-8 with a flaw in it.

    """
    file.seek(0)
    beginning = file.read(_PIECE_BYTES)
    if not beginning.strip():
        msg = "Het bestand is leeg."
        raise UnreadableFileError(msg)
    marked = next((name for mark, name in _BOMS if beginning.startswith(mark)), None)
    if b"\x00" in beginning and marked is None:
        msg = "Dit bestand bevat geen tekst. Bewaar de lijst als CSV UTF-8."
        raise UnreadableFileError(msg)
    try:
        flaws, others = _flaws(file, marked)
    except UnicodeError:
        raise UnreadableFileError(_BAD_SIGNS) from None
    file.seek(0)
    if others > flaws > 0:
        # Read as Windows-1252, every accent of damaged UTF-8 would be garbage.
        raise UnreadableFileError(_BAD_SIGNS)
    return "cp1252" if flaws else marked or "utf-8"


def _flaws(file: BinaryIO, marked: str | None) -> tuple[int, int]:
    """How many bytes are no UTF-8, and how many signs beyond ASCII are; marked has no flaws.

    A replacement sign that the file itself holds is no flaw: another program could not read its
    source, and which rows that spoils can be told.
    """
    decoder = codecs.getincrementaldecoder(marked or "utf-8")(
        errors="strict" if marked else "surrogateescape"
    )
    flaws = others = 0
    file.seek(0)
    while True:
        piece = file.read(_PIECE_BYTES)
        text = decoder.decode(piece, final=not piece)
        if not marked and not text.isascii():
            here = len(_ESCAPED.findall(text))
            flaws += here
            others += len(_BEYOND_ASCII.findall(text)) - here
        if not piece:
            return flaws, others
