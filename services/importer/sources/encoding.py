"""From the bytes of a school's file to text: exports come in several encodings."""

import codecs

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_BAD_SIGNS = "De tekens in dit bestand kunnen niet worden gelezen. Bewaar het als CSV UTF-8."


class UnreadableFileError(Exception):
    """The file cannot be read as a CSV; the message is Dutch and holds nothing of the file."""


def decode(content: bytes) -> str:
    """The text of a CSV: by its byte order mark, else UTF-8, else Windows-1252 (Magister's ANSI).

    Raises:
        UnreadableFileError: empty, an Excel workbook, or no text at all.

    """
    check_is_text(content)
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strict(content, encoding)
    try:
        return content.decode()
    except UnicodeDecodeError:
        if _is_damaged_utf8(content):
            raise UnreadableFileError(_BAD_SIGNS) from None
        # Five bytes have no meaning in Windows-1252; a replacement sign shows where they were.
        return content.decode("cp1252", errors="replace")


def check_is_text(beginning: bytes) -> None:
    """Look at the first bytes of a file.

    Raises:
        UnreadableFileError: empty, an Excel workbook, or no text at all.

    """
    if not beginning.strip():
        msg = "Het bestand is leeg."
        raise UnreadableFileError(msg)
    if beginning.startswith((_ZIP, _OLD_EXCEL)):
        msg = "Dit is een Excel-bestand. Kies in Excel Opslaan als en dan CSV."
        raise UnreadableFileError(msg)
    if b"\x00" in beginning and not beginning.startswith(tuple(mark for mark, _ in _BOMS)):
        msg = "Dit bestand bevat geen tekst."
        raise UnreadableFileError(msg)


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableFileError(_BAD_SIGNS) from None


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether it is UTF-8 with a flaw: read as Windows-1252, every accent would be garbage."""
    text = content.decode(errors="replace")
    flaws = text.count("\ufffd")
    return sum(not sign.isascii() for sign in text) - flaws > flaws
