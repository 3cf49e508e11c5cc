import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.roster.document import (
    GroupKind,
    GroupRecord,
    Header,
    MemberRole,
    MembershipRecord,
    PersonRecord,
    PersonRole,
    ProblemRecord,
    Record,
    Trailer,
)
from shared.roster.ndjson import (
    DocumentReader,
    DocumentWriter,
    IncompleteDocumentError,
    json_schema,
)

HEADER = Header(
    source="somtoday",
    schooljaar="2026-2027",
    fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
    complete_for=("pupil",),
)
texts = st.text(max_size=20)
records = st.one_of(
    st.builds(
        PersonRecord,
        key=st.none() | texts,
        ref=texts,
        role=st.sampled_from(PersonRole),
        fields=st.dictionaries(texts, st.none() | texts, max_size=3),
    ),
    st.builds(
        GroupRecord,
        key=st.none() | texts,
        ref=texts,
        group_kind=st.sampled_from(GroupKind),
        fields=st.dictionaries(texts, st.none() | texts, max_size=3),
    ),
    st.builds(MembershipRecord, person=texts, group=texts, role=st.sampled_from(MemberRole)),
    st.builds(
        ProblemRecord,
        code=texts,
        detail=texts,
        place=texts,
        missing=st.none() | texts,
        key=st.none() | texts,
        fatal=st.booleans(),
    ),
)


def _lines(body: list[Record]) -> list[bytes]:
    writer = DocumentWriter()
    return [writer.line(HEADER), *(writer.line(record) for record in body), writer.end()]


def _read_whole(lines: list[bytes]) -> list[Record]:
    reader = DocumentReader()
    read = [reader.read(line) for line in lines]
    reader.finish()
    return read


@given(st.lists(records, max_size=8))
def test_what_is_written_is_read_back_whole(body: list[Record]) -> None:
    read = _read_whole(_lines(body))
    assert read[:-1] == [HEADER, *body]
    assert isinstance(read[-1], Trailer)


@given(st.lists(records, min_size=1, max_size=6), st.data())
def test_a_missing_repeated_or_swapped_line_is_noticed(
    body: list[Record], data: st.DataObject
) -> None:
    lines = _lines(body)
    at = data.draw(st.integers(0, len(lines) - 1))
    damage = data.draw(st.sampled_from(["missing", "repeated"]))
    damaged = lines[:at] + lines[at + 1 :] if damage == "missing" else lines[: at + 1] + lines[at:]
    with pytest.raises(IncompleteDocumentError):
        _read_whole(damaged)


@pytest.mark.parametrize("line", [b"", b"{}", b"<html>", b'{"kind":"person"}', b"\xff"])
def test_a_line_that_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(IncompleteDocumentError):
        DocumentReader().read(line)


@given(st.lists(records, max_size=8))
def test_every_line_that_is_written_fits_the_published_schema(written: list[Any]) -> None:
    validator = Draft202012Validator(json_schema())
    writer = DocumentWriter()
    lines = [writer.line(record) for record in written] + [writer.end()]
    for line in lines:
        validator.validate(json.loads(line))


def test_a_line_with_an_unknown_field_does_not_fit_the_schema() -> None:
    validator = Draft202012Validator(json_schema())
    line = {"kind": "membership", "person": "p", "group": "g", "role": "pupil"}
    assert validator.is_valid(line)
    assert not validator.is_valid({**line, "naam": "x"})
