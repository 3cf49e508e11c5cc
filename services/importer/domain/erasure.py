"""How somebody who was erased is known again: by hashes of keys that nobody can guess.

Only Somtoday's uuid (122 random bits, RFC 9562) and the ECK iD (512 bits) are such keys. A
leerlingnummer has a few digits, and its hash would be as good as the number itself; so who
came by a CSV without ECK iD is not known again.
"""

import hashlib
from collections.abc import Iterator
from enum import StrEnum

from services.importer.domain.decisions import Decisions, is_new
from shared.roster.document import PersonRecord


class Ground(StrEnum):
    """Why somebody was erased: the proof of it says this, and no name (AVG art. 5 and 17)."""

    REQUEST = "request"
    INSTRUCTION = "instruction"
    RETENTION = "retention"


def key_hashes(source_key: str | None, eck_id: str | None) -> Iterator[bytes]:
    """SHA-256 of each key; the statement that erases computes the same."""
    if source_key:
        yield hashlib.sha256(f"source_key:{source_key}".encode()).digest()
    if eck_id:
        yield hashlib.sha256(f"eck_id:{eck_id.lower()}".encode()).digest()


def is_erased(record: PersonRecord, erased: frozenset[bytes]) -> bool:
    """Whether a record is somebody who was erased before."""
    return any(found in erased for found in key_hashes(record.key, record.fields.get("eck_id")))


def is_kept_out(record: PersonRecord, erased: frozenset[bytes], decisions: Decisions) -> bool:
    """Whether a record is of somebody erased whom the school did not take in as somebody new."""
    return bool(erased) and is_erased(record, erased) and not is_new(record, decisions)
