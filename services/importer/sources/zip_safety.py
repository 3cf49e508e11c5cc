"""Look at a zip file before anything in it is opened: what it is, and how large it becomes."""

import zipfile
from collections.abc import Sequence
from typing import BinaryIO

from services.importer.sources.unreadable import UnreadableFileError

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
_MOST_ENTRIES = 1000
_MOST_BYTES = 600 * 1024 * 1024
# A large sheet of equal rows stays under 40; a bomb reaches 1032 (deflate's own limit).
_LARGEST_RATIO = 200
_LARGE_BYTES = 1024 * 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_OLE_DIRECTORY = 64 * 1024


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


def open_package(file: BinaryIO) -> zipfile.ZipFile:
    """Open an .xlsx without macros that says that it stays within bounds when it is unpacked.

    What its directory says may be a lie; read in pieces, an entry gives no more than it claims.

    Raises:
        UnreadableFileError: anything else.

    """
    try:
        package = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, ValueError, OSError):
        raise broken() from None
    entries = package.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise too_large()
    _check_kind({entry.filename for entry in entries})
    _check_sizes(entries)
    return package


def broken() -> UnreadableFileError:
    """What is said of a workbook that cannot be read to its end."""
    return UnreadableFileError(
        "Dit Excel-bestand is beschadigd of niet volledig. Bewaar het opnieuw."
    )


def too_large() -> UnreadableFileError:
    """What is said of a workbook that holds more than a list of people can."""
    return UnreadableFileError(
        "Dit Excel-bestand wordt uitgepakt te groot. Bewaar het als CSV UTF-8."
    )


def _check_sizes(entries: Sequence[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise too_large()
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
            raise broken()
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _LARGE_BYTES and ratio > _LARGEST_RATIO:
            raise too_large()


def _check_kind(names: set[str]) -> None:
    if any(name.endswith("vbaProject.bin") for name in names):
        msg = "Dit Excel-bestand bevat macro's. Bewaar het als gewone .xlsx of als CSV UTF-8."
    elif "xl/workbook.bin" in names:
        msg = "Dit is een binair Excel-bestand (.xlsb). Bewaar het als .xlsx of als CSV UTF-8."
    elif "content.xml" in names and "mimetype" in names:
        msg = "Dit is een OpenDocument-bestand (.ods). Bewaar het als .xlsx of als CSV UTF-8."
    elif "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        msg = "Dit is een zip-bestand, geen Excel-bestand. Pak het uit en kies het bestand zelf."
    else:
        return
    raise UnreadableFileError(msg)
