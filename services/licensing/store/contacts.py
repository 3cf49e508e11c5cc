"""Whom a school wants mailed about its licenses."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.licensing.store.webhook_tables import license_contact
from shared.clock import now

_c = license_contact.c


@dataclass(frozen=True)
class Contact:
    """The school's name as a mail has it, and where mails go."""

    school_name: str
    email: str


async def find_contact(connection: AsyncConnection, school_id: UUID) -> Contact | None:
    """The contact of the transaction's school, if it has one."""
    statement = select(_c.school_name, _c.email).where(_c.school_id == school_id)
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else Contact(**row)


async def save_contact(connection: AsyncConnection, school_id: UUID, contact: Contact) -> None:
    """Make or change it; IntegrityError when there is no such school."""
    values = asdict(contact) | {"updated_at": now()}
    statement = insert(license_contact).values(school_id=school_id, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["school_id"], set_=values)
    )


async def remove_contact(connection: AsyncConnection, school_id: UUID) -> None:
    """Have nobody mailed at this school."""
    await connection.execute(delete(license_contact).where(_c.school_id == school_id))
