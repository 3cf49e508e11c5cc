"""The roster document as lines, with a running digest that proves it complete."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.roster.document import (
    GroupRecord,
    Header,
    MembershipRecord,
    PersonRecord,
    ProblemRecord,
    Record,
    Trailer,
)

_RECORD: TypeAdapter[Record] = TypeAdapter(Record)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COUNTED: dict[type, str] = {
    PersonRecord: "persons",
    GroupRecord: "groups",
    MembershipRecord: "memberships",
    ProblemRecord: "problems",
}


class IncompleteDocumentError(Exception):
    """The stream is not a whole roster document; the message says why, without personal data."""


def parse_record(line: str | bytes) -> Record:
    """One line as a record; ValidationError when it is none."""
    return _RECORD.validate_json(line)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line, for whoever reads or writes rosters elsewhere."""
    return {"$schema": _DIALECT, "title": "Roster document, one line", **_RECORD.json_schema()}


def record_line(record: Record) -> bytes:
    """One record as a line, with its newline."""
    # What model_dump_json does, without its detour through text: it is called for every record.
    return record.__pydantic_serializer__.to_json(record) + b"\n"


class _Ledger:
    """What was seen so far: the digest of the lines and how many records of each kind."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._content = hashlib.sha256()
        self._counts = dict.fromkeys(_COUNTED.values(), 0)

    def note(self, line: bytes, record: Record) -> None:
        self._digest.update(line)
        if isinstance(record, Header):
            timeless = record.model_dump_json(exclude={"fetched_at"})
            self._content.update(timeless.encode() + b"\n")
            return
        self._content.update(line)
        counted = _COUNTED.get(type(record))
        if counted is not None:
            self._counts[counted] += 1

    def note_all(self, lines: bytes, records: Sequence[Record]) -> None:
        """Note many at once: that costs a call of each digest, not one a record."""
        self._digest.update(lines)
        self._content.update(lines)
        for sort, count in Counter(map(type, records)).items():
            counted = _COUNTED.get(sort)
            if counted is not None:
                self._counts[counted] += count

    def trailer(self) -> Trailer:
        digests = {"digest": self._digest.hexdigest(), "content": self._content.hexdigest()}
        return Trailer(**self._counts, **digests)


class DocumentWriter:
    """Turns records into lines and ends with the trailer that proves them complete."""

    def __init__(self) -> None:
        """Begin a document."""
        self._ledger = _Ledger()

    def line(self, record: Record) -> bytes:
        """One record as a line; a trailer is made by `end` only."""
        line = record_line(record)
        self._ledger.note(line, record)
        return line

    def lines(self, records: Sequence[Record]) -> bytes:
        """Many records, none of them the header, as their lines."""
        lines = b"".join(map(record_line, records))
        self._ledger.note_all(lines, records)
        return lines

    @property
    def content(self) -> str:
        """The digest of the records so far, as the trailer will have it."""
        return self._ledger.trailer().content

    def end(self) -> bytes:
        """The trailer's line."""
        return record_line(self._ledger.trailer())


class DocumentReader:
    """Reads lines one by one and refuses a document that is not whole."""

    def __init__(self) -> None:
        """Begin a document."""
        self._ledger = _Ledger()
        self._header: Header | None = None
        self._ended = False

    def read(self, line: bytes) -> Record:
        """The record of one line, given with or without its newline.

        Raises:
            IncompleteDocumentError: not a record, out of order, or a trailer that does not fit.

        """
        try:
            record = parse_record(line)
        except ValidationError:
            msg = "a line is not a roster record"
            raise IncompleteDocumentError(msg) from None
        if self._ended or isinstance(record, Header) == (self._header is not None):
            msg = "a line is out of order"
            raise IncompleteDocumentError(msg)
        if isinstance(record, Header):
            self._header = record
        if isinstance(record, Trailer):
            self._end(record)
        else:
            self._ledger.note(line.rstrip(b"\n") + b"\n", record)
        return record

    def finish(self) -> None:
        """Say that the stream ended.

        Raises:
            IncompleteDocumentError: no trailer came.

        """
        if not self._ended:
            msg = "the document ends without its trailer"
            raise IncompleteDocumentError(msg)

    def _end(self, trailer: Trailer) -> None:
        if trailer != self._ledger.trailer():
            msg = "the trailer does not fit the lines before it"
            raise IncompleteDocumentError(msg)
        self._ended = True
