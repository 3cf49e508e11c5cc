"""The vestigingen that schools were seen to open: SQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
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
