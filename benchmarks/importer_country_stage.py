"""A country of schools in the sandbox, each with an active koppeling and already in Numo.

The first import of every school is not what is measured, so it is made here in bulk: the
connector's own documents, compared with an empty roster by the importer's own diff, and put into
the tables by COPY.
"""

import multiprocessing
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, product
from string import ascii_uppercase, digits
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg.sql import SQL, Identifier

from deploy.demo.peers import Peers, answer_of
from services.importer.domain.apply import apply
from services.importer.domain.diff import diff
from services.importer.domain.roster import Document, Roster
from services.importer.domain.withdrawn import said_by
from shared.clock import today
from shared.ids import new_id
from shared.roster.document import (
    GROUP_FIELDS,
    PERSON_FIELDS,
    GroupRecord,
    Header,
    MembershipRecord,
    PersonRecord,
)
from shared.roster.ndjson import DocumentReader

_PER_CALL = 500
_POLL_SECONDS = 1.0
_LONGEST_SECONDS = 1800.0
_SHOWN_EVERY = 50
_WAITING = "SELECT count(*) FROM koppeling WHERE state <> 'active'"
_SCHOOLS = "SELECT s.brin, s.id FROM school s JOIN koppeling k ON k.school_id = s.id"
_PEOPLE = ("id", "school_id", "role", "source_key", *PERSON_FIELDS)
_GROUPS = ("id", "school_id", "kind", "source_key", "schooljaar", *GROUP_FIELDS)
_MEMBERS = ("id", "school_id", "person_id", "group_id", "role")
_SAID = ("school_id", "role", "vestiging_code", "field")
_RUN = """
    INSERT INTO import_run (id, school_id, source, state, requested_by, roster_version, digest,
        summary, source_at, requested_at, planned_at, applied_at, ended_at)
    VALUES (%s, %s, 'somtoday', 'applied', 'bench', 0, 'x', '{}', %s, now(), now(), now(), now())
"""


@dataclass(frozen=True)
class Reader:
    """Where a first import reads and writes."""

    connector: str
    key: str
    owner: str


def make_schools(peers: Peers, number: int, pupils: int) -> dict[str, UUID]:
    """Schools in the sandbox with a koppeling that is active; their ids by BRIN."""
    brins = ["".join(parts) for parts in islice(_brins(), number)]
    for at, brin in enumerate(brins, 1):
        _new_school(peers, brin, pupils)
        _tell("schools in the sandbox", at, number)
    for first in range(0, number, _PER_CALL):
        _activate(peers, brins[first : first + _PER_CALL])
    until = time.monotonic() + _LONGEST_SECONDS
    with psycopg.connect(peers.environment.databases.owner, autocommit=True) as owner:
        while left := (owner.execute(_WAITING).fetchone() or (0,))[0]:
            if time.monotonic() > until:
                msg = f"{left} koppelingen did not become active"
                raise RuntimeError(msg)
            time.sleep(_POLL_SECONDS)
        return dict(owner.execute(_SCHOOLS).fetchall())


def import_all(reader: Reader, schools: Iterable[UUID]) -> None:
    """Put every school into the roster, on every processor."""
    ids = list(schools)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=context) as pool:
        for at, _ in enumerate(pool.map(_import_first, [reader] * len(ids), ids), 1):
            _tell("schools in the roster", at, len(ids))


def settle(owner_url: str) -> None:
    """Let Postgres end what writing so much began, as it would have done long before a night."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE)")
        owner.execute("CHECKPOINT")


def _tell(what: str, at: int, number: int) -> None:
    if at % _SHOWN_EVERY == 0 or at == number:
        print(f"{what}: {at} of {number}", flush=True)


def _brins() -> Iterator[tuple[str, ...]]:
    return product("9", digits, ascii_uppercase, ascii_uppercase[:-1])


def _new_school(peers: Peers, brin: str, pupils: int) -> None:
    made = {"naam": f"School {brin}", "brin": brin, "pupils": pupils}
    answer_of(peers.sandbox.post("/sandbox/schools", json=made))
    wanted = {"begindatum": today().isoformat(), "voorwaarden_geaccepteerd": True}
    answer_of(peers.sandbox.post(f"/sandbox/schools/{brin}/koppeling", json=wanted))


def _activate(peers: Peers, brins: list[str]) -> None:
    wanted = [
        {
            "product": "numo",
            "school_name": f"School {brin}",
            "brin": brin,
            "contact_email": "applicatiebeheer@school.example",
        }
        for brin in brins
    ]
    answer_of(peers.connector.post("/v1/koppelingen:bulk", json=wanted))


def _import_first(reader: Reader, school_id: UUID) -> None:
    document = _read(reader, school_id)
    roster = apply(diff(Roster(), document), Roster())
    people = [
        (one.id, school_id, one.role, one.source_key, *(one.fields[name] for name in PERSON_FIELDS))
        for one in roster.people.values()
    ]
    groups = [
        (
            *(one.id, school_id, one.kind, one.source_key, one.schooljaar),
            *(one.fields[name] for name in GROUP_FIELDS),
        )
        for one in roster.groups.values()
    ]
    members = [
        (one.id, school_id, one.person_id, one.group_id, one.role)
        for one in roster.memberships.values()
    ]
    said = sorted(said_by(document))
    with psycopg.connect(reader.owner) as owner:
        # Nothing here can break a reference, and the version is written below.
        owner.execute("SET session_replication_role = replica")
        owner.execute("SET synchronous_commit = off")
        _copy(owner, "person", _PEOPLE, people)
        _copy(owner, "roster_group", _GROUPS, groups)
        _copy(owner, "membership", _MEMBERS, members)
        _copy(owner, "source_field", _SAID, [(school_id, *row) for row in said])
        owner.execute("INSERT INTO roster_version (school_id, version) VALUES (%s, 1)", [school_id])
        owner.execute(_RUN, [new_id(), school_id, document.header.fetched_at])


def _read(reader: Reader, school_id: UUID) -> Document:
    headers = {"Authorization": f"Bearer {reader.key}", "Accept-Encoding": "identity"}
    url = f"{reader.connector}/v1/schools/{school_id}/roster"
    lines = DocumentReader()
    document: Document | None = None
    with httpx.stream("GET", url, headers=headers, timeout=120, trust_env=False) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            match record := lines.read(line.encode()):
                case Header():
                    document = Document(record)
                case PersonRecord() if document is not None:
                    document.people.append(record)
                case GroupRecord() if document is not None:
                    document.groups.append(record)
                case MembershipRecord() if document is not None:
                    document.memberships.append(record)
                case _:
                    pass
    lines.finish()
    assert document is not None  # noqa: S101 - a document that is whole has a header
    return document


def _copy(
    owner: psycopg.Connection[Any],
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table), SQL(", ").join(map(Identifier, columns))
    )
    with owner.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
