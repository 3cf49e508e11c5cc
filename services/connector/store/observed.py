"""What Somtoday was seen to show: SQL."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.candidate import Candidate
from services.connector.domain.datavelden import Dataveld, datavelden_of
from services.connector.domain.observation import (
    Appearance,
    Observed,
    SeenDataveld,
    SeenTrait,
    SeenVestiging,
    Trait,
)
from services.connector.domain.verdict import ObservedVestiging
from services.connector.store.observed_tables import observation, observed_dataveld, observed_trait
from services.connector.store.tables import koppeling, vestiging
from shared.roster.document import PersonRole


async def note_observation(
    connection: AsyncConnection, koppeling_id: UUID, values: dict[str, Any]
) -> None:
    """Set columns of what was seen of a koppeling as a whole."""
    statement = insert(observation).values(koppeling_id=koppeling_id, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["koppeling_id"], set_=values)
    )


def candidates_column(candidates: Iterable[Candidate]) -> list[dict[str, Any]]:
    """Organisations as they are stored."""
    return [{"id": str(c.id), "name": c.name, "brins": list(c.brins)} for c in candidates]


async def find_candidates(connection: AsyncConnection, koppeling_id: UUID) -> tuple[Candidate, ...]:
    """The organisations that a koppeling's school may be, while that is not clear."""
    return (await read_observed(connection, [koppeling_id]))[koppeling_id].candidates


async def note_datavelden(
    connection: AsyncConnection,
    koppeling_id: UUID,
    seen: Sequence[ObservedVestiging],
    moment: datetime,
) -> None:
    """Note what may be read in each vestiging; what is as it was keeps its `changed_at`."""
    rows = [
        {
            "koppeling_id": koppeling_id,
            "somtoday_id": found.somtoday_id,
            "role": role,
            "dataveld": dataveld,
            "permitted": dataveld in permitted,
            "first_seen_at": moment,
            "changed_at": moment,
            "last_seen_at": moment,
        }
        for found in seen
        for role, permitted in found.permitted.items()
        for dataveld in sorted(datavelden_of(role))
    ]
    if not rows:
        return
    statement = insert(observed_dataveld)
    known, new = observed_dataveld.c, statement.excluded
    moved_at = func.greatest(known.changed_at, new.changed_at)
    changed_at = case((known.permitted == new.permitted, known.changed_at), else_=moved_at)
    changed = {
        "permitted": new.permitted,
        "changed_at": changed_at,
        # Never back: the clocks of two workers are not quite one.
        "last_seen_at": func.greatest(known.last_seen_at, new.last_seen_at),
    }
    keys = [column.name for column in observed_dataveld.primary_key]
    await connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed), rows
    )


async def note_traits(
    connection: AsyncConnection,
    koppeling_id: UUID,
    appeared: Collection[Appearance],
    moment: datetime,
) -> None:
    """Note which onderwijssoorten, leerjaren and vakken a whole roster came with."""
    await note_observation(connection, koppeling_id, {"last_roster_at": moment})
    rows = [
        {
            "koppeling_id": koppeling_id,
            "somtoday_id": UUID(somtoday_id),
            "trait": trait,
            "word": word,
            "first_seen_at": moment,
            "last_seen_at": moment,
        }
        # Always in the same order: two readers at once must not lock each other out.
        for somtoday_id, trait, word in sorted(appeared)
    ]
    if not rows:
        return
    statement = insert(observed_trait)
    keys = [column.name for column in observed_trait.primary_key]
    last = func.greatest(observed_trait.c.last_seen_at, statement.excluded.last_seen_at)
    seen = {"last_seen_at": last}
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=seen), rows)


async def read_observed(
    connection: AsyncConnection, koppeling_ids: Collection[UUID]
) -> dict[UUID, Observed]:
    """All that was seen of some koppelingen, each with an entry."""
    sites = await _rows(connection, vestiging, koppeling_ids)
    fields = await _rows(connection, observed_dataveld, koppeling_ids)
    traits = await _rows(connection, observed_trait, koppeling_ids)
    whole = await _rows(connection, observation, koppeling_ids)
    verified = select(koppeling.c.id, koppeling.c.last_verified_at).where(
        koppeling.c.id.in_(koppeling_ids)
    )
    last = {row.id: row.last_verified_at for row in await connection.execute(verified)}
    return {
        one: Observed(
            vestigingen=[_site(row, last.get(one)) for row in sites.get(one, ())],
            datavelden=[_dataveld(row) for row in fields.get(one, ())],
            traits=[_trait(row) for row in traits.get(one, ())],
            **_whole(whole.get(one, [{}])[0]),
        )
        for one in koppeling_ids
    }


async def _rows(
    connection: AsyncConnection, table: Table, koppeling_ids: Collection[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    statement = select(table).where(table.c.koppeling_id.in_(koppeling_ids))
    for row in (await connection.execute(statement.order_by(*table.primary_key))).mappings():
        found.setdefault(row["koppeling_id"], []).append(dict(row))
    return found


def _site(row: dict[str, Any], verified_at: datetime | None) -> SeenVestiging:
    is_open = verified_at is not None and row["last_seen_at"] >= verified_at
    codes, names = tuple(row["codes"]), ("somtoday_id", "name", "first_seen_at", "last_seen_at")
    return SeenVestiging(codes=codes, is_open=is_open, **{name: row[name] for name in names})


def _dataveld(row: dict[str, Any]) -> SeenDataveld:
    given = {name: value for name, value in row.items() if name != "koppeling_id"}
    given |= {"role": PersonRole(row["role"]), "dataveld": Dataveld(row["dataveld"])}
    return SeenDataveld(**given)


def _trait(row: dict[str, Any]) -> SeenTrait:
    given = {name: value for name, value in row.items() if name != "koppeling_id"}
    return SeenTrait(**{**given, "trait": Trait(row["trait"])})


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    candidates = tuple(
        Candidate(UUID(item["id"]), item["name"], tuple(item["brins"]))
        for item in row.get("candidates", ())
    )
    moments = ("last_refused_at", "last_roster_at")
    return {"candidates": candidates, **{name: row.get(name) for name in moments}}
