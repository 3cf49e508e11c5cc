"""What a source said and what its plan offered, as one small piece of content."""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zstandard import ZstdCompressor, ZstdDecompressor

from services.importer.domain.change import Action, Change, ChangeKind, Reason
from shared.roster.document import Header, PersonRecord, Record
from shared.roster.ndjson import parse_record

_OFFERED = '{"offered":'


@dataclass(frozen=True)
class Content:
    """Compressed, with the SHA-256 in hex of what it was."""

    digest: str
    packed: bytes


@dataclass(frozen=True)
class Unpacked:
    """What was said, and what was offered: only what tells one change from another."""

    records: list[Record]
    offered: list[Change]


@dataclass(frozen=True)
class Erased:
    """By what somebody who is erased is found in a document: any of their keys, or their id."""

    keys: frozenset[str]
    ids: frozenset[UUID]


def erased_by(records: Iterable[PersonRecord]) -> Erased:
    """How to find these records: by the two keys that somebody who was erased is known by."""
    named = ((("key", one.key), ("eck_id", one.fields.get("eck_id"))) for one in records)
    keys = {f"{name}:{key.lower()}" for pair in named for name, key in pair if key}
    return Erased(frozenset(keys), frozenset())


def pack(header: Header, lines: Iterable[str], offered: Iterable[Change]) -> Content:
    """A document's records after its header, as staged, and the changes that its plan offered."""
    rows = (f"{_OFFERED}{json.dumps(_facts(change))}}}" for change in offered)
    return _packed(header.model_dump_json(), [*lines, *rows])


def unpack(packed: bytes) -> Unpacked:
    """The same again; memory and time follow the size of the school."""
    lines = _lines(packed)
    records = [parse_record(line) for line in lines if not line.startswith(_OFFERED)]
    offered = [_change(json.loads(line)["offered"]) for line in lines if line.startswith(_OFFERED)]
    return Unpacked(records, offered)


def without(packed: bytes, erased: Erased) -> Content | None:
    """The content without some people and all that names them; None when it names none."""
    header, *lines = _lines(packed)
    gone: set[str] = set()
    kept = []
    for line in lines:
        row = json.loads(line)
        if "offered" in row:
            keep = not _is_about(row["offered"], erased, gone)
        elif row["kind"] == "person":
            keep = not _keys_of(row) & erased.keys
            if not keep:
                gone |= {row["ref"], row["key"] or row["ref"]}
        else:
            keep = row.get("person") not in gone
        if keep:
            kept.append(line)
    return _packed(header, kept) if len(kept) < len(lines) else None


def said_of(packed: bytes, keys: Collection[str]) -> list[dict[str, str | None]]:
    """The fields of every record that has one of some keys."""
    rows = (json.loads(line) for line in _lines(packed)[1:])
    people = (row for row in rows if row.get("kind") == "person")
    return [row["fields"] for row in people if not _keys_of(row).isdisjoint(keys)]


def _packed(header: str, lines: Collection[str]) -> Content:
    # When it was read does not make it another document.
    first = json.loads(header)
    stable = json.dumps({name: first[name] for name in sorted(first) if name != "fetched_at"})
    body = "\n".join(lines)
    digest = hashlib.sha256(f"{stable}\n{body}".encode()).hexdigest()
    return Content(digest, ZstdCompressor().compress(f"{header}\n{body}".encode()))


def _lines(packed: bytes) -> list[str]:
    return ZstdDecompressor().decompress(packed).decode().rstrip("\n").split("\n")


def _keys_of(row: dict[str, Any]) -> set[str]:
    """In the very words of `erased_keys` of the store."""
    fields = row["fields"]
    number = "pupil_number" if row["role"] == "pupil" else "employee_code"
    found = {
        "key": row["key"],
        "eck_id": fields.get("eck_id"),
        "real_id": fields.get("real_id"),
        row["role"]: (fields.get(number) or "").lstrip("0"),
    }
    return {f"{name}:{value.lower()}" for name, value in found.items() if value}


def _facts(change: Change) -> list[Any]:
    return [
        *(change.kind, change.action, change.reason, change.role, change.identity),
        *(_text(change.subject_id), _text(change.person_id), _text(change.group_id)),
        *(dict(change.before), dict(change.after), [str(who) for who in change.candidate_ids]),
    ]


def _change(facts: list[Any]) -> Change:
    kind, action, reason, role, identity, *ids = facts[:8]
    subject_id, person_id, group_id = (None if one is None else UUID(one) for one in ids)
    return Change(
        kind=ChangeKind(kind),
        action=Action(action),
        reason=Reason(reason),
        role=role,
        label="",
        alias=identity,
        subject_id=subject_id,
        person_id=person_id,
        group_id=group_id,
        before=facts[8],
        after=facts[9],
        candidate_ids=tuple(map(UUID, facts[10])),
    )


def _is_about(facts: list[Any], erased: Erased, gone: set[str]) -> bool:
    whose = {facts[5], facts[6], *facts[10]} & {str(who) for who in erased.ids}
    return bool(whose) or any(f"new:{ref}" in facts[4].split("|") for ref in gone)


def _text(row_id: UUID | None) -> str | None:
    return None if row_id is None else str(row_id)
