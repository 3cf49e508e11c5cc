"""The vestigingen that schools were seen to open: SQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.verdict import ObservedVestiging
from services.connector.store.tables import koppeling, vestiging
from shared.ids import new_id


@dataclass(frozen=True)
class OpenVestiging:
    """A vestiging that was open at the koppeling's last verification."""

    codes: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class LostVestiging:
    """A vestiging of the doelgroep that was open once, and not at the last verification."""

    somtoday_id: UUID
    name: str
    last_seen_at: datetime


def is_lost() -> ColumnElement[bool]:
    """The condition that a vestiging, joined to its koppeling, is one that was lost."""
    stated = koppeling.c.stated_vestigingen
    return and_(
        vestiging.c.last_seen_at < koppeling.c.last_verified_at,
        or_(stated.is_(None), vestiging.c.codes.bool_op("&&")(stated)),
    )


async def lost_vestigingen(connection: AsyncConnection, koppeling_id: UUID) -> list[LostVestiging]:
    """What of a koppeling's doelgroep is not open any more, in a fixed order."""
    columns = vestiging.c
    statement = (
        select(columns.somtoday_id, columns.name, columns.last_seen_at)
        .join(koppeling, koppeling.c.id == columns.koppeling_id)
        .where(columns.koppeling_id == koppeling_id, is_lost())
        .order_by(columns.somtoday_id)
    )
    rows = await connection.execute(statement)
    return [LostVestiging(row.somtoday_id, row.name, row.last_seen_at) for row in rows]


async def note_vestigingen(
    connection: AsyncConnection,
    koppeling_id: UUID,
    seen: Sequence[ObservedVestiging],
    moment: datetime,
) -> None:
    """Note which vestigingen are open at a moment."""
    if not seen:
        return
    rows = [
        {
            "id": new_id(),
            "koppeling_id": koppeling_id,
            "somtoday_id": found.somtoday_id,
            "name": found.name,
            "codes": list(found.codes),
            "first_seen_at": moment,
            "last_seen_at": moment,
        }
        for found in seen
    ]
    statement = insert(vestiging)
    changed = {name: statement.excluded[name] for name in ("name", "codes", "last_seen_at")}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["koppeling_id", "somtoday_id"], set_=changed
        ),
        rows,
    )


async def open_vestigingen(
    connection: AsyncConnection, koppeling_ids: Collection[UUID]
) -> Mapping[UUID, list[OpenVestiging]]:
    """Per koppeling the vestigingen of its last verification, by name."""
    columns = vestiging.c
    statement = (
        select(columns.koppeling_id, columns.codes, columns.name)
        .join(koppeling, koppeling.c.id == columns.koppeling_id)
        .where(columns.koppeling_id.in_(koppeling_ids))
        .where(columns.last_seen_at >= koppeling.c.last_verified_at)
        .order_by(columns.name, columns.id)
    )
    found: dict[UUID, list[OpenVestiging]] = defaultdict(list)
    for row in await connection.execute(statement):
        found[row.koppeling_id].append(OpenVestiging(tuple(row.codes), row.name))
    return found


async def known_vestigingen(connection: AsyncConnection, koppeling_id: UUID) -> dict[str, str]:
    """Every vestiging that was ever seen open, by Somtoday's id: its name."""
    columns = vestiging.c
    statement = select(columns.somtoday_id, columns.name).where(
        columns.koppeling_id == koppeling_id
    )
    rows = await connection.execute(statement.order_by(columns.name, columns.id))
    return {str(row.somtoday_id): row.name for row in rows}
