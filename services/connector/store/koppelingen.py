"""Koppelingen: SQL."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connector.domain.doelgroep import Doelgroep
from services.connector.domain.koppeling import State
from services.connector.domain.mails import Told
from services.connector.domain.period import Period
from services.connector.store.tables import koppeling, school
from shared.ids import new_id

_SWEEP_BATCH = 500


@dataclass(frozen=True)
class StoredKoppeling:
    """A koppeling with its school."""

    id: UUID
    school_id: UUID
    school_name: str
    brin: str
    product: str
    state: State
    contact_email: str
    organisation_id: UUID | None
    begin_on: date | None
    end_on: date | None
    told: Told
    last_problem: str | None
    requested_at: datetime
    last_verified_at: datetime | None
    verify_due_at: datetime | None
    revision: int
    stated_vestigingen: list[str] | None
    stated_onderwijssoorten: list[str] | None
    stated_leerjaren: list[int] | None
    stated_vakken: list[str] | None
    stated_datavelden: list[str] | None
    chosen_organisation_id: UUID | None

    @property
    def doelgroep(self) -> Doelgroep:
        """The stated doelgroep."""
        return Doelgroep.stated(
            self.stated_vestigingen,
            self.stated_onderwijssoorten,
            self.stated_leerjaren,
            self.stated_vakken,
        )

    @property
    def period(self) -> Period:
        """The stated dates."""
        return Period(self.begin_on, self.end_on)


async def add_koppeling(connection: AsyncConnection, values: dict[str, Any]) -> UUID | None:
    """Make a koppeling; None when the school has one for this product."""
    statement = insert(koppeling).values(id=new_id(), **values).on_conflict_do_nothing()
    row = (await connection.execute(statement.returning(koppeling.c.id))).one_or_none()
    return None if row is None else UUID(str(row.id))


async def change_koppeling(
    connection: AsyncConnection, koppeling_id: UUID, values: dict[str, Any]
) -> None:
    """Set columns of a koppeling."""
    await connection.execute(update(koppeling).where(koppeling.c.id == koppeling_id).values(values))


def told_columns(told: Told) -> dict[str, Any]:
    """What a school was told, as columns."""
    at = {kind: moment.isoformat() for kind, moment in (told.at or {}).items()}
    return {"told": sorted(told.marks), "told_at": at}


async def find_koppeling(
    connection: AsyncConnection, koppeling_id: UUID, only_product: str | None = None
) -> StoredKoppeling | None:
    """One koppeling, if it is one of the product that a caller may see."""
    return await _one(connection, _visible(only_product).where(koppeling.c.id == koppeling_id))


async def lock_koppeling(
    connection: AsyncConnection, koppeling_id: UUID, only_product: str | None = None
) -> StoredKoppeling | None:
    """One koppeling, that nobody else changes until this transaction ends."""
    statement = _visible(only_product).where(koppeling.c.id == koppeling_id)
    return await _one(connection, statement.with_for_update(of=koppeling))


async def find_koppeling_of(
    connection: AsyncConnection, school_id: UUID, product: str
) -> StoredKoppeling | None:
    """The koppeling of a school for a product."""
    statement = _visible(product).where(koppeling.c.school_id == school_id)
    return await _one(connection, statement)


async def find_koppelingen_of_school(
    connection: AsyncConnection, school_id: UUID, only_product: str | None
) -> list[StoredKoppeling]:
    """A school's koppelingen by product, of those that a caller may see."""
    statement = _visible(only_product).where(koppeling.c.school_id == school_id)
    rows = await connection.execute(statement.order_by(koppeling.c.product))
    return [_stored(row) for row in rows]


async def find_active(connection: AsyncConnection) -> list[StoredKoppeling]:
    """Every koppeling that is active, in the order of their first request."""
    statement = _visible(None).where(koppeling.c.state == State.ACTIVE).order_by(koppeling.c.id)
    return [_stored(row) for row in await connection.execute(statement)]


async def find_koppelingen(
    connection: AsyncConnection,
    *,
    brin: str | None,
    product: str | None,
    state: str | None,
    stale_since: datetime | None,
    after: UUID | None,
    limit: int,
) -> list[StoredKoppeling]:
    """Koppelingen in the order of their first request, `limit` after a given one."""
    statement = _visible(product)
    if brin is not None:
        statement = statement.where(school.c.brin == brin)
    if state is not None:
        statement = statement.where(koppeling.c.state == state)
    if stale_since is not None:
        # What was never verified is as old as its request.
        seen = func.coalesce(koppeling.c.last_verified_at, koppeling.c.requested_at)
        statement = statement.where(seen < stale_since)
    if after is not None:
        statement = statement.where(koppeling.c.id > after)
    statement = statement.order_by(koppeling.c.id).limit(limit)
    return [_stored(row) for row in await connection.execute(statement)]


def ids_of_product(product: str) -> Select[tuple[UUID]]:
    """Select the ids of a product's koppelingen."""
    return select(koppeling.c.id).where(koppeling.c.product == product)


async def claim_verification(
    connection: AsyncConnection, koppeling_id: UUID, moment: datetime, lease: timedelta
) -> bool:
    """Whether a verification is due and now ours; others leave it alone for the lease.

    Until then `verify_due_at` is the claim's own end, so whoever finds another value there was
    overtaken.
    """
    statement = (
        update(koppeling)
        .where(koppeling.c.id == koppeling_id, koppeling.c.verify_due_at <= moment)
        .values(verify_due_at=moment + lease)
    )
    return (await connection.execute(statement)).rowcount == 1


async def due_for_verification(connection: AsyncConnection, moment: datetime) -> list[UUID]:
    """The koppelingen whose verification is due, the longest overdue first."""
    statement = (
        select(koppeling.c.id)
        .where(koppeling.c.verify_due_at <= moment)
        .order_by(koppeling.c.verify_due_at)
        .limit(_SWEEP_BATCH)
    )
    return list((await connection.execute(statement)).scalars())


def _visible(only_product: str | None) -> Select[Any]:
    statement = select(
        koppeling, school.c.name.label("school_name"), school.c.brin.label("brin")
    ).join(school, school.c.id == koppeling.c.school_id)
    return (
        statement if only_product is None else statement.where(koppeling.c.product == only_product)
    )


async def _one(connection: AsyncConnection, statement: Select[Any]) -> StoredKoppeling | None:
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _stored(row)


def _stored(row: Row[Any]) -> StoredKoppeling:
    return StoredKoppeling(
        id=row.id,
        school_id=row.school_id,
        school_name=row.school_name,
        brin=row.brin,
        product=row.product,
        state=State(row.state),
        contact_email=row.contact_email,
        organisation_id=row.organisation_id,
        begin_on=row.begin_on,
        end_on=row.end_on,
        told=told_of(row),
        last_problem=row.last_problem,
        requested_at=row.requested_at,
        last_verified_at=row.last_verified_at,
        verify_due_at=row.verify_due_at,
        revision=row.revision,
        stated_vestigingen=row.stated_vestigingen,
        stated_onderwijssoorten=row.stated_onderwijssoorten,
        stated_leerjaren=row.stated_leerjaren,
        stated_vakken=row.stated_vakken,
        stated_datavelden=row.stated_datavelden,
        chosen_organisation_id=row.chosen_organisation_id,
    )


def told_of(row: Row[Any]) -> Told:
    """What a school was told, from its columns."""
    at = {kind: datetime.fromisoformat(moment) for kind, moment in row.told_at.items()}
    return Told(frozenset(row.told), at)
