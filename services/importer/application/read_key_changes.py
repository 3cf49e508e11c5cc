"""Show a plan's key changes as a mapping, and who would be skipped as it is chosen now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.importer.domain.audit import look_at_changes
from services.importer.domain.change import (
    SOURCE_KEY,
    Action,
    Change,
    ChangeKind,
    Outcome,
    OutcomeReason,
    Reason,
    Shape,
)
from services.importer.domain.change_filter import ChangeFilter
from services.importer.domain.key_moves import NUMBER
from services.importer.domain.labels import label_of
from services.importer.domain.roster import Person, Roster
from services.importer.domain.run import RunState
from services.importer.domain.taken_numbers import taken_numbers
from services.importer.store.audit import write_audit
from services.importer.store.changes import changes_of_people, list_changes, number_moves
from services.importer.store.roster import read_people
from services.importer.store.runs import find_run
from shared.database import Database
from shared.errors.codes import ErrorCode
from shared.errors.refusal import Refusal


@dataclass(frozen=True)
class Holder:
    """Who had a value before, and what they get; `chosen` is None for whom nothing changes."""

    person_id: UUID
    label: str
    gets: str | None
    action: str | None
    chosen: bool | None


@dataclass(frozen=True)
class Move:
    """One key of one person that changes hands."""

    field: str
    before: str | None
    after: str | None
    shape: Shape
    holder: Holder | None


@dataclass(frozen=True)
class KeyChange:
    """The keys that one change moves; `skipped` is why it would come to nothing, or did."""

    row: Mapping[str, Any]
    moves: list[Move]
    skipped: OutcomeReason | None


@dataclass(frozen=True)
class KeyChanges:
    """A page of them, and how many of the whole plan would be skipped."""

    items: list[KeyChange]
    more: bool
    skipped: int


async def read_key_changes(
    database: Database, school_id: UUID, run_id: UUID, *, caller: str, after: int | None, limit: int
) -> KeyChanges:
    """A page of a plan's key changes; noted as a look at whom they are about.

    Raises:
        Refusal: not_found.

    """
    async with database.transaction(school_id) as connection:
        run = await find_run(connection, run_id)
        if run is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        wanted = ChangeFilter(moves_key=True)
        found = await list_changes(connection, run_id, wanted, after, limit + 1)
        rows = [dict(row) for row in found[:limit]]
        holders = await _holders(connection, school_id, run_id, rows)
        skipped: set[UUID] = set()
        if run.state is RunState.PLANNED:
            skipped = await _would_be_skipped(connection, school_id, run_id)
        look = look_at_changes(caller, run_id, rows)
        people = tuple(dict.fromkeys([*look.person_ids, *holders]))
        await write_audit(connection, school_id, replace(look, person_ids=people))
    items = [_key_change(row, holders, skipped) for row in rows]
    return KeyChanges(items, more=len(found) > limit, skipped=len(skipped))


def _holder_ids(rows: Iterable[Mapping[str, Any]]) -> set[UUID]:
    moves = (move for row in rows for move in row["key_moves"].values())
    return {UUID(move["holder_id"]) for move in moves if move["holder_id"]}


@dataclass(frozen=True)
class _Holding:
    person: Person
    changes: list[dict[str, Any]]


async def _holders(
    connection: AsyncConnection, school_id: UUID, run_id: UUID, rows: list[dict[str, Any]]
) -> dict[UUID, _Holding]:
    ids = _holder_ids(rows)
    people = await read_people(connection, school_id, ids)
    found = {one.id: _Holding(one, []) for one in people.values()}
    for change in await changes_of_people(connection, run_id, ids):
        if change["subject_id"] in found:
            found[change["subject_id"]].changes.append(change)
    return found


async def _would_be_skipped(
    connection: AsyncConnection, school_id: UUID, run_id: UUID
) -> set[UUID]:
    """By the rule that apply follows, over those only who take a number that somebody has."""
    moving = await number_moves(connection, run_id)
    ids = _holder_ids({"key_moves": {NUMBER: row["key_moves"][NUMBER]}} for row in moving)
    rows = {row["id"]: row for row in moving}
    rows |= {row["id"]: row for row in await changes_of_people(connection, run_id, ids)}
    ids |= {row["subject_id"] for row in moving if row["action"] != Action.ADD}
    people = await read_people(connection, school_id, ids)
    chosen = [row for row in rows.values() if row["chosen"]]
    taken = taken_numbers(list(map(_change, chosen)), Roster.of(0, people.values(), (), ()))
    return {chosen[place]["id"] for place in taken}


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        kind=ChangeKind.PERSON,
        action=Action(row["action"]),
        reason=Reason(row["reason"]),
        role=row["role"],
        label="",
        alias=None,
        subject_id=row["subject_id"],
        after=row["after"],
    )


def _key_change(
    row: Mapping[str, Any], holders: Mapping[UUID, _Holding], skipped: set[UUID]
) -> KeyChange:
    moves = [
        Move(
            name,
            row["before"].get(name),
            row["after"].get(name),
            Shape(move["shape"]),
            _holder(name, move, holders),
        )
        for name, move in row["key_moves"].items()
    ]
    why = OutcomeReason.PUPIL_NUMBER_TAKEN if row["id"] in skipped else None
    if row["outcome"] == Outcome.SKIPPED:
        why = OutcomeReason(row["outcome_reason"])
    return KeyChange(row, moves, why)


def _holder(name: str, move: Mapping[str, Any], holders: Mapping[UUID, _Holding]) -> Holder | None:
    holding = holders.get(UUID(move["holder_id"])) if move["holder_id"] else None
    if holding is None:
        return None
    person = holding.person
    # Of two changes of one person, that of the very field tells what becomes of it.
    about = sorted(holding.changes, key=lambda one: name not in one["after"])
    change = about[0] if about else None
    now = person.source_key if name == SOURCE_KEY else person.fields.get(name)
    is_moved = change is not None and name in change["after"]
    return Holder(
        person.id,
        label_of(person.fields),
        change["after"][name] if change is not None and is_moved else now,
        None if change is None else change["action"],
        None if change is None else change["chosen"],
    )
